"""/help: topics, examples to try, and how a prompt is read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.studio import Studio, buttons, opened, shown, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def asked(studio: Studio, **options: Any) -> dict[str, Any]:
    outcome = await studio.driver.invoke("help", options)
    assert outcome.ephemeral, outcome
    return shown(outcome)


async def test_topics_are_turned_and_an_example_is_tried_after_a_restart(studio: Studio):
    card = await asked(studio)
    assert "</imagine:" in text_of(card)
    await studio.restart()
    turned = await studio.driver.click(card["id"], buttons(card)["Credits"])
    assert turned.state == "acknowledged"
    card = await asked(studio, topic="pictures")
    form = await studio.driver.click(card["id"], buttons(card)["Try it"])
    field = opened(form)["components"][0]["component"]
    assert field["value"] == "a red lighthouse::1.5 fog::-0.5 --ar 3:2"
    drawn = await studio.driver.submit(form.id, {field["custom_id"]: "a kite --size 64x64"})
    assert "a kite --size 64x64" in text_of(await studio.result(drawn))


async def test_a_prompt_is_read_aloud_and_then_drawn(studio: Studio):
    card = await asked(studio, prompt="a **red** lighthouse::1.5 fog::-0.5 @here --size 64x64")
    told = text_of(card)
    assert "×1.5 · a \\*\\*red\\*\\* lighthouse" in told
    assert "@here" not in told.replace("@\u200bhere", "")
    assert "1 picture for 0.01 credits" in told
    form = await studio.driver.click(card["id"], buttons(card)["Try it"])
    field = opened(form)["components"][0]["component"]
    drawn = await studio.driver.submit(form.id, {field["custom_id"]: field["value"]})
    assert "lighthouse" in text_of(await studio.result(drawn))


async def test_a_mistake_is_explained_with_what_was_typed(studio: Studio):
    told = text_of(await asked(studio, prompt="a castle::1,5 fog"))
    assert "point" in told
    assert "a castle::1,5 fog" in told
