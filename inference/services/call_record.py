"""What is counted and logged of a call: for whom it was drawn, how long it took, how it ended."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from typing import TYPE_CHECKING

from generation.errors import BadRequest, Busy
from inference.backends.cancellation import Stopped
from inference.lanes import Drawn
from inference.metrics.measurements import Outcome

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from inference.lanes import Result
    from inference.metrics.measurements import Measurements
    from inference.services.orders import Order

logger = logging.getLogger(__name__)


class CallRecord:
    """Follows one call; its prompts are never in what is said of it."""

    def __init__(
        self, measurements: Measurements, engine_id: str, request_id: str, order: Order
    ) -> None:
        self._measurements = measurements
        self._engine_id = engine_id
        self._request_id = request_id
        self._order = order
        self._began = time.monotonic()
        self._finished = 0

    async def following(
        self, drawing: AsyncGenerator[Result | None, None]
    ) -> AsyncGenerator[Result | None, None]:
        """The same results, with their ends counted."""
        try:
            async with aclosing(drawing) as results:
                async for result in results:
                    if isinstance(result, Drawn):
                        self._finished += 1
                        self._note(Outcome.FINISHED)
                    yield result
        except (Busy, BadRequest):
            # It never began; that it was refused is counted with its status.
            raise
        except (Stopped, GeneratorExit, asyncio.CancelledError):
            self._note(Outcome.STOPPED)
            raise
        except Exception:
            self._note(Outcome.FAILED)
            raise
        finally:
            self._log()

    def _note(self, outcome: Outcome) -> None:
        seconds = time.monotonic() - self._began
        self._measurements.note_end(self._engine_id, outcome, seconds)

    def _log(self) -> None:
        order = self._order
        logger.info(
            "%d of %d pictures of %s",
            self._finished,
            order.samples,
            self._engine_id,
            extra={
                "request_id": self._request_id,
                "engine": self._engine_id,
                "size": f"{order.width}x{order.height}",
                "steps": order.steps,
                "pictures": self._finished,
                "seconds": round(time.monotonic() - self._began, 3),
            },
        )
