"""What commands work with, by concern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.in_flight import InFlightOrders
    from commands.uploads import Uploads
    from jobs.cancel import JobCancellation
    from jobs.forecast import Forecast
    from jobs.guilds import Guilds
    from jobs.history import JobHistory
    from jobs.records import JobRecords
    from jobs.redelivery import Redelivery
    from jobs.results.fingerprints import Fingerprints
    from jobs.rules.grants import Grants
    from jobs.rules.limits import Limits
    from jobs.submit import JobSubmission
    from media.marking.marks import Marks
    from media.pool import MediaPool
    from storage.database import Database
    from storage.jobs.complaints import Complaints
    from storage.jobs.drafts import Drafts
    from storage.jobs.jobs import Job
    from storage.jobs.unaccepted_cards import UnacceptedCards
    from storage.ledger.ledger import Ledger
    from storage.rules import Guild, RuleStore


@dataclass(frozen=True, slots=True, kw_only=True)
class JobServices:
    """Jobs: what is recorded of them, how they begin, and what members say of them."""

    database: Database
    records: JobRecords
    submission: JobSubmission
    cancellation: JobCancellation
    redelivery: Redelivery
    forecast: Forecast
    complaints: Complaints
    history: JobHistory
    fingerprints: Fingerprints


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleServices:
    """The rules of guilds, what they leave room for, and what the operator allows."""

    database: Database
    store: RuleStore
    limits: Limits
    guilds: Guilds

    async def guild(self, guild_id: int) -> Guild:
        """The guild with its rules."""
        return await self.database.read(self.store.guild, guild_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServices:
    """Accounts: the ledger, what moderators move in it, and what can be read of it."""

    database: Database
    ledger: Ledger
    grants: Grants


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOrders:
    """What was asked for and is no job yet: drafts, cards without a job, orders under way."""

    database: Database
    drafts: Drafts
    unaccepted_cards: UnacceptedCards
    in_flight: InFlightOrders


@dataclass(frozen=True, slots=True)
class KeptFiles:
    """The files of a result by name, as they are uploaded, with their seeds, positions and sizes.

    With a `link` they are the poster of what is there, which is too large for the place.
    """

    files: Sequence[tuple[str, bytes]]
    seeds: Sequence[int]
    link: str = ""
    positions: Sequence[int] = ()
    sizes: Sequence[tuple[int, int]] = ()


class KeptResults(Protocol):
    """Reads what was kept of results, signed as they go out."""

    async def kept(self, job: Job, limit: int, *, after: int = 0) -> KeptFiles:
        """As many files as a message takes, each within so many bytes, after the first ones.

        Raises:
            TooLate: none is kept, or it fits nowhere.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaServices:
    """Work on files: what members upload, the worker processes, and marks of provenance.

    `converters` are for what buttons ask for, so that no result waits behind it. `results` are
    those that were delivered before.
    """

    uploads: Uploads
    pool: MediaPool
    converters: MediaPool
    marks: Marks
    results: KeptResults
