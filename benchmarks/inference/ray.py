"""What Ray Serve costs before the server: small pictures and a film through it and without it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import aiohttp
import grpc.aio

from benchmarks.harness.report import Figure
from generation.codec import encode_request
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.options import Options
from inference.server import serve
from tests.inference.orders import order
from tests.inference.ray.cluster import PYTHON, TOKEN, cluster
from tests.inference.video.videos import BETA, form, scenery_png, until_over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.harness.plan import Plan

SIDE = 64
REPEATS = 20
"""Pictures, or fetches of a film, of each in a run, which is their mean."""
PLAIN = "the server alone"
BEARER = f"Bearer {TOKEN}"


async def measure(plan: Plan) -> list[Figure]:
    """The time of one picture, and of one fetch of a film, at a time; nothing without Ray."""
    if not PYTHON.exists():
        print("ray: skipped, Ray is missing (make ray)", file=sys.stderr)
        return []
    options = Options(grpc_port=0, http_port=0, workers=1, token=TOKEN)
    with TemporaryDirectory() as films, cluster(Path(films)) as ray:
        async with serve(options) as plain:
            return [
                await _pictures(plan, (plain.grpc_address, ray.address)),
                await _fetches(plan, (f"http://{plain.http_address}", ray.http)),
            ]


async def _pictures(plan: Plan, addresses: tuple[str, str]) -> Figure:
    alone, behind = (grpc.aio.insecure_channel(address) for address in addresses)
    times: tuple[list[float], list[float]] = [], []
    async with alone, behind:
        for channel in (alone, behind):
            await _pictures_ms(channel, 0)
        for run in range(plan.runs):
            for found, channel in zip(times, (alone, behind), strict=True):
                found.append(await _pictures_ms(channel, (run + 1) * REPEATS))
    name = f"picture of {SIDE}×{SIDE} through Ray Serve"
    return Figure(name, "ms", times[1], PLAIN, times[0])


async def _pictures_ms(channel: grpc.aio.Channel, seed: int) -> float:
    stub, metadata = GenerationServiceStub(channel), (("authorization", BEARER),)
    times: list[float] = []
    for number in range(seed, seed + REPEATS):
        request = encode_request(order("a fox", width=SIDE, height=SIDE, seed=number), f"r{number}")
        began = time.perf_counter()
        async for _ in stub.Generate(request, metadata=metadata):
            pass
        times.append(time.perf_counter() - began)
    return mean(times) * 1000


async def _fetches(plan: Plan, addresses: Sequence[str]) -> Figure:
    headers = {"Authorization": BEARER}
    alone, behind = (aiohttp.ClientSession(address, headers=headers) for address in addresses)
    times: tuple[list[float], list[float]] = [], []
    async with alone, behind:
        paths = [await _film(session) for session in (alone, behind)]
        for _ in range(plan.runs):
            for found, session, path in zip(times, (alone, behind), paths, strict=True):
                found.append(await _fetches_ms(session, path))
    return Figure("fetch of a film through Ray Serve", "ms", times[1], PLAIN, times[0])


async def _film(session: aiohttp.ClientSession) -> str:
    """The path of a film that is finished."""
    async with session.post(BETA, data=form(scenery_png(), seed=1)) as answer:
        answer.raise_for_status()
        path = f"{BETA}/result/{(await answer.json())['id']}"
    status, _ = await until_over(session, path)
    assert status == 200
    return path


async def _fetches_ms(session: aiohttp.ClientSession, path: str) -> float:
    times: list[float] = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        async with session.get(path) as answer:
            await answer.read()
        times.append(time.perf_counter() - began)
    return mean(times) * 1000
