"""Each row of what Stability's REST API is asked, and of what it answers, as members see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.generation.stability.asking import flat
from tests.generation.stability.service import (
    BAD_KEY,
    KEY,
    NO_CREDITS,
    Service,
    breaks_off,
    refuses,
    says,
    serving,
)
from tests.journeys.hosts.test_hosts import refused, status
from tests.journeys.hosts.test_stability_road import asked, ended, opened, press, sent
from tests.journeys.studio import Studio, attachments, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.generation.stability.service import Script

pytestmark = pytest.mark.asyncio(loop_scope="module")

CORE, ULTRA, LARGE, TURBO = "stable-image-core", "stable-image-ultra", "sd3.5-large", "sd3.5-flash"
LANGUAGE = "English is the only supported language for this service."


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service() -> Service:
    return Service(credits=100_000)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, service: Service
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    async with serving(service) as address, opened(folder, address) as studio:
        world, member = studio.playground.world, studio.playground.actions.member("mina")
        where = ("--guild", str(world.guild.id), "--member", str(member.id))
        code, said = await studio.operator("credits", "grant", *where, "--amount", "500")
        assert code == 0, said
        yield studio
        assert not [line for line in studio.said if KEY in line or "Traceback" in line]


ASKED = [
    ("a fox --steps 30 --sampler ddim", CORE, {"prompt": "a fox"}, ["no steps", "no sampler"]),
    ("a fox --clip fast_blue", CORE, {}, ["no CLIP guidance"]),
    ("a fox --size 768x512", CORE, {"aspect_ratio": "3:2"}, ["768×512 is drawn as 3:2"]),
    ("a fox --ar 16:9", ULTRA, {"aspect_ratio": "16:9"}, []),
    ("a fox --ar 3:4", ULTRA, {"aspect_ratio": "4:5"}, ["no 3:4; the nearest is 4:5"]),
    ("a fox --cfg 9", LARGE, {"cfg_scale": "9"}, []),
    ("a fox --cfg 9", ULTRA, {"cfg_scale": None}, ["has no cfg"]),
    ("a fox --style pixel-art", CORE, {"style_preset": "pixel-art"}, []),
    ("castle::2 fog::1", CORE, {"prompt": "castle, (fog:0.5)"}, []),
    ("fog::1 castle::2", LARGE, {"prompt": "castle, fog"}, ["takes no weights"]),
    ("a (grey:0.8) fox", CORE, {"prompt": "a (grey:0.8) fox"}, []),
    ("a (grey:1.3) fox", CORE, {"prompt": "a grey fox"}, ["emphasis from 0 to 1"]),
    ("fox::2 (grey:0.8) fur::1", CORE, {"prompt": "fox, (grey:0.4) (fur:0.5)"}, []),
    ("fox::1 fog::-0.5 rain::-1", ULTRA, {"negative_prompt": "rain, fog"}, []),
    ("a fox --no text", TURBO, {"prompt": "a fox", "negative_prompt": "text"}, ["hardly heeds"]),
]


@pytest.mark.parametrize("row", range(len(ASKED)))
async def test_what_is_asked_is_sent_or_told(studio: Studio, service: Service, row: int):
    text, engine, fields, told = ASKED[row]
    card = text_of(await ended(studio, f"{text} --seed {1000 + row}", engine=engine))
    (submitted,) = [one for one in service.submits if one.texts["seed"] == str(1000 + row)]
    assert {name: submitted.texts.get(name) for name in fields} == fields
    assert [one for one in told if one not in card] == []


async def test_every_picture_of_an_order_has_its_seed_on_the_card(studio: Studio, service: Service):
    card = text_of(await ended(studio, "a {red, blue} fox --count 2 --seed 1100"))
    submitted = [one for one in service.submits if "fox" in one.texts["prompt"]][-4:]
    seeds = {one.texts["seed"] for one in submitted}
    assert [seed for seed in seeds if seed not in card] == []
    assert "12.00 credits" in card


REFUSED = [
    ("a fox --seed 4294967295", CORE, "4294967294"),
    ("a fox --cfg 11", LARGE, "10"),
    ("a fox --cfg 0.5", LARGE, "1"),
]


@pytest.mark.parametrize(("text", "engine", "told"), REFUSED)
async def test_what_is_beyond_a_limit_is_refused(
    studio: Studio, service: Service, text: str, engine: str, told: str
):
    before = len(service.submits)
    outcome = await studio.imagine(text, engine=engine)
    assert outcome.ephemeral, outcome
    assert outcome.message
    assert told in text_of(outcome.message).replace(",", "")
    assert len(service.submits) == before


async def test_an_engine_that_starts_from_no_picture_names_those_that_do(studio: Studio):
    start = await studio.driver.upload("start.png", flat((640, 640), (0, 0, 0)))
    said = await refused(studio, engine=CORE, image=start["id"])
    assert ULTRA in said
    assert LARGE in said


async def test_sd35_takes_the_shape_of_the_picture_it_starts_from(studio: Studio, service: Service):
    start = await studio.driver.upload("start.png", flat((640, 320), (0, 0, 0)))
    await ended(studio, "a fox", engine="sd3.5-medium", image=start["id"], strength=70, seed=1200)
    (submitted,) = [one for one in service.submits if one.texts["seed"] == "1200"]
    assert submitted.texts["mode"] == "image-to-image"
    assert "aspect_ratio" not in submitted.texts
    assert float(submitted.texts["strength"]) == 0.7


DECLINED: list[tuple[Script, str]] = [
    (refuses(400, "bad_request", "prompt: it is too silly"), "t is too silly"),
    (refuses(413, "payload_too_large", "body: payloads cannot be larger"), "cannot be larger"),
    (refuses(422, "invalid_language", LANGUAGE), LANGUAGE),
    (refuses(403, "content_moderation", "Your request was flagged."), "was flagged"),
]


@pytest.mark.parametrize("row", range(len(DECLINED)))
async def test_what_is_declined_says_why_and_costs_nothing(
    studio: Studio, service: Service, row: int
):
    script, told = DECLINED[row]
    before = await studio.settled()
    service.by_seed[str(1300 + row)] = [script]
    card = await ended(studio, "a fox", seed=1300 + row)
    assert told in text_of(card)
    assert sent(service, 1300 + row) == 1
    assert (await studio.settled()).splitlines()[0] == before.splitlines()[0]


@pytest.mark.parametrize(
    "script",
    [refuses(401, "unauthorized", BAD_KEY), refuses(402, "payment_required", NO_CREDITS)],
)
async def test_an_account_that_is_refused_is_off_until_its_next_check(
    studio: Studio, service: Service, script: Script
):
    seed = 1400 + len(service.submits)
    service.by_seed[str(seed)] = [script]
    card = await ended(studio, "a fox", seed=seed)
    assert "operator" in text_of(card)
    assert sent(service, seed) == 1
    said = await refused(studio)
    assert "switched off" in said
    # A look of the operator's is a check, too.
    assert CORE in await status(studio)
    assert attachments(await ended(studio, "a fox", seed=seed + 1))


HTML = b"<html><body>bad gateway</body></html>"
LOST: list[Script] = [
    says(502, HTML, content_type="text/html"),
    says(503, b"", content_type="text/plain"),
    says(504, HTML, content_type="text/html"),
    says(500, HTML, content_type="text/html"),
    says(200, HTML, content_type="text/html"),
    says(200, b"", content_type="image/png", finish_reason="SUCCESS", seed="1"),
    says(200, flat()[:99], content_type="image/png", finish_reason="SUCCESS", seed="1"),
    breaks_off(flat()[:99], 4000, content_type="image/png", finish_reason="SUCCESS", seed="1"),
    says(200, b"{}", content_type="application/json"),
]


@pytest.mark.parametrize("row", range(len(LOST)))
async def test_what_may_be_paid_is_asked_and_not_repeated(
    studio: Studio, service: Service, row: int
):
    seed = 1600 + row
    service.by_seed[str(seed)] = [LOST[row]]
    card = await asked(studio, "a fox", seed=seed)
    assert sent(service, seed) == 1
    card = await press(studio, card, "Start again")
    assert len(attachments(card)) == 1
    assert sent(service, seed) == 2
