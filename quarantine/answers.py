"""What a worker process answers, in a form that holds data only.

A worker decodes hostile bytes, so what it says may be theirs: no pickle of it is read. An answer is
the length of its JSON (8 bytes, big endian), the JSON, and the byte strings that it refers to. JSON
objects stand for what JSON lacks, with one key each that says what they are:

    {"bytes": length}            the next of the byte strings
    {"tuple": [...]}             {"mapping": [[key, value], ...]}        {"path": "..."}
    {"enum": [class, value]}     {"record": [class, {field: value}]}     {"error": [class, [args]]}

Classes are enums, dataclasses and exceptions of the packages that work here, named as module and
name, and exceptions of Python's own.
"""

from __future__ import annotations

import builtins
import io
import json
import re
import struct
from dataclasses import fields, is_dataclass
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from sentences import Sentence

LENGTH = struct.Struct(">Q")
MAX_BYTES = 512 * 1024 * 1024
"""No answer is larger; a worker that announces more is no longer ours."""

MAX_JSON_BYTES = 4 * 1024 * 1024
"""Read JSON takes many times its own size."""

OUR_MODULE = re.compile(
    r"(media|quarantine)(\.[a-z][a-z0-9_]*)+|generation\.(errors|image\.pictures)"
)
SCALARS = (type(None), bool, int, float, str)


class BadAnswer(Exception):
    """The bytes are no answer."""


def encode(value: Any) -> bytes:
    """The value as an answer.

    Raises:
        TypeError: it holds something that no answer can hold.
    """
    blobs: list[bytes] = []
    head = json.dumps(_plain(value, blobs)).encode()
    return b"".join((LENGTH.pack(len(head)), head, *blobs))


def size_of(header: bytes) -> int:
    """The bytes of an answer by what comes before it: 8 bytes, big endian.

    Raises:
        BadAnswer: it would be too large.
    """
    (size,) = LENGTH.unpack(header)
    if size > MAX_BYTES:
        raise BadAnswer(f"it would have {size:,} bytes")
    return size


def decode(answer: bytes) -> Any:
    """The value of an answer, of anybody's.

    Raises:
        BadAnswer: it is none.
    """
    try:
        source = io.BytesIO(answer)
        (length,) = LENGTH.unpack(source.read(LENGTH.size))
        if length > MAX_JSON_BYTES:
            raise BadAnswer(f"its JSON would have {length:,} bytes")
        return _value(json.loads(source.read(length)), source)
    except BadAnswer:
        raise
    except Exception as error:
        # What a constructor of ours makes of foreign values is no error of ours either.
        raise BadAnswer(type(error).__name__) from error


def _plain(value: Any, blobs: list[bytes]) -> Any:
    """The value as JSON; the byte strings in it are added to the others."""
    match value:
        case Enum():
            return {"enum": [_name(type(value)), _plain(value.value, blobs)]}
        case _ if type(value) in SCALARS:
            return value
        case bytes():
            blobs.append(value)
            return {"bytes": len(value)}
        case list():
            return [_plain(item, blobs) for item in cast("list[Any]", value)]
        case tuple():
            return {"tuple": [_plain(item, blobs) for item in cast("tuple[Any, ...]", value)]}
        case dict():
            pairs = cast("dict[Any, Any]", value).items()
            return {"mapping": [[_plain(item, blobs) for item in pair] for pair in pairs]}
        case _:
            return _plain_object(value, blobs)


def _plain_object(value: Any, blobs: list[bytes]) -> Any:
    match value:
        case Path():
            return {"path": str(value)}
        case Sentence():
            return {"sentence": value.to_json()}
        case Exception():
            return {"error": [_name(type(value)), [_plain(item, blobs) for item in value.args]]}
        case _ if is_dataclass(value) and not isinstance(value, type):
            held = {
                field.name: _plain(getattr(value, field.name), blobs) for field in fields(value)
            }
            return {"record": [_name(type(value)), held]}
        case _:
            raise TypeError(f"{value!r} cannot be in an answer")


def _name(kind: type[Any]) -> str:
    name = f"{kind.__module__}:{kind.__qualname__}"
    try:
        _class(name)
    except BadAnswer as error:
        raise TypeError(f"{name} cannot be in an answer") from error
    return name


def _value(plain: Any, source: io.BytesIO) -> Any:
    if isinstance(plain, list):
        return [_value(item, source) for item in cast("list[Any]", plain)]
    if not isinstance(plain, dict):
        return plain
    ((kind, held),) = cast("dict[str, Any]", plain).items()
    match kind:
        case "bytes":
            return _bytes(held, source)
        case "tuple":
            return tuple(_value(held, source))
        case "mapping":
            return {_value(key, source): _value(item, source) for key, item in held}
        case "path":
            return Path(held)
        case "sentence":
            return Sentence.from_json(held)
        case _:
            return _instance(kind, held, source)


def _bytes(length: int, source: io.BytesIO) -> bytes:
    data = source.read(length)
    if length < 0 or len(data) != length:
        raise BadAnswer("it breaks off")
    return data


def _instance(kind: str, held: Any, source: io.BytesIO) -> Any:
    name, content = held
    found = _class(name)
    if kind == "enum" and issubclass(found, Enum):
        return found(_value(content, source))
    if kind == "record" and is_dataclass(found):
        return found(**{field: _value(item, source) for field, item in content.items()})
    if kind == "error" and issubclass(found, Exception):
        return found(*_value(content, source))
    raise BadAnswer(f"{name} is no {kind}")


def _class(name: str) -> type[Any]:
    """The class of that name, if it may be in an answer."""
    module, _, attribute = name.partition(":")
    if module == builtins.__name__:
        found: Any = vars(builtins).get(attribute)
        if isinstance(found, type) and issubclass(found, Exception):
            return found
    elif OUR_MODULE.fullmatch(module):
        found = vars(import_module(module)).get(attribute)
        # What a module has only imported is not its own.
        if isinstance(found, type) and found.__module__ == module and _is_data(found):
            return found
    raise BadAnswer(f"{name[:60]!r} is not known")


def _is_data(kind: type[Any]) -> bool:
    return is_dataclass(kind) or issubclass(kind, Enum | Exception)
