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
from storage.jobs.complaints import Complaints

if TYPE_CHECKING:
    from bot.background.alerts import Alerts
    from bot.wiring.jobs import Jobs
    from bot.wiring.stores import Stores
    from commands.kinds.view import OfferedEngines
    from commands.services import MediaServices
    from jobs.results.fingerprints import Fingerprints


def open_commands(
    stores: Stores,
    jobs: Jobs,
    engines: OfferedEngines,
    media: MediaServices,
    alerts: Alerts,
    fingerprints: Fingerprints,
    keep_days: int,
) -> CommandServices:
    """What the commands are built from."""
    database = stores.for_members
    job_services = JobServices(
        database=database,
        records=jobs.records,
        submission=jobs.submission,
        cancellation=jobs.cancellation,
        redelivery=jobs.redelivery,
        forecast=jobs.forecast,
        complaints=Complaints(now),
        history=JobHistory(database, now),
        fingerprints=fingerprints,
    )
    rules = RuleServices(
        database=database, store=stores.rules, limits=jobs.limits, guilds=jobs.guilds
    )
    pending = PendingOrders(
        database=database,
        drafts=stores.drafts,
        unaccepted_cards=stores.unaccepted_cards,
        in_flight=InFlightOrders(),
    )
    return CommandServices(
        jobs=job_services,
        rules=rules,
        accounts=AccountServices(
            database=database,
            ledger=stores.ledger,
            grants=jobs.grants,
        ),
        pending=pending,
        submission=Submission(job_services, rules, pending, jobs.space),
        engines=engines,
        media=media,
        preferences=MemberPreferences(database, now),
        videos=jobs.videos,
        survey=jobs.survey,
        reports=ReportPosts(job_services, rules, Thumbnails(media, jobs.videos), alerts.pass_on),
        keep_days=keep_days,
        tell_operator=alerts.pass_on,
        now=now,
    )
