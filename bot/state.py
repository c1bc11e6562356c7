"""The folders that the bot keeps things in, and the lock that admits one bot to its own."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.clock import now
from bot.errors import CannotStart, StateInUse
from bot.privacy import make_private

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from bot.settings import Settings


log = logging.getLogger(__name__)

MAX_HOLDER = 200
"""Characters that are read of who holds the lock."""


def open_folders(settings: Settings) -> None:
    """Make the state folder unless it is there, and all that is kept private.

    Raises:
        CannotStart: it cannot be made.
    """
    state, artifacts = settings.atelier_state, settings.artifacts_folder
    make_folder(state)
    if artifacts is None or artifacts.resolve().is_relative_to(state.resolve()):
        make_private(state)
        if artifacts and settings.are_artifacts_public:
            log.warning(
                "only a web server of the bot's own user can hand out what is in %s, a part of"
                " ATELIER_STATE, which is private; ATELIER_ARTIFACTS may name another folder",
                artifacts,
            )
    elif settings.are_artifacts_public:
        make_private(state)
    else:
        make_private(state, artifacts)


@contextmanager
def single_instance_lock(folder: Path) -> Generator[None]:
    """Hold the lock of the state folder: one bot process per SQLite file.

    Raises:
        StateInUse: another process holds it; says which one.
        CannotStart: the folder cannot be written.
    """
    make_folder(folder)
    try:
        descriptor = os.open(folder / "bot.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = _holder(descriptor)
        os.close(descriptor)
        raise StateInUse(
            f"Another bot already uses {folder}{holder}. Stop it, or set ATELIER_STATE to another"
            " folder."
        ) from None
    _note_holder(descriptor)
    try:
        yield
    finally:
        os.close(descriptor)


def _note_holder(descriptor: int) -> None:
    """Write down who holds the lock, for whoever finds it taken."""
    since = now().strftime("%Y-%m-%d %H:%M UTC")
    os.truncate(descriptor, 0)
    os.pwrite(
        descriptor, f"process {os.getpid()} on {socket.gethostname()}, since {since}".encode(), 0
    )


def _holder(descriptor: int) -> str:
    """Who holds the lock, in brackets; nothing where an older version does."""
    noted = os.pread(descriptor, MAX_HOLDER, 0).decode(errors="replace")
    return f" ({noted})" if noted and noted.isprintable() else ""


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
