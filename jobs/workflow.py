"""The workflow of every job: generate, deliver, close; run durably by the engine of `runner`."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypedDict, TypeVar

from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from jobs.delivery import CARD_IS_DUE
from jobs.errors import Interrupted
from jobs.failure import describe

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from tenacity import RetryCallState

    from jobs.delivery import Shown

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger(__name__)

CLOSE_TRIES = 7
CLOSE_PAUSE_S = 1
"""Doubled after each try: together about a minute."""


class Outcome(TypedDict, total=False):
    """What the step "generate" gives: over, or why not all was made, if anything went wrong.

    The engine keeps it as JSON, and a later version may read it.
    """

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


class Execution(Protocol):
    """What executes a workflow and remembers over a restart what its steps gave."""

    async def step(
        self,
        name: str,
        work: Callable[P, Coroutine[Any, Any, R]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """What the work gives, done once; `name` is kept with what it gave and never changes."""
        ...

    def leave_if_closing(self) -> None:
        """End here without a result while the process ends: the next one repeats the job.

        Raises:
            CancelledError
        """
        ...


async def run_job(steps: Steps, job_id: str, execution: Execution) -> None:
    """Take a job to its end."""
    try:
        outcome = await execution.step("generate", steps.generate, job_id)
    except Exception:
        execution.leave_if_closing()
        log.exception("job %s: the generation broke off", job_id)
        outcome = Outcome(failure=describe(Interrupted()))
    if outcome.get("over"):
        return
    failure = outcome.get("failure")
    execution.leave_if_closing()
    # No steps: the close, which happens once by itself, remembers what was shown. After a crash
    # before it, the same is shown again in the same place.
    try:
        shown = await steps.deliver(job_id, failure)
    except Exception:
        execution.leave_if_closing()
        log.exception("job %s: the delivery broke off", job_id)
        shown = await _give_up(steps, job_id)
    await _close(job_id, execution, lambda: steps.close(job_id, failure, shown))


async def _give_up(steps: Steps, job_id: str) -> Shown:
    try:
        return await steps.give_up(job_id)
    except Exception as error:
        log.warning("job %s: its end was not shown: %s", job_id, type(error).__name__)
        return CARD_IS_DUE


async def _close(job_id: str, execution: Execution, close: Callable[[], Awaitable[None]]) -> None:
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
            execution.leave_if_closing()
            await close()


def _name_of_error(state: RetryCallState) -> str:
    error = state.outcome.exception() if state.outcome else None
    return type(error).__name__
