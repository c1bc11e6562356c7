"""The engines of the catalogue with the weights that are here."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from generation.catalogue.engine import DEPTH, IMAGE, UPSCALE, VIDEO
from generation.request import Sampler
from inference.weights.adapters import usable
from inference.weights.availability import MISREAD, UNEXPECTED, find_pipeline, read_config
from inference.weights.depth import find_depth
from inference.weights.films import film_problem
from inference.weights.layout import FILMS, GENERIC, KANDINSKY, SD, SDXL, UPSCALER
from inference.weights.shipped import REAL_ESRGAN, find_shipped
from inference.weights.upscalers import upscaler_problem

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine
    from inference.catalogue import EngineEntry, Weights
    from inference.weights.availability import Availability, Located

logger = logging.getLogger(__name__)

MAX_TOLD = 5
"""How many adapters that cannot be used the log names."""


@dataclass(frozen=True, slots=True)
class EngineWeights:
    """An engine that can be served: what it can do here, and where its weights are, if it has any.

    Its control pictures and CLIP guidance are those whose models are here.
    """

    engine: Engine
    weights: Weights | None = None
    located: Located | None = None


class Unservable(Exception):
    """An engine cannot be served; the text says why.

    `is_broken` tells whether something is there that cannot be used, rather than nothing.
    """

    def __init__(self, problem: str, *, is_broken: bool) -> None:
        super().__init__(problem)
        self.is_broken = is_broken


def find_weights(engine: Engine, weights: Weights) -> Availability:
    """What is here of an engine's weights, where its backend looks for them."""
    if engine.backend == REAL_ESRGAN:
        return find_shipped(weights, engine.factor)
    return find_depth(weights) if engine.kind == DEPTH else find_pipeline(weights)


def find_engine(entry: EngineEntry) -> EngineWeights:
    """The engine with what is here of it.

    Raises:
        Unservable: something that it needs is not here, or cannot be used.
    """
    try:
        return _found(entry)
    except UNEXPECTED as error:
        problem = f"its model has {MISREAD} ({type(error).__name__})"
        raise Unservable(problem, is_broken=True) from error


def _found(entry: EngineEntry) -> EngineWeights:
    if entry.weights is None:
        return EngineWeights(entry.engine)
    found = find_weights(entry.engine, entry.weights)
    if found.located is None:
        raise Unservable("; ".join(found.problems), is_broken=found.is_broken)
    if entry.engine.kind == DEPTH:
        return EngineWeights(entry.engine, entry.weights, found.located)
    problem = _misfit(entry.engine, found.located)
    if problem is not None:
        raise Unservable(problem, is_broken=True)
    located, useless = _without_useless(found.located)
    for lacking in (*found.lacking, *useless):
        logger.info("%s is served without its %s.", entry.engine.id, lacking)
    tell_unusable(entry.engine.id, located)
    if located.family == UPSCALER:
        reader = replace(entry.engine, takes_prompt=True)
        return EngineWeights(reader, entry.weights, located)
    if located.family == GENERIC:
        generic = with_adapters(_generic(entry.engine, located), located)
        return EngineWeights(generic, entry.weights, located)
    # No model knows Stability's style presets; Kandinsky's prior makes one idea of all words.
    is_kandinsky = located.family == KANDINSKY
    engine = replace(
        entry.engine,
        controls=tuple(located.control),
        clip_guidance=entry.engine.clip_guidance and located.clip_model is not None,
        blends=entry.engine.blends and is_kandinsky,
        styles=False,
        emphasis=entry.engine.emphasis and not is_kandinsky,
        cross_attention=entry.engine.cross_attention and not is_kandinsky,
    )
    return EngineWeights(with_adapters(engine, located), entry.weights, located)


def _without_useless(located: Located) -> tuple[Located, tuple[str, ...]]:
    """What is here without what its model does nothing with, and what that is."""
    reason = f"a {located.family} model takes none"
    useless: list[str] = []
    if located.family not in (SD, SDXL):
        useless += [f"control {kind} ({reason})" for kind in located.control]
        located = replace(located, control={})
    if located.family != SD and located.clip_model is not None:
        useless.append(f"CLIP model ({reason})")
        located = replace(located, clip_model=None)
    return located, tuple(useless)


def with_adapters(engine: Engine, located: Located) -> Engine:
    """The engine with the adapters that lie in its folders now."""
    return replace(
        engine,
        loras=tuple(usable(located.loras)),
        embeddings=tuple(usable(located.embeddings)),
        unusable_loras=tuple(
            (name, file.problem) for name, file in located.loras.items() if file.problem
        ),
    )


_MADE = {IMAGE: "pictures", VIDEO: "films", UPSCALE: "pictures larger"}
"""What models of engines of each kind make."""


def _misfit(engine: Engine, located: Located) -> str | None:
    """Why what an entry says is not what its model makes; None where it is."""
    kind = VIDEO if located.family in FILMS else IMAGE
    kind = UPSCALE if located.family in (UPSCALER, REAL_ESRGAN) else kind
    if engine.kind != kind:
        return f'its model makes {_MADE[kind]}, but its kind is "{engine.kind}"'
    if kind == VIDEO:
        return film_problem(engine, located)
    if located.family in (SD, SDXL):
        return _size_problem(engine, located)
    return upscaler_problem(engine, located) if located.family == UPSCALER else None


def _size_problem(engine: Engine, located: Located) -> str | None:
    """Why the sizes of an entry are no whole latents of its model; None where they are."""
    blocks = read_config(located.config or located.source, "vae").get("block_out_channels")
    if not isinstance(blocks, list) or not blocks:
        return None
    latent = 2 ** (len(cast("list[Any]", blocks)) - 1)
    sides = {side for size in engine.sizes for side in size} or {engine.side_step}
    wrong = next((side for side in sorted(sides) if side % latent), None)
    if wrong is None:
        return None
    key = "sizes" if engine.sizes else "side_step"
    return f"{key}: {wrong} is no multiple of the {latent} pixels that one of its latents is"


GENERIC_SAMPLERS = {
    "FlowMatchEulerDiscreteScheduler": Sampler.K_EULER,
    "EulerDiscreteScheduler": Sampler.K_EULER,
    "EulerAncestralDiscreteScheduler": Sampler.K_EULER_ANCESTRAL,
    "FlowMatchHeunDiscreteScheduler": Sampler.K_HEUN,
    "HeunDiscreteScheduler": Sampler.K_HEUN,
    "DPMSolverMultistepScheduler": Sampler.K_DPMPP_2M,
    "DDIMScheduler": Sampler.DDIM,
    "DDPMScheduler": Sampler.DDPM,
}
"""What the scheduler of a pipeline is called here that draws with its own alone."""


def _generic(engine: Engine, located: Located) -> Engine:
    """The engine with what any pipeline can do: it draws with its own sampler, and no more."""
    try:
        path = located.source / "scheduler" / "scheduler_config.json"
        name = str(json.loads(path.read_text(encoding="utf-8"))["_class_name"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unservable("its scheduler_config.json cannot be read", is_broken=True) from error
    own = GENERIC_SAMPLERS.get(name)
    return replace(
        engine,
        samplers=engine.samplers if own is None else (own,),
        default_sampler=own,
        controls=(),
        blends=False,
        styles=False,
        emphasis=False,
        cross_attention=False,
        clip_guidance=False,
    )


def tell_unusable(engine_id: str, located: Located) -> None:
    """Name in the log what lies in the folders of adapters and cannot be used, each once.

    A folder may serve several engines, so what is for another model is no fault.
    """
    files = located.adapters.take_news()
    for level, is_broken in ((logging.WARNING, True), (logging.INFO, False)):
        problems = [
            f"{name}: {file.problem}" for name, file in files.items() if file.is_broken is is_broken
        ]
        if problems:
            more = f"; and {len(problems) - MAX_TOLD} more" if len(problems) > MAX_TOLD else ""
            told = "; ".join(problems[:MAX_TOLD])
            logger.log(level, "%s is served without some adapters (%s%s).", engine_id, told, more)
