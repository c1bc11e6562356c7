"""Whose name content credentials are signed in: an operator's certificate, or one of our own.

Our own chain is a root and a leaf below it, as C2PA asks for (C2PA specification 2.2, 14.5.1); a
root that nobody knows proves that a file was not changed, not who made it.
"""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

log = logging.getLogger(__name__)

LIFE = timedelta(days=3650)
"""Files are signed without a time stamp, so a mark holds for as long as its certificate."""

RENEWED_BEFORE = timedelta(days=365)
CLOCKS_DIFFER = timedelta(days=1)
"""A certificate holds from a little before it was made, for readers whose clock is slow."""

KEY_FILE, ROOT_FILE, LOCK_FILE = "signing.pem", "root.pem", "lock"
MAX_PEM = 1 << 20
CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


class CertificateError(Exception):
    """A certificate or key cannot be used; the text is one sentence without its end."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A chain, the leaf first, and the leaf's key, as PEM; `algorithm` is COSE's name for both."""

    chain: bytes
    key: bytes = field(repr=False)
    algorithm: str
    expires_at: datetime


def read_identity(certificate: Path, key: Path, now: datetime) -> Identity:
    """An operator's chain of certificates and key.

    Raises:
        CertificateError: says what is wrong with which of them; never what the key is.
    """
    chain = _chain(_content(certificate), certificate)
    return _identity(chain, _key(_content(key), key), certificate, key, now)


class OwnIdentity:
    """A chain that is made in a folder when it is first needed, and anew before it ends."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._known: Identity | None = None

    def __call__(self) -> Identity:
        """The chain to sign with now.

        Raises:
            CertificateError: the folder cannot be used.
        """
        if self._known is None or self._is_due(self._known):
            self._known = self._kept()
        return self._known

    def _is_due(self, known: Identity) -> bool:
        return self._now() > known.expires_at - RENEWED_BEFORE

    def _kept(self) -> Identity:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _restrict(self._folder, 0o700)
            # Processes that start at once make one chain: the others find it.
            with _locked(self._folder / LOCK_FILE):
                return self._read() or self._made()
        except OSError as error:
            raise CertificateError(f"{self._folder} cannot be used: {error.strerror}") from error

    def _read(self) -> Identity | None:
        """What is kept there; None if there is nothing that will do for longer."""
        path = self._folder / KEY_FILE
        try:
            found = read_identity(path, path, self._now())
        except CertificateError:
            return None
        _restrict(path, 0o600)
        return None if self._is_due(found) else found

    def _made(self) -> Identity:
        identity, root = _own_chain(self._now())
        _write(self._folder / KEY_FILE, identity.key + identity.chain)
        _write(self._folder / ROOT_FILE, root)
        return identity


def _own_chain(now: datetime) -> tuple[Identity, bytes]:
    """A new leaf with its root, whose key is forgotten: nobody signs a second leaf with it."""
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root_name, leaf_name = _name("Atelier root"), _name("Atelier content credentials")
    root = (
        _builder(root_name, root_name, root_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    leaf = (
        _builder(leaf_name, root_name, leaf_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(purpose, critical=False)
        .add_extension(issuer, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    root_pem = root.public_bytes(Encoding.PEM)
    chain = leaf.public_bytes(Encoding.PEM) + root_pem
    return Identity(chain, _pem(leaf_key), "es256", leaf.not_valid_after_utc), root_pem


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCKS_DIFFER)
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    names = ((NameOID.ORGANIZATION_NAME, "Atelier"), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in names])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_PEM)
    except OSError as error:
        raise CertificateError(f"{path} cannot be read: {error.strerror}") from error


def _chain(pem: bytes, path: Path) -> Sequence[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        raise CertificateError(f"{path} holds no certificates in PEM") from error


def _key(pem: bytes, path: Path) -> PrivateKeyTypes:
    try:
        return load_pem_private_key(pem, None)
    except TypeError as error:
        reason = f"{path} holds a key with a password; store it without one"
        raise CertificateError(reason) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateError(f"{path} holds no private key in PEM") from error


def _identity(
    chain: Sequence[x509.Certificate],
    key: PrivateKeyTypes,
    certificate_path: Path,
    key_path: Path,
    now: datetime,
) -> Identity:
    if key.public_key() != chain[0].public_key():
        raise CertificateError(
            f"the key in {key_path} is not that of the first certificate in {certificate_path}"
        )
    for certificate, above in pairwise(chain):
        try:
            certificate.verify_directly_issued_by(above)
        except (ValueError, TypeError, InvalidSignature) as error:
            raise CertificateError(
                f"the certificates in {certificate_path} do not follow from each other,"
                " the signer's first"
            ) from error
    begins = max(certificate.not_valid_before_utc for certificate in chain)
    ends = min(certificate.not_valid_after_utc for certificate in chain)
    if not begins <= now <= ends:
        when = f"ended on {ends:%Y-%m-%d}" if now > ends else f"begins on {begins:%Y-%m-%d}"
        raise CertificateError(f"the certificate in {certificate_path} {when}")
    pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
    return Identity(pem, _pem(key), _algorithm(key, key_path), ends)


def _algorithm(key: PrivateKeyTypes, path: Path) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return CURVES[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise CertificateError(f"{path} holds a key of a kind that content credentials do not know")


def _pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _restrict(path: Path, mode: int) -> None:
    """Let the owner alone have it; some mounts know no owners."""
    try:
        path.chmod(mode)
    except OSError as error:
        log.warning("%s cannot be kept from other users: %s", path, error.strerror)


@contextmanager
def _locked(path: Path) -> Generator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, data: bytes) -> None:
    """Put the whole file there at once, for the owner alone; never half of one."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
