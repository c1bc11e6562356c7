"""Opens everything the server needs once, and closes it again."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
import grpc.aio
from aiohttp import web
from grpc_reflection.v1alpha import reflection

from generation.catalogue.catalogue import CatalogueError
from generation.wire import dashboard_pb2, engines_pb2, generation_pb2
from generation.wire.dashboard_pb2_grpc import add_DashboardServiceServicer_to_server
from generation.wire.engines_pb2_grpc import add_EnginesServiceServicer_to_server
from generation.wire.generation_pb2_grpc import add_GenerationServiceServicer_to_server
from inference.access.auth import AuthInterceptor
from inference.access.calls import Calls
from inference.access.limits import open_files
from inference.health import Health
from inference.http import Site
from inference.journal import Journal
from inference.metrics.measurements import Measurements
from inference.options import Options, StartError
from inference.registry import EngineRegistry, open_registry
from inference.scheduler import Scheduler
from inference.services.account import AccountService
from inference.services.catalogue import CatalogueService
from inference.services.depth import DepthService
from inference.services.generation import DrawingService
from inference.services.transforms import TransformService
from inference.video.engines import FilmEngines
from inference.video.folder import open_folder
from inference.video.service import VideoService
from inference.video.store import VideoStore

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import timedelta
    from pathlib import Path

    from inference.access.limits import Limits

MESSAGE_LIMIT = 64 * 1024 * 1024
SENT_AHEAD = 256 * 1024
"""Bytes of a message that a client may send before anybody reads it: 5 MB/s at 50 ms of delay."""

JOURNAL_BYTES = 32 * 1024 * 1024
GRACE_S = 2.0
"""How long connections may take to close when the server is stopped."""
LINGER_S = 2.0
"""How long a body is taken in and thrown away after its request was refused."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers, and where."""

    grpc_address: str
    http_address: str
    registry: EngineRegistry
    scheduler: Scheduler

    def __str__(self) -> str:
        return (
            f"Inference ready: grpc {self.grpc_address}, http {self.http_address},"
            f" engines {self.registry}"
        )


@asynccontextmanager
async def serve(options: Options) -> AsyncGenerator[Running, None]:
    """A server that answers until the block is left, which takes at most a few seconds.

    Raises:
        StartError: it cannot start; says why in one sentence.
    """
    options.check()
    measurements = Measurements()
    try:
        registry = open_registry(options.engines, measurements)
    except CatalogueError as error:
        raise StartError(f"The engines cannot be read: {error}.") from error
    async with AsyncExitStack() as stack:
        folder = await stack.enter_async_context(
            open_folder(options.videos, is_childs=options.ends_with_stdin)
        )
        stack.push_async_callback(asyncio.to_thread, registry.close)
        scheduler = await stack.enter_async_context(
            Scheduler(options.worker_count(), options.max_calls, options.max_films)
        )
        video_service = await _open_production(
            options, registry, scheduler, folder, measurements, stack
        )
        health = Health(registry)
        depth = DepthService(registry, scheduler, options.heartbeat, measurements)
        transforms = TransformService(depth)
        stack.push_async_callback(transforms.close)
        drawing = DrawingService(
            registry, scheduler, Journal(JOURNAL_BYTES), options.heartbeat, transforms, measurements
        )
        server, grpc_address = await _open_grpc(options, registry, drawing, health, measurements)
        limits = options.limits.within(open_files())
        site = Site(registry, scheduler, video_service, options.token, limits, measurements)
        try:
            http_address = await _open_http(options, site, stack)
            await stack.enter_async_context(health.watching())
            yield Running(grpc_address, http_address, registry, scheduler)
        finally:
            await _drain(options, server, health, scheduler)


async def _drain(
    options: Options, server: grpc.aio.Server, health: Health, scheduler: Scheduler
) -> None:
    """Refuse new calls at once; those that are there may finish, and the rest are handed back."""
    draining = asyncio.create_task(scheduler.drain(options.drain))
    stopping = asyncio.create_task(server.stop(options.drain.total_seconds() + GRACE_S))
    await health.close()
    await draining
    # Who only watches the health is not waited for.
    await server.stop(GRACE_S)
    await stopping


async def _open_grpc(
    options: Options,
    registry: EngineRegistry,
    drawing: DrawingService,
    health: Health,
    measurements: Measurements,
) -> tuple[grpc.aio.Server, str]:
    limits = options.limits.within(open_files())
    most_calls = options.max_calls + limits.calls
    calls = Calls(most_calls, limits.message, measurements)
    gate = AuthInterceptor(options.token, calls, health)
    server = grpc.aio.server(interceptors=[gate], options=_grpc_options(limits, most_calls))
    add_GenerationServiceServicer_to_server(drawing, server)
    add_EnginesServiceServicer_to_server(CatalogueService(registry), server)
    add_DashboardServiceServicer_to_server(AccountService(options.balance), server)
    names = [
        service.full_name
        for file in (generation_pb2, engines_pb2, dashboard_pb2)
        for service in file.DESCRIPTOR.services_by_name.values()
    ]
    reflection.enable_server_reflection((*names, reflection.SERVICE_NAME), server)
    health.add_to(server)
    port = _bind(server, options)
    await server.start()
    await health.open(names)
    return server, _address(options.host, port)


def _grpc_options(limits: Limits, most_calls: int) -> list[tuple[str, int]]:
    def ms(time: timedelta) -> int:
        return int(time.total_seconds() * 1000)

    return [
        ("grpc.max_receive_message_length", MESSAGE_LIMIT),
        ("grpc.max_send_message_length", MESSAGE_LIMIT),
        # Otherwise a second server binds to the same port without an error.
        ("grpc.so_reuseport", 0),
        # Clients may look every ten seconds whether the connection still stands, also while they
        # wait; the server looks as well, for clients that have gone without a word.
        ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.keepalive_timeout_ms", 20_000),
        ("grpc.max_allowed_incoming_connections", limits.grpc_connections),
        ("grpc.max_concurrent_streams", most_calls),
        ("grpc.max_connection_idle_ms", ms(limits.grpc_idle)),
        ("grpc.server_handshake_timeout_ms", ms(limits.grpc_handshake)),
        ("grpc.http2.settings_timeout", ms(limits.grpc_handshake)),
        # By itself the library lets fast clients send ahead up to many MB on each connection, also
        # for calls that were refused: six clients took 280 MB.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", SENT_AHEAD),
    ]


def _bind(server: grpc.aio.Server, options: Options) -> int:
    address = _address(options.host, options.grpc_port)
    try:
        if options.certificate is None or options.private_key is None:
            return server.add_insecure_port(address)
        pair = (options.private_key.read_bytes(), options.certificate.read_bytes())
        return server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
    except OSError as error:
        raise StartError(f"The TLS files cannot be read: {error}.") from error
    except RuntimeError as error:
        raise StartError(
            f"The gRPC port {address} cannot be opened; is it in use, or are the TLS files wrong?"
        ) from error


async def _open_production(
    options: Options,
    registry: EngineRegistry,
    scheduler: Scheduler,
    folder: Path,
    measurements: Measurements,
    stack: AsyncExitStack,
) -> VideoService | None:
    filming = registry.filming
    if not filming:
        return None
    store = await asyncio.to_thread(VideoStore, folder, options.keep_videos)
    return await stack.enter_async_context(
        VideoService(FilmEngines(filming), scheduler, store, options.heartbeat, measurements)
    )


async def _open_http(options: Options, site: Site, stack: AsyncExitStack) -> str:
    runner = web.AppRunner(
        site.application, access_log=None, shutdown_timeout=GRACE_S, lingering_time=LINGER_S
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    assert runner.server is not None
    door = site.connections.serve(runner.server, options.host, options.http_port, _tls(options))
    try:
        port = await stack.enter_async_context(door)
    except OSError as error:
        address = _address(options.host, options.http_port)
        raise StartError(
            f"The HTTP port {address} cannot be opened: {error.strerror or error}."
        ) from error
    return _address(options.host, port)


def _tls(options: Options) -> ssl.SSLContext | None:
    if options.certificate is None or options.private_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(options.certificate, options.private_key)
    return context


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
