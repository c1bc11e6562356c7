"""Room for pictures: how much is left on the disk and under the operator's cap."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from jobs.errors import NoSpace

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

FLOOR_BYTES = 200_000_000
"""With less room than this on a disk no new job begins; those that run still end well."""


class Space:
    """Knows whether there is room for a new job's pictures.

    `folders` are on the disks that fill up: of pictures and of the database, where they are on
    this machine. What all kept pictures take is counted by who erases the old ones.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        cap_bytes: int | None = None,
        floor_bytes: int = FLOOR_BYTES,
    ) -> None:
        self._folders = tuple(folders)
        self.cap_bytes = cap_bytes
        self._floor_bytes = floor_bytes
        self.kept_bytes = 0

    @property
    def free_bytes(self) -> int | None:
        """What is left on the fullest of the disks; None where nothing is kept on this machine."""
        return min(map(_free_bytes, self._folders), default=None)

    @property
    def is_disk_full(self) -> bool:
        """Whether so little is left on a disk that no new job may begin."""
        free_bytes = self.free_bytes
        return free_bytes is not None and free_bytes < self._floor_bytes

    @property
    def is_over_cap(self) -> bool:
        """Whether the kept pictures take more than the operator allows."""
        return self.cap_bytes is not None and self.kept_bytes >= self.cap_bytes

    def check(self) -> None:
        """Let a new job pass.

        Raises:
            NoSpace: its pictures would have no room.
        """
        if self.is_over_cap or self.is_disk_full:
            raise NoSpace


def _free_bytes(folder: Path) -> int:
    """What is left where the folder is, or where it would be made."""
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return shutil.disk_usage(place).free
