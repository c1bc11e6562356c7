"""How large a file may be: the default of Discord, the boosts of the guild, or a set limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.rest.bodies import MIB, UploadLimits

if TYPE_CHECKING:
    from playground.world.world import Channel, World

TIERS = {0: 0, 1: 0, 2: 50 * MIB, 3: 100 * MIB}
"""What each boost tier lifts the limit of a file to, in bytes."""


def size_text(count: int) -> str:
    """A number of bytes as people read it."""
    for unit, size in (("MiB", MIB), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.4g} {unit}"
    return f"{count} bytes"


class Uploads:
    """The limits in force, which change with the world."""

    def __init__(self, world: World, defaults: UploadLimits) -> None:
        self._world = world
        self._defaults = defaults

    def file_bytes(self, channel: Channel | None) -> int:
        """The largest file that a channel takes."""
        if self._world.attachment_size_limit is not None:
            return self._world.attachment_size_limit
        guild = None if channel is None else self._world.guild_of(channel)
        lifted = 0 if guild is None else TIERS[guild.premium_tier]
        return max(self._defaults.file_bytes, lifted)

    def limits(self, channel: Channel | None) -> UploadLimits:
        """The limits of a channel; where files may be larger, one of them fits into a request."""
        largest, whole = self.file_bytes(channel), self._defaults.request_bytes
        if largest > self._defaults.file_bytes:
            # A form has its own lines around the file.
            whole = max(whole, largest + MIB)
        return UploadLimits(largest, whole)
