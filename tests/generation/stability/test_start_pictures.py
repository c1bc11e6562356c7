"""Pictures to start from, strength and masks, looked at by their pixels."""

from __future__ import annotations

import io
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.errors import BadRequest
from generation.request import StylePreset
from generation.stability.masks import invert_mask
from generation.stability.submit import submit_picture
from generation.validation import validate
from tests.generation.stability.asking import (
    CATALOGUE,
    CORE,
    DRAWING,
    LARGE,
    ULTRA,
    asking,
    flat,
    request,
)
from tests.generation.stability.service import REPLACED, png

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from generation.image.client import Picture
    from generation.request import ImageRequest
    from tests.generation.stability.service import Submitted

BLUE = (10, 120, 220)
KEPT, CHANGED = 255, 0
"""White and black of a mask, as everywhere in Atelier."""


async def drawn(asked: ImageRequest) -> tuple[Picture, Submitted]:
    async with asking() as (client, service):
        picture = await client.draw(submit_picture(asked, CATALOGUE.get(asked.engine_id)))
        return picture, service.submits[0]


def pixel(picture: Picture, place: tuple[int, int] = (1, 1)) -> Any:
    with Image.open(io.BytesIO(picture.png)) as shown:
        return shown.convert("RGB").getpixel(place)


@pytest.mark.parametrize("engine", [ULTRA, LARGE], ids=lambda engine: engine.id)
async def test_strength_is_the_share_of_change(engine: Engine):
    none, submitted = await drawn(request(engine.id, init_image=flat(), strength=0.0))
    assert pixel(none) == BLUE
    assert submitted.texts["strength"] == "0"
    some, submitted = await drawn(request(engine.id, init_image=flat(), strength=0.65))
    assert submitted.texts["strength"] == "0.65"
    wholly, _ = await drawn(request(engine.id, init_image=flat(), strength=1.0))
    assert pixel(wholly) == REPLACED
    assert BLUE[0] < pixel(some)[0] < REPLACED[0]


async def test_stable_diffusion_takes_the_shape_of_the_picture():
    _, submitted = await drawn(request(LARGE.id, init_image=flat((832, 1216)), cfg_scale=6.0))
    assert submitted.texts["mode"] == "image-to-image"
    assert "aspect_ratio" not in submitted.texts
    assert submitted.texts["cfg_scale"] == "6"
    assert submitted.texts["model"] == "sd3.5-large"


async def test_ultra_has_no_mode():
    _, submitted = await drawn(request(init_image=flat(), width=832, height=1216))
    assert "mode" not in submitted.texts
    assert submitted.texts["aspect_ratio"] == "2:3"


def test_core_starts_from_no_picture():
    asked = request(CORE.id, init_image=flat())
    with pytest.raises(BadRequest, match="stable-image-core cannot start from a picture"):
        validate(asked, CORE)
    with pytest.raises(BadRequest, match="generate/core has none"):
        submit_picture(asked, CORE)


@pytest.mark.parametrize("engine", DRAWING, ids=lambda engine: engine.id)
async def test_a_mask_goes_through_inpaint(engine: Engine):
    mask = Image.new("L", (256, 256), KEPT)
    mask.paste(CHANGED, (0, 0, 128, 256))
    asked = request(
        engine.id, init_image=flat(), mask=png(mask), style=StylePreset.ANIME, strength=0.3
    )
    picture, submitted = await drawn(validate(asked, engine))
    assert submitted.path == "edit/inpaint"
    assert submitted.texts.keys() == {"prompt", "seed", "style_preset"}
    assert submitted.files.keys() == {"image", "mask"}
    # Black may change and white is kept, as with every engine here.
    assert pixel(picture, (10, 10)) == REPLACED
    assert pixel(picture, (200, 10)) == BLUE
    assert (picture.width, picture.height) == (256, 256)


async def test_a_grey_mask_changes_in_part():
    half, _ = await drawn(request(init_image=flat(), mask=flat(colour=64)))
    assert pixel(half)[0] > (BLUE[0] + REPLACED[0]) / 2


@given(levels=st.lists(st.integers(0, 255), min_size=4, max_size=4))
def test_inverting_is_exact_and_its_own_way_back(levels: list[int]):
    mask = Image.frombytes("L", (2, 2), bytes(levels))
    inverted = invert_mask(png(mask))
    with Image.open(io.BytesIO(inverted)) as shown:
        assert shown.mode == "L"
        assert list(shown.tobytes()) == [255 - level for level in levels]
    with Image.open(io.BytesIO(invert_mask(inverted))) as shown:
        assert list(shown.tobytes()) == levels


@pytest.mark.parametrize("mask", [b"", b"\x89PNG\r\n\x1a\nrest", flat()[:80]])
def test_what_is_no_mask_is_refused(mask: bytes):
    with pytest.raises(BadRequest, match="mask"):
        submit_picture(request(init_image=flat(), mask=mask), ULTRA)


@pytest.mark.parametrize(
    ("engine", "size", "words"),
    [
        (ULTRA, (63, 200), "63×200 has a side below 64 pixels"),
        (ULTRA, (64, 16_385), "above 16,384"),
        (LARGE, (63, 200), "below 64"),
    ],
)
def test_pictures_have_limits(engine: Engine, size: tuple[int, int], words: str):
    with pytest.raises(BadRequest, match=words):
        submit_picture(request(engine.id, init_image=flat(size)), engine)


@pytest.mark.parametrize("data", [b"", b"GIF89a", flat()[:20], b"<html>"])
def test_what_is_no_picture_is_refused(data: bytes):
    with pytest.raises(BadRequest, match="it is no whole PNG, JPEG or WebP"):
        submit_picture(request(init_image=data), ULTRA)


def test_a_request_has_ten_mebibytes():
    noise = Image.frombytes("RGB", (2000, 2000), Random(1).randbytes(12_000_000))
    with pytest.raises(BadRequest, match="MiB are more than the 10 MiB of a request"):
        submit_picture(request(init_image=png(noise)), ULTRA)
