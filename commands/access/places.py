"""Where an order would pass that is refused in its channel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from commands.access.requester import asker_of
from jobs.errors import AdultContent, JobError, WrongChannel

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from discord import Interaction

    from jobs.orders.order import Order
    from jobs.rules.limits import Limits

    Place = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel

MAX_PLACES = 5
"""As many are looked for, and named."""

PLACES = (
    discord.TextChannel,
    discord.VoiceChannel,
    discord.StageChannel,
    discord.ForumChannel,
)


async def with_places(
    interaction: Interaction[Any], limits: Limits, order: Order, price_mc: int, error: Exception
) -> Exception:
    """The error with the channels in which the member could have the order drawn."""
    guild = interaction.guild
    if not isinstance(error, (WrongChannel, AdultContent)) or guild is None:
        return error
    found: list[int] = []
    for place in _open_to(interaction, guild, _where_it_may_pass(guild, error)):
        if await _passes(interaction, limits, order, price_mc, place):
            found.append(place.id)
        if len(found) == MAX_PLACES:
            break
    if isinstance(error, WrongChannel):
        return WrongChannel(found)
    return AdultContent(error.word, found)


def _where_it_may_pass(guild: discord.Guild, error: WrongChannel | AdultContent) -> Iterable[int]:
    """The channels that the error does not rule out: each is asked about in the database."""
    if isinstance(error, WrongChannel):
        return error.channels
    return [one.id for one in guild.channels if isinstance(one, PLACES) and one.is_nsfw()]


def _open_to(
    interaction: Interaction[Any], guild: discord.Guild, ids: Iterable[int]
) -> Iterator[Place]:
    """The channels that are there, where the member can use commands and the bot can post."""
    member = interaction.user
    for channel_id in ids:
        channel = guild.get_channel(channel_id)
        if not isinstance(channel, PLACES) or not isinstance(member, discord.Member):
            continue
        theirs, ours = channel.permissions_for(member), channel.permissions_for(guild.me)
        can_use = theirs.view_channel and theirs.use_application_commands
        if can_use and ours.view_channel and ours.attach_files:
            yield channel


async def _passes(
    interaction: Interaction[Any], limits: Limits, order: Order, price_mc: int, place: Place
) -> bool:
    asker = replace(
        asker_of(interaction),
        channel_id=place.id,
        parent_channel_id=None,
        is_age_restricted=place.is_nsfw(),
    )
    try:
        await limits.check(asker, order, price_mc)
    except JobError:
        return False
    return True
