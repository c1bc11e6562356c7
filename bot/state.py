"""The folders that the bot keeps things in, and the lock that admits one bot to its own."""

from __future__ import annotations

import fcntl
import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bot.errors import CannotStart
from bot.privacy import make_private

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from bot.settings import Settings


log = logging.getLogger(__name__)


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
