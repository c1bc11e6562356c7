"""One picture of several was deleted: the others are called by their old numbers everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.inference.orders import difference
from tests.journeys.pictures.test_edit import job_of
from tests.journeys.pictures.test_upscale import chosen, picture, select_of
from tests.journeys.studio import (
    Studio,
    alt_texts,
    attachments,
    button,
    buttons,
    opened,
    shown,
    text_of,
    walk,
)

if TYPE_CHECKING:
    import aiohttp

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


async def left_of_three(studio: Studio, prompt: str) -> dict[str, Any]:
    """The card of three pictures after the first one was deleted."""
    card = await studio.result(await studio.imagine(prompt, count=3, seed=7, size="64x64"))
    await studio.settled()
    question = shown(await studio.driver.click(card["id"], buttons(card)["Delete"]))
    await studio.driver.click(question["id"], buttons(question)["Picture 1"])
    return await studio.message(card["id"], lambda one: len(attachments(one)) == 2)


async def refused(studio: Studio, command: str, **options: Any) -> str:
    answer = await studio.private_answer(await studio.driver.invoke(command, options))
    return text_of(answer).replace("\\", "")


async def test_cards_count_by_the_old_numbers(studio: Studio):
    card = await left_of_three(studio, "a fox")
    assert [text.partition("(")[2] for text in alt_texts(card)] == ["2 of 3)", "3 of 3)"]
    labels = [one["label"] for one in select_of(card)["options"]]
    assert labels == ["Picture 2, left, seed 8", "Picture 3, right, seed 9"]
    private = await chosen(studio, card, 2)
    assert text_of(shown(private)).startswith("**Picture 3, right, seed 9**")
    form = opened(await studio.driver.click(card["id"], button(card, "Animate")))
    pictures = next(one for one in walk(form["components"]) if "component" in one)["component"]
    assert [one["label"].partition(".")[0] for one in pictures["options"]] == ["2", "3"]
    question = shown(await studio.driver.click(card["id"], buttons(card)["Delete"]))
    assert list(buttons(question))[2:] == ["Picture 2", "Picture 3"]


async def test_commands_take_the_old_numbers(studio: Studio, web: aiohttp.ClientSession):
    card = await left_of_three(studio, "a quiet owl")
    other = await studio.result(await studio.imagine("a blue sea", size="64x64"))
    await studio.settled()
    job_id, also = job_of(card), job_of(other)
    gone = f"Picture 1 of job {job_id} was deleted; it still has 2, 3"
    assert gone in await refused(studio, "blend", result1=f"{job_id}:1", result2=also)
    edit = {"job": job_id, "prompt": "snow", "area": "top"}
    assert gone in await refused(studio, "edit inpaint", **edit, picture=1)
    several = f"Job {job_id} has the pictures 2, 3; say which as picture"
    assert several in await refused(studio, "edit inpaint", **edit)
    offered = await studio.driver.autocomplete("blend", "result1", {"result1": "quiet owl"})
    assert [one["value"] for one in offered] == [f"{job_id}:2", f"{job_id}:3"]
    # The recipe and what it is pasted into mean the same picture.
    blend = {"result1": f"{job_id}:3", "result2": also, "seed": 3}
    blended = await studio.result(await studio.driver.invoke("blend", blend))
    recipe = shown(await studio.driver.click(blended["id"], button(blended, "Recipe")))
    assert f"[job {job_id}]" in text_of(recipe)
    assert "picture 3" in text_of(recipe)
    edited = await studio.result(await studio.driver.invoke("edit inpaint", {**edit, "picture": 3}))
    drawn, second, third = [
        np.asarray(await picture(web, one, at), dtype=np.uint8)[48:]
        for one, at in ((edited, 0), (card, 0), (card, 1))
    ]
    assert difference(drawn, third) < 3 < difference(drawn, second)
