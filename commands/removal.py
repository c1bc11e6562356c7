"""“Remove and refund” in the messages' menu, and the buttons of reports."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction, app_commands

from commands.access.moderators import check_moderator
from commands.errors import BadInput
from commands.moderation.decisions import Decisions
from commands.moderation.removal import Removal
from commands.ui.answers import answer_privately
from commands.ui.mod_cards import removed_card
from jobs.errors import TooLate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from commands import Action, Registered
    from commands.services import AccountServices, JobServices, RuleServices
    from jobs.records import JobRecords
    from storage.jobs.jobs import Job

NAMED = re.compile(r"\bjob ([0-9a-z]{1,24})\b")
"""How cards without buttons name their job."""


def build(
    jobs: JobServices,
    accounts: AccountServices,
    rules: RuleServices,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The entry of the messages' menu, and the actions of the reports' buttons."""
    removal = Removal(jobs, accounts, rules)
    shown = ShownResults(jobs.records, removal)
    menu = app_commands.ContextMenu(name="Remove and refund", callback=shown.remove)
    menu.default_permissions = discord.Permissions(moderate_members=True)
    return [menu], Decisions(jobs, rules, removal, now).by_name


class ShownResults:
    """Results as moderators right-click them: by the message that shows one."""

    def __init__(self, records: JobRecords, removal: Removal) -> None:
        self._records = records
        self._removal = removal

    async def remove(self, interaction: Interaction[Any], message: discord.Message) -> None:
        """Remove the result that a message shows, and refund it."""
        check_moderator(interaction)
        job = await self._shown_in(message)
        if job is None or job.guild_id != interaction.guild_id:
            raise BadInput("message", "it shows no result of mine")
        await interaction.response.defer(ephemeral=True, thinking=True)
        removed = await self._removal.take_away(interaction, job, refunds=True)
        card = removed_card(job.id, job.member_id, removed.refunded_mc, is_gone=removed.is_gone)
        await answer_privately(interaction, card)
        await self._removal.note(interaction, removed)

    async def _shown_in(self, message: discord.Message) -> Job | None:
        """The job whose card a message is; anybody can write an id, only a job knows its card."""
        for message_id, components in _shown(message):
            for job_id in dict.fromkeys(_job_ids(components)):
                with suppress(TooLate):
                    job = await self._records.get(job_id)
                    posts = [post.message_id for post in await self._records.posts(job)]
                    if message_id in (job.message_id, job.more_message_id, *posts):
                        return job
        return None


def _shown(message: discord.Message) -> Iterator[tuple[int, Sequence[Any]]]:
    """The ids and components of a message, and of the one that it forwards."""
    yield message.id, message.components
    forwarded = message.reference.message_id if message.reference else None
    if forwarded:
        for snapshot in message.message_snapshots:
            yield forwarded, snapshot.components


def _job_ids(components: Sequence[Any]) -> Iterator[str]:
    """What may be a job's id among a message's buttons and texts."""
    for component in components:
        _, _, subject = str(getattr(component, "custom_id", None) or "").partition(":")
        if subject:
            yield subject
        yield from NAMED.findall(str(getattr(component, "content", "")))
        yield from _job_ids(getattr(component, "children", ()))
