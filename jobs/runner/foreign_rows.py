"""Rows that somebody else wrote into the engine's tables: the operator is told, no job obeys them.

What they hold is never read. Their jobs end without a result, and their holds are released as those
of jobs that broke off.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import TYPE_CHECKING

from jobs.runner.serializer import FORMAT
from storage.job_engine.rows import EngineRows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from storage.database import Database

log = logging.getLogger(__name__)

NAMED = 5
LONGEST_NAME = 60


class ForeignRows:
    """Watches over the engine's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = EngineRows(FORMAT, is_sqlite=database.is_sqlite)

    async def report(self) -> None:
        """One line in the log for each table that holds such rows and each format they are in."""
        kinds: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for row in await self._database.read(self._rows.foreign):
            kinds[row.table, row.format].append(row.job_id)
        for (table, form), job_ids in kinds.items():
            log.error(
                "%d rows of the job engine's table %s are refused: they are written as %s, which"
                " the bot never does, so somebody else has written to its database (jobs %s)",
                *(len(job_ids), table, _quoted(form), _some(job_ids)),
            )

    async def refuse(self, executor_id: str, running: Collection[str]) -> None:
        """End the jobs of such rows, except for those that are being executed.

        The bot has no schedules either, so each of them is one of those rows.
        """
        if paused := await self._paused_schedules():
            log.error(
                "%d schedules in the job engine's tables are paused: the bot never makes any, so"
                " somebody else has written to its database: %s",
                *(len(paused), _some(paused)),
            )
        if ended := await self._ended_jobs(executor_id, running):
            log.error(
                "%d jobs with rows in the job engine's tables that the bot did not write are ended"
                " without a result: %s",
                *(len(ended), _some(ended)),
            )

    async def _paused_schedules(self) -> Sequence[str]:
        # As nearly always: then nobody who writes has to wait for this.
        if not await self._database.read(self._rows.has_schedules):
            return ()
        return await self._database.write(self._rows.pause_schedules)

    async def _ended_jobs(self, executor_id: str, running: Collection[str]) -> Sequence[str]:
        if not await self._database.read(self._rows.foreign):
            return ()
        return await self._database.write(self._rows.end_jobs, executor_id, running)


def _some(names: Iterable[str]) -> str:
    known = sorted(set(names))
    rest = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
    return ", ".join(_quoted(name) for name in known[:NAMED]) + rest


def _quoted(name: str) -> str:
    """Whoever wrote the row chose it: it must not break the line."""
    return ascii(name[:LONGEST_NAME])
