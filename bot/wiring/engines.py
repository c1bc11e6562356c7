"""What draws and films: the clients, and the engines that are offered."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.background.rate_limiter import rate_limiter_of
from bot.errors import CannotStart
from bot.wiring.endpoint import endpoint_of
from bot.wiring.video_service import video_service
from commands.ui.text import listed
from generation.catalogue import catalogue as catalogues
from generation.errors import GenerationError, Unauthorized
from generation.image.client import Endpoint, ImageClient
from generation.image.pictures import check_picture
from generation.pricing import is_priced

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from bot.background.rate_limiter import AccountRateLimiter
    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from bot.wiring.video_service import VideoEngine
    from generation.catalogue.catalogue import Catalogue, Engine
    from generation.image.client import EngineInfo
    from media.pool import MediaPool
    from storage.database import Database


MAX_NAMES = 500
"""Characters of a list of engines that a server has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The client of those that draw, what is known and offered of them, and where films are made.

    `known` is the whole catalogue, `offered` what draws here for a price.
    """

    client: ImageClient
    known: Catalogue
    offered: Catalogue
    default_id: str
    videos: VideoEngine | None

    @property
    def video_engine(self) -> Engine | None:
        """What makes films, if anything does."""
        return self.videos.engine if self.videos else None

    @property
    def has_model(self) -> bool:
        """Whether a trained model draws, unless somebody names another engine."""
        return self.offered.get(self.default_id).has_model


async def open_engines(
    settings: Settings,
    server: EmbeddedServer | None,
    stack: AsyncExitStack,
    pool: MediaPool,
    database: Database,
) -> Engines:
    """The engines as the settings name them; `server` is the embedded one that starts.

    Raises:
        CannotStart, CatalogueError
    """
    pace = rate_limiter_of(settings, database)
    client = await _image_client(settings, server, stack, pool, pace)
    known = catalogues.load(settings.atelier_engines, prefers_own=not settings.is_hosted)
    answered = await _answered(settings, client)
    offered = _offered(settings, known, answered)
    videos = await video_service(
        settings,
        server,
        known=known,
        answered=answered,
        stack=stack,
        pool=pool,
        database=database,
        image_pace=pace,
    )
    return Engines(
        client=client,
        known=known,
        offered=offered,
        default_id=_default_engine(settings, offered),
        videos=videos,
    )


async def _image_client(
    settings: Settings,
    server: EmbeddedServer | None,
    stack: AsyncExitStack,
    pool: MediaPool,
    pace: AccountRateLimiter | None,
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
    ready = {info.id for info in answered if info.kind == catalogues.IMAGE}
    sampling = known.of_kind(catalogues.IMAGE)
    offered = sampling.only(
        engine.id for engine in sampling if engine.id in ready and is_priced(engine)
    )
    if not len(offered):
        names = listed(sorted(ready), ", ", MAX_NAMES) or "none"
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
