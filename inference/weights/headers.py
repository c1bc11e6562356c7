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
    """Shape and end of each tensor."""
    table = cast("dict[str, Any]", document)
    return {
        name: (tuple(map(int, told["shape"])), int(told["data_offsets"][1]))
        for name, told in table.items()
        if name != "__metadata__"
    }
