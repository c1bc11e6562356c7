"""Telling moderators that the month's budget runs low: once for each part and month."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from commands.languages import say
from commands.languages.audience import shown_to
from commands.ui.answers import NOT_TAKEN
from commands.ui.cards import note_card
from commands.ui.instants import since
from generation import credits as money
from storage.ledger.pools import Pool

if TYPE_CHECKING:
    from discord import Interaction

    from commands.services import RuleServices
    from jobs.rules.terms import Terms
    from storage.ledger.pools import BudgetState

log = logging.getLogger(__name__)

PARTS = (100, 80)
"""Percent of the budget, the fullest first."""


async def tell_of_budget(interaction: Interaction[Any], rules: RuleServices, terms: Terms) -> None:
    """Warn in the guild's channel when a part of its budget is used that it was not told of.

    Meant for after a job was accepted: nothing that fails here may look like its refusal.
    """
    try:
        await _tell(interaction, rules, terms)
    except Exception:
        log.exception("a warning about a budget was not shown")


async def _tell(interaction: Interaction[Any], rules: RuleServices, terms: Terms) -> None:
    guild_id, channel_id = terms.asker.guild_id, terms.rules.budget_channel_id
    if channel_id is None or not terms.month_limits:
        return
    months = await rules.limits.months(guild_id, terms.month_limits)
    # Of two limits the one that will be reached first.
    state = max(months, key=_share)
    percent = await _news(rules, guild_id, state)
    if percent is None:
        return
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=guild_id)
    try:
        with shown_to(interaction):
            card = note_card(_text(percent, state))
        await channel.send(view=card)
    except NOT_TAKEN as error:
        # A channel that is gone, for example.
        log.warning("a warning about a budget was not shown: %s", type(error).__name__)


def _share(state: BudgetState) -> float:
    used_mc = state.spent_mc + state.held_mc
    return used_mc / state.limit_mc if state.limit_mc else float("inf")


async def _news(rules: RuleServices, guild_id: int, state: BudgetState) -> int | None:
    """The fullest part that is used and was not told of; lesser ones need not be told then."""
    used_mc, month = state.spent_mc + state.held_mc, state.began_at
    reached = [percent for percent in PARTS if 100 * used_mc >= percent * state.limit_mc]
    told = [
        await rules.database.write(rules.store.note_warning, guild_id, month, percent)
        for percent in reached
    ]
    return reached[0] if told and told[0] else None


def _text(percent: int, state: BudgetState) -> str:
    used = money.price(state.spent_mc + state.held_mc)
    limit = money.balance(state.limit_mc)
    is_ceiling, share = state.pool is Pool.CEILING, f"{percent} %"
    if is_ceiling:
        headline = say("What the operator allows this month is used to {share}.", share=share)
        who = say("The operator of the bot can change it")
    else:
        headline = say("This month's budget is used to {share}.", share=share)
        who = say("Moderators change it with `/limits budget`")
    if percent == PARTS[0]:
        headline = (
            say("What the operator allows this month is used up.")
            if is_ceiling
            else say("This month's budget is used up.")
        )
    figures = say(
        "{used} of {limit} credits are spent or held by jobs; it starts over {when}.",
        used=used,
        limit=limit,
        when=since(state.resets_at),
    )
    return f"**{headline}** {figures}\n-# {who}"
