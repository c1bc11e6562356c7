"""Every resource, opened once and handed to what uses it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from bot.background.alerts import Alerts
from bot.background.guild_events import GuildEvents
from bot.background.monitor import Monitor
from bot.background.retention import Sweeper
from bot.client import Atelier
from bot.clock import now
from bot.delivery.delivery import JobDelivery
from bot.delivery.file_limits import FileLimits
from bot.delivery.marks import open_marks
from bot.delivery.message_editor import MessageEditor
from bot.delivery.orphans import OrphanedCards
from bot.delivery.queue_position import WaitingCards
from bot.delivery.result_files import ResultFiles
from bot.delivery.status_cards import JobStatusCards
from bot.wiring.database import opened_database
from bot.wiring.engines import open_engines
from bot.wiring.kinds import open_kinds, open_studio
from bot.wiring.stores import open_stores
from commands.kinds.registry import open_views
from commands.kinds.view import OfferedEngines
from commands.tools import Tools
from commands.uploads import Uploads
from jobs.cancel import JobCancellation
from jobs.forecast import Forecast
from jobs.grants import Grants
from jobs.guilds import Guilds
from jobs.kinds.video.sources import Videos
from jobs.reconcile import Reconciliation
from jobs.records import JobRecords
from jobs.rules.disk import Space
from jobs.rules.limits import Limits
from jobs.runner.durable import WorkflowRunner
from jobs.status import Survey
from jobs.submit import JobSubmission, JobTables
from media.pool import MediaPool, upload_pool
from storage.jobs.complaints import Complaints
from storage.jobs.retention import Retention
from storage.jobs.waiting import Waiting
from storage.ledger.history import History
from storage.ledger.reports import Reports

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from bot.wiring.kinds import Studio

ATTACHMENT_ORIGINS = ("https://cdn.discordapp.com", "https://media.discordapp.net")
MEDIA_WORKERS = 2
UPLOAD_WORKERS = 2
"""Beside those for results, which never wait behind what members send."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the running bot consists of."""

    client: Atelier
    tools: Tools
    engine: WorkflowRunner
    cancellation: JobCancellation
    reconciliation: Reconciliation
    news: GuildEvents
    monitor: Monitor
    sweeper: Sweeper
    orphans: OrphanedCards
    waiting: WaitingCards
    is_painter: bool


@asynccontextmanager
async def opened(settings: Settings, server: EmbeddedServer | None) -> AsyncGenerator[Services]:
    """Open everything, and close it in reverse order; `server` is the embedded one that starts.

    Raises:
        CannotStart, and the sentences of catalogue and artifacts.
    """
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(MediaPool(workers=MEDIA_WORKERS))
        readers = await stack.enter_async_context(upload_pool(UPLOAD_WORKERS))
        database = await stack.enter_async_context(opened_database(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = await stack.enter_async_context(Atelier(now))
        engines = await open_engines(settings, server, stack, pool, database)
        marks = await open_marks(settings, engines.known, stack)
        stores = open_stores(settings, database)
        alerts = Alerts(session, settings.atelier_alert_webhook.get_secret_value(), now)
        editor = MessageEditor(client, now)
        status_cards = JobStatusCards(editor, store=stores.jobs, rules=stores.rules, now=now)
        folder = settings.atelier_state / "making"
        folder.mkdir(parents=True, exist_ok=True)
        views = open_views(OfferedEngines(engines.offered, engines.video_engine, now))
        files = ResultFiles(stores.artifacts, pool, marks, folder, settings.atelier_artifacts_link)
        delivery = JobDelivery(status_cards, FileLimits(client, now), files, views, alerts)
        studio = open_studio(stores, engines, delivery, pool, marks, folder)
        kinds = await open_kinds(studio, stack)
        engine = WorkflowRunner(database, kinds, studio.queue_limits, stores.leases)
        space = Space(settings.folders, settings.atelier_disk_cap)
        uploads = Uploads(session, readers, _attachment_origins(settings))
        tools = _tools(settings, studio, engine, space, uploads, alerts)
        yield Services(
            client=client,
            tools=tools,
            engine=engine,
            cancellation=tools.cancellation,
            reconciliation=Reconciliation(stores.jobs, engine, studio.settlement, now),
            news=GuildEvents(client, tools.guilds, alerts),
            monitor=Monitor(
                engines.client,
                space,
                alerts,
                engine_ids=[engine.id for engine in engines.offered],
                low_balance_mc=settings.low_balance_mc,
            ),
            sweeper=Sweeper(
                artifacts=stores.artifacts,
                retention=Retention(database),
                overview=stores.overview,
                space=space,
                keep_days=settings.atelier_keep_days,
                making=studio.folder,
                now=now,
            ),
            orphans=OrphanedCards(client, stores.unaccepted_cards, stores.drafts, now),
            waiting=WaitingCards(
                waiting=Waiting(database),
                store=stores.jobs,
                estimate=studio.environment.estimate,
                editor=editor,
                updates=status_cards.updates,
                views=views,
                leases=stores.leases,
                now=now,
            ),
            is_painter=engines.is_painter,
        )


def _tools(
    settings: Settings,
    studio: Studio,
    engine: WorkflowRunner,
    space: Space,
    uploads: Uploads,
    alerts: Alerts,
) -> Tools:
    """What the commands work with."""
    stores, engines, database = studio.stores, studio.engines, studio.stores.database
    limits = Limits(
        database=database,
        rules=stores.rules,
        ledger=stores.ledger,
        jobs=stores.jobs,
        now=now,
        default_ceiling_mc=settings.default_ceiling_mc,
        reads_emphasis=lambda engine_id: engines.known.get(engine_id).emphasis,
    )
    tables = JobTables(database, stores.jobs, stores.artifacts, stores.unaccepted_cards)
    videos = Videos(
        engine=engines.video_engine,
        artifacts=stores.artifacts,
        segments=stores.segments,
        estimate=studio.environment.estimate,
        now=now,
    )
    guilds = Guilds(stores.rules, stores.overview, now, settings.default_ceiling_mc)
    return Tools(
        jobs=JobRecords(stores.jobs, stores.artifacts),
        submission=JobSubmission(tables, limits, engine, now),
        cancellation=JobCancellation(
            database, stores.jobs, studio.settlement, studio.environment.cancellation
        ),
        forecast=Forecast(stores.jobs, limits, studio.environment.estimate),
        videos=videos,
        ledger=stores.ledger,
        grants=Grants(database, stores.ledger, stores.rules),
        rules=stores.rules,
        limits=limits,
        history=History(database),
        reports=Reports(database),
        complaints=Complaints(database, now),
        drafts=stores.drafts,
        unaccepted_cards=stores.unaccepted_cards,
        uploads=uploads,
        catalogue=engines.offered,
        space=space,
        guilds=guilds,
        survey=Survey(engines.client, guilds, stores.overview, space),
        pool=studio.pool,
        marks=studio.marks,
        tell_operator=alerts.pass_on,
        default_engine_id=engines.default_id,
        now=now,
    )


def _attachment_origins(settings: Settings) -> tuple[str, ...]:
    if settings.is_real_discord:
        return ATTACHMENT_ORIGINS
    return (*ATTACHMENT_ORIGINS, str(URL(settings.atelier_discord_api).origin()))
