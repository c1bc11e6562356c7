"""What a command works with; the bot opens it once and hands it to each `build`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commands.in_flight import InFlightOrders

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from datetime import datetime

    from commands.uploads import Uploads
    from generation.catalogue.catalogue import Catalogue
    from jobs.cancel import JobCancellation
    from jobs.forecast import Forecast
    from jobs.grants import Grants
    from jobs.guilds import Guilds
    from jobs.kinds.video.sources import Videos
    from jobs.records import JobRecords
    from jobs.rules.disk import Space
    from jobs.rules.limits import Limits
    from jobs.status import Survey
    from jobs.submit import JobSubmission
    from media.marking.marks import Marks
    from media.pool import MediaPool
    from storage.jobs.complaints import Complaints
    from storage.jobs.drafts import Drafts
    from storage.jobs.unaccepted_cards import UnacceptedCards
    from storage.ledger.history import History
    from storage.ledger.ledger import Ledger
    from storage.ledger.reports import Reports
    from storage.rules import RuleStore


@dataclass(frozen=True, slots=True)
class Tools:
    """The rooms below, opened: jobs, films, money, rules, drafts, uploads, engines, disk, guilds.

    `tell_operator` is given what happened, for the log too, and what somebody wrote about it.
    """

    jobs: JobRecords
    submission: JobSubmission
    cancellation: JobCancellation
    forecast: Forecast
    videos: Videos
    ledger: Ledger
    grants: Grants
    rules: RuleStore
    limits: Limits
    history: History
    reports: Reports
    complaints: Complaints
    drafts: Drafts
    unaccepted_cards: UnacceptedCards
    uploads: Uploads
    catalogue: Catalogue
    space: Space
    guilds: Guilds
    survey: Survey
    pool: MediaPool
    marks: Marks
    tell_operator: Callable[[str, str], Awaitable[None]]
    default_engine_id: str
    now: Callable[[], datetime]
    in_flight: InFlightOrders = field(default_factory=InFlightOrders)

    @property
    def engine_names(self) -> Mapping[str, str]:
        """What the engines that draw and film are called, by id."""
        video_engine = self.videos.engine
        engines = [*self.catalogue, *([video_engine] if video_engine else [])]
        return {engine.id: engine.name for engine in engines}
