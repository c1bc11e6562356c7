"""The files of a model's folder, links followed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from inference.weights.layout import Files


def files_of(folder: Path) -> Files:
    """The files of a folder by their path in it, with their sizes; links are followed."""
    return dict(_files(str(folder), "", ()))


def _files(folder: str, prefix: str, above: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    here = os.path.realpath(folder)
    # A link may lead back to a folder above it.
    if here in above:
        return
    try:
        entries = [*os.scandir(folder)]
    except PermissionError:
        if not above:
            raise
        # What it would have held is told as missing, where it is needed.
        return
    for entry in entries:
        if entry.is_dir():
            yield from _files(entry.path, f"{prefix}{entry.name}/", (*above, here))
        elif entry.is_file():
            yield prefix + entry.name, entry.stat().st_size
