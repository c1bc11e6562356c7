"""The files of a member's results in parts, each as large as every place takes."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jobs.errors import TooLate
from storage.jobs.history import HistoryFilter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from commands.services import KeptResults
    from jobs.history import JobHistory
    from storage.jobs.jobs import Job
    from storage.ledger.accounts import Account

PART_BYTES = 9 << 20
"""Of files in a part: every place takes a file of that size."""

LOOKED_AT = 20
SEPARATOR = "-"
"""Between the last job that is whole in a part, and how many files of the next one are."""


@dataclass(slots=True)
class ExportPart:
    """Files by name, of so many results; `following` is where the next part begins, if any."""

    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    results: int = 0
    following: str = ""

    @property
    def room(self) -> int:
        """How many bytes more it takes."""
        return PART_BYTES - sum(map(len, self.files.values()))


class ExportParts:
    """Divides the files of results into parts: no file is left out for the size of its result."""

    def __init__(self, history: JobHistory, results: KeptResults) -> None:
        self._history = history
        self._results = results

    async def fill(self, part: ExportPart, account: Account, start: str) -> None:
        """Add files from there on, `following` of the part before, until the part is full."""
        last_id, _, skipped = start.partition(SEPARATOR)
        skip = int(skipped) if skipped.isdecimal() else 0
        while True:
            page = await self._history.page(account, HistoryFilter(), LOOKED_AT, older_than=last_id)
            for job in page.jobs:
                added = await self._add(part, job, skip)
                if part.following:
                    part.following = f"{last_id}{SEPARATOR}{skip + added}"
                    return
                last_id, skip = job.id, 0
            if not page.older:
                return

    async def _add(self, part: ExportPart, job: Job, skip: int) -> int:
        """Add the files of a job after so many: how many there was room for."""
        added = 0
        async for name, data in self._files_of(job, skip):
            if len(data) > part.room and part.files:
                part.following = job.id
                break
            # The poster of a film that is too large is called the same for each.
            whole_name = name if job.id in name else f"{job.id}-{name}"
            part.files[whole_name] = data
            added += 1
        part.results += bool(added)
        return added

    async def _files_of(self, job: Job, skip: int) -> AsyncGenerator[tuple[str, bytes]]:
        given = skip
        with suppress(TooLate):
            while True:
                kept = await self._results.kept(job, PART_BYTES, after=given)
                for name, data in kept.files:
                    yield name, data
                given += len(kept.files)
