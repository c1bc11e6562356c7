"""The headers of safetensors files, read without the library and without their tensors.

A file begins with the length of its header (8 bytes, little-endian), then the header as JSON: of
each name dtype, shape and data_offsets, and after it the tensors' bytes without gaps.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LONGEST = 100_000_000
"""Bytes of a header that the library itself would still read."""
_BITS = {
    "F64": 64,
    "F32": 32,
    "F16": 16,
    "BF16": 16,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "BOOL": 8,
    **{f"{sign}{bits}": bits for sign in "IU" for bits in (8, 16, 32, 64)},
}
"""Of one number by its type."""


@dataclass(frozen=True, slots=True)
class Header:
    """The shapes of a file's tensors by name."""

    shapes: Mapping[str, tuple[int, ...]]

    @property
    def elements(self) -> int:
        """How many numbers all tensors hold."""
        return sum(math.prod(shape) for shape in self.shapes.values())


def read_header(file: Path) -> Header:
    """The header of a safetensors file.

    Raises:
        ValueError: the file is no such file, or not all of it is there.
    """
    try:
        with file.open("rb") as opened:
            length = int.from_bytes(opened.read(8), "little")
            if not 2 <= length <= _LONGEST:
                raise ValueError(f"{file.name} is no safetensors file")
            text = opened.read(length)
        tensors = _tensors(json.loads(text))
        end = 8 + length + max((end for _, end in tensors.values()), default=0)
    except OSError as error:
        raise ValueError(f"{file.name} cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"{file.name} is no safetensors file, or damaged") from error
    if end != file.stat().st_size:
        raise ValueError(f"{file.name} is damaged: {file.stat().st_size:,} of {end:,} bytes")
    return Header({name: shape for name, (shape, _) in tensors.items()})


def check_shards(file: Path) -> None:
    """Hold the list of a model's several files against what lies beside it.

    Raises:
        ValueError: it cannot be read, or names files that are not there, or elsewhere.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        names = {str(name) for name in document["weight_map"].values()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{file.name} cannot be read") from error
    there = {path.name for path in file.parent.iterdir()}
    if wrong := sorted(names - there):
        raise ValueError(f"{file.name} names {wrong[0][:80]}, which is not beside it")


def _tensors(document: Any) -> dict[str, tuple[tuple[int, ...], int]]:
    """Shape and end of each tensor.

    Raises:
        ValueError: it is no table of tensors, or one is not as large as its place.
    """
    if not isinstance(document, dict):
        raise ValueError("not a table")
    table = cast("dict[str, Any]", document)
    return {name: _tensor(told) for name, told in table.items() if name != "__metadata__"}


def _tensor(told: Any) -> tuple[tuple[int, ...], int]:
    shape = tuple(_count(side) for side in cast("list[Any]", told["shape"]))
    begin, end = (_count(place) for place in cast("list[Any]", told["data_offsets"]))
    elements, place = math.prod(shape), 8 * (end - begin)
    # Of a type that is not known here a number has a bit at least.
    bits = _BITS.get(told["dtype"])
    is_right = elements <= place if bits is None else elements * bits == place
    if not is_right:
        raise ValueError("a tensor is not as large as its place")
    return shape, end


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a count")
    return value
