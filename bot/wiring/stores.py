"""The repositories over one database, opened once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.clock import now
from storage.database import JOBS_PATIENCE_S, MEMBERS_PATIENCE_S
from storage.executor_leases import ExecutorLeases
from storage.jobs.artifacts import Artifacts, open_store
from storage.jobs.drafts import Drafts
from storage.jobs.jobs import JobStore
from storage.jobs.segments import Segments
from storage.jobs.unaccepted_cards import UnacceptedCards
from storage.ledger.ledger import Ledger
from storage.rules import RuleStore

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What is kept, by kind; `leases` only where there may be other processes.

    What members wait for goes through `for_members`, what jobs do through `for_jobs`; all else,
    which comes again by itself, through `database`.
    """

    database: Database
    for_members: Database
    for_jobs: Database
    jobs: JobStore
    ledger: Ledger
    rules: RuleStore
    artifacts: Artifacts
    segments: Segments
    unaccepted_cards: UnacceptedCards
    drafts: Drafts
    leases: ExecutorLeases | None


def open_stores(settings: Settings, database: Database) -> Stores:
    """The repositories of a database, and the place of the pictures.

    Raises:
        ArtifactsError: that place cannot be used.
    """
    return Stores(
        database=database,
        for_members=database.with_patience(MEMBERS_PATIENCE_S),
        for_jobs=database.with_patience(JOBS_PATIENCE_S),
        jobs=JobStore(now),
        ledger=Ledger(now),
        rules=RuleStore(now),
        artifacts=Artifacts(
            database,
            open_store(settings.artifacts),
            now,
            is_public=settings.are_artifacts_public,
        ),
        segments=Segments(now),
        unaccepted_cards=UnacceptedCards(now),
        drafts=Drafts(now),
        leases=None if database.is_sqlite else ExecutorLeases(database),
    )
