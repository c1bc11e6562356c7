"""What works on pictures: each field of each operation, its limits and its price."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.errors import BadRequest
from generation.pricing import is_priced, picture_price_mc
from generation.stability.submit import StudioRequest, submit_studio
from tests.generation.stability.api import ENDPOINTS, faults
from tests.generation.stability.asking import CATALOGUE, DRAWING, STUDIO, asking, flat
from tests.generation.stability.service import REPLACED, Service, png

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine

IMAGE = flat((400, 300))
HOLE = png(Image.new("RGBA", (400, 300), (0, 0, 0, 0)))
WHOLE: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "upscale-fast": ({"output_format": "webp"}, ("image",)),
    "upscale-conservative": (
        {"prompt": "a fox", "negative_prompt": "fog", "creativity": 0.35, "output_format": "png"},
        ("image",),
    ),
    "upscale-creative": (
        {
            "prompt": "a fox",
            "negative_prompt": "fog",
            "creativity": 0.1,
            "style_preset": "anime",
            "output_format": "jpeg",
        },
        ("image",),
    ),
    "edit-erase": ({"grow_mask": 20, "output_format": "png"}, ("image", "mask")),
    "edit-inpaint": (
        {
            "prompt": "a fox",
            "negative_prompt": "fog",
            "grow_mask": 100,
            "style_preset": "cinematic",
            "output_format": "png",
        },
        ("image", "mask"),
    ),
    "edit-outpaint": (
        {
            "left": 2000,
            "right": 0,
            "up": 1,
            "down": 256,
            "creativity": 1,
            "prompt": "a wood",
            "style_preset": "anime",
            "output_format": "png",
        },
        ("image",),
    ),
    "edit-search-replace": (
        {
            "prompt": "a fox",
            "search_prompt": "the dog",
            "negative_prompt": "fog",
            "grow_mask": 3,
            "style_preset": "anime",
            "output_format": "png",
        },
        ("image",),
    ),
    "edit-recolor": (
        {
            "prompt": "red",
            "select_prompt": "the coat",
            "negative_prompt": "fog",
            "grow_mask": 0,
            "style_preset": "anime",
            "output_format": "png",
        },
        ("image",),
    ),
    "edit-remove-background": ({"output_format": "webp"}, ("image",)),
    "edit-relight": (
        {
            "background_prompt": "a beach",
            "foreground_prompt": "a fox",
            "negative_prompt": "fog",
            "preserve_original_subject": 0.6,
            "original_background_depth": 0.5,
            "keep_original_background": "true",
            "light_source_direction": "above",
            "light_source_strength": 0.3,
            "output_format": "png",
        },
        ("subject_image", "background_reference"),
    ),
    "control-sketch": (
        {
            "prompt": "a fox",
            "negative_prompt": "fog",
            "control_strength": 0.7,
            "style_preset": "anime",
            "output_format": "png",
        },
        ("image",),
    ),
    "control-structure": (
        {
            "prompt": "a fox",
            "negative_prompt": "fog",
            "control_strength": 0,
            "style_preset": "anime",
            "output_format": "png",
        },
        ("image",),
    ),
    "control-style": (
        {
            "prompt": "a fox",
            "negative_prompt": "fog",
            "aspect_ratio": "16:9",
            "fidelity": 0.5,
            "style_preset": "anime",
            "output_format": "png",
        },
        ("image",),
    ),
    "control-style-transfer": (
        {
            "prompt": "a fox",
            "negative_prompt": "fog",
            "style_strength": 1,
            "composition_fidelity": 0.9,
            "change_strength": 0.1,
            "output_format": "png",
        },
        ("init_image", "style_image"),
    ),
}
"""Every value that each operation has, and its pictures."""

PRICES_MC = {
    "stable-image-ultra": 8000,
    "stable-image-core": 3000,
    "sd3.5-large": 6500,
    "sd3.5-large-turbo": 4000,
    "sd3.5-medium": 3500,
    "sd3.5-flash": 2500,
    "upscale-fast": 2000,
    "upscale-conservative": 40_000,
    "upscale-creative": 60_000,
    "edit-erase": 5000,
    "edit-inpaint": 5000,
    "edit-outpaint": 4000,
    "edit-search-replace": 5000,
    "edit-recolor": 5000,
    "edit-remove-background": 5000,
    "edit-relight": 8000,
    "control-sketch": 5000,
    "control-structure": 5000,
    "control-style": 5000,
    "control-style-transfer": 8000,
}


def whole(engine: Engine, **changes: Any) -> StudioRequest:
    """A request with every field that the engine has, and some of them changed or left out."""
    values, names = WHOLE[engine.id]
    pictures = {name: flat((400, 300), 0) if name == "mask" else IMAGE for name in names}
    merged = {**values, **pictures, **changes}
    return StudioRequest(
        engine.id,
        {name: value for name, value in merged.items() if isinstance(value, str | int | float)},
        {name: value for name, value in merged.items() if isinstance(value, bytes)},
    )


def engine_of(engine_id: str) -> Engine:
    return CATALOGUE.get(engine_id)


@pytest.mark.parametrize("engine", STUDIO, ids=lambda engine: engine.id)
async def test_every_field_of_every_operation(engine: Engine):
    service = Service(polls_needed=0)
    asked = whole(engine)
    async with asking(service) as (client, _):
        submit = submit_studio(asked, engine)
        if submit.operation.is_asynchronous:
            picture = await client.fetch(await client.start(submit))
        else:
            picture = await client.draw(submit)
    assert picture is not None
    assert picture.finish == "ok"
    (submitted,) = service.submits
    assert submitted.path == engine.endpoint
    endpoint = ENDPOINTS[engine.endpoint]
    missing = endpoint.fields.keys() - submitted.fields.keys()
    # Of the two lights only one can be given, and grey pictures are as good as masks.
    assert missing <= {"light_reference"}
    assert submitted.fields.keys() <= endpoint.fields.keys()
    for name, value in asked.values.items():
        sent = submitted.texts[name]
        assert sent == value if isinstance(value, str) else float(sent) == value
    assert 1000 - service.credits == endpoint.credits
    assert picture.seed == (submit.seed or 7)


@pytest.mark.parametrize("engine", STUDIO, ids=lambda engine: engine.id)
def test_what_is_needed_is_asked_for(engine: Engine):
    for name in ENDPOINTS[engine.endpoint].needs:
        with pytest.raises(BadRequest) as caught:
            submit_studio(whole(engine, **{name: None}), engine)
        assert caught.value.field == name.replace("_", " ")


@pytest.mark.parametrize("engine", STUDIO, ids=lambda engine: engine.id)
def test_what_it_does_not_have_is_refused(engine: Engine):
    for field in ("steps", "bottom", "strength", "samples"):
        with pytest.raises(BadRequest, match="has none; it has"):
            submit_studio(whole(engine, **{field: 1}), engine)


LIMITS: list[tuple[str, dict[str, Any], str]] = [
    ("upscale-fast", {"output_format": "gif"}, "gif is not one of png, jpeg, webp"),
    ("edit-remove-background", {"output_format": "jpeg"}, "jpeg is not one of png, webp"),
    ("upscale-conservative", {"creativity": 0.19}, "0.19 is outside 0.2 to 0.5"),
    ("upscale-conservative", {"creativity": 0.51}, "0.51 is outside"),
    ("upscale-conservative", {"prompt": ""}, "prompt: it is empty"),
    ("upscale-creative", {"creativity": 0.09}, "0.09 is outside 0.1 to 0.5"),
    ("upscale-creative", {"creativity": float("nan")}, "outside 0.1"),
    ("edit-erase", {"grow_mask": 21}, "grow mask: 21 is outside 0 to 20"),
    ("edit-erase", {"grow_mask": 1.5}, "1.5 is no whole number"),
    ("edit-inpaint", {"grow_mask": 101}, "101 is outside 0 to 100"),
    ("edit-inpaint", {"seed": 4_294_967_295}, "seed: 4294967295 is outside"),
    ("edit-inpaint", {"style_preset": "cubist"}, "style: cubist is not one of enhance"),
    ("edit-inpaint", {"negative_prompt": "x" * 10_001}, "negative: 10,001 characters"),
    ("edit-outpaint", {"left": 2001}, "left: 2001 is outside 0 to 2000"),
    ("edit-outpaint", {"left": -1}, "outside 0 to 2000"),
    ("edit-outpaint", {"left": 0, "up": 0, "down": 0}, "has to be above 0"),
    ("edit-outpaint", {"left": "many"}, "left: it is no figure"),
    ("edit-search-replace", {"search_prompt": " "}, "search prompt: it is empty"),
    ("edit-recolor", {"select_prompt": 7}, "select prompt: it is no text"),
    ("edit-relight", {"background_prompt": None, "background_reference": None}, "background"),
    ("edit-relight", {"light_source_direction": "behind"}, "behind is not one of left"),
    ("edit-relight", {"light_source_direction": None}, "light source strength: it needs"),
    ("edit-relight", {"light_reference": IMAGE}, "there is a light source direction"),
    ("edit-relight", {"keep_original_background": "yes"}, "yes is not one of true, false"),
    ("control-sketch", {"control_strength": 1.1}, "1.1 is outside 0 to 1"),
    ("control-style", {"aspect_ratio": "4:3"}, "aspect: 4:3 is not one of 21:9"),
    ("control-style", {"image": "text"}, "image: it is no picture"),
    ("control-style", {"prompt": IMAGE}, "prompt: it takes no picture"),
    ("control-style-transfer", {"change_strength": 0.0}, "0 is outside 0.1 to 1"),
]


@pytest.mark.parametrize(("engine_id", "changes", "words"), LIMITS, ids=range(len(LIMITS)))
def test_limits(engine_id: str, changes: dict[str, Any], words: str):
    engine = engine_of(engine_id)
    with pytest.raises(BadRequest, match=words):
        submit_studio(whole(engine, **changes), engine)


SIZES: list[tuple[str, str, tuple[int, int], str | None]] = [
    ("upscale-fast", "image", (32, 32), None),
    ("upscale-fast", "image", (31, 64), "side below 32"),
    ("upscale-fast", "image", (1537, 32), "side above 1,536"),
    ("upscale-fast", "image", (1536, 700), "more than 1,048,576"),
    ("upscale-conservative", "image", (200, 64), "longer than 2.5 to 1"),
    ("upscale-conservative", "image", (160, 64), None),
    ("upscale-creative", "image", (1025, 1024), "more than 1,048,576"),
    ("edit-erase", "image", (3073, 3072), "more than 9,437,184"),
    ("edit-remove-background", "image", (2049, 2048), "more than 4,194,304"),
    ("edit-remove-background", "image", (63, 65), "side below 64"),
    ("control-sketch", "image", (64, 161), "longer than 2.5"),
    ("control-style-transfer", "style_image", (64, 16_384), "side above 16,383"),
    ("control-style-transfer", "style_image", (64, 640), None),
    ("control-style-transfer", "init_image", (64, 640), "longer than 2.5"),
]


@pytest.mark.parametrize(("engine_id", "field", "size", "words"), SIZES)
def test_sizes_of_pictures(engine_id: str, field: str, size: tuple[int, int], words: str | None):
    engine = engine_of(engine_id)
    request = whole(engine, **{field: flat(size, 9)})
    assert bool(faults(engine.endpoint, {**request.values, **request.pictures})) is bool(words)
    if words is None:
        submit_studio(request, engine)
        return
    with pytest.raises(BadRequest, match=words):
        submit_studio(request, engine)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
async def test_other_formats_go_out_as_they_are(kind: str):
    buffer = io.BytesIO()
    Image.new("RGB", (100, 100), REPLACED).save(buffer, kind)
    engine = engine_of("upscale-fast")
    async with asking() as (client, service):
        await client.draw(submit_studio(whole(engine, image=buffer.getvalue()), engine))
        assert service.submits[0].files["image"] == buffer.getvalue()


@pytest.mark.parametrize("engine_id", ["edit-erase", "edit-inpaint"])
async def test_black_of_a_mask_is_replaced(engine_id: str):
    mask = Image.new("L", (400, 300), 255)
    mask.paste(0, (0, 0, 200, 300))
    engine = engine_of(engine_id)
    async with asking() as (client, _):
        picture = await client.draw(submit_studio(whole(engine, mask=png(mask)), engine))
    with Image.open(io.BytesIO(picture.png)) as shown:
        assert shown.convert("RGB").getpixel((5, 5)) == REPLACED
        assert shown.convert("RGB").getpixel((300, 5)) == (10, 120, 220)


@pytest.mark.parametrize("engine_id", ["edit-erase", "edit-inpaint"])
def test_without_a_mask_the_picture_needs_a_hole(engine_id: str):
    engine = engine_of(engine_id)
    with pytest.raises(BadRequest, match="mask: it needs one"):
        submit_studio(whole(engine, mask=None), engine)
    submit = submit_studio(whole(engine, mask=None, image=HOLE), engine)
    assert submit.pictures == {"image": HOLE}


def test_seeds_are_drawn_here():
    engine = engine_of("edit-inpaint")
    first, second = (submit_studio(whole(engine), engine) for _ in range(2))
    assert 0 < first.seed != second.seed > 0
    assert first.texts["seed"] == str(first.seed)
    fast = engine_of("upscale-fast")
    assert "seed" not in submit_studio(whole(fast), fast).texts


@pytest.mark.parametrize("engine", [*DRAWING, *STUDIO], ids=lambda engine: engine.id)
def test_prices(engine: Engine):
    assert is_priced(engine)
    assert picture_price_mc(engine, *engine.default_size, 0) == PRICES_MC[engine.id]


@given(data=st.data(), engine=st.sampled_from(STUDIO))
def test_what_passes_here_passes_there(data: st.DataObject, engine: Engine):
    """Fields left out or changed at random: whatever is submitted, the service takes."""
    changes: dict[str, Any] = {}
    for name, value in {**whole(engine).values, **whole(engine).pictures}.items():
        if isinstance(value, str):
            drawn = st.sampled_from([value, "", "x" * 10_001, None, "cinematic", "left"])
        elif isinstance(value, bytes):
            drawn = st.sampled_from([value, None, flat((40, 30)), flat((64, 400), 0)])
        else:
            drawn = st.sampled_from([value, None, -1, 0.05, 0.5, 1, 20.5, 2001])
        changes[name] = data.draw(drawn)
    with suppress(BadRequest):
        submit = submit_studio(whole(engine, **changes), engine)
        sent = {**submit.texts, **submit.pictures}
        assert sent.keys() <= ENDPOINTS[engine.endpoint].fields.keys()
        assert not faults(engine.endpoint, sent)
