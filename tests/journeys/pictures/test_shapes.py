"""Shapes are offered with their prices."""

from __future__ import annotations

import pytest

from tests.journeys.studio import Studio, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_aspect_costs_what_was_offered(studio: Studio):
    typed = {"prompt": "a sea", "aspect": "16"}
    offered = await studio.driver.autocomplete("imagine", "aspect", typed)
    assert [one["name"] for one in offered][:1] == ["16:9 wide · 704×384 · 0.22"]
    sizes = await studio.driver.autocomplete("imagine", "size", {"prompt": "a", "size": "500x500"})
    assert [one["name"] for one in sizes] == ["512×512 · 0.21"]
    card = await studio.result(await studio.imagine("a sea", aspect=offered[0]["value"]))
    assert "704×384" in text_of(card)
    assert "0.22 credits" in text_of(card)
