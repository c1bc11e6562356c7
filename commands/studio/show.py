"""/show: one job by its id, and the buttons that post a private result and mark a film."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from discord import Interaction

from commands.access.requester import asker_of
from commands.access.subjects import (
    check_shown_here,
    job_here,
    job_of_card,
    own_job,
)
from commands.access.visible_results import is_known_to
from commands.errors import AlreadyOrdered, BadInput
from commands.languages import say
from commands.languages.audience import shown_to
from commands.options.jobs import JobSuggestions
from commands.options.pictures import JobId
from commands.options.slash import runs_command, slash
from commands.studio.cards.favourite import FILM_MARK, read_mark
from commands.studio.cards.history import elsewhere_card
from commands.studio.cards.lineage import lineage_button
from commands.studio.history import check_private
from commands.studio.results.own_results import OwnResults, uploads
from commands.submission import check_permissions
from commands.ui.answers import NOT_TAKEN, answer_privately, show_in_place
from commands.ui.cards import note_card
from commands.ui.job_links import linked, read_job_id
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, RuleServices
    from commands.ui.buttons import Press
    from jobs.videos import Videos
    from storage.jobs.jobs import Job


def build(
    jobs: JobServices,
    rules: RuleServices,
    engines: OfferedEngines,
    media: MediaServices,
    videos: Videos,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command, and the actions that post a result and mark a film."""
    shows = Shows(jobs, rules, OwnResults(jobs, engines, media, videos))
    suggestions = {"id": JobSuggestions(jobs.history).own}
    return [slash("show", shows.command, suggestions=suggestions)], {
        "post": shows.post,
        FILM_MARK: shows.mark_film,
    }


class Shows:
    """Shows results again."""

    def __init__(self, jobs: JobServices, rules: RuleServices, results: OwnResults) -> None:
        self._history = jobs.history
        self._records = jobs.records
        self._rules = rules
        self._results = results
        self._posting: set[tuple[str, int | None]] = set()

    @runs_command
    async def command(
        self,
        interaction: Interaction[Any],
        id: JobId,  # noqa: A002 - what cards call it
    ) -> None:
        """Find a job by its id: your own results to go on with, others' where they are.

        Args:
            id: The job's id; each card names it
        """
        job, is_own = await self._job(interaction, read_job_id(id))
        if is_own and job.state is JobState.DELIVERING:
            # Its result may be there, and its end a moment away.
            with suppress(TooLate):
                job = await self._records.once_over(job)
        is_own_result = is_own and job.state is JobState.DELIVERED
        if not is_own_result or job.erased_at is not None:
            await answer_privately(interaction, elsewhere_card(job, await self._lineage(job)))
            return
        check_shown_here(interaction, job)
        await interaction.response.defer(ephemeral=True, thinking=True)
        kept = await self._results.files(interaction, job)
        card = (await self._results.card(job, kept)).with_row(await self._results.ways_on(job))
        await show_in_place(interaction, card, uploads(kept))

    async def _lineage(self, job: Job) -> list[Press]:
        """The button of a result's lineage, where it has one."""
        return [lineage_button(job.id)] if await self._history.has_relatives(job) else []

    async def post(self, interaction: Interaction[Any], job_id: str) -> None:
        """Show one's own result to everybody in this channel, as a card of its own."""
        check_private(interaction)
        await job_of_card(self._records, interaction, job_id)
        job = await own_job(self._records, interaction, job_id)
        check_permissions(interaction)
        await self._rules.limits.check_showing(asker_of(interaction), order_of(job))
        await interaction.response.defer()
        await self._post(interaction, job)
        await interaction.followup.send(view=note_card(_posted(job)), ephemeral=True)

    async def mark_film(self, interaction: Interaction[Any], text: str) -> None:
        """Mark a film of one's own as a favourite, or take the mark away."""
        check_private(interaction)
        wanted, job_id = read_mark(text)
        job = await own_job(self._records, interaction, job_id)
        await self._history.mark(job, 0, is_favourite=wanted)
        said = (
            say("**Marked as a favourite.** `/history favourites:` lists them.")
            if wanted
            else say("**No favourite any more.** It is kept as long as any other result.")
        )
        await answer_privately(interaction, note_card(said))

    async def _job(self, interaction: Interaction[Any], job_id: str) -> tuple[Job, bool]:
        """The job of an id, and whether it is the member's own.

        Raises:
            BadInput: there is none here; what others drew in private or had forgotten is as if
                it were not there.
        """
        try:
            job = await job_here(self._records, interaction, job_id)
            is_own = job.member_id == interaction.user.id
            if not is_known_to(interaction, job):
                raise TooLate
        except TooLate:
            raise BadInput("id", say("this server has no job of that id")) from None
        return job, is_own

    async def _post(self, interaction: Interaction[Any], job: Job) -> None:
        """Post a result, so that it can be deleted like its first card.

        Raises:
            TooLate: it is not kept, or was deleted meanwhile.
            AlreadyOrdered: it is being posted.
        """
        place = (job.id, interaction.channel_id)
        if place in self._posting:
            raise AlreadyOrdered
        self._posting.add(place)
        try:
            kept = await self._results.files(interaction, job)
            with shown_to(interaction):
                card = await self._results.card(job, kept)
            posted = await interaction.followup.send(view=card, files=uploads(kept), wait=True)
            try:
                await self._history.note_post(job, posted.id, posted.channel.id)
                if (await self._records.get(job.id)).erased_at is not None:
                    raise TooLate
            except BaseException:
                # Nobody could take it away any more.
                with suppress(*NOT_TAKEN):
                    await posted.delete()
                raise
        finally:
            self._posting.discard(place)


def _posted(job: Job) -> str:
    return say(
        "**Posted** {job} in this channel. Delete on its card takes it away again.",
        job=linked(job),
    )
