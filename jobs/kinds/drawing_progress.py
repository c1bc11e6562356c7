"""How far the pictures of one request are, shown beside the answers that bring them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NoReturn

from jobs.delivery import Progress

if TYPE_CHECKING:
    from collections.abc import Set

    from generation.image.progress import SampleProgress
    from jobs.kinds.kind import JobRun

log = logging.getLogger(__name__)

MAX_SHOWN = 4
"""How many previews are shown at a time."""


class DrawingProgress:
    """Collects what the engine tells of pictures that are not kept yet, and shows the newest.

    `kept` are the positions of the job that have come, of so many in all; those of the request
    begin at `first`.
    """

    def __init__(self, run: JobRun, kept: Set[int], total: int, first: int) -> None:
        self._run = run
        self._kept = kept
        self._total = total
        self._first = first
        self._steps: dict[int, tuple[int, int]] = {}
        self._previews: dict[int, bytes] = {}
        self._changed = asyncio.Event()

    def note(self, told: SampleProgress) -> None:
        """Take what the engine tells of a picture."""
        position = self._first + told.index
        if position in self._kept:
            return
        if told.preview:
            self._previews[position] = told.preview
        else:
            self._steps[position] = (told.step, told.steps)
        # Every edit uploads the previews that it shows: once there are some, steps wait for one.
        if told.preview or not self._open_previews:
            self._changed.set()

    def note_kept(self) -> None:
        """One has come: the card without previews that says so is followed by one with them."""
        if self._open_previews:
            self._changed.set()

    async def show(self) -> NoReturn:
        """Show what is new as it comes, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._run.progress(self._progress)
            except Exception as error:
                # It is shown on the way; the pictures do not depend on it.
                log.info(
                    "job %s: progress is not shown: %s", self._run.job.id, type(error).__name__
                )

    @property
    def _open_previews(self) -> list[bytes]:
        return [self._previews[one] for one in sorted(self._previews) if one not in self._kept]

    @property
    def _progress(self) -> Progress:
        under_way = [self._steps[one] for one in self._steps if one not in self._kept]
        step, steps = max(under_way, key=lambda told: told[0] / told[1], default=(0, 0))
        return Progress(
            done=len(self._kept),
            total=self._total,
            step=step,
            steps=steps,
            previews=self._open_previews[:MAX_SHOWN],
        )
