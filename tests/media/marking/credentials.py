"""Content credentials read by hand: boxes, claim, signature and hashes, without c2pa's library.

Sources: C2PA specification 2.2 (chapters 8, 11, 13, 14, A.3, A.5), ISO 19566-5 (JUMBF), RFC 8949
(CBOR), RFC 9052 (COSE).
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.media.containers import Found, manifest_of
from tests.media.marking.cbor import decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator

X5CHAIN = 33
ES256 = -7


@dataclass(frozen=True, slots=True)
class Credentials:
    """What was found, after everything in it was checked."""

    claim: dict[str, Any]
    assertions: dict[str, Any]
    leaf: x509.Certificate
    root: x509.Certificate
    store: bytes

    @property
    def action(self) -> dict[str, Any]:
        """The one thing that was done."""
        (only,) = self.assertions["c2pa.actions.v2"]["actions"]
        return only


def verified(data: bytes, mime: str) -> Credentials:
    """The credentials in a file; an AssertionError where a signature, chain or hash is wrong."""
    found = manifest_of(data, mime)
    ((_, manifests),) = _boxes(found.store)
    ((_, manifest),) = [one for one in _boxes(manifests) if one[0] != "jumd"]
    parts = dict(_labelled(manifest))
    claim_cbor, signature = _content(parts["c2pa.claim.v2"]), _content(parts["c2pa.signature"])
    leaf, root = _check_signature(claim_cbor, signature)
    claim = decode(claim_cbor)
    assertions = dict(_labelled(parts["c2pa.assertions"]))
    told = [*claim["created_assertions"], *claim.get("gathered_assertions", [])]
    for reference in told:
        label = reference["url"].rpartition("/")[2]
        # The hash is of what is in the superbox, without its own header.
        assert reference["hash"] == hashlib.sha256(assertions[label]).digest(), label
    assert {one["url"].rpartition("/")[2] for one in told} == set(assertions)
    values = {label: decode(_content(box)) for label, box in assertions.items()}
    _check_binding(data, values, found)
    return Credentials(claim, values, leaf, root, found.store)


def _check_signature(claim: bytes, signature: bytes) -> tuple[x509.Certificate, x509.Certificate]:
    protected, _, payload, raw = decode(signature)
    head = decode(protected)
    assert head[1] == ES256
    assert payload is None
    leaf, root = (x509.load_der_x509_certificate(one) for one in head[X5CHAIN])
    signed = encode(["Signature1", protected, b"", claim])
    key = leaf.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    halves = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
    leaf.verify_directly_issued_by(root)
    root.verify_directly_issued_by(root)
    return leaf, root


def _check_binding(data: bytes, assertions: dict[str, Any], found: Found) -> None:
    """Whether the file is the one that was signed."""
    if "c2pa.hash.data" in assertions:
        binding = assertions["c2pa.hash.data"]
        digest, place = hashlib.sha256(), 0
        for hole in binding["exclusions"]:
            digest.update(data[place : hole["start"]])
            place = hole["start"] + hole["length"]
            # Nothing but the credentials may be left out; in WebP an odd byte follows them.
            start, length = found.place
            assert hole["start"] == start
            assert hole["length"] in (length, 8 + len(found.store))
        digest.update(data[place:])
        assert binding["hash"] == digest.digest()
        return
    binding = assertions["c2pa.hash.bmff.v3"]
    left_out = {one["xpath"].strip("/").encode() for one in binding["exclusions"]}
    assert left_out <= {b"ftyp", b"uuid", b"mfra", b"free", b"skip"}
    digest, place = hashlib.sha256(), 0
    while place < len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        is_credentials = (place, size) == found.place
        if is_credentials or (name in left_out and name != b"uuid"):
            place += size
            continue
        digest.update(struct.pack(">Q", place) + data[place : place + size])
        place += size
    assert binding["hash"] == digest.digest()


def _boxes(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Each box's kind and content."""
    place = 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        assert 8 <= size <= len(data) - place
        yield kind.decode(), data[place + 8 : place + size]
        place += size


def _labelled(superbox: bytes) -> Iterator[tuple[str, bytes]]:
    """The superboxes within one by their labels."""
    for kind, content in _boxes(superbox):
        if kind == "jumb":
            _, description = next(_boxes(content))
            # A UUID, a byte of flags, the label.
            yield description[17:].partition(b"\0")[0].decode(), content


def _content(superbox: bytes) -> bytes:
    """The CBOR in a superbox, after its description."""
    (content,) = [content for kind, content in _boxes(superbox) if kind == "cbor"]
    return content
