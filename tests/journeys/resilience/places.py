"""The playground's channels, where a test may change what the bot finds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.world.world import STUDIO_ID, Overwrite

if TYPE_CHECKING:
    from playground.world.world import Channel, World


class Place:
    """The guild's channels, where a test may change what the bot finds."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._bot_role = world.guild.members[world.bot.id].roles[0]
        self._closed: list[Channel] = []

    def deny(self, denied: int) -> None:
        """Deny the bot something in #studio."""
        studio = self._world.channels[STUDIO_ID]
        studio.overwrites[self._bot_role] = Overwrite(deny=denied)

    def close(self, name: str) -> None:
        """Delete a channel."""
        (channel,) = [one for one in self._world.channels.values() if one.name == name]
        self._closed.append(self._world.channels.pop(channel.id))
        del self._world.guild.channels[channel.id]

    def lock(self, *, is_locked: bool = True) -> None:
        """Lock #studio as an archived thread is."""
        self._world.channels[STUDIO_ID].is_locked = is_locked

    def restore(self) -> None:
        """Make everything as it was."""
        self.lock(is_locked=False)
        self._world.channels[STUDIO_ID].overwrites.clear()
        for channel in self._closed:
            self._world.channels[channel.id] = self._world.guild.channels[channel.id] = channel
        self._closed.clear()
