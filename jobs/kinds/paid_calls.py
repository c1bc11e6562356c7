"""Calls that are paid when they are sent: noted before, and never sent twice without their author.

A call is a row of `segments`, by its job and number. One that was sent and not answered is lost:
whether it was paid is not known, so its author is asked, and only their word sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from generation.errors import AnswerLost, GenerationError
from jobs.delivery import NOTHING_MADE
from jobs.errors import GivenUp, NotAnswered
from storage.column_types import EPOCH
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from jobs.delivery import Result
    from jobs.kinds.kind import JobRun
    from storage.database import Transaction
    from storage.jobs.segments import Segment, Segments

    AboutToSend = Callable[[], Awaitable[None]]

T = TypeVar("T")

log = logging.getLogger(__name__)

ANSWER_WITHIN = timedelta(hours=1)
"""How long an author has to say what to do."""

LOOK_EVERY_S = 1.0
ASK_AGAIN_AFTER = timedelta(minutes=1)
"""How long after a question that could not be shown it is asked again."""

LAST_WORD_S = 1.5
"""For how long the end of the process waits for a call that is under way."""


class PaidCalls:
    """Sends calls, and asks authors about those whose answer was lost."""

    def __init__(self, segments: Segments) -> None:
        self._segments = segments

    async def send(
        self, run: JobRun, part: Segment, call: Callable[[AboutToSend], Awaitable[T]]
    ) -> T:
        """What the call gives; one that is under way goes on although the job or process ends.

        `call` waits for what it is given before it sends anything, and keeps what it was answered
        itself: what still waits for its turn is not sent any more.

        Raises:
            AnswerLost: it was sent; the part is lost from now on.
            GenerationError: nothing was paid.
        """
        is_going = asyncio.Event()
        sending = asyncio.create_task(self._send(run, part, call, is_going))
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            if is_going.is_set():
                await asyncio.wait({sending}, timeout=LAST_WORD_S)
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            raise

    async def ask_author(
        self, run: JobRun, parts: Sequence[Segment], result: Result = NOTHING_MADE
    ) -> None:
        """Ask once about all of these lost parts whether they are to be sent once more.

        What has come meanwhile is shown beside the question. Where Discord does not take it, it is
        asked again.

        Raises:
            GivenUp: the author wants them no more.
            NotAnswered: they were asked for an hour.
        """
        part = await run.database.write(self._note_asked, parts)
        until = (part.asked_at or run.now()) + ANSWER_WITHIN
        log.warning("job %s: an answer was lost; its author is asked", part.job_id)
        ask_at: datetime | None = run.now()
        while part.is_lost:
            # Taken up again when that is decided, or over, it asks nobody any more.
            if part.is_given_up:
                raise GivenUp
            if run.now() >= until:
                if await run.database.write(self._let_go, part.job_id, part.number):
                    raise NotAnswered
            elif ask_at is not None and run.now() >= ask_at:
                is_shown = await run.delivery.question(
                    run.job, part.number, until, len(parts), result
                )
                ask_at = None if is_shown else run.now() + ASK_AGAIN_AFTER
            await run.patience.sleep(LOOK_EVERY_S)
            part = await run.database.read(self._segments.get, part.job_id, part.number)

    @repeatable
    def _let_go(self, connection: Transaction, job_id: str, number: int) -> bool:
        """Want it no more, unless its author has answered; whether it is given up."""
        self._segments.answer(connection, job_id, wants_again=False)
        return self._segments.get(connection, job_id, number).is_given_up

    @repeatable
    def _note_asked(self, connection: Transaction, parts: Sequence[Segment]) -> Segment:
        """The part that was asked about last, which has the longest time left."""
        asked = [self._segments.ask(connection, part.job_id, part.number) for part in parts]
        return max(asked, key=lambda part: (part.asked_at or EPOCH, -part.number))

    async def _send(
        self,
        run: JobRun,
        part: Segment,
        call: Callable[[AboutToSend], Awaitable[T]],
        is_going: asyncio.Event,
    ) -> T:
        job_id, number = part.job_id, part.number

        async def about_to_send() -> None:
            is_going.set()
            await run.database.write(self._segments.note_sent, job_id, number)

        try:
            return await call(about_to_send)
        except GenerationError as error:
            # Of one that was lost before, the first sending may have begun what this one did not.
            if not isinstance(error, AnswerLost) and not part.is_lost:
                await run.database.write(self._segments.take_back, job_id, number)
            raise
