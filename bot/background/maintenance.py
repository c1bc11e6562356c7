"""What every process that executes jobs does beside them, from time to time."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

from bot.errors import CannotStart
from bot.shutdown import end_step, end_tasks
from jobs.runner.peers import Superseded

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from bot.wiring.services import Services

log = logging.getLogger(__name__)

RECONCILE_EVERY_S = 60
PRUNE_EVERY_S = 24 * 3600
LOOK_EVERY_S = 60
LOOKED_AT = 30
"""Results whose fingerprints are taken at a time: about a second of a worker."""
RUNNER_WITHIN_S = 12
"""How long the jobs may take to stop and to be handed back: the job engine's threads have 10 s."""


async def run_with_upkeep(
    services: Services, work: Awaitable[None], *helpers: Awaitable[None]
) -> None:
    """Do the work while jobs are executed and looked after; at its end they are handed back.

    `helpers` go on beside it. Nothing touches the database before the runner is launched: its
    launch holds up the loop, and waits on PostgreSQL for every transaction that is open by then.

    Raises:
        CannotStart: another process has taken over this one's jobs.
    """
    await services.runner.launch()
    beside = [asyncio.ensure_future(helper) for helper in helpers]
    for task in beside:
        task.add_done_callback(_log_failure)
    tasks = [
        asyncio.ensure_future(running)
        for running in (
            work,
            _attend(services),
            services.cancellation.watch(),
            services.waiting.keep_current(),
            services.redelivery.watch(),
            _reconcile(services),
            _prune(services),
            _look(services),
        )
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        await end_tasks([*beside, *tasks])
        with suppress(asyncio.CancelledError):
            await end_step("the job runner", services.runner.close(), RUNNER_WITHIN_S)


def _log_failure(task: asyncio.Future[None]) -> None:
    """Say that a helper broke off: the work goes on without it."""
    if not task.cancelled() and (error := task.exception()):
        coroutine = task.get_coro() if isinstance(task, asyncio.Task) else task
        name = getattr(coroutine, "__qualname__", "a helper")
        log.error("%s broke off", name, exc_info=error)


async def _attend(services: Services) -> None:
    try:
        await services.runner.attend()
    except Superseded as error:
        raise CannotStart(
            "the database was away for a while, and another process has taken over the jobs of"
            " this one; it has to be started again."
        ) from error


async def _reconcile(services: Services) -> NoReturn:
    """Close what ended without its close, repair the cards of jobs that were never accepted, and
    pass on reports that were held up."""
    is_first = True
    while True:
        try:
            if repaired := await services.orphans.repair():
                log.warning("%d orders had been broken off before they were accepted", repaired)
            if repeated := await services.commands.reports.repeat(services.client):
                log.warning("%d reports had been held up", repeated)
            await services.runner.refuse_foreign_rows()
            if closed := await services.reconciliation.reconcile(is_thorough=is_first):
                log.warning("%d jobs had ended without their close", closed)
            is_first = False
        except Exception:
            log.exception("the reconciliation failed")
        await asyncio.sleep(RECONCILE_EVERY_S)


async def _prune(services: Services) -> NoReturn:
    """Forget how the jobs of earlier days went through the runner."""
    while True:
        try:
            await services.runner.prune()
        except Exception:
            log.exception("old workflows were not removed")
        await asyncio.sleep(PRUNE_EVERY_S)


async def _look(services: Services) -> NoReturn:
    """Take the fingerprints of what was delivered, also by earlier versions, a few at a time."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        try:
            await services.commands.jobs.fingerprints.look(LOOKED_AT)
        except Exception:
            log.exception("results were not looked at")
