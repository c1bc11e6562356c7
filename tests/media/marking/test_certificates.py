"""In whose name files are signed: an operator's, or one made once and kept for the owner alone."""

from __future__ import annotations

import multiprocessing
import os
import stat
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from media.marking.certificates import (
    LIFE,
    RENEWED_BEFORE,
    CertificateError,
    Identity,
    OwnIdentity,
    read_identity,
)
from media.marking.marks import Marks

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def kept(folder: Path, now: datetime = NOW) -> Identity:
    return OwnIdentity(folder, lambda: now)()


def in_a_process(folder: str) -> bytes:
    return kept(Path(folder)).chain


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_chain_is_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "credentials"
    first = kept(folder)
    assert kept(folder) == first
    assert kept(folder, NOW + LIFE - RENEWED_BEFORE - timedelta(days=3)) == first
    _, root = x509.load_pem_x509_certificates(first.chain)
    assert (folder / "root.pem").read_bytes() == root.public_bytes(Encoding.PEM)


def test_a_chain_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = tmp_path / "credentials"
        kept(folder)
    finally:
        os.umask(before)
    assert mode(folder) == 0o700
    assert {mode(one) for one in folder.iterdir()} == {0o600}
    (folder / "signing.pem").chmod(0o644)
    folder.chmod(0o755)
    kept(folder)
    assert (mode(folder), mode(folder / "signing.pem")) == (0o700, 0o600)


def test_a_mount_that_knows_no_owners_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", refuse)
    monkeypatch.setattr(Path, "chmod", refuse)
    assert kept(tmp_path / "credentials")
    assert "cannot be kept from other users" in caplog.text


def test_processes_that_start_at_once_sign_in_one_name(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, spawning) as pool:
        chains = [*pool.map(in_a_process, [str(tmp_path / "credentials")] * 8)]
    assert len({*chains}) == 1


@pytest.mark.parametrize("left", [RENEWED_BEFORE - timedelta(days=1), timedelta(days=-1)])
def test_a_chain_is_renewed_before_it_ends(tmp_path: Path, left: timedelta) -> None:
    now = [NOW]
    identity = OwnIdentity(tmp_path, lambda: now[0])
    first = identity()
    now[0] = first.expires_at - left
    assert identity().expires_at > now[0] + RENEWED_BEFORE
    assert identity().chain != first.chain


@pytest.mark.parametrize("content", [b"", b"half of a", "half"])
def test_what_is_broken_is_made_anew(tmp_path: Path, content: bytes | str) -> None:
    kept(tmp_path)
    path = tmp_path / "signing.pem"
    path.write_bytes(path.read_bytes()[:300] if isinstance(content, str) else content)
    again = kept(tmp_path)
    assert kept(tmp_path) == again


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(CertificateError, match="cannot be used"):
        kept(tmp_path / "file")


class Office:
    """Files of an operator's, each of them right until a test changes one."""

    def __init__(self, folder: Path) -> None:
        identity = kept(folder / "made")
        self.certificate, self.key = folder / "chain.pem", folder / "key.pem"
        self.certificate.write_bytes(identity.chain)
        self.key.write_bytes(identity.key)

    def read(self, now: datetime = NOW) -> Identity:
        return read_identity(self.certificate, self.key, now)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def test_an_operators_files(office: Office) -> None:
    found = office.read()
    assert (found.algorithm, found.key) == ("es256", office.key.read_bytes())
    assert "PRIVATE" not in repr(found)


def pem(key: object, password: bytes = b"") -> bytes:
    assert isinstance(
        key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    )
    hidden = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)


def alone(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    """A certificate that is signed with its own key."""
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "An operator")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
    return made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)


def test_each_mistake_has_its_sentence(office: Office) -> None:
    right = {
        office.certificate: office.certificate.read_bytes(),
        office.key: office.key.read_bytes(),
    }
    leaf, root = x509.load_pem_x509_certificates(right[office.certificate])
    other = ec.generate_private_key(ec.SECP256R1())
    short = rsa.generate_private_key(65537, 1024)
    upside_down = root.public_bytes(Encoding.PEM) + leaf.public_bytes(Encoding.PEM)
    twice = leaf.public_bytes(Encoding.PEM) * 2
    for path, content, reason in [
        (office.certificate, b"", "no certificates"),
        (office.certificate, right[office.key], "no certificates"),
        (office.certificate, upside_down, "not that of the first certificate"),
        (office.certificate, twice, "do not follow from each other"),
        (office.key, b"nothing", "no private key"),
        (office.key, right[office.certificate], "no private key"),
        (office.key, pem(other), "not that of the first certificate"),
        (office.key, pem(other, b"secret"), "with a password"),
    ]:
        for one, before in right.items():
            one.write_bytes(before)
        path.write_bytes(content)
        with pytest.raises(CertificateError, match=reason):
            office.read()
    office.key.write_bytes(pem(short))
    office.certificate.write_bytes(alone(short))
    with pytest.raises(CertificateError, match="do not know"):
        office.read()
    office.key.unlink()
    with pytest.raises(CertificateError, match="cannot be read"):
        office.read()


def test_a_certificate_has_its_time(office: Office) -> None:
    with pytest.raises(CertificateError, match="ended on 2036"):
        office.read(NOW + LIFE + timedelta(days=1))
    with pytest.raises(CertificateError, match="begins on 2026"):
        office.read(NOW - timedelta(days=9))


async def test_a_certificate_without_a_root_is_refused_before_the_first_job(
    office: Office,
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    office.key.write_bytes(pem(key))
    office.certificate.write_bytes(alone(key))
    async with Marks(office.read, is_trained=bool, version="1") as marks:
        with pytest.raises(CertificateError):
            await marks.check()
