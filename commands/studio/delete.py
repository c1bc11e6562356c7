"""The Delete button of every result: it asks once, in private, and can take one picture of several.

Credits are not returned, which the question says. A card without a result is just deleted.
"""

from __future__ import annotations

import io
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import discord

from commands.access.moderators import manages_messages
from commands.access.subjects import job_here, job_of_card
from commands.languages import marked, say
from commands.moderation.removal import delete_cards, delete_message
from commands.studio.cards.delete import DeleteSubject, delete_card
from commands.studio.history import check_private
from commands.studio.results.own_results import DEFAULT_LIMIT_BYTES, OwnResults, uploads
from commands.ui.answers import NOT_TAKEN, answer_privately, show_in_place
from commands.ui.cards import further_card, note_card
from jobs.errors import OthersJob, TooLate
from jobs.orders.by_kind import order_of
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord import Interaction

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices
    from jobs.videos import Videos
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

DELETED = marked("**Deleted.** Credits are not returned.")
DELETED_ONE = marked("**Deleted** that picture; the others stay. Credits are not returned.")
KEPT = marked("**Kept.** Nothing was deleted.")


def build(
    jobs: JobServices, engines: OfferedEngines, media: MediaServices, videos: Videos
) -> tuple[list[Registered], Mapping[str, Action]]:
    """No command, and the actions of the button and of its question."""
    deletion = Deletion(jobs, media, OwnResults(jobs, engines, media, videos))
    return [], {
        "delete": deletion.ask,
        "delete_all": deletion.take_all,
        "delete_one": deletion.take_one,
        "delete_not": deletion.keep,
    }


class Deletion:
    """Deletes results for their authors, and for those who manage messages."""

    def __init__(self, jobs: JobServices, media: MediaServices, results: OwnResults) -> None:
        self._records = jobs.records
        self._media = media
        self._results = results

    async def ask(self, interaction: Interaction[Any], job_id: str) -> None:
        """Ask whether to delete a result; a card without one is deleted at once."""
        job = await job_of_card(self._records, interaction, job_id)
        if job.member_id != interaction.user.id and not manages_messages(interaction):
            raise OthersJob
        # Its card shows the result a moment before it is over.
        job = await self._records.once_over(job, or_unshown=True)
        is_shown = job.state is JobState.DELIVERED or job.shown_count > 0
        if not is_shown or job.erased_at is not None:
            await self._take_card(interaction, job)
            return
        message = interaction.message
        is_public = message is not None and not message.flags.ephemeral
        subject = DeleteSubject(job.id, message.id if message and is_public else 0)
        positions = await self._records.positions(job)
        await answer_privately(interaction, delete_card(job, subject, positions))

    async def take_all(self, interaction: Interaction[Any], text: str) -> None:
        """Delete a result with every card that shows it."""
        subject, job = await self._asked(interaction, text)
        await interaction.response.defer()
        await self._erase(interaction, job, subject)
        await show_in_place(interaction, note_card(say(DELETED)))

    async def take_one(self, interaction: Interaction[Any], text: str) -> None:
        """Delete one picture, and show the others on every card."""
        subject, job = await self._asked(interaction, text)
        await interaction.response.defer()
        left = await self._records.erase_one(
            job.id,
            subject.position,
            interaction.user.id,
            is_moderator=manages_messages(interaction),
        )
        if not left:
            await self._erase(interaction, job, subject)
        else:
            await self._show_rest(interaction, job, subject)
        await show_in_place(interaction, note_card(say(DELETED_ONE if left else DELETED)))

    async def keep(self, interaction: Interaction[Any], _text: str) -> None:
        """Delete nothing."""
        check_private(interaction)
        await show_in_place(interaction, note_card(say(KEPT)))

    async def _asked(self, interaction: Interaction[Any], text: str) -> tuple[DeleteSubject, Job]:
        """The job that a private question is about."""
        check_private(interaction)
        subject = DeleteSubject.read(text)
        if subject is None:
            raise TooLate
        return subject, await job_here(self._records, interaction, subject.job_id)

    async def _erase(self, interaction: Interaction[Any], job: Job, subject: DeleteSubject) -> None:
        is_moderator = manages_messages(interaction)
        await self._records.erase(job.id, interaction.user.id, is_moderator=is_moderator)
        await delete_cards(interaction, job, await self._records.posts(job))
        if subject.message_id:
            # Its card, where the job does not know of it.
            await delete_message(interaction, interaction.channel_id or 0, subject.message_id)

    async def _take_card(self, interaction: Interaction[Any], job: Job) -> None:
        """Delete a card that shows no result."""
        is_moderator = manages_messages(interaction)
        await self._records.erase(job.id, interaction.user.id, is_moderator=is_moderator)
        await interaction.response.defer()
        with suppress(discord.NotFound):
            await interaction.delete_original_response()
        await delete_cards(interaction, job, await self._records.posts(job))

    async def _show_rest(
        self, interaction: Interaction[Any], job: Job, subject: DeleteSubject
    ) -> None:
        """Show what is left on the card, on its continuation and on posts."""
        kept = await self._media.results.kept(job, DEFAULT_LIMIT_BYTES)
        channel_id = job.channel_id
        first = {(channel_id, job.message_id or subject.message_id)}
        first |= {(post.channel_id, post.message_id) for post in await self._records.posts(job)}
        for place in first:
            await _edit(interaction, place, await self._results.card(job, kept), uploads(kept))
        if job.more_message_id is None:
            return
        try:
            more = await self._media.results.kept(job, DEFAULT_LIMIT_BYTES, after=len(kept.files))
        except TooLate:
            await delete_message(interaction, channel_id, job.more_message_id)
            return
        names = [f"attachment://{name}" for name, _ in more.files]
        card = further_card(job.member_id, order_of(job), job.id, names, more.positions)
        files = [discord.File(io.BytesIO(data), filename=name) for name, data in more.files]
        await _edit(interaction, (channel_id, job.more_message_id), card, files)


async def _edit(
    interaction: Interaction[Any],
    place: tuple[int, int],
    card: discord.ui.LayoutView,
    files: list[discord.File],
) -> None:
    """Edit a card of the bot's in that channel, if it is still there."""
    channel = interaction.client.get_partial_messageable(place[0], guild_id=interaction.guild_id)
    try:
        with suppress(discord.NotFound):
            await channel.get_partial_message(place[1]).edit(
                view=card, attachments=files, allowed_mentions=discord.AllowedMentions.none()
            )
    except NOT_TAKEN as error:
        log.warning("a card still shows a deleted picture: %s", type(error).__name__)
