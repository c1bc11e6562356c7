"""The audit log: every change leaves a line there, and in the channel that the guild chose."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from commands.ui.answers import NOT_TAKEN
from commands.ui.cards import note_card
from commands.ui.job_links import link_jobs
from commands.ui.text import quoted

if TYPE_CHECKING:
    from discord import Interaction

    from commands.services import RuleServices
    from storage.rules import Change

log = logging.getLogger(__name__)

MAX_DETAIL = 400


async def record(interaction: Interaction[Any], rules: RuleServices, change: Change) -> None:
    """Write a line for what was changed elsewhere, and mirror it."""
    await rules.database.write(rules.store.note, change)
    await mirror(interaction, rules, change)


async def mirror(interaction: Interaction[Any], rules: RuleServices, change: Change) -> None:
    """Repeat a line that is written already in the guild's channel for them, if it has one.

    Meant for after the answer: Discord may keep it waiting. A channel that is gone is no error.
    """
    channel_id = (await rules.guild(change.guild_id)).rules.audit_channel_id
    if channel_id is None:
        return
    channel = interaction.client.get_partial_messageable(channel_id, guild_id=change.guild_id)
    try:
        told = await link_jobs(rules.database, change.guild_id, line(change))
        await channel.send(view=note_card(told))
    except NOT_TAKEN as error:
        log.warning("a line of the audit log was not mirrored: %s", type(error).__name__)


def line(change: Change, limit: int = MAX_DETAIL) -> str:
    """A change as one line: who did what to whom; the detail cut to so many characters."""
    parts = [f"<@{change.actor_id}>", f"**{quoted(change.action)}**"]
    if change.subject_id is not None:
        parts.append(f"<@{change.subject_id}>")
    if change.detail:
        parts.append(quoted(change.detail, limit))
    if change.made_at is not None:
        parts.insert(0, f"<t:{int(change.made_at.timestamp())}:f>")
    return " · ".join(parts)
