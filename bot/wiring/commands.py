"""The commands' floor, opened once: what the commands work with, by concern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.clock import now
from commands.command_services import CommandServices
from commands.in_flight import InFlightOrders
from commands.moderation.report_posts import ReportPosts
from commands.moderation.thumbnails import Thumbnails
from commands.services import (
    AccountServices,
    JobServices,
    PendingOrders,
    RuleServices,
)
from commands.studio.member_preferences import MemberPreferences
from commands.submission import Submission
from jobs.history import JobHistory
from jobs.results.fingerprints import Fingerprints
from storage.jobs.complaints import Complaints

if TYPE_CHECKING:
    from bot.background.alerts import Alerts
    from bot.wiring.jobs import Jobs
    from bot.wiring.stores import Stores
    from commands.kinds.view import OfferedEngines
    from commands.services import MediaServices


def open_commands(
    stores: Stores,
    jobs: Jobs,
    engines: OfferedEngines,
    media: MediaServices,
    alerts: Alerts,
    keep_days: int,
) -> CommandServices:
    """What the commands are built from."""
    database = stores.for_members
    job_services = _job_services(stores, jobs, media)
    rules = RuleServices(
        database=database, store=stores.rules, limits=jobs.limits, guilds=jobs.guilds
    )
    pending = PendingOrders(
        database=database,
        drafts=stores.drafts,
        unaccepted_cards=stores.unaccepted_cards,
        in_flight=InFlightOrders(),
    )
    preferences = MemberPreferences(database, now)
    return CommandServices(
        jobs=job_services,
        rules=rules,
        accounts=AccountServices(
            database=database,
            ledger=stores.ledger,
            grants=jobs.grants,
        ),
        pending=pending,
        submission=Submission(job_services, rules, pending, preferences, jobs.space),
        engines=engines,
        media=media,
        preferences=preferences,
        videos=jobs.videos,
        survey=jobs.survey,
        reports=ReportPosts(job_services, rules, Thumbnails(media, jobs.videos), alerts.pass_on),
        keep_days=keep_days,
        now=now,
    )


def _job_services(stores: Stores, jobs: Jobs, media: MediaServices) -> JobServices:
    database = stores.for_members
    return JobServices(
        database=database,
        records=jobs.records,
        submission=jobs.submission,
        cancellation=jobs.cancellation,
        redelivery=jobs.redelivery,
        forecast=jobs.forecast,
        complaints=Complaints(now),
        history=JobHistory(database, now),
        fingerprints=Fingerprints(stores.for_jobs, stores.artifacts, media.converters),
    )
