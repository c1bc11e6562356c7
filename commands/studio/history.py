"""/history: a member's own results, page by page, to look at and to go on with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.access.requester import account_of
from commands.access.subjects import own_draft, own_job
from commands.errors import BadInput, DraftGone
from commands.kinds.registry import VIEWS
from commands.languages import say, say_name
from commands.options.engines import EngineSuggestions
from commands.options.slash import runs_command, slash
from commands.studio.cards.history import HistoryCursors, history_card
from commands.studio.results.own_results import OwnResults, uploads
from commands.ui.answers import show_in_place
from commands.ui.buttons import Press
from jobs.errors import TooLate
from storage.jobs.history import HistoryFilter
from storage.jobs.search_words import split_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import discord

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, PendingOrders
    from commands.ui.cards import Card
    from jobs.history import JobHistory
    from jobs.videos import Videos
    from storage.jobs.history import HistoryPage

Range = app_commands.Range
PAGE = 5
HISTORY = "history"
"""The kind of the draft that keeps what a list is filtered by."""

NO_DRAFT = "0" * 16
FIRST, OLDER, NEWER = "f", "o", "n"
USUAL_NAMES = {"image": "pictures", "video": "films"}
KINDS = [
    app_commands.Choice(name=USUAL_NAMES.get(view.kind, f"{view.kind}s"), value=view.kind)
    for view in VIEWS
]


@dataclass(frozen=True, slots=True)
class Place:
    """A page of a list as a button names it: its filters' draft, the direction, and from where."""

    draft_id: str = NO_DRAFT
    direction: str = FIRST
    job_id: str = ""

    @property
    def subject(self) -> str:
        """The place in a custom id."""
        return f"{self.draft_id}{self.direction}{self.job_id}"

    @classmethod
    def read(cls, subject: str) -> Place:
        """The place that a custom id names.

        Raises:
            TooLate: it names none.
        """
        draft_id, direction, job_id = subject[:16], subject[16:17], subject[17:]
        if len(draft_id) != len(NO_DRAFT) or direction not in (FIRST, OLDER, NEWER):
            raise TooLate
        return cls(draft_id, direction, job_id)


def opener(place: Place, job_id: str) -> str:
    """What the button says that opens a result of a page."""
    return f"{len(job_id):02d}{job_id}{place.subject}"


def build(
    jobs: JobServices,
    pending: PendingOrders,
    engines: OfferedEngines,
    media: MediaServices,
    videos: Videos,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its cards."""
    results = OwnResults(jobs, engines, media, videos)
    history = History(jobs, pending, results)
    suggestions = {"engine": EngineSuggestions(engines).engine}
    command = slash("history", history.command, suggestions=suggestions)
    return [command], {"history_page": history.turn, "history_open": history.open}


class History:
    """Lists a member's results to them alone."""

    def __init__(self, jobs: JobServices, pending: PendingOrders, results: OwnResults) -> None:
        self._history: JobHistory = jobs.history
        self._records = jobs.records
        self._pending = pending
        self._results = results

    @runs_command
    @app_commands.choices(kind=KINDS)
    async def command(
        self,
        interaction: Interaction[Any],
        kind: str | None = None,
        engine: Range[str, 1, 100] | None = None,
        words: Range[str, 1, 100] | None = None,
        favourites: bool = False,
    ) -> None:
        """Look through what you have made here, to you alone.

        Args:
            kind: Only pictures, films, morphs, upscales, blends or edits
            engine: Only what this engine made
            words: Only what has these words in its prompt
            favourites: Only what you marked as a favourite
        """
        filters = HistoryFilter(
            kind=kind or "",
            engine_id=(engine or "").strip(),
            words=(words or "").strip(),
            is_favourite=favourites,
        )
        if words and not split_words(words):
            raise BadInput("words", say("there is no word in it to look for"))
        await interaction.response.defer(ephemeral=True, thinking=True)
        place = Place(await self._kept(interaction, filters))
        card, files = await self._page(interaction, place, filters)
        await show_in_place(interaction, card, files)

    async def turn(self, interaction: Interaction[Any], subject: str) -> None:
        """Show another page on the card."""
        place = Place.read(subject)
        check_private(interaction)
        filters = await self._filters(interaction, place)
        await interaction.response.defer()
        card, files = await self._page(interaction, place, filters)
        await show_in_place(interaction, card, files)

    async def open(self, interaction: Interaction[Any], subject: str) -> None:
        """Show one result of a page, with what can be done with it."""
        check_private(interaction)
        length = int(subject[:2]) if subject[:2].isdecimal() else 0
        job_id, place = subject[2 : 2 + length], Place.read(subject[2 + length :])
        job = await own_job(self._records, interaction, job_id)
        await interaction.response.defer()
        kept = await self._results.files(interaction, job)
        back = Press("history_page", place.subject, say("Back to the list"))
        card = (await self._results.card(job, kept)).with_row(
            [*await self._results.ways_on(job), back]
        )
        await show_in_place(interaction, card, uploads(kept))

    async def _page(
        self, interaction: Interaction[Any], place: Place, filters: HistoryFilter
    ) -> tuple[Card, list[discord.File]]:
        page = await self._history.page(
            account_of(interaction),
            filters,
            PAGE,
            older_than=place.job_id if place.direction == OLDER else "",
            newer_than=place.job_id if place.direction == NEWER else "",
        )
        entries, files = await self._results.entries(interaction, page.jobs)
        openers = [opener(place, job.id) for job in page.jobs]
        return history_card(entries, openers, _cursors(place, page), _chosen(filters)), files

    async def _kept(self, interaction: Interaction[Any], filters: HistoryFilter) -> str:
        """The id of the draft that keeps the filters; none is needed for a list of everything."""
        if filters == HistoryFilter():
            return NO_DRAFT
        content = {"kind": HISTORY, "filters": asdict(filters)}
        return await self._pending.database.write(
            self._pending.drafts.keep, account_of(interaction), content, interaction.channel_id
        )

    async def _filters(self, interaction: Interaction[Any], place: Place) -> HistoryFilter:
        if place.draft_id == NO_DRAFT:
            return HistoryFilter()
        draft = await own_draft(self._pending, interaction, place.draft_id)
        if draft.content.get("kind") != HISTORY:
            raise DraftGone
        return HistoryFilter(**draft.content["filters"])


def check_private(interaction: Interaction[Any]) -> None:
    """Whether a button is on a private card: nothing private replaces what all see.

    Raises:
        TooLate
    """
    if interaction.message is None or not interaction.message.flags.ephemeral:
        raise TooLate


def _cursors(place: Place, page: HistoryPage) -> HistoryCursors:
    def beyond(direction: str, job_id: str) -> str:
        return Place(place.draft_id, direction, job_id).subject if job_id else ""

    return HistoryCursors(newer=beyond(NEWER, page.newer), older=beyond(OLDER, page.older))


def _chosen(filters: HistoryFilter) -> Sequence[str]:
    names = {choice.value: say_name("choice", choice.name) for choice in KINDS}
    words = f"“{filters.words}”" if filters.words else ""
    favourites = say("favourites") if filters.is_favourite else ""
    return [
        one for one in (favourites, names.get(filters.kind, ""), filters.engine_id, words) if one
    ]
