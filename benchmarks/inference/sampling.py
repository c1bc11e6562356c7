"""The engine on tiny models, beside diffusers' own pipelines in the same run."""

from __future__ import annotations

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from benchmarks.harness.report import Aim, Figure
from generation.codec import encode_answer, picture_artifact
from generation.request import ImageRequest, Sampler, TextPrompt

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.harness.plan import Plan

COUNT = 16
SAMPLERS = (Sampler.DDIM, Sampler.K_EULER, Sampler.K_EULER_ANCESTRAL, Sampler.K_DPMPP_2M)
TURNS = 50
UNET_MS = 20.0


async def measure(plan: Plan) -> list[Figure]:
    """Nothing where torch is missing."""
    if find_spec("torch") is None:
        print("sampling: skipped, torch is missing (make inference)", file=sys.stderr)
        return []
    return await asyncio.to_thread(_measure, plan)


def _measure(plan: Plan) -> list[Figure]:
    import torch

    torch.set_num_threads(1)
    with TemporaryDirectory() as folder:
        model = _open_model(Path(folder))
        requests = [_request(number) for number in range(COUNT)]
        acts: list[Callable[[Any, list[ImageRequest]], None]] = [_ours, _in_turn, _in_threads]
        times: list[list[float]] = [[] for _ in acts]
        for act in acts:
            act(model, requests[:2])
        for _ in range(plan.runs):
            for act, found in zip(acts, times, strict=True):
                began = time.perf_counter()
                act(model, requests)
                found.append((time.perf_counter() - began) * 1000 / COUNT)
        ours, in_turn, in_threads = times
        overheads = [_overhead_ms(model) for _ in range(plan.runs)]
        alone = [_padding(model) for _ in range(plan.runs)]
    padded, bare = zip(*alone, strict=True)
    return [
        Figure(
            "picture of 16 at once", "ms", ours, "diffusers in turn", in_turn, Aim(1 / 3.5, True)
        ),
        Figure("picture of 16 at once", "ms", ours, "diffusers in threads", in_threads),
        Figure("turn of 8 pictures without its UNet", "ms", overheads, aim=Aim(0.05 * UNET_MS)),
        Figure("UNet call of one picture, padded", "ms", padded, "not padded", bare),
        Figure("PNG of 512×512", "ms", [_png_ms()[0] for _ in range(plan.runs)]),
        Figure("answer of 512×512 as a message", "ms", [_png_ms()[1] for _ in range(plan.runs)]),
    ]


def _open_model(folder: Path) -> Any:
    from inference.backends.diffusers.model import Family
    from tests.inference.diffusers import tiny
    from tests.inference.diffusers.conditioning.models import open_model

    model = open_model(tiny.sd15(folder / "sd15"), Family.SD)
    model.pipeline.set_progress_bar_config(disable=True)
    return model


def _request(number: int) -> ImageRequest:
    return ImageRequest(
        *("tiny", (TextPrompt(f"a cat on square {number}"),), 64, 64),
        seed=number,
        steps=16 + number % 8,
        cfg_scale=5.0 + number % 4,
        sampler=SAMPLERS[number % len(SAMPLERS)],
    )


def _ours(model: Any, requests: list[ImageRequest]) -> None:
    from inference.backends.diffusers.backend import encode_png
    from inference.backends.diffusers.sampling.loop import SamplingLoop
    from tests.inference.diffusers.sampling.engine import ticket, wait

    loop = SamplingLoop()
    handed = [ticket(model, request) for request in requests]
    for one in handed:
        loop.submit(one)
    for one in handed:
        encode_png(wait(one))
    loop.close()


def _in_turn(model: Any, requests: list[ImageRequest]) -> None:
    for request in requests:
        _with_diffusers(model, request)


def _in_threads(model: Any, requests: list[ImageRequest]) -> None:
    with ThreadPoolExecutor(COUNT) as pool:
        list(pool.map(partial(_with_diffusers, model), requests))


def _with_diffusers(model: Any, request: ImageRequest) -> bytes:
    """As diffusers' own server example: a shallow copy of the pipeline with its own scheduler.

    Its tokenizer is a copy too: one keeps how it pads, so threads that share it mix that up.
    """
    import diffusers
    import torch

    from inference.backends.diffusers.backend import encode_png
    from inference.backends.diffusers.samplers.recipes import open_scheduler

    assert request.sampler is not None
    config = model.pipeline.scheduler.config
    scheduler = open_scheduler(request.sampler, config, request.seed)
    tokenizer = deepcopy(model.pipeline.tokenizer)
    parts = model.pipeline.components | {"scheduler": scheduler, "tokenizer": tokenizer}
    pipeline = diffusers.StableDiffusionPipeline(**parts, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline(
        request.prompts[0].text,
        height=request.height,
        width=request.width,
        num_inference_steps=request.steps,
        guidance_scale=request.cfg_scale,
        generator=torch.Generator().manual_seed(request.seed),
    ).images[0]
    return encode_png(np.asarray(picture))


def _overhead_ms(model: Any) -> float:
    """Processor time of a turn for 8 guided pictures, when the UNet takes none."""
    from dataclasses import replace

    import torch

    from inference.backends.diffusers.sampling.batcher import Batcher
    from inference.backends.diffusers.sampling.fairness import FairShares
    from inference.backends.diffusers.sampling.preparation import prepare
    from inference.backends.diffusers.sampling.runtime import Runtime
    from tests.inference.diffusers.sampling.engine import ticket

    runtime, batcher, shares = Runtime(model), Batcher(), FairShares()
    handed = [ticket(model, replace(_request(n), steps=TURNS + 9)) for n in range(8)]
    with torch.no_grad():
        pictures = [prepare(one, runtime) for one in handed]
        for one in handed:
            shares.enter(one)
        zeros = torch.zeros(runtime.row_counts.setdefault(pictures[0].bucket, (16,))[-1], 4, 8, 8)

        def answer(*_: Any, **__: Any) -> tuple[Any]:
            return (zeros,)

        own, model.unet.forward = model.unet.forward, answer
        try:
            began = time.thread_time()
            for _ in range(TURNS):
                turns = shares.order(batcher.by_need(pictures, lambda _: runtime))
                chosen = batcher.choose(next(turns), turns, runtime)
                batcher.evaluate([one for one in pictures if one in chosen], runtime)
                for picture in pictures:
                    shares.charge(picture, picture.work)
            return (time.thread_time() - began) * 1000 / TURNS
        finally:
            model.unet.forward = own


def _padding(model: Any) -> tuple[float, float]:
    """The UNet's processor time for the rows of a full call, and for the two of one picture."""
    import torch

    def call(rows: int) -> float:
        inputs, told = torch.randn(rows, 4, 8, 8), torch.randn(rows, 77, 32)
        times: list[float] = []
        for _ in range(5):
            began = time.thread_time()
            model.unet(inputs, torch.full((rows,), 500.0), encoder_hidden_states=told)
            times.append((time.thread_time() - began) * 1000)
        return min(times)

    with torch.no_grad():
        return call(16), call(2)


def _png_ms() -> tuple[float, float]:
    """Of a soft picture with some noise, like a photograph's."""
    from datetime import UTC, datetime

    from inference.backends.diffusers.backend import encode_png

    random = np.random.default_rng(1)
    soft = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    large = np.asarray(Image.fromarray(soft).resize((512, 512), Image.Resampling.BICUBIC))
    noisy = np.clip(large + random.normal(0, 4, large.shape), 0, 255).astype(np.uint8)
    began = time.process_time()
    data = encode_png(noisy)
    encoded = time.process_time()
    now = datetime.now(UTC)
    artifact = picture_artifact(data, index=0, seed=1)
    encode_answer(
        "r", 1, [artifact], engine_id="tiny", received_at=now, created_at=now
    ).SerializeToString()
    return (encoded - began) * 1000, (time.process_time() - encoded) * 1000
