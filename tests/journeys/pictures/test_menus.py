"""Members right-click pictures: how was it made, who made it, draw from it, report it."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.journeys.pictures.test_vary import privacy_share
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
from tests.media.origins.files import GRAPH, INFOTEXT, INVOKE, picture, png, with_comment

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

SMALL = {"size": "128x128"}


async def card_of(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    return await studio.result(await studio.imagine(prompt, **{**SMALL, **options}))


async def use(studio: Studio, menu: str, message: dict[str, Any], **who: str) -> dict[str, Any]:
    """The private answer to an entry of the messages' menu, once it is there."""
    outcome = await studio.driver.menu(menu, message=message["id"], **who)
    answer = await studio.private_answer(outcome)
    if text_of(answer):
        return answer
    return await studio.driver.wait_for_message(
        lambda one: one["id"] == answer["id"] and bool(text_of(one)),
        within=20,
        **who,
    )


async def saved(web: aiohttp.ClientSession, card: dict[str, Any]) -> Image.Image:
    """The picture of a card as somebody saves it."""
    async with web.get(attachments(card)[0]["url"]) as answer:
        return Image.open(BytesIO(await answer.read())).convert("RGB")


def encoded(picture: Image.Image, kind: str = "JPEG", **how: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def typed(outcome: Outcome) -> str:
    """What a form has in its first field."""
    return opened(outcome)["components"][0]["component"].get("value", "")


async def test_a_result_tells_its_recipe_and_what_leads_on(studio: Studio):
    card = await card_of(studio, "a red boat::1.5 fog::-0.5", seed=5)
    private = await use(studio, "Recipe", card, member="jun")
    assert "Recipe of [job" in text_of(private)
    assert "--seed 5" in text_of(private)
    # Whoever may see it goes on from the private card, also after a restart.
    await studio.restart()
    form = await studio.driver.click(private["id"], button(private, "Edit"), member="jun")
    assert typed(form).startswith("a red boat::1.5 fog::-0.5")
    larger = await studio.driver.click(private["id"], button(private, "Upscale"), member="jun")
    assert "128×128" in text_of(shown(larger))
    drawn = await studio.driver.submit(
        form.id, {"prompt0": "a blue boat --size 128x128"}, member="jun"
    )
    assert "a blue boat" in text_of(await studio.result(drawn))


@pytest.mark.parametrize(
    ("name", "data", "program", "words"),
    [
        ("web.png", png({"parameters": INFOTEXT}), "AUTOMATIC1111", "a red fox"),
        ("web.jpg", with_comment("JPEG", INFOTEXT), "AUTOMATIC1111", "a red fox"),
        ("comfy.png", png({"prompt": json.dumps(GRAPH)}), "ComfyUI", "a lighthouse"),
        ("invoke.png", png({"invokeai_metadata": json.dumps(INVOKE)}), "InvokeAI", "a castle"),
    ],
)
async def test_recipes_of_other_programs_are_read_and_drawn(
    studio: Studio, name: str, data: bytes, program: str, words: str
):
    message = await studio.driver.post("how?", {name: data}, member="rowan")
    private = await use(studio, "Recipe", message)
    told = text_of(private)
    assert f"**Recipe in {name}**, written by {program}" in told
    assert "**Seed** · " in told
    line = told.split("```\n")[1]
    assert line.startswith(words)
    form = await studio.driver.click(private["id"], button(private, "Draw it"))
    assert typed(form) == line.strip()
    drawn = await studio.driver.submit(form.id, {"prompt0": f"{words} --size 128x128"})
    assert words in text_of(await studio.result(drawn))


async def test_our_own_file_tells_its_recipe_wherever_it_is(
    studio: Studio, web: aiohttp.ClientSession
):
    card = await card_of(studio, "a wren::2", seed=77)
    async with web.get(attachments(card)[0]["url"]) as answer:
        data = await answer.read()
    message = await studio.driver.post("mine", {"saved.png": data}, member="rowan")
    told = text_of(await use(studio, "Recipe", message))
    assert told.startswith("saved.png looks the same as a picture that <@")
    assert f"/{card['id']})" in told
    # The file still says it when the result is gone.
    await delete(studio.driver, card)
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
    )
    told = text_of(await use(studio, "Recipe", message))
    assert "**Recipe in saved.png**, written by Atelier" in told
    assert "a wren::2" in told
    assert "--seed 77" in told


async def test_a_copy_without_a_recipe_leads_to_who_made_it(
    studio: Studio, web: aiohttp.ClientSession
):
    card = await card_of(studio, "three owls", seed=31)
    smaller = encoded((await saved(web, card)).resize((96, 96)), quality=70)
    message = await studio.driver.post("whose?", {"copy.jpg": smaller}, member="rowan")
    private = await use(studio, "Recipe", message, member="jun")
    told = text_of(private)
    assert told.startswith("copy.jpg looks")
    assert "three owls" in told
    assert f"/{card['id']})" in told
    await studio.driver.click(private["id"], button(private, "Edit"), member="jun")


async def test_what_was_drawn_in_private_is_not_found_by_others(
    studio: Studio, web: aiohttp.ClientSession
):
    outcome = await studio.imagine("a hidden heron", seed=44, private=True, **SMALL)
    card = await studio.result(outcome)
    message = await studio.driver.post("who?", {"a.png": encoded(await saved(web, card), "PNG")})
    assert "a hidden heron" in text_of(await use(studio, "Recipe", message))
    assert "No recipe found" in text_of(await use(studio, "Recipe", message, member="rowan"))


async def test_what_tells_nothing_is_said_to(studio: Studio):
    plain = await studio.driver.post("x", {"x.png": encoded(Image.new("RGB", (64, 64)), "PNG")})
    assert "No recipe found" in text_of(await use(studio, "Recipe", plain))
    words = await studio.driver.post("only words")
    assert "It has no picture" in text_of(await use(studio, "Recipe", words))
    broken = await studio.driver.post("x", {"y.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 40})
    assert "cannot be used" in text_of(await use(studio, "Recipe", broken))
    deep = await studio.driver.post("x", {"z.png": png({"prompt": "[" * 300_000})})
    assert "No recipe found" in text_of(await use(studio, "Recipe", deep))


async def test_pictures_in_embeds_count(studio: Studio, web: aiohttp.ClientSession):
    posted = await studio.driver.post("first", {"far.png": png({"parameters": INFOTEXT})})
    url = attachments(posted)[0]["url"]
    playground = studio.playground
    body = {"embeds": [{"title": "look", "image": {"url": url}}]}
    async with web.post(
        f"{playground.api_base}/channels/{posted['channel_id']}/messages",
        json=body,
        headers={"Authorization": f"Bot {playground.token}"},
    ) as answer:
        assert answer.status == 200, await answer.text()
        message = await answer.json()
    assert "**Recipe in far.png**" in text_of(await use(studio, "Recipe", message))


async def test_a_forwarded_result_is_known(studio: Studio, web: aiohttp.ClientSession):
    card = await card_of(studio, "a travelling heron", seed=6)
    channels = {one["name"]: one["id"] for one in (await studio.driver.state())["channels"]}
    reference = {"type": 1, "message_id": card["id"], "channel_id": card["channel_id"]}
    playground = studio.playground
    async with web.post(
        f"{playground.api_base}/channels/{channels['gallery']}/messages",
        json={"message_reference": reference},
        headers={"Authorization": f"Bot {playground.token}"},
    ) as answer:
        assert answer.status == 200, await answer.text()
        message = await answer.json()
    there = {"member": "jun", "channel": "gallery"}
    private = await use(studio, "Recipe", message, **there)
    assert "Recipe of [job" in text_of(private)
    form = await studio.driver.click(private["id"], button(private, "Edit"), **there)
    assert typed(form).startswith("a travelling heron")
    form = await studio.driver.menu("Use as image", message=message["id"], **there)
    assert typed(form) == "a travelling heron --size 128x128"
    form = await studio.driver.menu("Report", message=message["id"], **there)
    sent = await studio.driver.submit(form.id, {"prompt0": "seen elsewhere"}, member="jun")
    assert "**Reported.**" in text_of(await studio.private_answer(sent))


async def test_a_message_s_picture_is_drawn_from(studio: Studio):
    files = {name: encoded(picture((128, 128)), "PNG") for name in ("one.png", "two.png")}
    message = await studio.driver.post("look", files)
    form = await studio.driver.menu("Use as image", message=message["id"])
    assert typed(form) == ""
    drawn = await studio.driver.submit(
        form.id, {"prompt0": "a harbour --size 128x128", "picture": ["1"]}
    )
    assert "from a picture, strength 65 %" in text_of(await studio.result(drawn))
    others = await use(studio, "Use as image", message, member="rowan")
    assert "another member's" in text_of(others)


async def test_a_result_is_drawn_from_with_its_words(studio: Studio):
    card = await card_of(studio, "a mill", seed=3)
    form = await studio.driver.menu("Use as image", message=card["id"], member="jun")
    assert typed(form) == "a mill --size 128x128"
    drawn = await studio.driver.submit(form.id, {"prompt0": typed(form)}, member="jun")
    assert "from a picture" in text_of(await studio.result(drawn))


async def test_a_film_from_the_menu_asks_again_whether_its_author_shares(studio: Studio):
    card = await card_of(studio, "a shared weir", seed=4)
    jun = {"member": "jun"}
    form, later = [await studio.driver.menu("Animate", message=card["id"], **jun) for _ in range(2)]
    selects = [label["component"] for label in opened(form)["components"]]
    usual = {
        one["custom_id"]: [each["value"] for each in one["options"] if each.get("default")]
        for one in selects
    }
    question = await studio.private_answer(await studio.driver.submit(form.id, dict(usual), **jun))
    yes = button(question, "Animate")
    # Its question may stand open for a while, and so may its form.
    async with kept_to_mina(studio):
        pressed = await studio.driver.click(question["id"], yes, **jun)
        assert "Its author lets nobody else use it" in text_of(await studio.private_answer(pressed))
        sent = await studio.driver.submit(later.id, dict(usual), **jun)
        assert "Its author lets nobody else use it" in text_of(await studio.private_answer(sent))
    begun = shown(await studio.driver.click(question["id"], yes, **jun))
    film = await studio.message(begun["id"], lambda one: "Recipe" in buttons(one), 60)
    recipe = shown(await studio.driver.click(film["id"], button(film, "Recipe")))
    assert f"/{card['id']})" in text_of(recipe)


@asynccontextmanager
async def kept_to_mina(studio: Studio) -> AsyncGenerator[None]:
    """Nobody but Mina may use what she has made."""

    async def switch() -> None:
        settings = shown(await studio.driver.invoke("privacy"))
        await studio.driver.click(settings["id"], privacy_share(settings))

    await switch()
    try:
        yield
    finally:
        await switch()


async def test_a_result_is_reported_from_its_menu(studio: Studio):
    card = await card_of(studio, "a portrait", seed=8)
    form = await studio.driver.menu("Report", message=card["id"], member="jun")
    sent = await studio.driver.submit(form.id, {"prompt0": "a face I know"}, member="jun")
    assert "**Reported.**" in text_of(await studio.private_answer(sent))
    again = await use(studio, "Report", card, member="jun")
    assert "You have already reported this" in text_of(again)
    words = await studio.driver.post("only words", member="rowan")
    assert "shows no result of mine" in text_of(await use(studio, "Report", words))


async def test_one_of_several_is_chosen_on_the_recipe_s_card(studio: Studio):
    card = await card_of(studio, "two foxes", count=2, seed=9)
    private = await use(studio, "Recipe", card)
    assert list(buttons(private)) == ["Edit"]
    select = f"picture:{button(private, 'Edit').partition(':')[2]}"
    chosen = await studio.driver.select(private["id"], select, ["p1"])
    assert "Picture 2, right, seed 10" in text_of(shown(chosen))
