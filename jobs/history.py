"""What members look up of their own jobs: results page by page, what is under way, and posts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.errors import TooLate
from jobs.orders.by_kind import order_of
from storage.jobs import artifacts, favourites, history, lineage, parents

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from storage.database import Database
    from storage.jobs.history import HistoryFilter, HistoryPage
    from storage.jobs.jobs import Job
    from storage.jobs.lineage import Lineage
    from storage.ledger.accounts import Account


class JobHistory:
    """Finds jobs by their authors."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def page(
        self,
        account: Account,
        filters: HistoryFilter,
        limit: int,
        *,
        older_than: str = "",
        newer_than: str = "",
    ) -> HistoryPage:
        """A page of results, the newest, or right before or after the job of an id."""
        return await self._database.read(
            history.page_of,
            account,
            filters,
            limit,
            older_than=older_than,
            newer_than=newer_than,
        )

    async def open_jobs(self, account: Account, limit: int) -> Sequence[Job]:
        """Jobs that wait or run, the oldest first."""
        return await self._database.read(history.open_jobs_of, account, limit)

    async def newest_of_guild(self, guild_id: int, limit: int) -> Sequence[Job]:
        """The newest jobs of all members of a guild."""
        return await self._database.read(history.newest_of_guild, guild_id, limit)

    async def positions(self, jobs: Sequence[Job]) -> Mapping[str, Sequence[int]]:
        """Which files of some results are kept, by the ids of the jobs."""
        return await self._database.read(artifacts.positions_of, [job.id for job in jobs])

    async def made(self, job: Job) -> int:
        """How many units of a finished job were delivered and paid for; 0 of free work."""
        delivered_mc = await self._database.read(history.delivered_mc, job.id)
        each_mc = order_of(job).charge_mc(job.price_mc, 1)
        return delivered_mc // each_mc if each_mc else 0

    async def parents(self, job: Job) -> Sequence[Job]:
        """The jobs that a job follows from; of a blend each whose picture was blended."""
        return (await self._database.read(parents.parents_of, [job]))[job.id]

    async def has_relatives(self, job: Job) -> bool:
        """Whether a job follows from another one, or a result from it."""
        return await self._database.read(parents.has_relatives, job)

    async def lineage(self, job: Job, is_open: Callable[[Job], bool]) -> Lineage:
        """The graph of what a job follows from, and of what follows from it."""
        return await self._database.read(lineage.lineage_of, job, is_open)

    async def is_favourite(self, job: Job) -> bool:
        """Whether a file of a result is marked."""
        return await self._database.read(favourites.has_mark, job.id)

    async def mark(self, job: Job, position: int, *, is_favourite: bool) -> None:
        """Mark a picture or film of a result as a favourite, or take the mark away.

        Raises:
            TooLate: it is not kept.
        """
        change = favourites.mark
        if not await self._database.write(change, job.id, position, is_favourite=is_favourite):
            raise TooLate

    async def note_post(self, job: Job, message_id: int, channel_id: int) -> None:
        """Remember a further message that shows a job."""
        await self._database.write(history.add_post, job.id, message_id, channel_id, self._now())
