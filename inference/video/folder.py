"""The folder that films are kept in, for one server at a time."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import stat
import tempfile
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from inference.options import StartError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


logger = logging.getLogger(__name__)

OTHERS = 0o077
"""The rights of the group and of everybody else."""

PATIENCE = timedelta(seconds=10)
"""A server that is being stopped may take a few seconds to let go of its folder."""
_PAUSE_S = 0.1


@asynccontextmanager
async def open_folder(
    path: Path | None, patience: timedelta = PATIENCE, *, is_childs: bool = False
) -> AsyncGenerator[Path]:
    """The folder, made where it is missing and locked; without a path, one that goes at the end.

    It is made private. That this fails is told, unless `is_childs`: the process that started this
    one watches over its own folders.

    Raises:
        StartError: it cannot be written, or another server uses it.
    """
    if path is None:
        with tempfile.TemporaryDirectory(
            prefix="atelier-films-", ignore_cleanup_errors=True
        ) as folder:
            yield Path(folder)
        return
    descriptor = _open_lock(path)
    if not _is_private(path) and not is_childs:
        logger.warning("Other users of this machine may read the films in %s.", path)
    try:
        await _lock(descriptor, path, patience)
        yield path
    finally:
        os.close(descriptor)


def _open_lock(path: Path) -> int:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.open(path / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StartError(
            f"The folder for films {path} cannot be used: {error.strerror or error}."
        ) from error


def _is_private(path: Path) -> bool:
    """Make the folder private, which protects all that is in it; whether it is."""
    mode = path.stat().st_mode
    if mode & OTHERS and not mode & stat.S_ISVTX:
        with suppress(OSError):
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
    return not path.stat().st_mode & OTHERS


async def _lock(descriptor: int, path: Path, patience: timedelta) -> None:
    until = asyncio.get_running_loop().time() + patience.total_seconds()
    while not _is_locked(descriptor):
        if asyncio.get_running_loop().time() >= until:
            raise StartError(f"Another server keeps its films in {path}.")
        await asyncio.sleep(_PAUSE_S)


def _is_locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
