"""Redelivery: what Discord did not take of a job's end is shown again, until it takes it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn, Protocol

from jobs.delivery import CARD_IS_DUE, Shown
from jobs.errors import TooLate
from storage.jobs import redeliveries
from storage.jobs.jobs import OPEN_STATES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime
    from typing import Any

    from jobs.settlement import Settlement
    from storage.database import Database
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

LOOK_EVERY_S = 5
MOST_IN_A_SWEEP = 200
AT_ONCE = 4
CLAIMED_FOR = timedelta(minutes=2)
"""After that another process tries: this one may have died. Twice at once does no harm."""


class ShownSteps(Protocol):
    """The steps of a kind of job that show its end, without much patience."""

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> Shown:
        """Show what was made."""
        ...

    async def close(self, job_id: str, failure: dict[str, Any] | None, shown: Shown) -> None:
        """Charge what arrived, or leave it for later."""
        ...

    async def show_end(self, job: Job) -> Shown:
        """Bring the card of a closed job up to date."""
        ...


class Redelivery:
    """Shows the ends of jobs that are due again; `steps` are those of all kinds."""

    def __init__(
        self,
        database: Database,
        steps: Mapping[str, ShownSteps],
        settlement: Settlement,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._steps = steps
        self._settlement = settlement
        self._now = now
        self._sleep = sleep

    async def watch(self) -> NoReturn:
        """Sweep from time to time, until cancelled."""
        while True:
            await self._sleep(LOOK_EVERY_S)
            try:
                if shown := await self.sweep():
                    log.info("the ends of %d jobs were shown that had not been", shown)
            except Exception as error:
                # The database may be away for a moment.
                log.warning("unshown jobs were not looked for: %s", type(error).__name__)

    async def sweep(self) -> int:
        """Show the ends that are due; how many of them Discord took."""
        due = await self._database.read(redeliveries.due, self._now(), MOST_IN_A_SWEEP)
        room = asyncio.Semaphore(AT_ONCE)

        async def show(job_id: str) -> bool:
            async with room:
                try:
                    return await self._show_if_due(job_id)
                except Exception as error:
                    # The claim ends by itself, and then it is due again.
                    log.warning("the end of job %s waits: %s", job_id, type(error).__name__)
                    return False

        return sum(await asyncio.gather(*(show(job_id) for job_id in due)))

    async def take(self, job_id: str, token: str) -> Job:
        """The job, to be shown at once by the token of an interaction on its card.

        Raises:
            TooLate: its end is not known yet, or is on its way.
        """
        job = await self._database.write(
            redeliveries.renew, job_id, token, self._now(), self._claimed_until()
        )
        if job is None:
            raise TooLate
        return job

    async def show(self, job: Job) -> bool:
        """Show the end of a job that was taken or claimed; whether Discord took it."""
        if job.state in OPEN_STATES:
            return await self._deliver(job)
        try:
            shown = await self._steps[job.kind].show_end(job)
        except Exception:
            log.exception("the end of job %s cannot be shown", job.id)
            shown = CARD_IS_DUE
        await self._settlement.note_card(job, shown)
        return not shown.is_due

    async def _show_if_due(self, job_id: str) -> bool:
        claim = redeliveries.claim
        job = await self._database.write(claim, job_id, self._now(), self._claimed_until())
        return job is not None and await self.show(job)

    def _claimed_until(self) -> datetime:
        return self._now() + CLAIMED_FOR

    async def _deliver(self, job: Job) -> bool:
        steps = self._steps[job.kind]
        try:
            shown = await steps.deliver(job.id, job.failure)
        except Exception:
            log.exception("the result of job %s cannot be shown", job.id)
            shown = Shown(count=job.shown_count, is_result_due=True)
        await steps.close(job.id, job.failure, shown)
        return not shown.is_due
