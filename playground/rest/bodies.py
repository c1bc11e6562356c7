"""Request bodies: JSON, or a form with `payload_json` and `files[n]`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from playground.wire import Refusal, invalid, too_large

if TYPE_CHECKING:
    from aiohttp import web

    from playground.wire import Json

MIB = 1024 * 1024
_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^;\s]+))', re.IGNORECASE)
_NAME = re.compile(r'[;\s]name="((?:[^"\\]|\\.)*)"')
_FILENAME = re.compile(r'[;\s]filename="((?:[^"\\]|\\.)*)"')
_CONTENT_TYPE = re.compile(r"^Content-Type:\s*([^;\s]+)", re.IGNORECASE | re.MULTILINE)
_FILE_FIELD = re.compile(r"files?\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """The largest file and the largest request, in bytes (Discord's defaults)."""

    file_bytes: int = 10 * MIB
    request_bytes: int = 25 * MIB


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One uploaded file."""

    filename: str
    content_type: str | None
    data: bytes


@dataclass(slots=True)
class Body:
    """A parsed body; files carry the number of their `files[n]` field.

    `path` is where the message lies in what was sent, for the error tree.
    """

    data: Any = None
    files: dict[int, UploadedFile] = field(default_factory=dict[int, UploadedFile])
    path: tuple[str | int, ...] = ()

    def object(self) -> Json:
        """The JSON object of the body; anything else is refused."""
        if self.data is None:
            return {}
        if not isinstance(self.data, dict):
            raise invalid((), "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        return cast("Json", self.data)


async def read_body(request: web.Request, limits: UploadLimits) -> Body:
    """Read a body whole; over the limits it is refused with 413 and code 40005."""
    if not request.can_read_body:
        return Body()
    raw = await request.read()
    declared = request.headers.get("Content-Type", "")
    if declared.startswith("multipart/"):
        body = _parse_form(raw, declared)
    else:
        body = Body(_parse(raw)) if raw else Body()
    oversized = any(len(file.data) > limits.file_bytes for file in body.files.values())
    if oversized or len(raw) > limits.request_bytes:
        raise too_large()
    return body


def _parse(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise _invalid_json() from None


def _invalid_json() -> Refusal:
    return Refusal(400, 50109, "The request body contains invalid JSON.")


def _parse_form(raw: bytes, declared: str) -> Body:
    """Take a form apart (RFC 7578).

    The whole body lies in memory already, and a bot sends thousands of pictures in a benchmark:
    cutting at the boundary costs a tenth of what a streaming parser does.
    """
    found = _BOUNDARY.search(declared)
    if found is None:
        raise _invalid_json()
    body = Body()
    boundary = b"\r\n--" + (found.group(1) or found.group(2)).encode()
    for part in (b"\r\n" + raw).split(boundary)[1:-1]:
        head, separator, data = part.partition(b"\r\n\r\n")
        if not separator:
            raise _invalid_json()
        headers = head.decode(errors="replace")
        name, filename = _quoted(_NAME, headers), _quoted(_FILENAME, headers)
        if name == "payload_json":
            body.data = _parse(data)
        elif filename is not None:
            kind = _CONTENT_TYPE.search(headers)
            file = UploadedFile(filename, kind.group(1) if kind else None, data)
            body.files[_file_number(name or "", len(body.files))] = file
    return body


def _quoted(pattern: re.Pattern[str], headers: str) -> str | None:
    found = pattern.search(headers)
    return None if found is None else re.sub(r"\\(.)", r"\1", found.group(1))


def _file_number(name: str, position: int) -> int:
    found = _FILE_FIELD.fullmatch(name)
    return int(found.group(1)) if found else position
