"""Requests to the engine: stepped by hand to see latents, or through its thread."""

from __future__ import annotations

from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import diffusers
import torch

from generation.request import Sampler
from inference.backends.backend import DrawContext
from inference.backends.diffusers.samplers.recipes import RECIPES
from inference.backends.diffusers.sampling.batcher import Batcher
from inference.backends.diffusers.sampling.picture import Event, Failed, Finished, Ticket
from inference.backends.diffusers.sampling.preparation import prepare
from inference.backends.diffusers.sampling.runtime import Runtime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from generation.request import ImageRequest
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop
    from inference.backends.diffusers.sampling.picture import Picture, Pixels

WANTED = DrawContext(lambda: False)


def ticket(model: Model, asked: ImageRequest, context: DrawContext = WANTED) -> Ticket:
    return Ticket(model, asked, asked.sampler or Sampler.DDIM, context, SimpleQueue[Event]())


@torch.no_grad()
def latents(model: Model, requests: Sequence[ImageRequest], late: int = 0) -> list[Tensor]:
    """The latents of requests drawn together; the last `late` of them join two turns later."""
    runtime, batcher = Runtime(model), Batcher()
    pictures = [prepare(ticket(model, asked), runtime) for asked in requests]
    for turn in range(1000):
        present = pictures if turn >= 2 or not late else pictures[:-late]
        waiting = [picture for picture in present if picture.course.evaluations_left]
        if not waiting and present is pictures:
            return [picture.x for picture in pictures]
        if waiting:
            turn_of(batcher, waiting, runtime)
    raise AssertionError("it does not end")


def turn_of(batcher: Batcher, waiting: list[Picture], runtime: Runtime) -> None:
    chosen = batcher.choose(waiting[0], iter(waiting[1:]), runtime)
    batcher.evaluate([picture for picture in waiting if picture in chosen], runtime)


def theirs(model: Model, asked: ImageRequest, kind: str, **named: Any) -> Tensor:
    """The latents that diffusers' own pipeline of that class gives."""
    assert asked.sampler is not None
    recipe = RECIPES[asked.sampler]
    settings = dict(recipe.settings)
    if asked.sampler is Sampler.K_DPMPP_SDE:
        settings["noise_sampler_seed"] = asked.seed
    config = model.pipeline.scheduler.config
    scheduler = getattr(diffusers, recipe.scheduler).from_config(config, **settings)
    pipeline = getattr(diffusers, kind).from_pipe(
        model.pipeline, scheduler=scheduler, **named.pop("parts", {})
    )
    pipeline.set_progress_bar_config(disable=True)
    if not {"image", "strength"} <= set(named):
        named |= {"height": asked.height, "width": asked.width}
    return pipeline(
        num_inference_steps=asked.steps,
        guidance_scale=asked.cfg_scale,
        generator=torch.Generator().manual_seed(asked.seed),
        output_type="latent",
        **named,
    ).images[0]


def draw(loop: SamplingLoop, model: Model, asked: ImageRequest) -> Pixels:
    """The picture of a request, from the engine's thread."""
    handed = ticket(model, asked)
    loop.submit(handed)
    return wait(handed)


def wait(handed: Ticket) -> Pixels:
    while True:
        match handed.events.get(timeout=55):
            case Finished(pixels):
                return pixels
            case Failed(error):
                raise error
            case _:
                pass


def with_seed(asked: ImageRequest, seed: int) -> ImageRequest:
    return replace(asked, seed=seed)
