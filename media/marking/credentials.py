"""C2PA content credentials, signed into files that our own code has written.

The manifest says that the file was created, by which engine and by which kind of source; it has no
place for a prompt, a name or an id of a person.
"""

# c2pa comes without stubs and leaves the types of its dictionaries open.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, BinaryIO

from media.marking.certificates import CertificateError
from media.marking.xmp import UNTRAINED

if TYPE_CHECKING:
    from c2pa import Signer

    from media.marking.certificates import Identity

ACTIONS = "c2pa.actions.v2"
VALID = ("Valid", "Trusted")
"""What a reader says of whole files, whether it knows the signer or not."""

PNG = "image/png"
TINY = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b55"
    "0000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)
"""A grey PNG of one pixel."""

SETTINGS: dict[str, Any] = {
    # A thumbnail can be as large as the picture.
    "builder": {"thumbnail": {"enabled": False}},
    # What was just signed is not checked again, and nothing is asked for over the network.
    "verify": {
        "verify_after_sign": False,
        "ocsp_fetch": False,
        "remote_manifest_fetch": False,
    },
}


@dataclass(frozen=True, slots=True)
class Origin:
    """What a mark says: the engine by our own catalogue, and IPTC's digital source type."""

    engine_id: str
    source_type: str


@dataclass(frozen=True, slots=True)
class Claim:
    """Who signs: the program's version and the certificate."""

    version: str
    identity: Identity


def sign(source: BinaryIO, into: BinaryIO, mime: str, origin: Origin, claim: Claim) -> None:
    """Write the file once more with its credentials; one of ours that it had is replaced.

    Raises:
        C2paError: it cannot be signed.
    """
    from c2pa import Builder, Context, Settings

    manifest = json.dumps(_manifest(mime, origin, claim.version))
    with (
        Settings.from_dict(SETTINGS) as settings,
        Context(settings) as context,
        Builder(manifest, context) as builder,
        _signer(claim.identity) as signer,
    ):
        builder.sign(signer, mime, source, into)


def signed(data: bytes, mime: str, origin: Origin, claim: Claim) -> bytes:
    """The file with its credentials.

    Raises:
        C2paError: it cannot be signed.
    """
    into = BytesIO()
    sign(BytesIO(data), into, mime, origin, claim)
    return into.getvalue()


def try_out(claim: Claim) -> int:
    """Sign a tiny picture and read it back; how many bytes its credentials take.

    Raises:
        CertificateError: the library cannot sign with it, or readers do not take it.
    """
    from c2pa import C2paError, Reader

    try:
        made = signed(TINY, PNG, Origin("trial", UNTRAINED), claim)
        with Reader(PNG, BytesIO(made)) as reader:
            state = reader.get_validation_state()
    except C2paError as error:
        raise CertificateError(f"nothing can be signed with it: {first_line(error)}") from error
    if state not in VALID:
        raise CertificateError(
            "readers do not take what is signed with it: content credentials need a certificate"
            " below a root, for digital signatures and e-mail protection"
        )
    return len(made) - len(TINY)


def first_line(error: Exception) -> str:
    """What an error says, on one line and without its last point."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")


def _signer(identity: Identity) -> Signer:
    from c2pa import C2paSignerInfo, Signer

    # No time-stamp authority: nothing of a member's picture, not even its hash, goes to others.
    info = C2paSignerInfo(identity.algorithm.encode(), identity.chain, identity.key, None)
    return Signer.from_info(info)


def _manifest(mime: str, origin: Origin, version: str) -> dict[str, Any]:
    created = {
        "action": "c2pa.created",
        "digitalSourceType": origin.source_type,
        "softwareAgent": {"name": origin.engine_id},
    }
    return {
        "claim_generator_info": [{"name": "Atelier", "version": version}],
        "format": mime,
        "assertions": [{"label": ACTIONS, "data": {"actions": [created]}}],
    }
