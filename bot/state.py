"""The state folder, and the lock that admits one bot to it."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.errors import CannotStart

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def only_bot(folder: Path) -> Generator[None]:
    """Hold the lock of the state folder: one bot process per SQLite file.

    Raises:
        CannotStart: another process holds it, or the folder cannot be written.
    """
    make_folder(folder)
    try:
        descriptor = os.open(folder / "bot.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise CannotStart(f"Another bot already uses {folder}.") from None
    try:
        yield
    finally:
        os.close(descriptor)


def make_folder(path: Path) -> None:
    """Make the folder unless it is there.

    Raises:
        CannotStart: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(folder: Path, error: OSError) -> CannotStart:
    return CannotStart(f"ATELIER_STATE {folder} cannot be used: {error.strerror}.")
