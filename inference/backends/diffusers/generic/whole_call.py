"""Calls of diffusers' own pipelines as a whole, which pause after each step.

Their progress bar tells of the steps: every pipeline has one, and what is raised in it ends the
call at that step.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from inference.backends.cancellation import Stopped
from inference.backends.diffusers.generic.stepped_call import SteppedCall
from inference.backends.diffusers.sampling.interruption import interrupting

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator
    from types import TracebackType
    from typing import Self

    from inference.backends.diffusers.sampling.order_ticket import OrderTicket
    from inference.backends.diffusers.sampling.picture import Ticket

T = TypeVar("T")


def run_in_steps(
    ticket: Ticket | OrderTicket[Any], work: Callable[[Callable[[], None]], T]
) -> Generator[None, None, T]:
    """What `work` gives, which calls the function that it is handed to pause after each step.

    Raises:
        Stopped: nobody waits for it any more.
        Exception: whatever `work` raises.
    """

    def check_wanted() -> None:
        if ticket.is_over:
            raise Stopped

    def pause() -> None:
        check_wanted()
        call.pause()
        check_wanted()

    def run() -> T:
        parts = ticket.model.pipeline.components.values()
        networks = [part for part in parts if isinstance(part, torch.nn.Module)]
        with interrupting(networks, check_wanted):
            return work(pause)

    call = SteppedCall(run)
    try:
        while not call.advance():
            yield
    finally:
        call.close()
    return call.result()


def fresh_pipeline(own: Any, kind: Any) -> Any:
    """A pipeline for one picture from the same networks: pipelines and schedulers remember."""
    taken = inspect.signature(kind.__init__).parameters
    told = {**own.config, **own.components}
    parts = {name: told[name] for name in taken if name in told}
    parts["scheduler"] = own.scheduler.from_config(own.scheduler.config)
    pipeline = kind(**parts)
    if hasattr(own, "resolutions"):
        pipeline.resolutions = own.resolutions
    return pipeline


def count_steps(pipeline: Any, steps: int, tell: Callable[[int, int], None]) -> None:
    """Have each step of a pipeline's calls told: its number, and of how many."""

    def progress_bar(iterable: Iterable[Any] | None = None, total: int | None = None) -> _Steps:
        return _Steps(iterable, total or steps, tell)

    pipeline.progress_bar = progress_bar


class _Steps:
    """Stands in for a progress bar of diffusers: it tells of each step."""

    def __init__(
        self, iterable: Iterable[Any] | None, steps: int, tell: Callable[[int, int], None]
    ) -> None:
        self._iterable = iterable
        self._steps = steps if iterable is None else len(list(iterable))
        self._tell = tell
        self._done = 0

    def __enter__(self) -> Self:
        """See `tqdm`, as all here."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """There is nothing to end."""

    def __iter__(self) -> Iterator[Any]:
        """What the loop goes over."""
        for item in self._iterable or ():
            yield item
            self.update()

    def update(self, count: int = 1) -> None:
        """So many steps are done."""
        self._done += count
        self._tell(self._done, self._steps)

    def close(self) -> None:
        """There is nothing to close."""

    def set_postfix(self, *_: Any, **__: Any) -> None:
        """Nobody reads it."""
