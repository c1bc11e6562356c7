"""/edit: the painter changes a part of a picture, and the rest of it stays."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from commands.kinds.image.edits import MASK, TRANSPARENT
from media.areas import Area, area_mask
from tests.journeys.studio import WITHIN_S, Studio, attachments, button, buttons, shown, text_of

if TYPE_CHECKING:
    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

SIZE = (384, 256)
BLUE = (20, 90, 200)
KEPT_WITHIN = 2
"""The mean difference, 0 to 255, of what a mask keeps, as for `/imagine`; see test_members."""
NEAR = 33
"""An edge of a mask may change what is so many pixels away: the painter blends it in."""


def png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


async def edited(studio: Studio, **options: Any) -> dict[str, Any]:
    """The card of an edit with its picture."""
    who = {name: options.pop(name) for name in ("member", "channel") if name in options}
    typed = {"prompt": "an orange desert --seed 3", **options}
    return await studio.result(await studio.driver.invoke("edit inpaint", typed, **who))


async def private_result(studio: Studio, outcome: Outcome) -> dict[str, Any]:
    """The private card of an order of Rowan's with its picture."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            for one in await studio.driver.messages(member="rowan"):
                if one["id"] == shown(outcome)["id"] and attachments(one):
                    return one
            await asyncio.sleep(0.05)


async def refused(studio: Studio, **options: Any) -> str:
    who = {name: options.pop(name) for name in ("member", "channel") if name in options}
    typed = {"prompt": "an orange desert --seed 3", **options}
    message = await studio.private_answer(await studio.driver.invoke("edit inpaint", typed, **who))
    return text_of(message).replace("\\", "")


async def picture_of(web: aiohttp.ClientSession, card: dict[str, Any]) -> Image.Image:
    async with web.get(attachments(card)[0]["url"]) as answer:
        return Image.open(BytesIO(await answer.read())).convert("RGB")


async def start_of(studio: Studio, picture: Image.Image | None = None) -> str:
    data = png(picture or Image.new("RGB", SIZE, BLUE))
    return (await studio.driver.upload("start.png", data))["id"]


def typed(form: Outcome, text: str) -> dict[str, Any]:
    """The answer to the form of a prompt."""
    assert form.modal, form
    (row,) = form.modal["components"]
    return {row["component"]["custom_id"]: text}


def job_of(card: dict[str, Any]) -> str:
    return text_of(card).rpartition("job ")[2].split()[0]


def check_kept(drawn: Image.Image, start: Image.Image, mask: Image.Image) -> None:
    """What is white in the mask is as it was, and what is black is not."""
    assert drawn.size == start.size == mask.size
    far = area_away_from(mask)
    difference = ImageChops.difference(drawn, start)
    kept = ImageStat.Stat(difference, far).mean
    changed = ImageStat.Stat(difference, ImageChops.invert(mask)).mean
    assert sum(kept) / 3 < KEPT_WITHIN
    assert sum(changed) / 3 > 20


def area_away_from(mask: Image.Image) -> Image.Image:
    """What the mask keeps, without what is near to its edges."""
    return mask.filter(ImageFilter.MinFilter(NEAR))


@pytest.mark.parametrize("area", list(Area))
async def test_an_area_changes_and_the_rest_stays(
    studio: Studio, web: aiohttp.ClientSession, area: Area
):
    card = await edited(studio, image=await start_of(studio), area=str(area))
    mask = Image.open(BytesIO(area_mask(area, *SIZE)))
    check_kept(await picture_of(web, card), Image.new("RGB", SIZE, BLUE), mask)
    said = text_of(card)
    assert "an orange desert" in said
    assert "384×256" in said


async def test_an_attached_mask_says_what_may_change(studio: Studio, web: aiohttp.ClientSession):
    mask = Image.new("L", SIZE, 255)
    mask.paste(0, (0, 0, 200, 128))
    sent = (await studio.driver.upload("mask.png", png(mask)))["id"]
    for options in ({}, {"area": MASK}):
        card = await edited(studio, image=await start_of(studio), mask=sent, **options)
        check_kept(await picture_of(web, card), Image.new("RGB", SIZE, BLUE), mask)


async def test_transparent_pixels_are_filled(studio: Studio, web: aiohttp.ClientSession):
    start = Image.new("RGBA", SIZE, (*BLUE, 255))
    start.paste((0, 0, 0, 0), (128, 64, 320, 200))
    mask = Image.new("L", SIZE, 255)
    mask.paste(0, (128, 64, 320, 200))
    card = await edited(studio, image=await start_of(studio, start), area=TRANSPARENT)
    check_kept(await picture_of(web, card), Image.new("RGB", SIZE, BLUE), mask)


async def test_a_result_of_ones_own_is_changed_by_its_job_id(
    studio: Studio, web: aiohttp.ClientSession
):
    first = await studio.result(await studio.imagine("a blue sea --seed 5 --size 384x256"))
    job_id = job_of(first)
    await studio.settled()
    offered = await studio.driver.autocomplete("edit inpaint", "job", {"job": "blue sea"})
    assert job_id in [one["value"] for one in offered]
    card = await edited(studio, job=job_id, area=str(Area.RIGHT), strength=100)
    start, drawn = await picture_of(web, first), await picture_of(web, card)
    mask = Image.open(BytesIO(area_mask(Area.RIGHT, *SIZE)))
    kept = ImageStat.Stat(ImageChops.difference(drawn, start), area_away_from(mask)).mean
    assert sum(kept) / 3 < KEPT_WITHIN
    again = await studio.result(await studio.driver.click(card["id"], button(card, "Reroll")))
    rerolled = await picture_of(web, again)
    kept = ImageStat.Stat(ImageChops.difference(rerolled, start), area_away_from(mask)).mean
    assert sum(kept) / 3 < KEPT_WITHIN
    assert ImageChops.difference(rerolled, drawn).getbbox() is not None


async def test_one_picture_of_several_is_named(studio: Studio, web: aiohttp.ClientSession):
    first = await studio.result(await studio.imagine("a sea --seed 5 --size 384x256", count=2))
    job_id = job_of(first)
    said = await refused(studio, job=job_id, area=str(Area.TOP))
    assert "say which as picture" in said
    assert "an orange desert --seed 3" in said
    assert "has no more than 2" in await refused(studio, job=job_id, picture=3, area="top")
    card = await edited(studio, job=job_id, picture=2, area=str(Area.TOP))
    async with web.get(attachments(first)[1]["url"]) as answer:
        start = Image.open(BytesIO(await answer.read())).convert("RGB")
    far = area_away_from(Image.open(BytesIO(area_mask(Area.TOP, *SIZE))))
    kept = ImageStat.Stat(ImageChops.difference(await picture_of(web, card), start), far).mean
    assert sum(kept) / 3 < KEPT_WITHIN


async def test_nobody_edits_anothers_result_by_its_id(studio: Studio):
    job_id = job_of(await studio.result(await studio.imagine("a sea --size 384x256")))
    for typed in (job_id, "zzzzzzzz", "../.."):
        said = await refused(studio, job=typed, area=str(Area.TOP), member="jun")
        assert "You have no result of that id" in said
        assert "an orange desert" in said
        assert "a sea" not in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"area": "centre"}, "There is none; attach one, or name a result of yours as job."),
        ({"image": "", "job": "abcdefgh", "area": "top"}, "You have no result of that id"),
        ({"image": ""}, "That mask cannot be used. Nothing was charged. There is none;"),
        ({"image": "", "area": "mask"}, "attach one, or choose an area."),
        ({"image": "", "mask": "", "area": "left"}, "leave one of them out."),
        ({"image": "", "area": "transparent"}, "no pixel of it is transparent"),
        ({"image": "", "picture": 2, "area": "left"}, "name that as job"),
    ],
)
async def test_what_does_not_go_together_is_one_sentence(
    studio: Studio, options: dict[str, Any], says: str
):
    sent = {
        name: await start_of(studio) if name in ("image", "mask") else value
        for name, value in options.items()
    }
    said = await refused(studio, **sent)
    assert says.lower() in " ".join(said.replace("**", "").split()).lower()
    assert "an orange desert --seed 3" in said
    assert "Nothing was charged" in said


async def test_a_mistake_in_the_prompt_can_be_edited_and_keeps_the_area(
    studio: Studio, web: aiohttp.ClientSession
):
    asked = await studio.driver.invoke(
        "edit inpaint",
        {"prompt": "a desert --sede 3", "image": await start_of(studio), "area": "left"},
    )
    message = await studio.private_answer(asked)
    form = await studio.driver.click(message["id"], buttons(message)["Edit"])
    sent = await studio.driver.submit(form.id, typed(form, "an orange desert --seed 3"))
    mask = Image.open(BytesIO(area_mask(Area.LEFT, *SIZE)))
    drawn = await picture_of(web, await studio.result(sent))
    check_kept(drawn, Image.new("RGB", SIZE, BLUE), mask)


async def test_a_private_result_is_edited_in_private(studio: Studio):
    who = {"member": "rowan"}
    asked = await studio.imagine("a sea --size 384x256", private=True, **who)
    card = await private_result(studio, asked)
    edit = {"prompt": "a boat", "job": job_of(card), "area": "centre"}
    outcome = await studio.driver.invoke("edit inpaint", edit, **who)
    assert outcome.ephemeral
    assert "a boat" in text_of(await private_result(studio, outcome))


async def test_a_dear_edit_is_asked_about_first(studio: Studio):
    start = await start_of(studio, Image.new("RGB", (1024, 1024), BLUE))
    dear = {"prompt": "a desert --steps 150 --count 2", "image": start, "area": "left"}
    asked = await studio.driver.invoke("edit inpaint", dear, member="ada")
    assert asked.ephemeral
    question = shown(asked)
    label = next(iter(buttons(question)))
    assert " · " in label, text_of(question)
    ordered = await studio.driver.click(question["id"], buttons(question)[label], member="ada")
    assert not ordered.ephemeral
    card = await studio.result(ordered, within=60)
    assert len(attachments(card)) == 2
