"""The durable road of pictures on Stability's REST API: each has its own price, tries and end."""

from __future__ import annotations

import asyncio
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from PIL import Image

from tests.generation.stability.asking import flat
from tests.generation.stability.service import (
    BROKEN,
    FLAGGED,
    KEY,
    RATE,
    Service,
    hangs_up,
    refuses,
    says,
    serving,
)
from tests.journeys.hosts.test_hosts import status
from tests.journeys.studio import Studio, attachments, buttons, confirmed, text_of
from tests.journeys.videos.test_morph import draw

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from aiohttp import web

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILTERED = says(200, flat(), content_type="image/png", finish_reason="CONTENT_FILTERED", seed="1")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def service() -> Service:
    return Service()


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


def opened(folder: Path, address: str) -> Studio:
    settings: dict[str, Any] = {
        "STABILITY_KEY": KEY,
        "STABILITY_API": address,
        "ATELIER_DEFAULT_ENGINE": "stable-image-core",
        "ATELIER_GUILD_CEILING": "1000",
    }
    return Studio(folder, **settings)


def sent(service: Service, seed: int) -> int:
    """How many submits of that seed came."""
    return sum(one.texts["seed"] == str(seed) for one in service.submits)


async def ended(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    """The card of an order that is over."""
    outcome = await confirmed(studio.driver, await studio.imagine(prompt, **options))
    assert outcome.message, outcome
    card_id = outcome.message["id"]
    return await studio.message(card_id, lambda card: "Delete" in buttons(card), within=60)


async def asked(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    """The card that asks what to do about lost answers."""
    outcome = await confirmed(studio.driver, await studio.imagine(prompt, **options))
    assert outcome.message, outcome
    card_id = outcome.message["id"]
    return await studio.message(card_id, lambda card: "Start again" in buttons(card))


async def press(studio: Studio, card: dict[str, Any], label: str) -> dict[str, Any]:
    """The card after one of its buttons was pressed and the job is over."""
    await studio.driver.click(card["id"], buttons(card)[label])
    return await studio.message(
        card["id"], lambda one: "Edit" in buttons(one) or "Delete" in buttons(one)
    )


async def test_two_pictures_are_two_submits_with_two_seeds(studio: Studio, service: Service):
    card = await ended(studio, "a fox", seed=10, count=2)
    assert len(attachments(card)) == 2
    assert "6.00 credits" in text_of(card)
    assert (sent(service, 10), sent(service, 11)) == (1, 1)


async def test_what_is_asked_travels_and_what_is_lacking_is_told(studio: Studio, service: Service):
    text = "castle::2 fog::1 --ar 4:3 --steps 30 --cfg 5 --style anime --no text --seed 15"
    card = text_of(await ended(studio, text, engine="sd3.5-large"))
    told = ("has no 4:3; the nearest is 5:4", "has no steps", "takes no weights")
    assert [one for one in told if one not in card] == []
    (submitted,) = [one for one in service.submits if one.texts["seed"] == "15"]
    assert submitted.path == "generate/sd3"
    assert submitted.texts == {
        "prompt": "castle, fog",
        "negative_prompt": "text",
        "model": "sd3.5-large",
        "aspect_ratio": "5:4",
        "style_preset": "anime",
        "cfg_scale": "5",
        "seed": "15",
    }


@pytest.mark.parametrize(("strength", "share"), [(100, 1.0), (50, 0.5)])
async def test_a_picture_to_start_from_changes_by_its_strength(
    studio: Studio, service: Service, strength: int, share: float
):
    start = await studio.driver.upload("start.png", flat((640, 640), (0, 0, 0)))
    options = {"engine": "stable-image-ultra", "image": start["id"], "strength": strength}
    card = await ended(studio, "a fox", **options)
    assert "8.00 credits" in text_of(card)
    submitted = service.submits[-1]
    assert submitted.path == "generate/ultra"
    assert float(submitted.texts["strength"]) == share
    assert "mode" not in submitted.texts


async def test_a_mask_goes_through_inpaint_turned_round(studio: Studio, service: Service):
    start = await studio.driver.upload("start.png", flat((650, 470), (0, 0, 0)))
    mask = await studio.driver.upload("mask.png", flat((650, 470), 0))
    card = await ended(studio, "a fox", image=start["id"], mask=mask["id"])
    assert "5.00 credits" in text_of(card)
    assert "650×470" in text_of(card)
    assert "strength" not in text_of(card)
    submitted = service.submits[-1]
    assert submitted.path == "edit/inpaint"
    with Image.open(io.BytesIO(submitted.files["image"])) as sent:
        assert sent.size == (650, 470)
    with Image.open(io.BytesIO(submitted.files["mask"])) as sent:
        assert sent.convert("L").getextrema() == (255, 255)


async def test_one_that_is_declined_leaves_the_other(studio: Studio, service: Service):
    service.by_seed["20"] = [refuses(403, "content_moderation", FLAGGED)]
    card = await ended(studio, "a fox", seed=20, count=2)
    assert len(attachments(card)) == 1
    assert "3.00 credits" in text_of(card)
    assert f"1 picture is missing and not charged. The engine refused this. {FLAGGED}" in text_of(
        card
    )


async def test_one_that_is_filtered_is_shown_and_is_the_operators(studio: Studio, service: Service):
    service.by_seed["30"] = [FILTERED]
    card = await ended(studio, "a fox", seed=30, count=2)
    assert len(attachments(card)) == 1
    assert "3.00 credits" in text_of(card)
    assert "withheld the picture" in text_of(card)
    assert "Filtered but billed this month: 1 picture, 3.00 credits" in await status(studio)


async def test_one_over_the_limit_comes_later(studio: Studio, service: Service):
    service.by_seed["40"] = [refuses(429, "rate_limit_exceeded", RATE, retry_after="1")]
    card = await ended(studio, "a fox", seed=40)
    assert len(attachments(card)) == 1
    assert sent(service, 40) == 2


async def test_one_that_fails_is_tried_three_times(studio: Studio, service: Service):
    service.by_seed["50"] = [refuses(500, "internal_error", BROKEN)] * 3
    card = await ended(studio, "a fox", seed=50)
    assert not attachments(card)
    assert sent(service, 50) == 3


async def lost(studio: Studio) -> int:
    """How many sendings were lost this month, by what the operator reads."""
    found = re.search(r"perhaps billed this month: (\d+) picture", await status(studio))
    return int(found[1]) if found else 0


async def test_lost_ones_are_sent_again_when_their_author_says_so(studio: Studio, service: Service):
    before = await lost(studio)
    service.by_seed |= {"60": [hangs_up], "61": [hangs_up]}
    card = await asked(studio, "a fox", seed=60, count=3)
    assert "2 pictures were ordered" in text_of(card)
    assert len(attachments(card)) == 1
    card = await press(studio, card, "Start again")
    assert len(attachments(card)) == 3
    assert [sent(service, seed) for seed in (60, 61, 62)] == [2, 2, 1]
    await studio.settled()
    assert await lost(studio) == before + 2


async def test_a_lost_one_is_let_go(studio: Studio, service: Service):
    before = await lost(studio)
    service.by_seed["70"] = [hangs_up]
    card = await asked(studio, "a fox", seed=70)
    assert "The picture was ordered" in text_of(card)
    card = await press(studio, card, "Leave it")
    assert "Left as it was" in text_of(card)
    assert sent(service, 70) == 1
    await studio.settled()
    assert await lost(studio) == before + 1


async def test_frames_of_a_morph_are_submits_as_well(studio: Studio, service: Service):
    options = {"first": "a fox --seed 80", "second": "an owl", "frames": 8}
    quoted = await studio.driver.invoke("morph", options)
    card = await studio.result(await draw(studio, quoted))
    assert "24.00 credits" in text_of(card)
    assert sent(service, 80) == 8


async def test_a_restart_in_the_middle_submits_nothing_twice(tmp_path: Path):
    service, is_there = Service(), asyncio.Event()

    async def never(_request: web.Request) -> web.StreamResponse:
        is_there.set()
        await asyncio.Event().wait()
        raise AssertionError

    service.by_seed["91"] = [never]
    async with serving(service) as address, opened(tmp_path, address) as studio:
        question = await studio.imagine("a fox", seed=90, count=2)
        outcome = await confirmed(studio.driver, question)
        assert outcome.message, outcome
        card_id = outcome.message["id"]
        await is_there.wait()
        await studio.message(card_id, lambda card: "1 of 2 pictures" in text_of(card))
        await studio.kill()
        await studio.start()
        card = await studio.message(card_id, lambda card: "Start again" in buttons(card))
        assert len(attachments(card)) == 1
        card = await press(studio, card, "Start again")
        assert len(attachments(card)) == 2
        assert (sent(service, 90), sent(service, 91)) == (1, 2)
