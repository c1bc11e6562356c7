"""Every resource, opened once and handed to what uses it."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

from bot.alerts import Alerts
from bot.client import Atelier
from bot.clock import now
from bot.database import opened_database
from bot.delivery import PictureDelivery
from bot.endpoint import endpoint_of
from bot.errors import CannotStart
from bot.file_limits import FileLimits
from bot.film_delivery import FilmShowing
from bot.film_road import Studio, film_road, morph_road
from bot.films import film_service
from bot.guild_news import GuildNews
from bot.mending import Mender
from bot.pace import pace_of
from bot.posting import Posting
from bot.recipe import finish
from bot.retention import Sweeper
from bot.showing import Showing
from bot.waiting import WaitingCards
from bot.watch import Watch
from commands.tools import Tools
from commands.uploads import Uploads
from generation import catalogue as catalogues
from generation.errors import GenerationError, Unauthorized
from generation.image import Endpoint, ImageClient
from generation.pictures import check_picture
from generation.pricing import is_priced
from jobs.bookkeeping import Bookkeeping
from jobs.drawing import Drawing
from jobs.ending import Ending
from jobs.engine import Engine
from jobs.estimate import Estimate
from jobs.film_order import FilmOrder
from jobs.films import Films
from jobs.guilds import Guilds
from jobs.image import ImageRoad
from jobs.jobs import Jobs
from jobs.limits import Limits
from jobs.morph_order import MorphOrder
from jobs.order import ImageOrder
from jobs.queues import shares_of
from jobs.running import Running
from jobs.space import Space
from jobs.status import Survey
from jobs.turns import Turns
from media.pool import MediaPool
from storage.artifacts import Artifacts, open_store
from storage.complaints import Complaints
from storage.drafts import Drafts
from storage.history import History
from storage.jobs import JobStore
from storage.ledger import Ledger
from storage.line import Line
from storage.overview import Overview
from storage.paces import Paces
from storage.promises import Promises
from storage.reports import Reports
from storage.retention import Retention
from storage.rules import RuleStore
from storage.seats import Seats
from storage.segments import Segments
from storage.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.embedded import EmbeddedServer
    from bot.films import FilmService
    from bot.pace import AccountPace
    from bot.settings import Settings
    from generation.catalogue import Catalogue
    from generation.image import EngineInfo

ATTACHMENT_ORIGINS = ("https://cdn.discordapp.com", "https://media.discordapp.net")
MEDIA_WORKERS = 2


@dataclass(frozen=True, slots=True)
class Services:
    """What the running bot consists of."""

    client: Atelier
    tools: Tools
    engine: Engine
    jobs: Jobs
    news: GuildNews
    watch: Watch
    sweeper: Sweeper
    mender: Mender
    waiting: WaitingCards
    is_painter: bool
    films: FilmService | None


@asynccontextmanager
async def opened(settings: Settings, server: EmbeddedServer | None) -> AsyncGenerator[Services]:
    """Open everything, and close it in reverse order; `server` is the embedded one that starts.

    Raises:
        CannotStart, and the sentences of catalogue and artifacts.
    """
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(MediaPool(workers=MEDIA_WORKERS))
        database = await stack.enter_async_context(opened_database(settings))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        client = await stack.enter_async_context(Atelier(now))
        pace = pace_of(settings, database)
        image_client = await _image_client(settings, server, stack, pool, pace)
        known = catalogues.load(settings.atelier_engines or catalogues.BUILT_IN)
        answered = await _answered(settings, image_client)
        catalogue = _offered(settings, known, answered)
        films = await film_service(
            settings,
            server,
            known=known,
            answered=answered,
            stack=stack,
            pool=pool,
            database=database,
            image_pace=pace,
        )

        store = JobStore(database, now)
        ledger = Ledger(database, now)
        overview = Overview(database)
        space = Space(settings.folders, settings.atelier_disk_cap)
        rules = RuleStore(database, now)
        guilds = Guilds(rules, overview, now, settings.default_ceiling_mc)
        artifacts = Artifacts(database, open_store(settings.artifacts), now)
        shares = shares_of(catalogue)
        seats = None if database.is_sqlite else Seats(database)
        estimate = Estimate(Paces(database), Line(database), shares)
        promises = Promises(database, now)
        drafts = Drafts(database, now)
        alerts = Alerts(session, settings.atelier_alert_webhook.get_secret_value(), now)
        posting = Posting(client, now)
        showing = Showing(posting, store=store, rules=rules, alerts=alerts, now=now)
        file_limits = FileLimits(client, now)
        running = Running(store, showing)
        ending = Ending(database, store, ledger, showing)
        film_engine = films.engine if films else None
        drawing = Drawing(
            database=database,
            jobs=store,
            artifacts=artifacts,
            client=image_client,
            shown=showing,
            running=running,
            finish=partial(finish, catalogue=catalogue),
            turns=Turns(shares.engines, seats),
            now=now,
        )
        road = ImageRoad(
            jobs=store,
            artifacts=artifacts,
            drawing=drawing,
            shown=showing,
            delivery=PictureDelivery(
                showing, file_limits, catalogue, pool, film_engine=film_engine, now=now
            ),
            running=running,
            ending=ending,
            estimate=estimate,
            now=now,
        )
        segments = Segments(database, now)
        films_folder = settings.atelier_state / "making"
        films_folder.mkdir(parents=True, exist_ok=True)
        studio = Studio(
            database=database,
            jobs=store,
            artifacts=artifacts,
            segments=segments,
            estimate=estimate,
            pool=pool,
            running=running,
            ending=ending,
            showing=showing,
            delivery=FilmShowing(
                showing,
                file_limits,
                artifacts,
                pool,
                catalogue=catalogue,
                engine=film_engine,
                folder=films_folder,
                link_base=settings.atelier_artifacts_link,
            ),
            known=known,
            folder=films_folder,
        )
        engine = Engine(
            database,
            {
                ImageOrder.kind: road,
                FilmOrder.kind: await film_road(studio, films, stack),
                MorphOrder.kind: morph_road(studio, drawing),
            },
            shares,
            seats,
        )
        limits = Limits(
            database=database,
            rules=rules,
            ledger=ledger,
            jobs=store,
            now=now,
            default_ceiling_mc=settings.default_ceiling_mc,
        )
        jobs = Jobs(
            database=database,
            store=store,
            limits=limits,
            artifacts=artifacts,
            engine=engine,
            running=running,
            ending=ending,
            estimate=estimate,
            promises=promises,
            now=now,
        )
        tools = Tools(
            jobs=jobs,
            films=Films(
                engine=film_engine,
                jobs=jobs,
                artifacts=artifacts,
                segments=segments,
                estimate=estimate,
                now=now,
            ),
            ledger=ledger,
            bookkeeping=Bookkeeping(database, ledger, rules),
            rules=rules,
            limits=limits,
            history=History(database),
            reports=Reports(database),
            complaints=Complaints(database, now),
            drafts=drafts,
            promises=promises,
            uploads=Uploads(session, pool, _attachment_origins(settings)),
            catalogue=catalogue,
            space=space,
            guilds=guilds,
            survey=Survey(image_client, guilds, overview, space),
            pool=pool,
            tell_operator=alerts.pass_on,
            default_engine_id=_default_engine(settings, catalogue),
            now=now,
        )
        is_painter = catalogue.get(tools.default_engine_id).backend == "painter"
        watch = Watch(
            image_client,
            space,
            alerts,
            engine_ids=[engine.id for engine in catalogue],
            low_balance_mc=settings.low_balance_mc,
        )
        sweeper = Sweeper(
            artifacts=artifacts,
            retention=Retention(database),
            overview=overview,
            space=space,
            keep_days=settings.atelier_keep_days,
            making=films_folder,
            now=now,
        )
        news = GuildNews(client, guilds, alerts)
        mender = Mender(client, promises, drafts, now)
        waiting = WaitingCards(
            waiting=Waiting(database),
            store=store,
            estimate=estimate,
            posting=posting,
            updates=showing.updates,
            seats=seats,
            now=now,
        )
        yield Services(
            client, tools, engine, jobs, news, watch, sweeper, mender, waiting, is_painter, films
        )


async def _image_client(
    settings: Settings,
    server: EmbeddedServer | None,
    stack: AsyncExitStack,
    pool: MediaPool,
    pace: AccountPace | None,
) -> ImageClient:
    if server:
        await server.wait_until_ready()
        endpoint = Endpoint(host=server.host, key=server.token)
    else:
        endpoint = endpoint_of(settings)
    # Pictures are checked by the workers, so that hostile bytes meet no secrets of this process.
    check = partial(pool.run, check_picture)
    client = ImageClient(endpoint, check=check, pace=pace)
    return await stack.enter_async_context(client)


async def _answered(settings: Settings, client: ImageClient) -> tuple[EngineInfo, ...]:
    """What the engine's server lists."""
    try:
        return await client.engines()
    except Unauthorized as error:
        place = settings.engine_host
        raise CannotStart(f"The engine at {place} does not accept STABILITY_KEY.") from error
    except GenerationError as error:
        place = "the embedded engine" if settings.is_embedded else settings.engine_host
        raise CannotStart(f"The engine at {place} cannot be used: {error}.") from error


def _offered(settings: Settings, known: Catalogue, answered: tuple[EngineInfo, ...]) -> Catalogue:
    """The engines that draw, that answer there, that we know and that have a price."""
    ready = {one.id for one in answered if one.kind == catalogues.IMAGE}
    drawing = known.of_kind(catalogues.IMAGE)
    offered = drawing.only(one.id for one in drawing if one.id in ready and is_priced(one))
    if not len(offered):
        names = ", ".join(sorted(ready)) or "none"
        known_to = settings.atelier_engines or "the built-in catalogue"
        raise CannotStart(
            f"The server offers no engine with a price in {known_to}; it has: {names}."
        )
    return offered


def _default_engine(settings: Settings, catalogue: Catalogue) -> str:
    wanted = settings.atelier_default_engine
    if wanted and wanted not in catalogue:
        raise CannotStart(f"ATELIER_DEFAULT_ENGINE {wanted} is not offered.")
    return wanted or next(iter(catalogue)).id


def _attachment_origins(settings: Settings) -> tuple[str, ...]:
    if settings.is_real_discord:
        return ATTACHMENT_ORIGINS
    return (*ATTACHMENT_ORIGINS, str(URL(settings.atelier_discord_api).origin()))
