"""Recipe and Copy prompt: how a result was made, told to whoever sees its card."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.studio import (
    Studio,
    attachments,
    button,
    buttons,
    delete,
    opened,
    shown,
    text_of,
)

if TYPE_CHECKING:
    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = {"size": "256x256"}


async def card_of(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    return await studio.result(await studio.imagine(prompt, **{**SMALL, **options}))


def private(outcome: Outcome) -> str:
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


def pasted(text: str) -> str:
    """What the block of a card has to be copied."""
    return text.split("```\n")[1].split("\n```")[0]


async def test_the_recipe_has_every_setting_and_draws_the_same_again(studio: Studio):
    card = await card_of(studio, "a red lighthouse::1.5 fog::-0.5 --steps 12", count=2, seed=7)
    told = private(await studio.driver.click(card["id"], button(card, "Recipe"), member="jun"))
    assert "**Words** · a red lighthouse::1.5 fog::-0.5" in told
    for line in ("Size** · 256×256", "Seed** · 7 to 8", "Steps** · 12", "Cfg** · 7"):
        assert line in told
    again = await studio.result(await studio.imagine(pasted(told)))
    assert text_of(again).count("seeds 7 to 8 · 12 steps") == 1
    repeated = private(await studio.driver.click(again["id"], button(again, "Recipe")))
    assert pasted(repeated) == pasted(told)


async def test_the_recipe_tells_what_changed_against_what_was_edited(studio: Studio):
    card = await card_of(studio, "a fox", seed=9)
    form = await studio.driver.click(card["id"], buttons(card)["Edit"])
    field = opened(form)["components"][0]["component"]["custom_id"]
    text = "a hare in snow --size 256x256 --seed 10 --steps 20"
    edited = await studio.result(await studio.driver.submit(form.id, {field: text}))
    told = private(await studio.driver.click(edited["id"], button(edited, "Recipe")))
    changed = told.split("Changed against")[1]
    assert card["id"] in changed
    assert "Words: a fox → a hare in snow\nSeed: 9 → 10\nSteps: 30 → 20" in changed


async def test_what_was_deleted_is_not_told_by_what_followed_it(studio: Studio):
    card = await card_of(studio, "a hidden thought", seed=3)
    rerolled = await studio.result(
        await studio.driver.click(card["id"], button(card, "Reroll"), member="jun")
    )
    await delete(studio.driver, card)
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
    )
    told = private(await studio.driver.click(rerolled["id"], button(rerolled, "Recipe")))
    assert "Changed" not in told


async def test_the_prompt_is_copied_as_it_was_typed_after_a_restart_too(studio: Studio):
    prompt = "a *bold* fox `in` מגדלור 🏳️‍🌈 --no @everyone --seed 4 --size 256x256"
    card = await card_of(studio, prompt)
    assert "\\*bold\\*" in text_of(card)
    copied = private(await studio.driver.click(card["id"], button(card, "Copy prompt")))
    assert pasted(copied).replace("\u200b", "") == (
        "a *bold* fox `in` מגדלור 🏳️‍🌈 --no @everyone --size 256x256 --seed 4"
    )
    await studio.restart()
    assert private(await studio.driver.click(card["id"], button(card, "Copy prompt"))) == copied
    assert "Recipe of" in private(await studio.driver.click(card["id"], button(card, "Recipe")))


async def test_a_prompt_too_long_for_a_card_is_a_file(studio: Studio, web: aiohttp.ClientSession):
    card = await card_of(studio, "a very long and winding lane, " * 60 + "--seed 5")
    copied = await studio.driver.click(card["id"], button(card, "Copy prompt"))
    (file,) = attachments(shown(copied))
    async with web.get(file["url"]) as answer:
        text = await answer.text()
    assert text.startswith("a very long and winding lane, a very")
    assert text.endswith("--size 256x256 --seed 5")
