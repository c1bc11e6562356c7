"""Requests that an engine takes, for hypothesis, and what the SDK sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from generation.catalogue.catalogue import allowed_sizes, load
from generation.request import (
    ANCESTRAL_SAMPLERS,
    DEFAULT_STRENGTH,
    MAX_WEIGHT,
    GuidancePreset,
    ImageRequest,
    StylePreset,
    TextPrompt,
)
from generation.wire import generation_pb2 as pb

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine

PAINTER = load().get("atelier-painter")

# What a picture is does not matter to the protocol; only that there are bytes.
PICTURES = st.binary(min_size=1, max_size=40)


def hundredths(low: float, high: float) -> st.SearchStrategy[float]:
    """Figures as people type them; their 32-bit form has to come back as the same figure."""
    return st.integers(round(low * 100), round(high * 100)).map(lambda figure: figure / 100)


def prompts(engine: Engine) -> st.SearchStrategy[tuple[TextPrompt, ...]]:
    text = st.text(max_size=engine.max_prompt_chars // 6)
    weight = hundredths(-MAX_WEIGHT, MAX_WEIGHT)
    segments = st.lists(st.builds(TextPrompt, text, weight), min_size=1, max_size=5)
    # By REST something has to be drawn; the gRPC protocol takes negatives alone.
    first = (TextPrompt("a fox"),) if engine.is_rest else ()
    return segments.map(lambda drawn: (*first, *drawn))


@st.composite
def valid_requests(draw: st.DrawFn, engine: Engine) -> ImageRequest:
    width, height = draw(st.sampled_from(allowed_sizes(engine)))
    samples = draw(st.integers(1, engine.max_samples))
    init_image = draw(st.none() | PICTURES) if engine.init_image else None
    with_mask = engine.mask and init_image is not None
    presets = list(GuidancePreset) if engine.clip_guidance else [GuidancePreset.NONE]
    guidance = draw(st.sampled_from(presets))
    samplers = sorted(engine.samplers)
    if guidance is not GuidancePreset.NONE:
        samplers = sorted(ANCESTRAL_SAMPLERS & set(engine.samplers))
    request = ImageRequest(
        engine_id=engine.id,
        prompts=draw(prompts(engine)),
        width=width,
        height=height,
        seed=draw(st.integers(1, engine.max_seed)),
        steps=draw(st.integers(engine.min_steps, engine.max_steps)),
        cfg_scale=draw(hundredths(engine.min_cfg_scale, engine.max_cfg_scale)),
        samples=samples,
        sampler=draw(st.sampled_from([None, *samplers])),
        guidance=guidance,
        style=draw(st.sampled_from([None, *StylePreset])) if engine.styles else None,
        init_image=init_image,
        strength=DEFAULT_STRENGTH if init_image is None else draw(hundredths(0, 1)),
        mask=draw(st.none() | PICTURES) if with_mask else None,
    )
    if draw(st.booleans()):
        seeds = st.lists(st.integers(1, engine.max_seed), min_size=samples, max_size=samples)
        request = request.with_seeds(draw(seeds))
    return request


def sdk_request(**image: object) -> pb.Request:
    """What `StabilityInference.generate` sends for a plain text and nothing else."""
    parameters = {
        "height": 512,
        "width": 512,
        "seed": [7],
        "samples": 1,
        "parameters": [
            pb.StepParameter(scaled_step=0, sampler=pb.SamplerParameters(cfg_scale=7.0))
        ],
        "adapter": pb.T2IAdapterParameter(adapter_strength=0.4),
        **image,
    }
    return pb.Request(
        engine_id=PAINTER.id,
        request_id="a",
        prompt=[pb.Prompt(text="a stunning house")],
        image=pb.ImageParameters(**parameters),  # pyright: ignore[reportArgumentType]
    )


def artifact_prompt(kind: pb.ArtifactType, data: bytes = b"picture") -> pb.Prompt:
    return pb.Prompt(artifact=pb.Artifact(type=kind, binary=data))
