"""Members make pictures larger: one picture, one of several, again, after a restart."""

from __future__ import annotations

import asyncio
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.inference.orders import difference
from tests.journeys.studio import (
    WITHIN_S,
    Studio,
    attachments,
    button,
    buttons,
    delete,
    opened,
    shown,
    text_of,
    walk,
)
from tests.journeys.videos.test_animate import until_held
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

SMALL = {"size": "128x128"}


async def card_of(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    return await studio.result(await studio.imagine(prompt, **{**SMALL, **options}))


def select_of(card: dict[str, Any]) -> dict[str, Any]:
    """The select on a card."""
    (found,) = [one for one in walk(card["components"]) if one["type"] == 3]
    return found


async def chosen(studio: Studio, card: dict[str, Any], number: int) -> Outcome:
    """The private card of one picture of several."""
    return await studio.driver.select(card["id"], select_of(card)["custom_id"], [f"p{number}"])


async def offered(studio: Studio, card: dict[str, Any]) -> Outcome:
    """The private card with the offers for the one picture of a result."""
    outcome = await studio.driver.click(card["id"], buttons(card)["Upscale"])
    assert outcome.ephemeral, outcome
    return outcome


async def upscaled(studio: Studio, private: Outcome) -> dict[str, Any]:
    """The result of the first offer on a private card."""
    card = shown(private)
    outcome = await studio.driver.click(card["id"], button(card, "Upscale ×2"))
    assert not outcome.ephemeral, text_of(shown(outcome))
    return await studio.result(outcome)


async def picture(web: aiohttp.ClientSession, card: dict[str, Any], number: int = 0) -> Image.Image:
    async with web.get(attachments(card)[number]["url"]) as answer:
        data = await answer.read()
    with Image.open(BytesIO(data)) as read:
        return read.convert("RGB")


def half(larger: Image.Image) -> np.ndarray[Any, np.dtype[np.uint8]]:
    size = (larger.width // 2, larger.height // 2)
    return np.asarray(larger.resize(size, Image.Resampling.BOX), dtype=np.uint8)


async def balance_mc(studio: Studio) -> int:
    found = re.search(r"You have ([0-9.]+) credits", await studio.settled())
    assert found
    return round(float(found[1]) * 1000)


async def test_a_picture_is_made_twice_as_large(studio: Studio, web: aiohttp.ClientSession):
    card = await card_of(studio, "a red *boat*", seed=5)
    before_mc = await balance_mc(studio)
    private = await offered(studio, card)
    said = text_of(shown(private))
    assert said.startswith("**Picture 1, seed 5** · 128×128")
    assert "to 256×256 by Painter's upscale (demo)" in said
    assert list(buttons(shown(private))) == [
        *("Upscale ×2 · 0.20", "Vary subtle · 0.01", "Vary strong · 0.01"),
        *("Animate", "Use as image", "Edit", "Download original", "Favourite"),
    ]
    larger = await upscaled(studio, private)
    told = text_of(larger)
    assert "a red \\*boat\\*" in told
    assert "upscaled 128×128 → 256×256 · Painter (demo) · seed 5 · 0.20 credits" in told
    assert list(buttons(larger)) == ["Animate", "Upscale", "Recipe", "Delete", "Report"]
    assert before_mc - await balance_mc(studio) == 200
    made = await picture(web, larger)
    assert made.size == (256, 256)
    given = np.asarray(await picture(web, card), dtype=np.uint8)
    assert difference(half(made), given) < 3


async def test_one_of_several_is_chosen_by_number_place_and_seed(
    studio: Studio, web: aiohttp.ClientSession
):
    card = await card_of(studio, "a fox", seed=7, count=3)
    select = select_of(card)
    assert [one["label"] for one in select["options"]] == [
        "Picture 1, left, seed 7",
        "Picture 2, top right, seed 8",
        "Picture 3, bottom right, seed 9",
    ]
    assert "Upscale" not in buttons(card)
    private = await studio.driver.select(card["id"], select["custom_id"], ["p1"])
    assert private.ephemeral
    assert text_of(shown(private)).startswith("**Picture 2, top right, seed 8**")
    larger = await upscaled(studio, private)
    assert "seed 8 · 0.20 credits" in text_of(larger)
    second = np.asarray(await picture(web, card, 1), dtype=np.uint8)
    assert difference(half(await picture(web, larger)), second) < 3


async def test_it_is_made_larger_again_until_it_is_too_large(studio: Studio):
    card = await card_of(studio, "a quiet harbour", size="576x576")
    larger = await upscaled(studio, await offered(studio, card))
    assert "576×576 → 1152×1152" in text_of(larger)
    # An engine takes 1,048,576 pixels, and it has more now.
    assert "Upscale" not in buttons(larger)
    private = shown(await studio.driver.click(larger["id"], buttons(larger)["More"]))
    assert "Too large for Painter's upscale (demo)" in text_of(private)
    assert [label.partition(" · ")[0] for label in buttons(private)] == [
        *("Vary subtle", "Vary strong"),
        *("Animate", "Use as image", "Edit", "Download original", "Favourite"),
    ]


async def test_two_quick_clicks_make_one(studio: Studio):
    card = await card_of(studio, "a wren")
    private = shown(await offered(studio, card))
    make = button(private, "Upscale ×2")
    clicks = await asyncio.gather(*(studio.driver.click(private["id"], make) for _ in range(3)))
    public = [one for one in clicks if not one.ephemeral]
    assert len(public) == 1
    await studio.result(public[0])
    for one in clicks:
        if one.ephemeral:
            assert "Already in progress" in text_of(shown(one))
    # Once it is there, nothing is in progress.
    await studio.settled()
    late = text_of(shown(await studio.driver.click(private["id"], make)))
    assert "That was ordered before." in late


async def test_what_was_deleted_is_not_made_larger(studio: Studio):
    card = await card_of(studio, "a small secret")
    private = shown(await offered(studio, card))
    await delete(studio.driver, card)
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
    )
    outcome = await studio.driver.click(private["id"], button(private, "Upscale ×2"))
    assert outcome.ephemeral
    assert "not possible any more" in text_of(shown(outcome))


async def test_it_can_be_animated(studio: Studio):
    larger = await upscaled(studio, await offered(studio, await card_of(studio, "a hill")))
    form = await studio.driver.click(larger["id"], buttons(larger)["Animate"])
    assert form.modal


async def test_one_picture_of_several_is_animated_alone(studio: Studio):
    card = await card_of(studio, "two owls", count=2)
    private = shown(await chosen(studio, card, 1))
    form = opened(await studio.driver.click(private["id"], buttons(private)["Animate"]))
    names = [label["component"]["custom_id"] for label in form["components"]]
    # There is nothing to choose from any more.
    assert "picture" not in names
    assert "length" in names


async def test_one_picture_of_several_is_drawn_from(studio: Studio):
    card = await card_of(studio, "two boats", seed=3, count=2)
    private = shown(await chosen(studio, card, 1))
    form = await studio.driver.click(private["id"], buttons(private)["Use as image"])
    (field,) = [row["component"] for row in opened(form)["components"]]
    assert field["value"] == "two boats --size 128x128 --count 2"
    words: dict[str, Any] = {
        field["custom_id"]: "two boats in the fog --size 128x128 --strength 40"
    }
    drawn = await studio.result(await studio.driver.submit(form.id, words))
    assert "two boats in the fog" in text_of(drawn)
    assert "128×128" in text_of(drawn)


async def test_the_original_is_given_with_its_recipe(studio: Studio, web: aiohttp.ClientSession):
    card = await card_of(studio, "two gulls", seed=21, count=2)
    private = shown(await chosen(studio, card, 1))
    outcome = await studio.driver.click(private["id"], buttons(private)["Download original"])
    async with asyncio.timeout(WITHIN_S):
        while not attachments(shown(outcome)):
            await asyncio.sleep(0.05)
            outcome = await studio.driver.interaction(outcome.id)
    assert outcome.ephemeral
    async with web.get(attachments(shown(outcome))[0]["url"]) as answer:
        recipe = read_recipe(await answer.read())
    assert recipe
    assert (recipe.seed, recipe.prompts) == (22, (("two gulls", 1.0),))


async def test_the_buttons_work_after_a_restart(studio: Studio):
    card = await card_of(studio, "a lighthouse")
    several = await card_of(studio, "a tower", count=2)
    private = await offered(studio, card)
    await studio.stop()
    await studio.start()
    larger = await upscaled(studio, private)
    assert "upscaled 128×128 → 256×256" in text_of(larger)
    assert (await offered(studio, card)).ephemeral
    select = select_of(several)
    private = await studio.driver.select(several["id"], select["custom_id"], ["p1"])
    assert text_of(shown(private)).startswith("**Picture 2, right, seed")


async def test_killed_in_the_middle_it_is_made_and_paid_once(studio: Studio):
    card = await card_of(studio, "a wide plain", size="1024x1024")
    before_mc = await balance_mc(studio)
    private = shown(await offered(studio, card))
    outcome = await studio.driver.click(private["id"], button(private, "Upscale ×2"))
    await until_held(studio)
    await studio.kill()
    await studio.start()
    larger = await studio.result(outcome, 60)
    assert "upscaled 1024×1024 → 2048×2048" in text_of(larger)
    assert before_mc - await balance_mc(studio) == 200


async def test_a_quote_tells_what_a_larger_picture_costs(studio: Studio):
    quoted = await studio.driver.invoke("credits", {"quote": "a fox --size 128x128"})
    assert "Larger (**Upscale** on a result): ×2 0.20" in text_of(shown(quoted))
