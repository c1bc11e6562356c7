"""Telling moderators that the month's budget runs low: once for each part and month."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from commands.ui import money
from commands.ui.cards import note_card
from commands.ui.words import since
from storage.periods import start_of
from storage.rules import Period

if TYPE_CHECKING:
    from discord import Interaction

    from commands.tools import Tools
    from storage.ledger import BudgetState

log = logging.getLogger(__name__)

PARTS = (100, 80)
"""Percent of the budget, the fullest first."""


async def tell_of_budget(interaction: Interaction[Any], tools: Tools) -> None:
    """Warn in the guild's channel when a part of its budget is used that it was not told of.

    Meant for after a job was accepted: nothing that fails here may look like its refusal.
    """
    try:
        await _tell(interaction, tools)
    except Exception:
        log.exception("a warning about a budget was not shown")


async def _tell(interaction: Interaction[Any], tools: Tools) -> None:
    guild = await tools.rules.guild(interaction.guild_id or 0)
    channel_id = guild.rules.budget_channel_id
    state = await tools.limits.budget(guild) if channel_id else None
    if channel_id is None or state is None:
        return
    percent = await _news(tools, guild.id, guild.rules.timezone, state)
    if percent is None:
        return
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=guild.id)
    try:
        await channel.send(view=note_card(_text(percent, state)))
    except (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError) as error:
        # A channel that is gone, for example.
        log.warning("a warning about a budget was not shown: %s", type(error).__name__)


async def _news(tools: Tools, guild_id: int, timezone: str, state: BudgetState) -> int | None:
    """The fullest part that is used and was not told of; lesser ones need not be told then."""
    used_mc = state.spent_mc + state.held_mc
    month = start_of(tools.now(), Period.MONTH, timezone)
    reached = [percent for percent in PARTS if 100 * used_mc >= percent * state.limit_mc]
    told = [await tools.rules.note_warning(guild_id, month, percent) for percent in reached]
    return reached[0] if told and told[0] else None


def _text(percent: int, state: BudgetState) -> str:
    used = money.price(state.spent_mc + state.held_mc)
    limit = money.balance(state.limit_mc)
    headline = "is used up" if percent == PARTS[0] else f"is used to {percent} %"
    return (
        f"**This month's budget {headline}.** {used} of {limit} credits are spent or held by jobs;"
        f" it begins anew {since(state.resets_at)}.\n-# Moderators change it with `/limits budget`"
    )
