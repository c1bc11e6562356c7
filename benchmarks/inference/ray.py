"""What Ray Serve costs before the server: small pictures through it and without it, in turn."""

from __future__ import annotations

import sys
import time
from statistics import mean
from typing import TYPE_CHECKING

import grpc.aio

from benchmarks.harness.report import Figure
from generation.codec import encode_request
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference.options import Options
from inference.server import serve
from tests.inference.orders import order
from tests.inference.ray_cluster import PYTHON, TOKEN, cluster

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan

SIDE = 64
REPEATS = 20
"""Pictures of each in a run, which is their mean."""
PLAIN = "the server alone"


async def measure(plan: Plan) -> list[Figure]:
    """The time of one small picture at a time, as its client sees it; nothing without Ray."""
    if not PYTHON.exists():
        print("ray: skipped, Ray is missing (make ray)", file=sys.stderr)
        return []
    options = Options(grpc_port=0, http_port=0, workers=1, token=TOKEN)
    with cluster() as ray:
        async with (
            serve(options) as plain,
            grpc.aio.insecure_channel(plain.grpc_address) as alone,
            grpc.aio.insecure_channel(ray.address) as behind,
        ):
            times: tuple[list[float], list[float]] = [], []
            for channel in (alone, behind):
                await _pictures_ms(channel, 0)
            for run in range(plan.runs):
                for found, channel in zip(times, (alone, behind), strict=True):
                    found.append(await _pictures_ms(channel, (run + 1) * REPEATS))
    name = f"picture of {SIDE}×{SIDE} through Ray Serve"
    return [Figure(name, "ms", times[1], PLAIN, times[0])]


async def _pictures_ms(channel: grpc.aio.Channel, seed: int) -> float:
    stub, metadata = GenerationServiceStub(channel), (("authorization", f"Bearer {TOKEN}"),)
    times: list[float] = []
    for number in range(seed, seed + REPEATS):
        request = encode_request(order("a fox", width=SIDE, height=SIDE, seed=number), f"r{number}")
        began = time.perf_counter()
        async for _ in stub.Generate(request, metadata=metadata):
            pass
        times.append(time.perf_counter() - began)
    return mean(times) * 1000
