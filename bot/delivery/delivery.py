"""Delivery: shows jobs of every kind in Discord; what their cards look like, their views say."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import discord

from bot.delivery.card_language import in_language_of_job
from bot.delivery.discord_errors import (
    PASSING,
    UNSHOWN,
    FilesUnavailable,
    Gone,
    Unavailable,
    is_too_large,
)
from bot.delivery.file_limits import upload_limits
from bot.delivery.result_files import FILES_IN_A_MESSAGE, addresses
from bot.delivery.status_cards import upload
from bot.delivery.updates import EVERY_S
from commands.kinds.view import ShownResult
from commands.languages import say, say_count
from commands.ui import cards, job_cards, order_lines
from jobs.delivery import CARD_IS_DUE, NOTHING_MADE, NOTHING_SHOWN, Result, Shown
from jobs.errors import Cancelled, NotShown
from jobs.orders.by_kind import order_of
from media.errors import BadPicture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from bot.background.alerts import Alerts
    from bot.delivery.file_limits import FileLimits, UploadLimit
    from bot.delivery.result_files import FittedFiles, ResultFiles
    from bot.delivery.status_cards import JobStatusCards
    from commands.kinds.view import KindView
    from jobs.delivery import Progress
    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job

    MakeWaitingCard = Callable[[Job, datetime, str, Sequence[str]], cards.Card]

T = TypeVar("T")

log = logging.getLogger(__name__)

FINAL_PATIENCE_S = 30
"""The job's close waits for it."""


class JobDelivery:
    """The implementation of the jobs room's `Delivery`; `views` are those of all kinds."""

    def __init__(
        self,
        status_cards: JobStatusCards,
        limits: FileLimits,
        files: ResultFiles,
        views: Mapping[str, KindView],
        alerts: Alerts,
    ) -> None:
        self._status_cards = status_cards
        self._editor = status_cards.editor
        self._limits = limits
        self._files = files
        self._views = views
        self._alerts = alerts
        self._said_waiting: dict[str, datetime] = {}

    def with_cards(self, status_cards: JobStatusCards) -> JobDelivery:
        """The same delivery by other status cards."""
        return JobDelivery(status_cards, self._limits, self._files, self._views, self._alerts)

    async def alert(self, text: str) -> None:
        """Wake the operator."""
        await self._alerts.send(text)

    @in_language_of_job
    async def away(self, job: Job, since: datetime) -> None:
        """Say since when the engine does not answer."""
        await self._say_waiting(job, since, job_cards.away_card)

    @in_language_of_job
    async def no_room(self, job: Job, since: datetime) -> None:
        """Say since when there is no room for what was made."""
        await self._say_waiting(job, since, job_cards.no_room_card)

    async def _say_waiting(self, job: Job, since: datetime, make_card: MakeWaitingCard) -> None:
        """Say what the job waits for; once is enough, Discord counts."""
        if self._said_waiting.get(job.id) == since:
            return
        self._said_waiting[job.id] = since
        view = self._views[job.kind]
        arrives = order_lines.arrives(view.noun, view.count(job))
        files = await self._files.arrived(job)
        self._status_cards.update(
            job,
            lambda: make_card(job, since, arrives, addresses(files)),
            lambda: upload(files),
        )

    @in_language_of_job
    async def progress(self, job: Job, progress: Progress) -> None:
        """Show how many units have arrived, or beside a preview when it will be ready."""
        view = self._views[job.kind]
        if progress.ready_at is not None:
            files = await self._files.preview(job)
            self._status_cards.update(
                job,
                lambda: view.running_card(job, progress, has_preview=bool(files)),
                lambda: upload(files),
            )
        elif progress.done < progress.total:
            arrived = await self._files.arrived(job)
            files = arrived or await self._files.marked_previews(job, progress.previews)
            self._status_cards.update(
                job,
                lambda: view.running_card(
                    job, progress, has_preview=bool(files), arrived=addresses(arrived)
                ),
                lambda: upload(files),
                # What was asked about was just answered: the question goes at once.
                delay_s=0 if arrived else EVERY_S,
            )

    @in_language_of_job
    async def question(
        self,
        job: Job,
        number: int,
        until: datetime,
        count: int = 1,
        result: Result = NOTHING_MADE,
    ) -> bool:
        """Ask the author what to do about a start that nobody answered, beside what has come.

        Returns whether that is shown.
        """
        await self._settle(job)
        view = self._views[job.kind]
        try:
            message_id, shown_count = await self._show_question(job, until, count, result)
        except UNSHOWN as error:
            log.warning("job %s: nobody could be asked: %s", job.id, type(error).__name__)
            return False
        await self._status_cards.note(job, message_id, shown_count)
        # Each part may have its question, and each question notifies once.
        noun = say(view.noun)
        text = say("your {noun} needs an answer.", noun=noun)
        if number and count == 1:
            text = say(
                "your {noun} needs an answer about part {number}.", noun=noun, number=number + 1
            )
        await self._status_cards.notify(job, message_id, text, kind=f"q{number}")
        return True

    @in_language_of_job
    async def cancelled(self, job: Job) -> Shown:
        """Bring the card up to date where it is still there."""
        await self._settle(job)
        edit_action = self._views[job.kind].edit_action
        # No later state comes, and the press's own edit takes no preview away.
        is_done = await self._editor.update(
            job,
            lambda: job_cards.cancelled_card(job, edit_action),
            list,
            patience_s=FINAL_PATIENCE_S,
        )
        return NOTHING_SHOWN if is_done else CARD_IS_DUE

    @in_language_of_job
    async def failed(self, job: Job, failure: Exception) -> Shown:
        """Replace the card by one that says why there is no result, without the prompt."""
        await self._settle(job)
        edit_action = self._views[job.kind].edit_action
        try:
            message_id = await self._editor.show(
                job, lambda: job_cards.failed_card(job, failure, edit_action)
            )
        except UNSHOWN as error:
            _log_hidden(job, error)
            # Whatever the reason: a card that is still there may not say for ever that it waits.
            return NOTHING_SHOWN if isinstance(error, Gone) else CARD_IS_DUE
        if not isinstance(failure, Cancelled):
            await self._status_cards.notify(
                job, message_id, say("your job ended without a result.")
            )
        return Shown(message_id=message_id)

    @in_language_of_job
    async def result(self, job: Job, result: Result) -> Shown:
        """Show what was made; how many of the files could be shown, or that it is due again.

        What was shown beside a question counts where no more can be.
        """
        await self._settle(job)
        try:
            message_id, fitted = await self._show(job, result)
        except Gone as error:
            _log_hidden(job, error)
            # A private one can be had from its author's history when Discord's time is over.
            return Shown(count=len(result.files) if job.is_private else job.shown_count)
        except (FileNotFoundError, BadPicture) as error:
            return await self._refused(job, error)
        except (Unavailable, *PASSING) as error:
            _log_hidden(job, error)
            if isinstance(error, FilesUnavailable):
                await self._say_later(job)
            return Shown(count=job.shown_count, is_result_due=True)
        except discord.HTTPException as error:
            refused = await self._refused(job, error)
            if not refused.is_card_due:
                # Discord takes everything else but this, for example because of a word filter.
                return refused
            return Shown(count=job.shown_count, is_result_due=True)
        shown = await self._show_further(job, result, fitted, message_id)
        if not shown.is_due:
            text = _ready(self._views[job.kind].noun, shown.count)
            await self._status_cards.notify(job, message_id, text)
        return shown

    async def take_back(self, job: Job, shown: Shown) -> None:
        """Delete the messages that were just shown of a job that was erased meanwhile."""
        for message_id in filter(None, (shown.message_id, shown.more_message_id)):
            await self._editor.delete(job, message_id)

    async def _refused(self, job: Job, error: Exception) -> Shown:
        """Say that there is no result because it cannot be shown, now or later."""
        _log_hidden(job, error)
        failure = NotShown()
        return replace(await self.failed(job, failure), failure=failure)

    async def _say_later(self, job: Job) -> None:
        """Say that the result comes later; what is shown already stays."""
        if not job.shown_count:
            await self._editor.update(job, lambda: job_cards.unshown_card(job), list)

    async def _show_question(
        self, job: Job, until: datetime, count: int, result: Result
    ) -> tuple[int, int]:
        """Show the question: in which message, and beside how many of the files."""
        noun, files = self._views[job.kind].lost_noun, await self._files.arrived(job)
        missing = _missing(order_of(job).units - result.made - count, noun, result)

        def card(files: Sequence[tuple[str, bytes]]) -> cards.Card:
            return job_cards.question_card(job, noun, until, count, addresses(files), missing)

        try:
            message_id = await self._editor.show(job, lambda: card(files), lambda: upload(files))
        except (Unavailable, discord.HTTPException):
            if not files:
                raise
            # It has to be asked, whatever Discord says to the files.
            return await self._editor.show(job, lambda: card([])), 0
        return message_id, len(files)

    async def _settle(self, job: Job) -> None:
        self._said_waiting.pop(job.id, None)
        await self._status_cards.settle(job)

    async def _show(self, job: Job, result: Result) -> tuple[int, FittedFiles]:
        async def show(limit: UploadLimit) -> tuple[int, FittedFiles]:
            fitted = await self._files.fitted(job, result, limit)
            return await self._show_card(job, result, fitted), fitted

        return await self._within_limits(job, show)

    async def _within_limits(self, job: Job, show: Callable[[UploadLimit], Awaitable[T]]) -> T:
        """What showing files gives within the first limit at which Discord takes them.

        Raises:
            FilesUnavailable: it takes them at none; their size is not the reason, or not alone.
            BadPicture: they do not fit within what Discord says it takes.
        """
        reason = ""
        for limit in upload_limits(await self._limits.of_job(job)):
            try:
                return await show(limit)
            except discord.HTTPException as error:
                if not is_too_large(error):
                    raise
                reason = type(error).__name__
            except BadPicture as error:
                if limit.is_usual:
                    raise
                raise FilesUnavailable(reason) from error
        raise FilesUnavailable(reason)

    async def _show_card(self, job: Job, result: Result, fitted: FittedFiles) -> int:
        first = fitted.files[:FILES_IN_A_MESSAGE]
        shown = ShownResult(
            files=addresses(first),
            seeds=[artifact.seed for artifact in result.files],
            made=result.made,
            failure=result.failure,
            link=fitted.link,
            positions=[artifact.position for artifact in result.files],
            sizes=[(artifact.width, artifact.height) for artifact in result.files],
        )
        view = self._views[job.kind]
        return await self._editor.show(
            job,
            lambda: job_cards.with_ways_to_show(view.result_card(job, shown), job),
            lambda: upload(first),
        )

    async def _show_further(
        self, job: Job, result: Result, fitted: FittedFiles, message_id: int
    ) -> Shown:
        """Show the files that the first message has no room for: how many are shown, and where."""
        if len(fitted.files) <= FILES_IN_A_MESSAGE:
            return Shown(count=len(result.files), message_id=message_id)
        shown = result.files[:FILES_IN_A_MESSAGE]
        try:
            more_id = await self._add(job, result.files[FILES_IN_A_MESSAGE:])
        except (Unavailable, *PASSING) as error:
            _log_hidden(job, error)
            return Shown(count=len(shown), message_id=message_id, is_result_due=True)
        except (Gone, discord.HTTPException, BadPicture) as error:
            _log_hidden(job, error)
            part = Result(files=shown, made=len(shown), failure=NotShown())
            await self._correct(job, part, fitted)
            return Shown(count=len(shown), message_id=message_id)
        return Shown(count=len(result.files), message_id=message_id, more_message_id=more_id)

    async def _add(self, job: Job, rest: Sequence[Artifact]) -> int:
        order, positions = order_of(job), [artifact.position for artifact in rest]

        async def show(limit: UploadLimit) -> int:
            files = (await self._files.fitted(job, Result(files=rest), limit)).files
            names = addresses(files)
            return await self._editor.add(
                job,
                lambda: cards.further_card(job.member_id, order, job.id, names, positions),
                lambda: upload(files),
            )

        return await self._within_limits(job, show)

    async def _correct(self, job: Job, result: Result, fitted: FittedFiles) -> None:
        """Say on the card what is charged when not all of the files could be shown."""
        try:
            await self._show_card(job, result, fitted)
        except UNSHOWN as error:
            _log_hidden(job, error)


def _missing(count: int, noun: str, result: Result) -> str:
    """How many are missing for good beside those in question, and why."""
    if not result.files or count <= 0 or result.failure is None:
        return ""
    return order_lines.missing_line(count, noun, result.failure)


def _ready(noun: str, count: int) -> str:
    return say_count("your {noun} is ready.", "your {noun}s are ready.", count, noun=say(noun))


def _log_hidden(job: Job, error: Exception) -> None:
    """Say in the log that a job's end could not be shown."""
    log.warning("job %s could not be shown: %s", job.id, type(error).__name__)
