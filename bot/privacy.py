"""What the bot keeps is its owner's alone: it holds prompts, pictures and tokens.

New files and folders are private by the process's umask, which processes that it starts inherit.
What an earlier version left is made private at the start.
"""

from __future__ import annotations

import logging
import os
import stat
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger(__name__)

OTHERS = 0o077
"""The rights of the group and of everybody else."""

READABLE_BY_ALL = 0o004
MOST_ENTRIES = 10_000
"""So many files and folders are looked at, the outer ones first: a private folder protects all that
is in it, and a start must not take long."""


def keep_new_files_private() -> None:
    """Give nobody else any right to files and folders that this process makes from now on."""
    os.umask(OTHERS)


def make_private(*folders: Path) -> None:
    """Take everybody else's rights to folders and their contents away; a warning if that fails.

    A folder that is for everybody, as /tmp is, is left as it is, with the same warning. One that is
    not there yet will be made by this process.
    """
    tops = [folder.resolve() for folder in folders if folder.is_dir()]
    if still_open := [path for top in tops for path in _close_all(top)]:
        log.warning(
            "other users of this machine may read what is kept: their rights to %s cannot be taken"
            " away (%d files and folders)",
            *(still_open[0], len(still_open)),
        )


def warn_of_secrets(env_file: Path) -> None:
    """Warn of a file of settings that every user of the machine may read."""
    try:
        is_open = env_file.stat().st_mode & READABLE_BY_ALL
    except OSError:
        return
    if is_open:
        log.warning(
            "every user of this machine may read the keys in %s: chmod 600 %s", env_file, env_file
        )


def _close_all(top: Path) -> list[str]:
    """Close a folder and what is in it; what could not be closed."""
    if top == top.parent or top.stat().st_mode & stat.S_ISVTX:
        return [str(top)]
    return [path for path in _outer_first(top) if not _close(path)]


def _outer_first(top: Path) -> Iterator[str]:
    """The folder and what is in it, level by level; links are not followed."""
    folders = deque([str(top)])
    yield str(top)
    looked_at = 1
    while folders:
        try:
            entries = list(os.scandir(folders.popleft()))
        except OSError:
            continue
        for entry in entries:
            if looked_at == MOST_ENTRIES:
                return
            looked_at += 1
            if entry.is_symlink():
                continue
            yield entry.path
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)


def _close(path: str) -> bool:
    """Take others' rights away; whether they have none afterwards."""
    try:
        mode = os.lstat(path).st_mode
        if not mode & OTHERS:
            return True
        os.chmod(path, stat.S_IMODE(mode) & ~OTHERS)
        # Some file systems say yes and change nothing.
        return not os.lstat(path).st_mode & OTHERS
    except FileNotFoundError:
        return True
    except OSError:
        return False
