"""“Remove and refund” in the messages' menu, and the buttons of reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction, app_commands

from commands.access.moderators import check_moderator
from commands.access.shown_results import job_shown_in
from commands.errors import BadInput
from commands.languages import say
from commands.moderation.decisions import Decisions
from commands.moderation.removal import Removal
from commands.ui.answers import answer_privately
from commands.ui.mod_cards import removed_card

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from commands import Action, Registered
    from commands.services import AccountServices, JobServices, RuleServices
    from jobs.records import JobRecords
    from jobs.videos import Videos


def build(
    jobs: JobServices,
    accounts: AccountServices,
    rules: RuleServices,
    videos: Videos,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The entry of the messages' menu, and the actions of the reports' buttons."""
    removal = Removal(jobs, accounts, rules, videos)
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
        job = await job_shown_in(self._records, message)
        if job is None or job.guild_id != interaction.guild_id:
            raise BadInput("message", say("it shows no result of mine"))
        await interaction.response.defer(ephemeral=True, thinking=True)
        removed = await self._removal.take_away(interaction, job, refunds=True)
        card = removed_card(job.id, job.member_id, removed.refunded_mc, is_gone=removed.is_gone)
        await answer_privately(interaction, card)
        await self._removal.note(interaction, removed)
