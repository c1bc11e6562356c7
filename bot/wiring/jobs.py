"""The jobs' floor, opened once: what submits, runs, cancels and reports on jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.clock import now
from bot.wiring.kinds import open_kind_dependencies, open_kinds, steps_of
from jobs.cancel import JobCancellation
from jobs.forecast import Forecast
from jobs.guilds import Guilds
from jobs.reconcile import Reconciliation
from jobs.records import JobRecords
from jobs.redelivery import Redelivery
from jobs.rules.disk import Space
from jobs.rules.grants import Grants
from jobs.rules.limits import Limits
from jobs.runner.durable import WorkflowRunner
from jobs.status import Survey
from jobs.submit import JobSubmission, JobTables
from jobs.videos import Videos

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from bot.settings import Settings
    from bot.wiring.engines import Engines
    from bot.wiring.kinds import DeliveryTools
    from bot.wiring.stores import Stores
    from jobs.runner.estimate import Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """What the floors above use of the jobs."""

    records: JobRecords
    submission: JobSubmission
    cancellation: JobCancellation
    reconciliation: Reconciliation
    redelivery: Redelivery
    runner: WorkflowRunner
    estimate: Estimate
    forecast: Forecast
    videos: Videos
    limits: Limits
    grants: Grants
    guilds: Guilds
    space: Space
    survey: Survey


async def open_jobs(
    settings: Settings,
    stores: Stores,
    engines: Engines,
    tools: DeliveryTools,
    stack: AsyncExitStack,
) -> Jobs:
    """Everything that jobs need, over the stores and the engines."""
    dependencies = open_kind_dependencies(stores, engines, tools)
    kinds = await open_kinds(dependencies, stack)
    steps = steps_of(kinds, dependencies, tools.delivery)
    runner = WorkflowRunner(stores.database, steps, dependencies.queue_limits, stores.leases)
    environment = dependencies.environment
    limits = _limits(settings, stores, engines)
    space = Space(settings.folders, settings.atelier_disk_cap)
    guilds = Guilds(stores.for_members, stores.rules, now, settings.default_ceiling_mc)
    artifacts = stores.artifacts.with_database(stores.for_members)
    tables = JobTables(
        stores.for_members, stores.for_jobs, stores.jobs, artifacts, stores.unaccepted_cards
    )
    return Jobs(
        records=JobRecords(stores.for_members, stores.jobs, artifacts, dependencies.settlement),
        submission=JobSubmission(tables, limits, runner, now),
        cancellation=JobCancellation(
            stores.for_members, stores.jobs, dependencies.settlement, environment.cancellation
        ),
        reconciliation=Reconciliation(
            stores.database, stores.jobs, runner, dependencies.settlement, now
        ),
        redelivery=Redelivery(
            stores.for_jobs,
            steps_of(kinds, dependencies, tools.redelivery),
            dependencies.settlement,
            now,
        ),
        runner=runner,
        estimate=environment.estimate,
        forecast=Forecast(stores.for_members, environment.estimate),
        videos=_videos(stores, engines, environment.estimate),
        limits=limits,
        grants=Grants(stores.for_members, stores.ledger, stores.rules),
        guilds=guilds,
        space=space,
        survey=Survey(engines.hosts, guilds, stores.for_members, space, now),
    )


def _limits(settings: Settings, stores: Stores, engines: Engines) -> Limits:
    return Limits(
        database=stores.for_members,
        ledger=stores.ledger,
        jobs=stores.jobs,
        now=now,
        default_ceiling_mc=settings.default_ceiling_mc,
        reads_emphasis=lambda engine_id: engines.known.get(engine_id).emphasis,
        is_metered=engines.is_metered,
    )


def _videos(stores: Stores, engines: Engines, estimate: Estimate) -> Videos:
    return Videos(
        engines_now=lambda: engines.video_engines,
        database=stores.for_members,
        artifacts=stores.artifacts.with_database(stores.for_members),
        segments=stores.segments,
        estimate=estimate,
        now=now,
    )
