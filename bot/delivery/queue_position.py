"""The line moves: cards of jobs that wait for long are told anew where they are in it."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

from bot.delivery.card_language import in_language_of_job
from commands.ui import order_lines
from storage.jobs.jobs import JobState
from storage.jobs.waiting import still_waiting, waiting_since_before
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from bot.delivery.message_editor import MakeCard, MakeFiles, MessageEditor
    from bot.delivery.updates import CardUpdater
    from commands.kinds.view import KindView
    from jobs.runner.estimate import Estimate
    from storage.database import Database
    from storage.executor_leases import ExecutorLeases
    from storage.jobs.jobs import Job, JobStore
    from storage.jobs.waiting import WaitingJob

log = logging.getLogger(__name__)

EVERY = timedelta(seconds=15)
"""Between two rounds; and who waits no longer than this is not told again."""

MOST_IN_A_ROUND = 20
"""Cards that a round looks at; the next one goes on behind them."""

EDIT_WITHIN_S = 2
"""On PostgreSQL the job's start and its cancellation wait for the edit."""

DUTY = "waiting cards"


class WaitingCards:
    """Edits the cards of waiting jobs where their text changes; one process does it for all."""

    def __init__(
        self,
        *,
        database: Database,
        store: JobStore,
        estimate: Estimate,
        editor: MessageEditor,
        updates: CardUpdater,
        views: Mapping[str, KindView],
        leases: ExecutorLeases | None,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._estimate = estimate
        self._editor = editor
        self._updates = updates
        self._views = views
        self._kinds = [kind for kind, view in views.items() if view.waits_in_line]
        self._leases = leases
        self._now = now
        self._is_on_duty = False
        self._reached: WaitingJob | None = None
        self._told: dict[str, str] = {}
        self._told_before: dict[str, str] = {}

    async def keep_current(self) -> NoReturn:
        """Go round and round, until cancelled."""
        while True:
            await asyncio.sleep(EVERY.total_seconds())
            try:
                if await self.takes_duty():
                    await self.go_round()
            except Exception as error:
                # The database may be away for a moment.
                log.warning("waiting cards were left as they are: %s", type(error).__name__)

    async def takes_duty(self) -> bool:
        """Whether this process is the one that does it; the place of one that died is free."""
        if self._leases is None:
            return True
        if self._is_on_duty:
            # Taken anew each time: a connection that was lost has lost the duty too.
            await self._leases.release(DUTY)
        self._is_on_duty = await self._leases.claim(DUTY)
        return self._is_on_duty

    async def go_round(self) -> None:
        """Look at the next of the waiting jobs, and tell those for whom something changed."""
        before = self._now() - EVERY
        found = await self._database.read(
            waiting_since_before, before, self._kinds, MOST_IN_A_ROUND, self._reached
        )
        for waiting in found:
            job = await self._database.read(self._store.get, waiting.job_id)
            if job is not None and job.state is JobState.WAITING:
                await self._tell(job)
        self._reached = found[-1] if len(found) == MOST_IN_A_ROUND else None
        if self._reached is None:
            # Everybody was looked at: who was not seen since the last time is no longer there.
            self._told_before, self._told = self._told, {}

    @in_language_of_job
    async def _tell(self, job: Job) -> None:
        wait_estimate = await self._database.read(
            self._estimate.wait_estimate,
            job.engine_id,
            job.price_mc,
            job.tier,
            Account(job.guild_id, job.member_id),
            accepted_at=job.accepted_at,
        )
        view = self._views[job.kind]
        text = order_lines.place_in_line(wait_estimate)
        told = self._told.get(job.id) or self._told_before.get(job.id)
        self._told[job.id] = text
        if text == told:
            return
        await self._updates.offer(job, lambda: view.waiting_card(job, wait_estimate), self.send)

    async def send(self, job: Job, make_card: MakeCard, make_files: MakeFiles) -> None:
        """Edit the card if the job still waits; nothing else may come in before the edit has."""
        try:
            async with (
                asyncio.timeout(EDIT_WITHIN_S),
                still_waiting(self._database, job.id) as still_waits,
            ):
                if still_waits:
                    await self._editor.update(job, make_card, make_files)
        except Exception as error:
            log.info("the card of job %s was left as it is: %s", job.id, type(error).__name__)
