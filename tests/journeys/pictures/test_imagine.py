"""What a member does with /imagine, through the playground and the real bot."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from PIL import Image

from tests.journeys.studio import Studio, alt_texts, attachments, buttons, text_of
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def fetch(web: aiohttp.ClientSession, attachment: dict[str, Any]) -> bytes:
    async with web.get(attachment["url"]) as answer:
        assert answer.status == 200
        return await answer.read()


def refusal(outcome: Outcome) -> str:
    assert outcome.ephemeral, outcome
    assert outcome.message
    return text_of(outcome.message)


async def test_a_picture_comes_back(studio: Studio, web: aiohttp.ClientSession):
    outcome = await studio.imagine("a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7")
    assert outcome.state == "acknowledged"
    assert not outcome.ephemeral
    card = await studio.result(outcome)
    text = text_of(card)
    assert "a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7" in text
    assert "Painter (demo) · 576×384 · seed 7 · 30 steps · cfg 7 · 0.12 credits" in text
    assert "seed 7" in text
    assert "Painter (demo)" in text
    assert "AI-generated · job" in text
    assert list(buttons(card)) == [
        *("Reroll · 0.12", "Edit", "Animate", "Recipe", "Copy prompt"),
        *("Upscale", "Delete", "Report"),
    ]
    assert alt_texts(card) == ["AI-generated: a red lighthouse"]
    data = await fetch(web, attachments(card)[0])
    picture = Image.open(io.BytesIO(data))
    assert picture.width / picture.height == 1.5
    recipe = read_recipe(data)
    assert recipe
    assert recipe.seed == 7


async def test_the_same_order_gives_the_same_picture(studio: Studio, web: aiohttp.ClientSession):
    pictures: list[bytes] = []
    for _ in range(2):
        card = await studio.result(await studio.imagine("a quiet sea --seed 11 --size 256x256"))
        data = await fetch(web, attachments(card)[0])
        pictures.append(Image.open(io.BytesIO(data)).tobytes())
    assert pictures[0] == pictures[1]


async def test_four_pictures_come_as_one_gallery(studio: Studio):
    outcome = await studio.imagine("a fox", count=4, size="256x256", seed=20)
    card = await studio.result(outcome)
    assert len(attachments(card)) == 4
    assert "seeds 20 to 23" in text_of(card)
    assert alt_texts(card)[3].endswith("(4 of 4)")


async def test_a_mistake_is_answered_privately(studio: Studio):
    text = refusal(await studio.imagine("a castle::1,5 fog"))
    assert "point" in text
    assert "Nothing was charged" in text
