"""The worker processes for pictures and films, and what those for uploads may use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple

from media.errors import BadPicture, Reason
from quarantine.errors import Ending, WorkFailed
from quarantine.pool import Confinement, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

UPLOAD_CPU_LIMIT = timedelta(seconds=3)
"""A photograph of 32 megapixels takes about half of it."""

UPLOAD_LIMIT = timedelta(seconds=30)
"""For all that processor time on a machine that is busy otherwise."""

UPLOAD_MEMORY = 1 << 30
"""Bytes of address space: a picture of 32 megapixels takes up to 600 MB."""

REASONS = {
    Ending.TOO_SLOW: Reason.TOO_SLOW,
    Ending.CRASHED: Reason.CRASHED,
    Ending.BUSY: Reason.BUSY,
}


class MediaPool(WorkerPool):
    """A pool whose failures are the picture's."""

    async def run(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        limit: timedelta | None = None,
        patience: timedelta | None = None,
    ) -> T:
        """What the function returns or raises, as `WorkerPool.run` has it.

        Raises:
            BadPicture: TOO_SLOW, CRASHED or BUSY.
            RuntimeError: the pool is closed.
        """
        try:
            return await super().run(function, *args, limit=limit, patience=patience)
        except WorkFailed as error:
            raise BadPicture(REASONS[error.ending], error.detail) from error


def upload_pool(workers: int, cpu_limit: timedelta = UPLOAD_CPU_LIMIT) -> MediaPool:
    """A pool for what members send: it gives way to all other work and has narrow limits."""
    return MediaPool(
        workers, UPLOAD_LIMIT, Confinement(UPLOAD_MEMORY, cpu_limit=cpu_limit, niceness=5)
    )
