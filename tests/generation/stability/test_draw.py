"""Pictures from words: what is sent by each engine, and what comes back."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from generation.errors import BadRequest
from generation.request import StylePreset, TextPrompt
from generation.stability.address import StabilityTimeouts
from generation.stability.submit import submit_picture
from tests.generation.stability.api import ASPECTS, ENDPOINTS, PRESETS
from tests.generation.stability.asking import (
    CATALOGUE,
    CORE,
    DRAWING,
    FLASH,
    LARGE,
    ULTRA,
    NotingPace,
    asking,
    flat,
    request,
)
from tests.generation.stability.service import KEY, Service, says

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine
    from generation.image.client import Picture
    from generation.request import ImageRequest
    from tests.generation.stability.service import Submitted


async def drawn(asked: ImageRequest, service: Service | None = None) -> tuple[Picture, Submitted]:
    """The picture, and what the service was sent for it."""
    engine = CATALOGUE.get(asked.engine_id)
    async with asking(service) as (client, seen):
        picture = await client.draw(submit_picture(asked, engine))
        (submitted,) = seen.submits
        return picture, submitted


@pytest.mark.parametrize("engine", DRAWING, ids=lambda engine: engine.id)
async def test_words_alone_are_drawn_by_every_engine(engine: Engine):
    service = Service()
    picture, submitted = await drawn(request(engine.id), service)
    assert (picture.index, picture.seed, picture.finish) == (0, 42, "ok")
    assert (picture.width, picture.height) == (1024, 1024)
    assert submitted.path == engine.endpoint
    assert not submitted.files
    assert submitted.texts["prompt"] == "a fox"
    assert submitted.texts["seed"] == "42"
    assert submitted.texts.get("model", "") == engine.model
    assert 1000 - service.credits == float(engine.price.removeprefix("flat:"))


async def test_words_alone_are_multipart_too():
    _, submitted = await drawn(request(CORE.id))
    assert submitted.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert len(submitted.names) == len(set(submitted.names))


async def test_headers():
    _, submitted = await drawn(request())
    assert submitted.headers["authorization"] == f"Bearer {KEY}"
    assert submitted.headers["accept"] == "image/*"
    assert submitted.headers["user-agent"].startswith("atelier")
    for name in ("stability-client-id", "stability-client-version"):
        assert 0 < len(submitted.headers[name]) <= 256
    # A kept connection could be closed by the other side just then.
    assert submitted.headers["connection"] == "close"


@pytest.mark.parametrize("engine", DRAWING, ids=lambda engine: engine.id)
@pytest.mark.parametrize("number", range(9))
async def test_every_aspect(engine: Engine, number: int):
    width, height = engine.sizes[number]
    submit = submit_picture(request(engine.id, width=width, height=height), engine)
    assert submit.texts["aspect_ratio"] == ASPECTS[number]


@pytest.mark.parametrize("style", StylePreset)
async def test_every_style(style: StylePreset):
    _, submitted = await drawn(request(LARGE.id, style=style))
    assert submitted.texts["style_preset"] == style
    assert style in PRESETS


@pytest.mark.parametrize(("cfg", "sent"), [(1.0, "1"), (4.5, "4.5"), (10.0, "10")])
async def test_guidance_is_sent_by_stable_diffusion(cfg: float, sent: str):
    _, submitted = await drawn(request(LARGE.id, cfg_scale=cfg))
    assert submitted.texts["cfg_scale"] == sent


@pytest.mark.parametrize("engine", [ULTRA, CORE])
async def test_guidance_is_not_sent_by_others(engine: Engine):
    _, submitted = await drawn(request(engine.id))
    assert "cfg_scale" not in submitted.texts


@pytest.mark.parametrize("seed", [0, 1, 4_294_967_294])
async def test_seeds(seed: int):
    picture, submitted = await drawn(request(seed=seed))
    assert submitted.texts["seed"] == str(seed)
    assert picture.seed == seed


async def test_negatives():
    prompts = (TextPrompt("a fox"), TextPrompt("fog", -0.5), TextPrompt("text, blur", -1))
    _, submitted = await drawn(request(FLASH.id, prompts=prompts))
    assert submitted.texts["negative_prompt"] == "text, blur, fog"


@pytest.mark.parametrize("wants_json", [False, True])
async def test_both_forms_of_an_answer(wants_json: bool):
    picture, _ = await drawn(request(seed=99), Service(wants_json=wants_json))
    assert picture.seed == 99
    with Image.open(io.BytesIO(picture.png)) as shown:
        assert shown.convert("RGB").getpixel((5, 5)) == (200, 30, 40)


@pytest.mark.parametrize("wants_json", [False, True])
async def test_a_filtered_picture_is_billed_and_not_kept(wants_json: bool):
    service = Service(filters=True, wants_json=wants_json)
    picture, _ = await drawn(request(), service)
    assert (picture.finish, picture.is_billed, picture.png) == ("filtered", True, b"")
    assert service.credits == 992


@pytest.mark.parametrize(
    ("body", "finish"),
    [
        ({"finish_reason": "CONTENT_FILTERED"}, "filtered"),
        ({"image": None, "finish_reason": "CONTENT_FILTERED", "seed": 3}, "filtered"),
        ({"image": b64encode(flat()).decode(), "finish_reason": None}, "ok"),
        ({"result": b64encode(flat()).decode()}, "ok"),
    ],
)
async def test_answers_that_say_less(body: dict[str, object], finish: str):
    script = says(200, json.dumps(body).encode(), content_type="application/json")
    async with asking(Service(scripts=[script])) as (client, _):
        picture = await client.draw(submit_picture(request(), ULTRA))
    assert (picture.finish, picture.seed) == (finish, body.get("seed", 42))


def test_a_picture_is_waited_for():
    """No byte comes before it is ready, and some take more than half a minute."""
    assert StabilityTimeouts().read == timedelta(seconds=180)
    assert StabilityTimeouts().whole > timedelta(seconds=180)


async def test_each_submit_takes_a_turn_before_it_is_noted():
    pace, order = NotingPace(), list[int]()

    async def about_to_send() -> None:
        order.append(pace.slots)

    async with asking(pace=pace) as (client, service):
        await client.draw(submit_picture(request(), ULTRA), about_to_send=about_to_send)
        assert order == [1]
        assert len(service.submits) == 1


@pytest.mark.parametrize("engine", DRAWING, ids=lambda engine: engine.id)
async def test_no_field_is_sent_that_the_endpoint_does_not_have(engine: Engine):
    asked = request(
        engine.id,
        style=StylePreset.ANIME,
        prompts=(TextPrompt("a fox"), TextPrompt("a hare", 0.5), TextPrompt("fog", -1)),
        cfg_scale=5.0 if engine.model else 0.0,
        init_image=flat() if engine.init_image else None,
    )
    _, submitted = await drawn(asked)
    assert submitted.fields.keys() <= ENDPOINTS[submitted.path].fields.keys()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 4_294_967_295}, "seed: 4294967295 is outside 0 to 4294967294"),
        ({"prompts": ()}, "prompt: it is empty"),
        ({"prompts": (TextPrompt("fog", -1),)}, "prompt: it is empty"),
        ({"prompts": (TextPrompt("x" * 10_001),)}, "more than the 10,000"),
    ],
)
def test_limits_are_checked_before_anything_is_sent(changes: dict[str, Any], words: str):
    with pytest.raises(BadRequest, match=words):
        submit_picture(request(**changes), ULTRA)


@pytest.mark.parametrize("cfg", [0.9, 10.1, float("nan")])
def test_guidance_has_limits(cfg: float):
    with pytest.raises(BadRequest, match=r"cfg: .* is outside 1 to 10"):
        submit_picture(request(LARGE.id, cfg_scale=cfg), LARGE)


def test_one_request_is_one_picture():
    with pytest.raises(ValueError, match="one picture"):
        submit_picture(request(samples=2), ULTRA)
