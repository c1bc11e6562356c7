"""Requests that an engine takes, for hypothesis, and what the SDK sends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from generation.catalogue.catalogue import load
from generation.request import (
    ANCESTRAL_SAMPLERS,
    DEFAULT_STRENGTH,
    MAX_BLENDED,
    MAX_CONTROL_STRENGTH,
    MAX_WEIGHT,
    MIN_BLENDED,
    BlendPicture,
    Control,
    GuidancePreset,
    GuidanceSettings,
    ImageRequest,
    MaskedAreaInit,
    StylePreset,
    TextPrompt,
    WeightMethod,
    suitable_masked_area,
)
from generation.validation import MAX_CONTROLS, MAX_CUTOUTS, MAX_GUIDANCE_STRENGTH, MAX_NOISE_SCALE
from generation.wire import generation_pb2 as pb

if TYPE_CHECKING:
    from generation.catalogue.catalogue import Engine

PAINTER = load().get("atelier-painter")
CONTROLLED = replace(
    load().get("stable-diffusion-v1-5"),
    controls=("canny", "openpose", "depth"),
    cross_attention=True,
)

# What a picture is does not matter to the protocol; only that there are bytes.
PICTURES = st.binary(min_size=1, max_size=40)


def hundredths(low: float, high: float) -> st.SearchStrategy[float]:
    """Figures as people type them; their 32-bit form has to come back as the same figure."""
    return st.integers(round(low * 100), round(high * 100)).map(lambda figure: figure / 100)


def sizes(engine: Engine) -> st.SearchStrategy[tuple[int, int]]:
    """Sizes that the engine takes; those of an upscaler are millions, too many for a list."""
    if engine.sizes:
        return st.sampled_from(engine.sizes)
    side = st.integers(engine.min_side, engine.max_side)
    return st.builds(engine.nearest_size, side, side)


def prompts(engine: Engine) -> st.SearchStrategy[tuple[TextPrompt, ...]]:
    text = st.text(max_size=engine.max_prompt_chars // 6)
    weight = hundredths(-MAX_WEIGHT, MAX_WEIGHT)
    segments = st.lists(st.builds(TextPrompt, text, weight), min_size=1, max_size=5)
    # By REST something has to be drawn; the gRPC protocol takes negatives alone.
    first = (TextPrompt("a fox"),) if engine.is_rest else ()
    return segments.map(lambda drawn: (*first, *drawn))


def controls(engine: Engine) -> st.SearchStrategy[tuple[Control, ...]]:
    if not engine.controls:
        return st.just(())
    kind, strength = st.sampled_from(engine.controls), st.floats(0, MAX_CONTROL_STRENGTH)
    one = st.builds(Control, kind, PICTURES, strength)
    return st.lists(one, max_size=MAX_CONTROLS).map(tuple)


def blends(engine: Engine) -> st.SearchStrategy[tuple[BlendPicture, ...]]:
    if not engine.blends:
        return st.just(())
    one = st.builds(BlendPicture, PICTURES, hundredths(0.01, MAX_WEIGHT))
    several = st.lists(one, min_size=MIN_BLENDED, max_size=MAX_BLENDED).map(tuple)
    return st.just(()) | several


GUIDANCE_SETTINGS = st.builds(
    GuidanceSettings,
    strength=st.none() | hundredths(0, MAX_GUIDANCE_STRENGTH),
    cutouts=st.none() | st.integers(1, MAX_CUTOUTS),
    prompt=st.none() | st.text(max_size=40),
)


def masked_areas(engine: Engine) -> st.SearchStrategy[MaskedAreaInit | None]:
    """What suits the engine is not said on the wire in another way than saying nothing."""
    usual = suitable_masked_area(engine.id)
    return st.sampled_from([None, *(one for one in MaskedAreaInit if one is not usual)])


@st.composite
def valid_requests(draw: st.DrawFn, engine: Engine) -> ImageRequest:
    width, height = draw(sizes(engine))
    samples = draw(st.integers(1, engine.max_samples))
    blend = draw(blends(engine))
    init_image = draw(st.none() | PICTURES) if engine.init_image and not blend else None
    with_mask = engine.mask and init_image is not None
    presets = list(GuidancePreset) if engine.clip_guidance else [GuidancePreset.NONE]
    guidance = draw(st.sampled_from(presets))
    samplers = sorted(engine.samplers)
    if guidance is not GuidancePreset.NONE:
        samplers = sorted(ANCESTRAL_SAMPLERS & set(engine.samplers))
    methods = list(WeightMethod) if engine.cross_attention else [WeightMethod.TEXT_ENCODER]
    mask = draw(st.none() | PICTURES) if with_mask else None
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
        mask=mask,
        weight_method=draw(st.sampled_from(methods)),
        masked_area=None if mask is None else draw(masked_areas(engine)),
        noise_scale=draw(st.just(1.0) | hundredths(0, MAX_NOISE_SCALE)),
        guidance_settings=(
            GuidanceSettings() if guidance is GuidancePreset.NONE else draw(GUIDANCE_SETTINGS)
        ),
        controls=draw(controls(engine)),
        blend=blend,
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


def artifact_prompt(kind: pb.ArtifactType, data: bytes = b"picture", index: int = 0) -> pb.Prompt:
    return pb.Prompt(artifact=pb.Artifact(type=kind, binary=data, index=index))


def controlled_request(*entries: Any) -> pb.Request:
    """A request to an engine with controls, with that list in its extras and no picture yet."""
    message = sdk_request()
    message.engine_id = CONTROLLED.id
    message.extras.update({"control": list(entries)})
    return message
