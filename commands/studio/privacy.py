"""/privacy: what is kept of a member, to be exported or deleted, and who may use it."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import zipfile
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction

from commands.access.requester import account_of
from commands.errors import StillAtWork
from commands.languages import marked, say
from commands.moderation.removal import delete_message
from commands.options.slash import runs_command, slash
from commands.studio.cards.privacy import delete_question_card, export_card, privacy_card
from commands.studio.history import check_private
from commands.studio.results.export_parts import ExportPart, ExportParts
from commands.ui.answers import NOT_TAKEN, answer_privately, show_in_place
from commands.ui.cards import note_card
from storage import export, forgetting

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from commands import Action, Registered
    from commands.services import JobServices, MediaServices, RuleServices
    from commands.ui.cards import Card
    from storage.forgetting import ShownJob

log = logging.getLogger(__name__)

FIRST = "first"
AT_A_TIME = 50

DONE = marked(
    "**Deleted.** Your jobs, files, drafts, styles and settings in this server are gone; what you"
    " had left in credits is still yours."
)
KEPT = marked("**Kept.** Nothing was deleted.")


def build(
    jobs: JobServices,
    rules: RuleServices,
    media: MediaServices,
    keep_days: int,
    now: Callable[[], datetime],
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its cards."""
    privacy = Privacy(jobs, rules, media, keep_days, now)
    return [slash("privacy", privacy.command)], {
        "privacy_export": privacy.export,
        "privacy_share": privacy.share,
        "privacy_delete": privacy.delete,
        "privacy_keep": privacy.keep,
    }


class Privacy:
    """Tells a member what is kept of them, and gives or deletes it."""

    def __init__(
        self,
        jobs: JobServices,
        rules: RuleServices,
        media: MediaServices,
        keep_days: int,
        now: Callable[[], datetime],
    ) -> None:
        self._jobs = jobs
        self._rules = rules
        self._media = media
        self._keep_days = keep_days
        self._now = now

    @runs_command
    async def command(self, interaction: Interaction[Any]) -> None:
        """See what is kept of you here and until when; export it, delete it, say who may use it."""
        await answer_privately(interaction, await self._card(interaction))

    async def share(self, interaction: Interaction[Any], wanted: str) -> None:
        """Choose whether others may use one's results."""
        check_private(interaction)
        account = account_of(interaction)
        await self._rules.database.write(
            self._rules.store.change_member,
            account.guild_id,
            account.member_id,
            None,
            shares_results=wanted == "on",
        )
        await show_in_place(interaction, await self._card(interaction))

    async def export(self, interaction: Interaction[Any], start: str) -> None:
        """Send a part of what is kept, the first one with all data."""
        check_private(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        part, account = ExportPart(), account_of(interaction)
        if start == FIRST:
            data = await self._jobs.database.read(export.data_of, account)
            part.files["data.json"] = await asyncio.to_thread(_as_json, data)
        parts = ExportParts(self._jobs.history, self._media.results)
        await parts.fill(part, account, "" if start == FIRST else start)
        name = "atelier-data.zip" if start == FIRST else f"atelier-data-{start}.zip"
        packed = await asyncio.to_thread(_packed, part.files)
        await show_in_place(
            interaction,
            export_card(name, part.results, part.following),
            [discord.File(io.BytesIO(packed), filename=name)],
        )

    async def delete(self, interaction: Interaction[Any], said: str) -> None:
        """Ask once, and then delete everything."""
        check_private(interaction)
        account = account_of(interaction)
        if await self._jobs.database.read(forgetting.has_jobs_at_work, account):
            raise StillAtWork
        if said != "all":
            kept = await self._jobs.database.read(forgetting.kept_of, account)
            await answer_privately(interaction, delete_question_card(kept))
            return
        await show_in_place(interaction, note_card(say("Deleting …")))
        while shown := await self._jobs.database.read(forgetting.shown_jobs, account, AT_A_TIME):
            for one in shown:
                await self._take_away(interaction, one)
        if not await self._jobs.database.write(forgetting.forget_member, account, self._now()):
            raise StillAtWork
        # After a quarter of an hour Discord takes no more of this interaction.
        with suppress(*NOT_TAKEN):
            await show_in_place(interaction, note_card(say(DONE)))

    async def keep(self, interaction: Interaction[Any], _subject: str) -> None:
        """Delete nothing."""
        check_private(interaction)
        await show_in_place(interaction, note_card(say(KEPT)))

    async def _card(self, interaction: Interaction[Any]) -> Card:
        account = account_of(interaction)
        kept = await self._jobs.database.read(forgetting.kept_of, account)
        member = await self._rules.database.read(
            self._rules.store.member, account.guild_id, account.member_id
        )
        return privacy_card(kept, self._keep_days, shares=member.shares_results)

    async def _take_away(self, interaction: Interaction[Any], shown: ShownJob) -> None:
        """Erase a job's files, and delete its messages where that can be done."""
        await self._jobs.records.erase(shown.id, interaction.user.id, is_moderator=False)
        job = await self._jobs.records.get(shown.id)
        places = [(shown.channel_id, message_id) for message_id in shown.message_ids]
        places += [
            (post.channel_id, post.message_id) for post in await self._jobs.records.posts(job)
        ]
        for place in places:
            await delete_message(interaction, *place)
        await self._jobs.database.write(forgetting.forget_messages, shown.id)


def _as_json(data: Any) -> bytes:
    """Some thousand jobs take a while."""
    return json.dumps(data, ensure_ascii=False, indent=1).encode()


def _packed(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()
