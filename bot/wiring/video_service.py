"""Where films are made, and by which engine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from bot.background.rate_limiter import PERIOD, open_rate_limiter
from bot.wiring.endpoint import endpoint_of
from generation.catalogue.catalogue import VIDEO
from generation.pricing import is_priced
from generation.video.client import VideoClient, VideoEndpoint
from media.video import probe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from bot.background.rate_limiter import AccountRateLimiter
    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from generation.catalogue.catalogue import Catalogue, Engine
    from generation.image.client import EngineInfo
    from media.pool import MediaPool
    from storage.database import Database


@dataclass(frozen=True, slots=True)
class VideoEngine:
    """The engine that makes films, the client that asks for them, and their account's pace.

    The client takes turns in the pace for all but `fetch`, which is the poller's to pace;
    `requests_per_s` is what the pace allows, None where there is no limit.
    """

    engine: Engine
    client: VideoClient
    pace: AccountRateLimiter | None
    requests_per_s: float | None


@dataclass(frozen=True, slots=True)
class VideoServer:
    """A server of the video flow; `account` tells whose rate limit it is.

    `is_embedded` says that the bot started it, `same_operator` that whoever runs the image
    engine runs it too.
    """

    endpoint: VideoEndpoint
    account: str
    is_embedded: bool = False
    same_operator: bool = True


async def video_service(
    settings: Settings,
    server: EmbeddedServer | None,
    *,
    known: Catalogue,
    answered: Sequence[EngineInfo],
    stack: AsyncExitStack,
    pool: MediaPool,
    database: Database,
    image_pace: AccountRateLimiter | None,
) -> VideoEngine | None:
    """Where films are made, opened in the stack; None where no films can be offered.

    `answered` are the engines that the image engine's server lists.
    """
    video_server = video_server_of(settings, server)
    engine = video_server and video_engine(video_server, known, answered)
    if video_server is None or engine is None:
        return None
    requests = settings.video_requests_per_period
    # Stability counts pictures and films of a key together.
    pace = (
        image_pace
        if _is_one_account(settings)
        else open_rate_limiter(database, video_server.account, requests)
    )
    client = VideoClient(
        video_server.endpoint,
        # Films are checked by the workers, so that hostile bytes meet no secrets of this process.
        check=partial(pool.run, probe),
        pace=pace,
        repeats_are_safe=bool(engine.backend),
    )
    await stack.enter_async_context(client)
    per_s = None if requests is None else requests / PERIOD.total_seconds()
    return VideoEngine(engine, client, pace, per_s)


def video_server_of(settings: Settings, server: EmbeddedServer | None) -> VideoServer | None:
    """The server of the video flow and the key to it; None where there is none."""
    if server is not None and not settings.stability_rest:
        endpoint = VideoEndpoint(f"http://127.0.0.1:{server.http_port}", server.token)
        # Its port is another one after each start.
        return VideoServer(endpoint, f"embedded {server.token}", is_embedded=True)
    if not settings.video_address:
        return None
    bare = VideoEndpoint(settings.video_address)
    same_operator = _is_same_operator(settings, bare)
    key = settings.stability_rest_key.get_secret_value()
    if not key and (same_operator or bare.is_loopback):
        key = settings.stability_key.get_secret_value()
    endpoint = VideoEndpoint(bare.base, key, settings.stability_rest_version)
    return VideoServer(endpoint, f"{bare.base} {key}", same_operator=same_operator)


def video_engine(
    video_server: VideoServer, known: Catalogue, answered: Sequence[EngineInfo]
) -> Engine | None:
    """The engine that films are charged by; None where none has a price.

    The flow names no engine. A server of the same operator lists the one it serves; of others
    it is known only that they are none of ours.
    """
    priced = [engine for engine in known.of_kind(VIDEO) if is_priced(engine)]
    listed = {info.id for info in answered if info.kind == VIDEO and video_server.same_operator}
    found = next((engine for engine in priced if engine.id in listed), None)
    if found is not None or video_server.is_embedded:
        return found
    return next((engine for engine in priced if not engine.backend), None)


def _is_same_operator(settings: Settings, endpoint: VideoEndpoint) -> bool:
    """Whether the same operator runs the image engine: only such a host may see its key."""
    if settings.is_embedded:
        return False
    if settings.has_hosted_videos:
        return settings.is_hosted
    image_host = endpoint_of(settings)
    are_both_here = endpoint.is_loopback and image_host.is_loopback
    return are_both_here or endpoint.host_name == image_host.host_name


def _is_one_account(settings: Settings) -> bool:
    """Whether pictures and films go to Stability with the same key."""
    video_key = settings.stability_rest_key.get_secret_value()
    image_key = settings.stability_key.get_secret_value()
    is_one_key = video_key in ("", image_key)
    return settings.is_hosted and settings.has_hosted_videos and is_one_key
