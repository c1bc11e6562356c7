"""The bot's state folder for a trial: one playground at a time uses it, and it is erased after."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

FOLDER = Path(".playground")
MAX_USER = 200
"""Characters that are read of who uses the folder."""


class FolderInUse(Exception):
    """Another playground uses the folder; the text is a sentence that says which one."""


class StateFolder:
    """A locked folder; `note` says to others who holds it."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        self.note("")

    def note(self, url: str) -> None:
        """Write down who uses the folder: this process, with its page."""
        user = f"the playground at {url} (process {os.getpid()})" if url else ""
        os.truncate(self._lock, 0)
        os.pwrite(self._lock, user.encode(), 0)


@contextmanager
def opened_state_folder(path: Path = FOLDER) -> Generator[StateFolder]:
    """Lock the folder, empty it of what a killed playground left, and erase it at the end.

    Raises:
        FolderInUse: another playground has locked it.
        OSError: it cannot be made or written.
    """
    path = path.absolute()
    lock = _lock(path)
    try:
        yield StateFolder(path / "state", lock)
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(lock)


def _lock(path: Path) -> int:
    """The descriptor of the lock file of a folder that is empty otherwise."""
    file = path / "lock"
    while True:
        path.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            user = os.pread(lock, MAX_USER, 0).decode(errors="replace") or "another playground"
            os.close(lock)
            raise FolderInUse(_sentence(path, user)) from None
        if _is_there(file, lock):
            shutil.rmtree(path / "state", ignore_errors=True)
            return lock
        # Its last user erased it between the opening and the locking.
        os.close(lock)


def _is_there(file: Path, lock: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(lock))
    except FileNotFoundError:
        return False


def _sentence(path: Path, user: str) -> str:
    return (
        f"{user[:1].upper()}{user[1:]} already uses {path}. Open that page or stop it; for a second"
        " playground beside it set ATELIER_STATE to another folder."
    )
