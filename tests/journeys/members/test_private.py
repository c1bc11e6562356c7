"""private: true draws for the member alone, until they post it."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.journeys.studio import (
    WITHIN_S,
    Studio,
    attachments,
    button,
    buttons,
    confirmed,
    opened,
    shown,
    text_of,
)

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


async def private_card(
    studio: Studio, message_id: str, predicate: Any, member: str = "mina"
) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN_S):
        while True:
            for one in await studio.driver.messages(member=member):
                if one["id"] == message_id and predicate(one):
                    return one
            await asyncio.sleep(0.05)


async def result_of(studio: Studio, outcome: Outcome) -> dict[str, Any]:
    assert outcome.ephemeral, outcome
    card = await private_card(studio, shown(outcome)["id"], lambda one: bool(attachments(one)))
    await studio.settled()
    return card


async def seen_by_jun(studio: Studio, words: str) -> list[str]:
    messages = await studio.driver.messages(member="jun")
    return [one["id"] for one in messages if words in text_of(one)]


def job_of(card: dict[str, Any]) -> str:
    return text_of(card).rpartition("job ")[2].split()[0]


async def test_a_private_picture_is_its_authors_until_it_is_posted(studio: Studio):
    outcome = await studio.imagine("a hidden bay --size 64x64", private=True)
    assert "Only you see this." in text_of(shown(outcome))
    card = await result_of(studio, outcome)
    assert await seen_by_jun(studio, "hidden bay") == []
    told = await studio.driver.invoke("show", {"id": job_of(card)}, member="jun")
    assert "This server has no job of that id" in text_of(shown(told))
    found = await studio.driver.autocomplete("mod refund", "job", {"job": ""}, member="rowan")
    assert job_of(card) not in [one["value"] for one in found]
    await studio.restart()
    await studio.driver.click(card["id"], buttons(card)["Post here"])
    posted = await studio.driver.wait_for_message(
        lambda one: "a hidden bay" in text_of(one) and not one.get("ephemeral")
    )
    assert "Post here" not in buttons(posted)
    assert posted["id"] in await seen_by_jun(studio, "hidden bay")


async def test_a_recipe_tells_others_nothing_of_the_private_one_before(studio: Studio):
    card = await result_of(studio, await studio.imagine("a first try --size 64x64", private=True))
    again = await result_of(studio, await studio.driver.click(card["id"], button(card, "Reroll")))
    own = await studio.driver.click(again["id"], button(again, "Recipe"))
    assert "Changed against" in text_of(shown(own))
    await studio.driver.click(again["id"], buttons(again)["Post here"])
    posted = await studio.driver.wait_for_message(
        lambda one: job_of(again) in str(one["components"]) and not one.get("ephemeral")
    )
    async with asyncio.timeout(WITHIN_S):
        while True:
            told = await studio.driver.click(posted["id"], button(posted, "Recipe"), member="jun")
            if "Recipe of" in text_of(shown(told)):
                break
    assert "Changed" not in text_of(shown(told))


async def test_what_follows_from_it_is_private_too(studio: Studio):
    members = (await studio.driver.state())["members"]
    mina = next(one["id"] for one in members if one["name"] == "Mina")
    grant = {"member": mina, "amount": 50, "reason": "a film"}
    await studio.driver.invoke("mod grant", grant, member="rowan")
    card = await result_of(studio, await studio.imagine("a veiled moon --size 64x64", private=True))
    await result_of(studio, await studio.driver.click(card["id"], button(card, "Reroll")))
    form = await studio.driver.click(card["id"], buttons(card)["Edit"])
    field = opened(form)["components"][0]["component"]["custom_id"]
    edited = await studio.driver.submit(form.id, {field: "a veiled moon at dawn --size 64x64"})
    await result_of(studio, edited)
    form = await studio.driver.click(card["id"], button(card, "Animate"))
    selects = [label["component"] for label in opened(form)["components"]]
    usual = {
        one["custom_id"]: [each["value"] for each in one["options"] if each.get("default")]
        for one in selects
    }
    asked = await studio.driver.submit(form.id, dict(usual))
    film = await confirmed(studio.driver, asked)
    assert film.ephemeral, film
    assert await seen_by_jun(studio, "veiled moon") == []


async def test_a_private_order_is_confirmed_cancelled_and_deleted_in_private(studio: Studio):
    asked = await studio.imagine("a masked ball --size 1024x1024 --count 4", private=True)
    draw = next(label for label in buttons(shown(asked)) if label.startswith("Draw 4"))
    drawn = await studio.driver.click(shown(asked)["id"], buttons(shown(asked))[draw])
    card = await result_of(studio, drawn)
    question = shown(await studio.driver.click(card["id"], buttons(card)["Delete"]))
    await studio.driver.click(question["id"], button(question, "Delete all 4"))
    await private_card(studio, question["id"], lambda one: "**Deleted.**" in text_of(one))
    assert await seen_by_jun(studio, "masked ball") == []


async def test_private_by_default(studio: Studio):
    await studio.driver.invoke("settings", {"private": True})
    await result_of(studio, await studio.imagine("a quiet default --size 64x64"))
    public = await studio.imagine("a loud default --size 64x64", private=False)
    assert not public.ephemeral
    await studio.driver.invoke("settings", {"private": False})


async def test_the_default_counts_for_all_that_is_made(studio: Studio):
    loud = await studio.result(await studio.imagine("a loud bell --size 64x64 --count 2"))
    driver = studio.driver
    picture = (await driver.upload("a.png", square()))["id"]
    posted = await driver.post("mine", {"b.png": square()})
    await driver.invoke("settings", {"private": True})
    try:
        mended = await studio.imagine("a typo --sede 3")
        form = await driver.click(shown(mended)["id"], button(shown(mended), "Edit"))
        made = [await driver.submit(form.id, {"prompt0": "a mended typo --size 64x64"})]
        made.append(await driver.invoke("animate", {"prompt": "a small film"}))
        morph = {"first": "a bud --size 64x64", "second": "a bloom", "frames": 8}
        quoted = shown(await driver.invoke("morph", morph))
        made.append(await driver.click(quoted["id"], button(quoted, "Draw")))
        made.append(await driver.invoke("edit outpaint", {"image": picture, "left": 64}))
        form = await driver.menu("Use as image", message=posted["id"])
        made.append(await driver.submit(form.id, {"prompt0": "a used one --size 64x64"}))
        made.append(await driver.click(loud["id"], button(loud, "Reroll")))
        form = await driver.click(loud["id"], button(loud, "Edit"))
        made.append(await driver.submit(form.id, {"prompt0": "a changed bell --size 64x64"}))
        assert [one.ephemeral for one in made] == [True] * len(made)
        for text in ("mended typo", "small film", "a bud", "used one", "changed bell"):
            assert await seen_by_jun(studio, text) == []
    finally:
        await driver.invoke("settings", {"private": False})


def square() -> bytes:
    data = BytesIO()
    Image.new("RGB", (64, 64), (200, 30, 40)).save(data, "PNG")
    return data.getvalue()


async def test_too_many_for_a_private_card_are_refused_with_the_text(studio: Studio):
    refused = await studio.imagine("a crowd --size 64x64 --count 12", private=True)
    assert "at most 10 pictures, not 12" in text_of(shown(refused))
    assert "Edit" in buttons(shown(refused))
