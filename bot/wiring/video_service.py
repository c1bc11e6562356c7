"""Where films are made, and by which engine."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.background.rate_limiter import PERIOD, open_rate_limiter
from bot.wiring.host_plans import EMBEDDED, account_of
from generation.catalogue.catalogue import VIDEO
from generation.host_name import is_loopback
from generation.image.client import Endpoint
from generation.pricing import is_priced
from generation.video.client import VideoClient, VideoEndpoint
from generation.video.facts import with_facts
from media.video import probe

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from contextlib import AsyncExitStack

    from bot.background.rate_limiter import AccountRateLimiter
    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from generation.catalogue.catalogue import Engine
    from generation.hosts.host import Host
    from generation.hosts.hosts import Hosts
    from media.pool import MediaPool
    from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoServer:
    """A server of the video flow.

    `lister` is the setting of the host that lists its engines, empty for a server of which nothing
    is listed. `is_own` says that films cost nothing there, `is_embedded` that the bot started it.
    `requests` is how many starts and polls it takes in 10 seconds, None for any number.
    """

    endpoint: VideoEndpoint
    lister: str = ""
    is_own: bool = False
    is_embedded: bool = False
    requests: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoService:
    """The client that asks for films, the engines that may make them, and their account's pace.

    The client takes turns in the pace for all but `fetch`, which is the poller's to pace.
    `host` is the one that lists what the server has; None where nothing is listed.
    """

    server: VideoServer
    client: VideoClient
    pace: AccountRateLimiter | None
    priced: Sequence[Engine]
    host: Host | None

    @property
    def engines(self) -> Sequence[Engine]:
        """The engines that may be chosen, as their server tells of them, the usual one first.

        None where none has a price, or is known yet.
        """
        if self.host is not None and not self.host.was_heard:
            return ()
        seen = self.host.seen if self.host else ()
        listed = {info.id: info.film for info in self.host.listed} if self.host else {}
        return [
            with_facts(engine, listed.get(engine.id))
            for engine in video_engines(self.server, self.priced, seen)
        ]

    @property
    def engine(self) -> Engine | None:
        """The engine that films are made with where none is named."""
        return next(iter(self.engines), None)

    @property
    def poll_spacing_s(self) -> float:
        """What is between two questions for a film; ours sets it until an engine is known."""
        ours = (engine for engine in self.priced if engine.backend)
        engine = self.engine or next(ours, self.priced[0])
        return engine.poll_spacing_s

    @property
    def requests_per_s(self) -> float | None:
        """What the pace allows; None where there is no limit."""
        requests = self.server.requests
        return None if requests is None else requests / PERIOD.total_seconds()


async def open_video_service(
    settings: Settings,
    server: EmbeddedServer | None,
    hosts: Hosts,
    stack: AsyncExitStack,
    pool: MediaPool,
    database: Database,
) -> VideoService | None:
    """Where films are made, opened in the stack; None where no films can be offered."""
    video_server = video_server_of(settings, server)
    priced = [engine for engine in hosts.known.of_kind(VIDEO) if is_priced(engine)]
    if video_server is None or not priced:
        return None
    endpoint = video_server.endpoint
    account = account_of(endpoint.host_name, endpoint.base, endpoint.key)
    pace = open_rate_limiter(database, account, video_server.requests)
    host = next((host for host in hosts.all if host.traits.setting == video_server.lister), None)
    client = VideoClient(
        endpoint,
        # Films are checked by the workers, so that hostile bytes meet no secrets of this process.
        check=partial(pool.run, probe),
        pace=pace,
        repeats_are_safe=_is_ours(video_server, priced, host),
    )
    await stack.enter_async_context(client)
    return VideoService(server=video_server, client=client, pace=pace, priced=priced, host=host)


def video_server_of(settings: Settings, server: EmbeddedServer | None) -> VideoServer | None:
    """The server of the video flow and the key to it; None where there is none."""
    is_named = settings.atelier_inference_rest or settings.stability_rest
    if server is not None and not is_named:
        endpoint = VideoEndpoint(f"http://127.0.0.1:{server.http_port}", server.token)
        return VideoServer(endpoint=endpoint, lister=EMBEDDED, is_own=True, is_embedded=True)
    try:
        if settings.atelier_inference_rest:
            return _own_server(settings)
        return _their_server(settings) if settings.video_address else None
    except ValueError:
        # Told of as a host that cannot be used.
        return None


def video_engines(
    server: VideoServer, priced: Sequence[Engine], listed: Collection[str]
) -> Sequence[Engine]:
    """The engines that films can be made with there, of those with a price.

    `listed` are the ids that a server of the same operator lists; of others it is known only that
    they are none of ours. Only ours are told which one is wanted, so of others there is one.
    """
    found = [engine for engine in priced if engine.id in listed]
    if found and all(engine.backend for engine in found):
        return found
    if found or server.is_embedded:
        return found[:1]
    return [engine for engine in priced if not engine.backend][:1]


def _own_server(settings: Settings) -> VideoServer:
    token = settings.atelier_inference_token.get_secret_value()
    endpoint = VideoEndpoint(settings.atelier_inference_rest, token)
    return VideoServer(endpoint=endpoint, lister="ATELIER_INFERENCE_HOST", is_own=True)


def _their_server(settings: Settings) -> VideoServer:
    bare = VideoEndpoint(settings.video_address)
    is_same = _is_same_operator(settings, bare)
    key = settings.stability_rest_key.get_secret_value()
    if not key and is_same:
        key = settings.stability_key.get_secret_value()
    return VideoServer(
        endpoint=VideoEndpoint(bare.base, key, settings.stability_rest_version),
        lister="STABILITY_HOST" if is_same else "",
        requests=settings.hosted_rate,
    )


def _is_ours(server: VideoServer, priced: Sequence[Engine], host: Host | None) -> bool:
    """Whether our own inference server answers there, which knows a start that is repeated."""
    if host is None or not host.was_heard:
        return server.is_own
    return any(engine.backend and engine.id in host.seen for engine in priced)


def _is_same_operator(settings: Settings, endpoint: VideoEndpoint) -> bool:
    """Whether the operator of the hosts that take STABILITY_KEY runs it: only they may see it."""
    if settings.has_hosted_videos:
        return settings.is_hosted
    names = _names_of_hosts(settings)
    are_here = endpoint.is_loopback and any(is_loopback(name) for name in names)
    return are_here or endpoint.host_name in names


def _names_of_hosts(settings: Settings) -> set[str]:
    """The hosts that take STABILITY_KEY; those that cannot be used have no name."""
    names: set[str] = set()
    with suppress(ValueError):
        names.add(urlsplit(settings.api_address).hostname or "")
    with suppress(ValueError):
        names.add(Endpoint(settings.stability_host).host_name)
    return names - {""}
