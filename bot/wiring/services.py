"""Every resource, opened once and handed to what uses it."""

from __future__ import annotations

from contextlib import asynccontextmanager
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
from bot.shutdown import ClosingStack
from bot.wiring.commands import open_commands
from bot.wiring.database import opened_database
from bot.wiring.engines import open_engines
from bot.wiring.jobs import open_jobs
from bot.wiring.kinds import DeliveryTools
from bot.wiring.stores import open_stores
from commands.kinds.registry import open_views
from commands.kinds.view import OfferedEngines
from commands.services import MediaServices
from commands.uploads import Uploads
from media.pool import MediaPool, upload_pool
from storage.database import JOBS_PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from contextlib import AsyncExitStack
    from pathlib import Path

    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from bot.wiring.engines import Engines
    from bot.wiring.jobs import Jobs
    from bot.wiring.stores import Stores
    from commands.command_services import CommandServices
    from commands.kinds.view import KindView
    from generation.hosts.hosts import Hosts
    from jobs.cancel import JobCancellation
    from jobs.reconcile import Reconciliation
    from jobs.redelivery import Redelivery
    from jobs.runner.durable import WorkflowRunner
    from media.marking.marks import Marks

ATTACHMENT_ORIGINS = (
    *("https://cdn.discordapp.com", "https://media.discordapp.net"),
    # Pictures of elsewhere in embeds and cards come through Discord's own proxies.
    *("https://images-ext-1.discordapp.net", "https://images-ext-2.discordapp.net"),
)
MEDIA_WORKERS = 2
UPLOAD_WORKERS = 2
"""Beside those for results, which never wait behind what members send."""

CONVERSION_WORKERS = 1
"""For what buttons ask for, such as a GIF: it is free, so results do not wait behind it either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the running bot consists of."""

    client: Atelier
    commands: CommandServices
    runner: WorkflowRunner
    cancellation: JobCancellation
    reconciliation: Reconciliation
    redelivery: Redelivery
    guild_events: GuildEvents
    monitor: Monitor
    sweeper: Sweeper
    orphans: OrphanedCards
    waiting: WaitingCards
    hosts: Hosts


@asynccontextmanager
async def opened(settings: Settings, server: EmbeddedServer | None) -> AsyncGenerator[Services]:
    """Open everything, and close it in reverse order; `server` is the embedded one that starts.

    Raises:
        CannotStart, ArtifactsError
    """
    async with ClosingStack() as stack:
        pool = await stack.enter_async_context(MediaPool(workers=MEDIA_WORKERS))
        database = await stack.enter_async_context(opened_database(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = await stack.enter_async_context(Atelier(now))
        engines = await open_engines(
            settings, server, stack, pool, database.with_patience(JOBS_PATIENCE_S)
        )
        marks = await open_marks(settings, engines.known, stack)
        stores = open_stores(settings, database)
        alerts = Alerts(session, settings.atelier_alert_webhook.get_secret_value(), now)
        cards = _Cards.of(client, stores)
        offered = _offered(settings, engines)
        views = open_views(offered)
        files = _result_files(settings, stores, pool, marks)
        delivery = JobDelivery(cards.status, FileLimits(client, now), files, views, alerts)
        tools = DeliveryTools(
            delivery=delivery,
            redelivery=delivery.with_cards(cards.status.at_once()),
            pool=pool,
            marks=marks,
            folder=_work_folder(settings),
        )
        jobs = await open_jobs(settings, stores, engines, tools, stack)
        media = await _open_media(settings, session, tools, files, stack)
        keep_days = settings.atelier_keep_days
        yield Services(
            client=client,
            commands=open_commands(stores, jobs, offered, media, alerts, keep_days),
            runner=jobs.runner,
            cancellation=jobs.cancellation,
            reconciliation=jobs.reconciliation,
            redelivery=jobs.redelivery,
            guild_events=GuildEvents(client, jobs.guilds, alerts),
            monitor=_monitor(settings, engines, jobs, alerts),
            sweeper=_sweeper(settings, stores, jobs, tools),
            orphans=OrphanedCards(
                client, stores.database, stores.unaccepted_cards, stores.drafts, now
            ),
            waiting=_waiting_cards(stores, jobs, cards, views),
            hosts=engines.hosts,
        )


@dataclass(frozen=True, slots=True)
class _Cards:
    """What edits messages, and what shows the states of jobs by it."""

    editor: MessageEditor
    status: JobStatusCards

    @classmethod
    def of(cls, client: Atelier, stores: Stores) -> _Cards:
        """Both, over one client and one database."""
        editor = MessageEditor(client, now)
        status = JobStatusCards(
            editor, database=stores.for_jobs, store=stores.jobs, rules=stores.rules, now=now
        )
        return cls(editor, status)


def _offered(settings: Settings, engines: Engines) -> OfferedEngines:
    return OfferedEngines(
        engines,
        now,
        are_videos_over=settings.are_videos_over,
        lifts_filter=settings.atelier_lift_filter,
    )


def _result_files(settings: Settings, stores: Stores, pool: MediaPool, marks: Marks) -> ResultFiles:
    artifacts = stores.artifacts.with_database(stores.for_jobs)
    return ResultFiles(
        artifacts, pool, marks, _work_folder(settings), settings.atelier_artifacts_link
    )


async def _open_media(
    settings: Settings,
    session: aiohttp.ClientSession,
    tools: DeliveryTools,
    results: ResultFiles,
    stack: AsyncExitStack,
) -> MediaServices:
    """Work on files for the commands, with workers of its own for what members send."""
    readers = await stack.enter_async_context(upload_pool(UPLOAD_WORKERS))
    converters = await stack.enter_async_context(MediaPool(workers=CONVERSION_WORKERS))
    return MediaServices(
        uploads=Uploads(session, readers, _attachment_origins(settings)),
        pool=tools.pool,
        converters=converters,
        marks=tools.marks,
        results=results,
    )


def _work_folder(settings: Settings) -> Path:
    """The folder for videos under way."""
    folder = settings.atelier_state / "making"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _waiting_cards(
    stores: Stores,
    jobs: Jobs,
    cards: _Cards,
    views: Mapping[str, KindView],
) -> WaitingCards:
    return WaitingCards(
        database=stores.database,
        store=stores.jobs,
        estimate=jobs.estimate,
        editor=cards.editor,
        updates=cards.status.updates,
        views=views,
        leases=stores.leases,
        now=now,
    )


def _monitor(settings: Settings, engines: Engines, jobs: Jobs, alerts: Alerts) -> Monitor:
    return Monitor(
        engines.hosts,
        jobs.space,
        alerts,
        now,
        low_balance_mc=settings.low_balance_mc,
    )


def _sweeper(settings: Settings, stores: Stores, jobs: Jobs, tools: DeliveryTools) -> Sweeper:
    return Sweeper(
        artifacts=stores.artifacts,
        database=stores.database,
        space=jobs.space,
        keep_days=settings.atelier_keep_days,
        making=tools.folder,
        now=now,
    )


def _attachment_origins(settings: Settings) -> tuple[str, ...]:
    if settings.is_real_discord:
        return ATTACHMENT_ORIGINS
    return (*ATTACHMENT_ORIGINS, str(URL(settings.atelier_discord_api).origin()))
