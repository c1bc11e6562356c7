"""What commands work with, by concern; a command's `build` names those that it uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from commands.in_flight import InFlightOrders
    from commands.kinds.view import OfferedEngines
    from commands.submission import Submission
    from commands.uploads import Uploads
    from jobs.cancel import JobCancellation
    from jobs.forecast import Forecast
    from jobs.grants import Grants
    from jobs.guilds import Guilds
    from jobs.kinds.video.sources import Videos
    from jobs.records import JobRecords
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


@dataclass(frozen=True, slots=True, kw_only=True)
class JobServices:
    """Jobs: what is recorded of them, how they begin, and what members say of them."""

    records: JobRecords
    submission: JobSubmission
    cancellation: JobCancellation
    forecast: Forecast
    complaints: Complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleServices:
    """The rules of guilds, what they leave room for, and what the operator allows."""

    store: RuleStore
    limits: Limits
    guilds: Guilds


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountServices:
    """Accounts: the ledger, what moderators move in it, and what can be read of it."""

    ledger: Ledger
    grants: Grants
    history: History
    reports: Reports


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOrders:
    """What was asked for and is no job yet: drafts, cards without a job, orders under way."""

    drafts: Drafts
    unaccepted_cards: UnacceptedCards
    in_flight: InFlightOrders


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaServices:
    """Work on files: what members upload, the worker processes, and marks of provenance.

    `converters` are for what buttons ask for, so that no result waits behind it.
    """

    uploads: Uploads
    pool: MediaPool
    converters: MediaPool
    marks: Marks


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandServices:
    """Everything that a command's `build` may ask for, by the names of its parameters.

    `tell_operator` is given what happened, for the log too, and what somebody wrote about it.
    """

    jobs: JobServices
    rules: RuleServices
    accounts: AccountServices
    pending: PendingOrders
    submission: Submission
    engines: OfferedEngines
    media: MediaServices
    videos: Videos
    survey: Survey
    tell_operator: Callable[[str, str], Awaitable[None]]
    now: Callable[[], datetime]
