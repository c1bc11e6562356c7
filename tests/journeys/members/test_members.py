"""What else a member can do: help, credits, autocomplete, uploads, cancel."""

from __future__ import annotations

import io

import aiohttp
import pytest
from PIL import Image, ImageChops, ImageStat

from tests.journeys.studio import Studio, attachments, button, buttons, opened, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


async def picture_of(web: aiohttp.ClientSession, card: dict[str, object]) -> Image.Image:
    async with web.get(attachments(card)[0]["url"]) as answer:
        return Image.open(io.BytesIO(await answer.read())).convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of two pictures, 0 to 255."""
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return sum(means) / len(means)


@pytest.mark.parametrize(
    ("topic", "parts"),
    [
        ({}, ("</imagine:", "a castle::2 fog::-0.5")),
        ({"topic": "pictures"}, ("</history:", "Painter (demo)")),
        ({"topic": "films"}, ("</morph:", "</animate:")),
    ],
    ids=["first", "pictures", "films"],
)
async def test_help_shows_an_example_and_tells_of_the_painter(
    studio: Studio, topic: dict[str, str], parts: tuple[str, ...]
):
    outcome = await studio.driver.invoke("help", topic)
    assert outcome.ephemeral
    assert outcome.message
    assert [part for part in parts if part not in text_of(outcome.message)] == []


async def test_credits_tell_what_was_spent(studio: Studio):
    card = await studio.result(await studio.imagine("a fox", member="jun"))
    assert "0.21 credits" in text_of(card)
    text = await studio.settled("jun")
    assert "You have 24.79 credits" in text
    assert "spent **0.21**" in text
    assert "grant **+25.00**" in text


async def test_engines_sizes_and_aspects_complete(studio: Studio):
    engines = await studio.driver.autocomplete("imagine", "engine", {"engine": "paint"})
    assert [one["value"] for one in engines] == ["atelier-painter"]
    sizes = await studio.driver.autocomplete("imagine", "size", {"size": "512"})
    assert "512x512" in [one["value"] for one in sizes]
    aspects = await studio.driver.autocomplete("imagine", "aspect", {"aspect": "16"})
    assert [one["value"] for one in aspects] == ["16:9", "9:16"]


async def test_a_picture_grows_from_an_upload(studio: Studio, web: aiohttp.ClientSession):
    start = Image.new("RGB", (640, 640), (20, 90, 200))
    upload = await studio.driver.upload("start.png", png(start))
    drawn = {}
    for strength in (10, 100):
        outcome = await studio.imagine(
            "an orange desert --seed 3", image=upload["id"], strength=strength
        )
        drawn[strength] = await picture_of(web, await studio.result(outcome))
    flat = start.resize(drawn[10].size)
    assert distance(drawn[10], flat) < distance(drawn[100], flat)


async def test_a_mask_keeps_what_is_white(studio: Studio, web: aiohttp.ClientSession):
    start = Image.new("RGB", (512, 512), (20, 90, 200))
    mask = Image.new("L", (512, 512), 255)
    mask.paste(0, (256, 0, 512, 512))
    image = await studio.driver.upload("start.png", png(start))
    kept = await studio.driver.upload("mask.png", png(mask))
    outcome = await studio.imagine(
        "an orange desert --seed 3", image=image["id"], mask=kept["id"], strength=100
    )
    drawn = await picture_of(web, await studio.result(outcome))
    left, right = (0, 0, 200, 512), (312, 0, 512, 512)
    assert distance(drawn.crop(left), start.crop(left)) < 2
    assert distance(drawn.crop(right), start.crop(right)) > 20


async def test_an_edit_keeps_the_upload(studio: Studio, web: aiohttp.ClientSession):
    start = Image.new("RGB", (512, 512), (20, 90, 200))
    upload = await studio.driver.upload("start.png", png(start))
    card = await studio.result(await studio.imagine("a sea", image=upload["id"], strength=0))
    rerolled = await studio.driver.click(card["id"], button(card, "Reroll"))
    again = await picture_of(web, await studio.result(rerolled))
    assert distance(again, start) < 2


async def test_the_operator_tops_up(studio: Studio):
    state = await studio.driver.state()
    rowan = next(one["id"] for one in state["members"] if one["name"] == "Rowan")
    status, said = await studio.operator(
        *("credits", "grant", "--guild", state["guild"]["id"], "--member", rowan),
        *("--amount", "2.5"),
    )
    assert (status, said) == (0, "The member now has 27.5 credits.\n")
    outcome = await studio.driver.invoke("credits", member="rowan")
    assert outcome.message
    assert "27.50" in text_of(outcome.message)


async def test_an_edit_may_change_the_size_of_an_upload(studio: Studio):
    upload = await studio.driver.upload("start.png", png(Image.new("RGB", (300, 300), "teal")))
    mask = await studio.driver.upload("mask.png", png(Image.new("L", (300, 300), 0)))
    card = await studio.result(
        await studio.imagine("a sea", image=upload["id"], mask=mask["id"], size="256x256")
    )
    form = await studio.driver.click(card["id"], buttons(card)["Edit"])
    field = opened(form)["components"][0]["component"]["custom_id"]
    edited = await studio.driver.submit(form.id, {field: "a sea --size 512x256"})
    drawn = attachments(await studio.result(edited))[0]
    assert (drawn["width"], drawn["height"]) == (512, 256)
