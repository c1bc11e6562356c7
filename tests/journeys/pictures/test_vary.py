"""Members vary one picture: subtly, strongly, again, after a restart, and somebody else's."""

from __future__ import annotations

import asyncio
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from commands.ui.picture_select import POSITION
from tests.inference.orders import difference
from tests.journeys.studio import (
    Studio,
    attachments,
    button,
    buttons,
    delete,
    shown,
    text_of,
)
from tests.journeys.videos.test_animate import until_held

if TYPE_CHECKING:
    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

SMALL = {"size": "128x128"}


async def card_of(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    return await studio.result(await studio.imagine(prompt, **{**SMALL, **options}))


async def offered(studio: Studio, card: dict[str, Any], **who: str) -> dict[str, Any]:
    """The private card of the one picture of a result."""
    outcome = await studio.driver.click(card["id"], buttons(card)["Upscale"], **who)
    assert outcome.ephemeral, outcome
    return shown(outcome)


async def varied(
    studio: Studio, private: dict[str, Any], label: str = "Vary subtle", **who: str
) -> dict[str, Any]:
    """The result of a variation."""
    outcome = await studio.driver.click(private["id"], button(private, label), **who)
    assert not outcome.ephemeral, text_of(shown(outcome))
    return await studio.result(outcome)


async def picture(
    web: aiohttp.ClientSession, card: dict[str, Any], number: int = 0
) -> np.ndarray[Any, np.dtype[np.uint8]]:
    async with web.get(attachments(card)[number]["url"]) as answer:
        data = await answer.read()
    with Image.open(BytesIO(data)) as read:
        return np.asarray(read.convert("RGB"), dtype=np.uint8)


def seed_of(card: dict[str, Any]) -> int:
    found = re.search(r"seed (\d+)", text_of(card))
    assert found
    return int(found[1])


async def refused(outcome: Outcome) -> str:
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


async def test_a_picture_is_varied_subtly_and_strongly(studio: Studio, web: aiohttp.ClientSession):
    card = await card_of(studio, "a red boat::1.5", seed=5)
    private = await offered(studio, card)
    assert "**Vary** draws a picture from this one by Painter (demo)" in text_of(private)
    subtle = await varied(studio, private)
    strong = await varied(studio, private, "Vary strong")
    for made, percent in ((subtle, 35), (strong, 70)):
        told = text_of(made)
        assert "a red boat::1.5" in told
        assert f"from a picture, strength {percent} %" in told
        assert seed_of(made) != 5
    given = await picture(web, card)
    changes = [difference(await picture(web, made), given) for made in (subtle, strong)]
    assert 0 < changes[0] < changes[1]


async def test_one_of_several_is_varied_with_the_words_that_drew_it(
    studio: Studio, web: aiohttp.ClientSession
):
    card = await card_of(studio, "a {red,blue} kite", seed=7)
    select = f"picture:{button(card, 'Reroll').partition(':')[2]}"
    private = shown(await studio.driver.select(card["id"], select, ["p1"]))
    made = await varied(studio, private)
    assert "a blue kite" in text_of(made)
    drawn = await picture(web, made)
    near, far = [difference(drawn, await picture(web, card, number)) for number in (1, 0)]
    assert near < far


async def test_a_larger_picture_is_varied_with_the_words_that_drew_it(
    studio: Studio, web: aiohttp.ClientSession
):
    card = await card_of(studio, "a {red,blue} kite", seed=7)
    select = f"picture:{button(card, 'Reroll').partition(':')[2]}"
    private = shown(await studio.driver.select(card["id"], select, [f"{POSITION}1"]))
    for _ in range(2):
        # A picture that was made larger twice as well.
        upscale = await studio.driver.click(private["id"], button(private, "Upscale"))
        larger = await studio.result(upscale)
        private = await offered(studio, larger)
        assert "**Vary** draws a picture from this one" in text_of(private)
    made = await varied(studio, private)
    assert "a blue kite" in text_of(made)
    assert "128×128" in text_of(made)
    near, far = [
        difference(await picture(web, made), await picture(web, card, number)) for number in (1, 0)
    ]
    assert near < far


async def test_the_recipe_tells_what_changed_against_the_picture(studio: Studio):
    card = await card_of(studio, "a heron", seed=9)
    made = await varied(studio, await offered(studio, card))
    told = await refused(await studio.driver.click(made["id"], button(made, "Recipe")))
    changed = told.split("Changed against")[1]
    assert card["id"] in changed
    assert f"Seed: 9 → {seed_of(made)}" in changed
    assert "Start: none → from a picture, strength 35 %" in changed
    assert "Words" not in changed
    # It goes on from there as any result does.
    rerolled = await studio.driver.click(made["id"], button(made, "Reroll"))
    again = await studio.result(rerolled)
    assert "from a picture, strength 35 %" in text_of(again)


async def test_two_quick_clicks_make_one_and_a_later_one_another(studio: Studio):
    card = await card_of(studio, "a wren", size="512x512")
    private = await offered(studio, card)
    vary = button(private, "Vary subtle")
    clicks = await asyncio.gather(*(studio.driver.click(private["id"], vary) for _ in range(3)))
    (public,) = [one for one in clicks if not one.ephemeral]
    first = await studio.result(public)
    for one in clicks:
        if one.ephemeral:
            assert "Already in progress" in text_of(shown(one))
    await studio.settled()
    second = await varied(studio, private)
    assert second["id"] != first["id"]
    assert seed_of(second) != seed_of(first)


async def test_the_buttons_work_after_a_restart(studio: Studio):
    card = await card_of(studio, "a lighthouse")
    private = await offered(studio, card)
    await studio.stop()
    await studio.start()
    made = await varied(studio, private, "Vary strong")
    assert "from a picture, strength 70 %" in text_of(made)


async def test_what_was_deleted_is_not_varied(studio: Studio):
    card = await card_of(studio, "a small secret")
    private = await offered(studio, card)
    await delete(studio.driver, card)
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
    )
    clicked = await studio.driver.click(private["id"], button(private, "Vary subtle"))
    assert "not possible any more" in await refused(clicked)


async def test_others_vary_a_picture_on_their_own_account_while_its_author_shares(studio: Studio):
    card = await card_of(studio, "a shared hill")
    private = await offered(studio, card, member="jun")
    made = await varied(studio, private, member="jun")
    assert "from a picture" in text_of(made)
    before = text_of(private)
    assert "**Vary**" in before
    settings = shown(await studio.driver.invoke("privacy"))
    await studio.driver.click(settings["id"], privacy_share(settings))
    try:
        clicked = await studio.driver.click(
            private["id"], button(private, "Vary subtle"), member="jun"
        )
        assert "Its author lets nobody else use it" in await refused(clicked)
    finally:
        settings = shown(await studio.driver.invoke("privacy"))
        await studio.driver.click(settings["id"], privacy_share(settings))


def privacy_share(card: dict[str, Any]) -> str:
    (found,) = [one for one in buttons(card).values() if one.startswith("privacy_share")]
    return found


async def test_the_price_is_asked_about_from_the_members_mark_on(studio: Studio):
    card = await card_of(studio, "a quiet pond")
    private = await offered(studio, card)
    await studio.driver.invoke("settings", {"ask_from": "always"})
    try:
        asked = await studio.driver.click(private["id"], button(private, "Vary subtle"))
        assert "1 picture for" in await refused(asked)
        question = shown(asked)
        yes = button(question, "Draw")
        outcome = await studio.driver.click(question["id"], yes)
        made = await studio.result(outcome)
        assert "from a picture, strength 35 %" in text_of(made)
        await studio.settled()
        again = await refused(await studio.driver.click(question["id"], yes))
        assert "That was ordered before." in again
    finally:
        await studio.driver.invoke("settings", {"ask_from": "usual"})


async def test_killed_in_the_middle_it_is_drawn_and_paid_once(studio: Studio):
    card = await card_of(studio, "a wide plain", size="1024x1024")
    before_mc = await balance_mc(studio)
    private = await offered(studio, card)
    (label,) = [one for one in buttons(private) if one.startswith("Vary subtle")]
    outcome = await studio.driver.click(private["id"], buttons(private)[label])
    await until_held(studio)
    await studio.kill()
    await studio.start()
    made = await studio.result(outcome, 60)
    assert "from a picture, strength 35 %" in text_of(made)
    price_mc = round(float(label.rpartition(" ")[2]) * 1000)
    # The label's price has two digits.
    assert abs(before_mc - await balance_mc(studio) - price_mc) <= 20


async def balance_mc(studio: Studio) -> int:
    found = re.search(r"You have ([0-9.]+) credits", await studio.settled())
    assert found
    return round(float(found[1]) * 1000)
