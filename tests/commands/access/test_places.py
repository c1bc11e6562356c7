"""Where a refused order would pass: only channels that may be it are asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, Mock, create_autospec

import discord

from commands.access.places import MAX_PLACES, with_places
from jobs.errors import AdultContent
from jobs.rules.limits import Limits
from tests.commands.interactions import an_interaction
from tests.jobs.harness import an_order

if TYPE_CHECKING:
    from collections.abc import Sequence


def a_channel(number: int, *, is_nsfw: bool) -> Any:
    # Not autospecced: that takes 20 ms for each of hundreds.
    channel = Mock(spec=discord.TextChannel, id=number)
    channel.is_nsfw.return_value = is_nsfw
    channel.permissions_for.return_value = discord.Permissions.all()
    return channel


async def places(channels: Sequence[Any]) -> tuple[Sequence[int], int]:
    """The channels that are named, and how often the rules were asked."""
    interaction, limits = an_interaction(), create_autospec(Limits, instance=True)
    limits.check = AsyncMock()
    by_id = {one.id: one for one in channels}
    interaction.guild = Mock(channels=channels, get_channel=by_id.get)
    error = AdultContent("a word")
    found = await with_places(interaction, limits, an_order(), 200, error)
    assert isinstance(found, AdultContent)
    return found.channels, limits.check.await_count


async def test_of_many_channels_only_the_age_restricted_are_asked_about():
    channels = [a_channel(number, is_nsfw=number == 250) for number in range(300)]
    assert await places(channels) == ((250,), 1)


async def test_no_more_are_asked_about_than_are_named():
    channels = [a_channel(number, is_nsfw=True) for number in range(300)]
    assert await places(channels) == (tuple(range(MAX_PLACES)), MAX_PLACES)
