"""The folder that films are kept in, for one server at a time."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inference.options import StartError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def open_folder(path: Path | None) -> Generator[Path]:
    """The folder, made where it is missing and locked; without a path, one that goes at the end.

    Raises:
        StartError: it cannot be written, or another server uses it.
    """
    if path is None:
        with tempfile.TemporaryDirectory(
            prefix="atelier-films-", ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)
        return
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(
            f"The folder for films {path} cannot be used: {error.strerror or error}."
        ) from error
    try:
        _lock(descriptor, path)
        yield path
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise StartError(f"Another server keeps its films in {path}.") from None
