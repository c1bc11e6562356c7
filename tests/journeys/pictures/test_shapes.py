"""Shapes are offered with their prices, and what is cut off is told before it is paid for."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.journeys.studio import Studio, answered, attachments, button, shown, text_of

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def start_of(studio: Studio, width: int, height: int) -> str:
    data = BytesIO()
    Image.new("RGB", (width, height), (20, 90, 200)).save(data, "PNG")
    return (await studio.driver.upload("start.png", data.getvalue()))["id"]


async def draw(studio: Studio, image: str, prompt: str = "a sea") -> Outcome:
    return await studio.imagine(prompt, image=image)


async def test_an_aspect_costs_what_was_offered(studio: Studio):
    typed = {"prompt": "a sea", "aspect": "16"}
    offered = await studio.driver.autocomplete("imagine", "aspect", typed)
    assert [one["name"] for one in offered][:1] == ["16:9 wide · 704×384 · 0.22"]
    sizes = await studio.driver.autocomplete("imagine", "size", {"prompt": "a", "size": "500x500"})
    assert [one["name"] for one in sizes] == ["512×512 · 0.21"]
    card = await studio.result(await studio.imagine("a sea", aspect=offered[0]["value"]))
    assert "704×384" in text_of(card)
    assert "0.22 credits" in text_of(card)


async def test_a_picture_decides_the_shape_and_nothing_is_cut(studio: Studio):
    card = await studio.result(await draw(studio, await start_of(studio, 600, 400)))
    assert "576×384" in text_of(card)
    assert "is cut to" not in text_of(card)


async def test_a_cut_is_asked_about_with_the_way_to_avoid_it(studio: Studio):
    start = await start_of(studio, 600, 400)
    asked = await answered(studio.driver, await draw(studio, start, "a sea --ar 1:1"))
    question = shown(asked)
    assert asked.ephemeral
    said = text_of(question)
    assert "is cut to 512×512; its sides are lost (33% of it)" in said
    assert "Leave out size and aspect to keep all of it." in said
    drawn = await studio.driver.click(question["id"], button(question, "Draw · 0.21"))
    card = await studio.result(drawn)
    assert len(attachments(card)) == 1
    assert "its sides are lost" in text_of(card)


async def test_a_small_cut_is_told_and_not_asked_about(studio: Studio):
    asked = await draw(studio, await start_of(studio, 640, 440), "a sea --ar 3:2")
    assert not asked.ephemeral
    card = await studio.result(asked)
    assert "is cut to" in text_of(card)
