"""Waiting for an engine that is away: asked again, its author told, for 15 minutes at most."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from tenacity import AsyncRetrying, retry_if_exception_type

from generation.errors import GarbledAnswer, GenerationError, Unavailable
from jobs.errors import Interrupted
from jobs.patience import pause_s

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from tenacity import RetryCallState

    from jobs.kinds.kind import JobRun
    from storage.jobs.jobs import Job

T = TypeVar("T")

GARBLED_TRIES = 3


class EngineAbsences:
    """Since when engines are away, for all jobs of a process."""

    def __init__(self) -> None:
        self._since: dict[str, datetime] = {}

    def since(self, job: Job, missed_at: datetime) -> datetime:
        """Since when the job waits for its engine: in the queue, too, if that was away by then."""
        away_since = self._since.setdefault(job.engine_id, missed_at)
        return max(away_since, job.accepted_at)

    def end(self, engine_id: str) -> None:
        """An engine that answers is not away any more; its next absence is counted anew."""
        self._since.pop(engine_id, None)


class EngineWait:
    """Asks for one thing until it comes; `job` is its row with since when it waits.

    `absences` are those of all jobs of the process; without them it knows of its own alone.
    `before_pause` is told how many seconds the engine will have been missed when it is asked next.
    """

    def __init__(
        self,
        run: JobRun,
        absences: EngineAbsences | None = None,
        before_pause: Callable[[float], Awaitable[None]] | None = None,
    ) -> None:
        self.job = run.job
        self._run = run
        self._absences = absences or EngineAbsences()
        self._before_pause = before_pause
        self._began = self._away_since = run.now()
        self._garbled = 0

    @property
    def left_s(self) -> float | None:
        """How long the job still waits for its engine; None while the engine is not away."""
        since = self.job.waiting_since
        return None if since is None else self._run.patience.left_s(since)

    async def ask(self, ask: Callable[[], Awaitable[T]]) -> T:
        """What `ask` gives, asked again while the engine is away or answers with rubbish.

        Raises:
            Unavailable: it was away for 15 minutes.
            GarbledAnswer: it answered so three times.
            Cancelled
        """
        attempts = AsyncRetrying(
            before=lambda _: self.begin_attempt(),
            retry=retry_if_exception_type((Unavailable, GarbledAnswer)),
            wait=pause_s,
            after=self._note_failure,
            stop=self._is_over,
            before_sleep=self._say_away,
            sleep=self._pause,
            reraise=True,
        )
        async for attempt in attempts:
            with attempt:
                return await self._ask(ask)
        raise Interrupted

    def begin_attempt(self) -> None:
        """From now on the engine is asked: if it is away, it is missed since this instant."""
        self._began = self._run.now()

    async def note_answered(self) -> None:
        """The engine answers, if only to refuse: its next absence is counted anew."""
        self._absences.end(self.job.engine_id)
        if self.job.waiting_since is not None:
            self.job = (
                await self._run.database.write(self._run.store.note_answered, self.job.id)
                or self.job
            )

    async def _ask(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            return await ask()
        except (Unavailable, GarbledAnswer):
            raise
        except GenerationError:
            await self.note_answered()
            raise

    def _note_failure(self, state: RetryCallState) -> None:
        if isinstance(_error(state), GarbledAnswer):
            self._garbled += 1
        else:
            self._away_since = self.job.waiting_since or self._absences.since(self.job, self._began)

    def _is_over(self, state: RetryCallState) -> bool:
        if isinstance(_error(state), GarbledAnswer):
            return self._garbled >= GARBLED_TRIES
        return self._run.patience.is_over(self._away_since, state.upcoming_sleep)

    async def _say_away(self, state: RetryCallState) -> None:
        if isinstance(_error(state), Unavailable):
            since = self._away_since
            if self._before_pause is not None:
                missed = self._run.now() - since
                await self._before_pause(missed.total_seconds() + state.upcoming_sleep)
            self.job = (
                await self._run.database.write(self._run.store.note_waiting, self.job.id, since)
                or self.job
            )
            await self._run.delivery.away(self.job, self.job.waiting_since or since)

    async def _pause(self, seconds: float) -> None:
        await self._run.or_cancel(self._run.patience.sleep(seconds))


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
