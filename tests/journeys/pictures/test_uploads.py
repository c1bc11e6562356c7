"""A member who sends bombs, and another one whose picture is drawn meanwhile."""

from __future__ import annotations

import asyncio

import pytest
from PIL import Image

from tests.journeys.studio import Studio, text_of
from tests.quarantine import bombs

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_bomb_costs_its_sender_a_sentence_and_others_nothing(studio: Studio):
    good = bombs.encoded(Image.new("RGB", (640, 640), "teal"), "JPEG")
    bomb = await studio.driver.upload("bomb.jpg", bombs.progressive_jpeg())
    start = await studio.driver.upload("start.jpg", good)
    attacks = [
        asyncio.create_task(studio.imagine("a bomb", image=bomb["id"], member="jun"))
        for _ in range(4)
    ]
    card = await studio.result(await studio.imagine("a sea", image=start["id"], member="rowan"))
    assert "a sea" in text_of(card)
    for outcome in await asyncio.gather(*attacks):
        said = text_of(await studio.private_answer(outcome))
        assert "more parts than a picture needs (more than 64 scans)" in said
        assert "Nothing was charged" in said
    assert "25" in await studio.settled("jun")


async def test_who_sent_a_bomb_may_draw_at_once(studio: Studio):
    good = bombs.encoded(Image.new("RGB", (640, 640), "teal"), "WEBP")
    upload = await studio.driver.upload("start.webp", good)
    card = await studio.result(await studio.imagine("a sea", image=upload["id"], member="jun"))
    assert "a sea" in text_of(card)
