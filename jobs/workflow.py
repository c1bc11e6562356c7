"""The workflow of every job: generate, deliver, close.

The engine of `runner` runs it again after a crash, from its beginning: what was done by then is in
the job's own rows, so every step finds it there.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol, TypedDict

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from jobs.delivery import CARD_IS_DUE
from jobs.errors import Interrupted
from jobs.failure import describe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

    from jobs.delivery import Shown

log = logging.getLogger(__name__)

CLOSE_TRIES = 7
CLOSE_PAUSE_S = 1
"""Doubled after each try: together about a minute."""


class Outcome(TypedDict, total=False):
    """What the step "generate" gives: over, or why not all was made, if anything went wrong."""

    over: bool
    failure: dict[str, Any] | None


class Steps(Protocol):
    """The steps of a job; every one may be repeated."""

    async def generate(self, job_id: str) -> Outcome:
        """Do what is paid for; what went wrong comes back as data."""
        ...

    async def deliver(self, job_id: str, failure: dict[str, Any] | None) -> Shown:
        """Show what was made, or why there is nothing; how many units arrived, and where."""
        ...

    async def close(self, job_id: str, failure: dict[str, Any] | None, shown: Shown) -> None:
        """Charge what arrived and release the rest, exactly once."""
        ...

    async def give_up(self, job_id: str) -> Shown:
        """Show that it ended without a result, for no reason of its own."""
        ...


async def run_job(steps: Steps, job_id: str, leave_if_closing: Callable[[], None]) -> None:
    """Take a job to its end; `leave_if_closing` raises CancelledError while the process ends.

    What goes wrong then is not the job's fault: the next process repeats it.
    """
    leave_if_closing()
    try:
        outcome = await steps.generate(job_id)
    except Exception:
        leave_if_closing()
        log.exception("job %s: the generation broke off", job_id)
        outcome = Outcome(failure=describe(Interrupted()))
    if outcome.get("over"):
        return
    failure = outcome.get("failure")
    leave_if_closing()
    try:
        shown = await steps.deliver(job_id, failure)
    except Exception:
        leave_if_closing()
        log.exception("job %s: the delivery broke off", job_id)
        shown = await _give_up(steps, job_id)
    await _close(job_id, leave_if_closing, lambda: steps.close(job_id, failure, shown))


async def _give_up(steps: Steps, job_id: str) -> Shown:
    try:
        return await steps.give_up(job_id)
    except Exception as error:
        log.warning("job %s: its end was not shown: %s", job_id, type(error).__name__)
        return CARD_IS_DUE


async def _close(
    job_id: str, leave_if_closing: Callable[[], None], close: Callable[[], Awaitable[None]]
) -> None:
    """Account for the job: a database that stumbles must not make it free."""
    async for attempt in AsyncRetrying(
        retry=retry_if_exception_type(Exception),
        wait=wait_exponential(multiplier=CLOSE_PAUSE_S),
        stop=stop_after_attempt(CLOSE_TRIES),
        before_sleep=lambda state: log.warning(
            "job %s could not be closed: %s", job_id, _name_of_error(state)
        ),
        reraise=True,
    ):
        with attempt:
            leave_if_closing()
            await close()


def _name_of_error(state: RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    return type(error).__name__
