"""/blend: the painter makes one picture of several, attached ones and results."""

from __future__ import annotations

import asyncio
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.inference.orders import difference, redness
from tests.journeys.members.test_history import listed
from tests.journeys.pictures.test_edit import job_of, private_result, typed
from tests.journeys.pictures.test_vary import privacy_share
from tests.journeys.studio import (
    Studio,
    answered,
    attachments,
    button,
    buttons,
    delete,
    shown,
    text_of,
)

if TYPE_CHECKING:
    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

SIZE = (384, 256)
RED, BLUE = (220, 40, 40), (40, 60, 220)


async def picture_of(studio: Studio, colour: tuple[int, int, int]) -> str:
    data = BytesIO()
    Image.new("RGB", SIZE, colour).save(data, "PNG")
    return (await studio.driver.upload("start.png", data.getvalue()))["id"]


async def pair(studio: Studio) -> dict[str, str]:
    return {"image1": await picture_of(studio, RED), "image2": await picture_of(studio, BLUE)}


async def blend(studio: Studio, **options: Any) -> Outcome:
    who = {name: options.pop(name) for name in ("member", "channel") if name in options}
    return await studio.driver.invoke("blend", {"seed": 3, **options}, **who)


async def blended(studio: Studio, **options: Any) -> dict[str, Any]:
    return await studio.result(await blend(studio, **options))


async def pixels(web: aiohttp.ClientSession, card: dict[str, Any], number: int = 0) -> Any:
    async with web.get(attachments(card)[number]["url"]) as answer:
        return np.asarray(Image.open(BytesIO(await answer.read())).convert("RGB"), dtype=np.uint8)


async def refused(studio: Studio, **options: Any) -> str:
    message = await studio.private_answer(await blend(studio, **options))
    said = " ".join(text_of(message).replace("**", "").replace("\\", "").split())
    assert "Nothing was charged" in said
    return said


async def drawn(studio: Studio, prompt: str, **options: Any) -> dict[str, Any]:
    return await studio.result(await studio.imagine(prompt, size="256x256", **options))


async def test_two_pictures_become_one_by_their_weights(studio: Studio, web: aiohttp.ClientSession):
    images = await pair(studio)
    even = await blended(studio, **images)
    said = text_of(even)
    assert "A blend of 2 pictures" in said
    assert "blended from 2 pictures" in said
    # The shape is the first picture's, the price that of a picture of that size.
    assert "576×384" in said
    assert "0.12 credits" in said
    red = await blended(studio, **images, weights="5, 1")
    assert "blended from 2 pictures, 5 : 1" in text_of(red)
    blue = await blended(studio, **images, weights="1:5")
    shares = [redness(await pixels(web, card)) for card in (blue, even, red)]
    assert shares == sorted(shares)
    assert shares[2] - shares[0] > 60
    assert "Copy prompt" not in buttons(even)


async def test_words_take_part_and_options_count(studio: Studio, web: aiohttp.ClientSession):
    images = await pair(studio)
    plain = await blended(studio, **images)
    told = await blended(studio, **images, prompt="a green forest::3 --steps 20", aspect="1:1")
    said = text_of(told)
    assert "a green forest::3" in said
    assert "512×512" in said
    assert "20 steps" in said
    assert "Copy prompt" in buttons(told)
    assert (await pixels(web, told)).shape != (await pixels(web, plain)).shape
    two = await blended(studio, **images, count=2)
    assert len(attachments(two)) == 2


async def test_results_are_blended_by_their_ids(studio: Studio, web: aiohttp.ClientSession):
    first = await drawn(studio, "a red desert --seed 5", count=2)
    second = await drawn(studio, "a blue sea --seed 5")
    await studio.settled()
    ids = job_of(first), job_of(second)
    offered = await studio.driver.autocomplete("blend", "result1", {"result1": "red desert"})
    assert [one["value"] for one in offered][:2] == [f"{ids[0]}:1", f"{ids[0]}:2"]
    card = await blended(studio, result1=f"{ids[0]}:2", result2=f"job {ids[1].upper()}")
    told = text_of(shown(await studio.driver.click(card["id"], button(card, "Recipe"))))
    for job_id, result, number in ((ids[0], first, 2), (ids[1], second, 1)):
        assert re.search(rf"\[job {job_id}\]\(\S+/{result['id']}\), picture {number}", told)
    other = await blended(studio, result1=f"{ids[0]}:1", result2=ids[1])
    assert difference(await pixels(web, card), await pixels(web, other)) > 1
    mixed = await blended(studio, result1=ids[1], image2=await picture_of(studio, RED))
    told = text_of(shown(await studio.driver.click(mixed["id"], button(mixed, "Recipe"))))
    assert "attached" in told
    told = f"has the pictures 1, 2; write {ids[0]}:1 for one of them"
    assert told in await refused(studio, result1=ids[0], result2=ids[1])
    said = await refused(studio, result1=f"{ids[0]}:3", result2=ids[1])
    assert "has no more than 2 pictures" in said


async def test_reroll_edit_and_a_restart(studio: Studio, web: aiohttp.ClientSession):
    card = await blended(studio, **await pair(studio))
    clicks = await asyncio.gather(
        *(studio.driver.click(card["id"], button(card, "Reroll")) for _ in range(2))
    )
    (public,) = [one for one in clicks if not one.ephemeral]
    again = await studio.result(public)
    assert "blended from 2 pictures" in text_of(again)
    assert difference(await pixels(web, card), await pixels(web, again)) > 1
    await studio.settled()
    await studio.stop()
    await studio.start()
    form = await studio.driver.click(card["id"], button(card, "Edit"))
    edited = await studio.result(
        await studio.driver.submit(form.id, typed(form, "a castle --seed 4"))
    )
    assert "a castle" in text_of(edited)
    form = await studio.driver.click(edited["id"], button(edited, "Edit"))
    wordless = await studio.result(await studio.driver.submit(form.id, typed(form, "")))
    assert "A blend of 2 pictures" in text_of(wordless)
    rerolled = await studio.driver.click(edited["id"], button(edited, "Reroll"), member="jun")
    assert "a castle" in text_of(await studio.result(rerolled))


async def test_its_picture_goes_on_like_any_result(studio: Studio):
    card = await blended(studio, **await pair(studio), prompt="a quiet lake")
    private = shown(await studio.driver.click(card["id"], button(card, "Upscale")))
    assert "Vary subtle" in " ".join(buttons(private))
    larger = await studio.driver.click(private["id"], button(private, "Upscale"))
    assert "upscaled" in text_of(await studio.result(larger))
    await studio.settled()
    assert "a quiet lake" in text_of(await listed(studio, kind="blend", member="mina"))


async def test_others_results_are_blended_where_they_are_seen_and_shared(studio: Studio):
    card = await drawn(studio, "a shared meadow")
    await studio.settled()
    image, job_id = await picture_of(studio, BLUE), job_of(card)
    made = await blended(studio, result1=job_id, image2=image, member="jun")
    elsewhere = {"member": "jun", "channel": "gallery"}
    said = await refused(studio, result1=job_id, image2=image, **elsewhere)
    assert "There is no result of that id with pictures" in said
    settings = shown(await studio.driver.invoke("privacy"))
    await studio.driver.click(settings["id"], privacy_share(settings))
    try:
        message = await studio.private_answer(
            await blend(studio, result1=job_id, image2=image, member="jun")
        )
        assert "Its author lets nobody else use it" in text_of(message)
        # What was blended of it before is Jun's own, but goes on no further either.
        again = await studio.driver.click(made["id"], button(made, "Reroll"), member="jun")
        assert "Its author lets nobody else use it" in text_of(shown(again))
    finally:
        settings = shown(await studio.driver.invoke("privacy"))
        await studio.driver.click(settings["id"], privacy_share(settings))


async def test_what_is_private_stays_so(studio: Studio):
    who = {"member": "rowan"}
    secret = await studio.imagine("a hidden cove", size="256x256", private=True, **who)
    job_id = job_of(await private_result(studio, secret))
    image = await picture_of(studio, BLUE)
    outcome = await blend(studio, result1=job_id, image2=image, **who)
    assert outcome.ephemeral
    await private_result(studio, outcome)
    said = await refused(studio, result1=job_id, image2=image, member="jun")
    assert "There is no result of that id" in said
    assert "hidden cove" not in said


async def test_what_was_deleted_is_not_blended(studio: Studio):
    card = await drawn(studio, "a short-lived thing")
    await studio.settled()
    job_id = job_of(card)
    await delete(studio.driver, card)
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
    )
    image = await picture_of(studio, BLUE)
    assert "There is no result" in await refused(studio, result1=job_id, image2=image)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "There is none; attach two to four"),
        ({"image1": ""}, "There is only one; attach two to four"),
        ({"image1": "", "result2": "zzzz"}, "There is no result of that id"),
        ({"image1": "", "image2": "", "weights": "2"}, "There are 1 for 2 pictures"),
        ({"image1": "", "image2": "", "weights": "many"}, "they are numbers, one for each"),
        ({"image1": "", "image2": "", "weights": "1,-1"}, "weight -1 is not above 0"),
        ({"image1": "", "image2": "", "weights": "nan 1"}, "weight nan is not above 0"),
        ({"image1": "", "image2": "", "engine": "nothing"}, "nothing"),
        ({"image1": "", "image2": "", "prompt": "🦊 **x** --sede 3"}, "--sede"),
        ({"image1": "", "image2": "", "size": "100x100"}, "the nearest is"),
    ],
)
async def test_what_does_not_go_together_is_one_sentence(
    studio: Studio, options: dict[str, Any], says: str
):
    sent = {
        name: await picture_of(studio, RED) if name.startswith("image") else value
        for name, value in options.items()
    }
    assert says.lower() in (await refused(studio, **sent)).lower()


async def test_a_mistake_in_the_words_can_be_edited(studio: Studio):
    message = await studio.private_answer(
        await blend(studio, **await pair(studio), prompt="a castle --sede 3")
    )
    form = await studio.driver.click(message["id"], button(message, "Edit"))
    card = await studio.result(await studio.driver.submit(form.id, typed(form, "a castle")))
    assert "a castle" in text_of(card)
    assert "blended from 2 pictures" in text_of(card)


async def test_a_dear_blend_is_asked_about_first_and_offered_smaller(studio: Studio):
    dear = {"prompt": "a desert --steps 150", "size": "1024x1024", "count": 2}
    asked = await blend(studio, **await pair(studio), **dear, member="ada")
    asked = await answered(studio.driver, asked)
    question = shown(asked)
    assert asked.ephemeral
    label = next(iter(buttons(question)))
    assert label.startswith("Draw 2 · "), text_of(question)
    ordered = await studio.driver.click(question["id"], buttons(question)[label], member="ada")
    card = await studio.result(ordered, within=60)
    assert len(attachments(card)) == 2
    many = {**dear, "count": 8}
    message = await studio.private_answer(await blend(studio, **await pair(studio), **many))
    labels = list(buttons(message))
    assert "Not enough credits" in text_of(message)
    assert any(label.startswith(("1 picture ·", "2 pictures ·")) for label in labels) or not any(
        " pictures · " in label for label in labels
    )


async def test_the_price_of_a_blend_is_quoted(studio: Studio):
    said = text_of(shown(await studio.driver.invoke("credits", {"quote": "a fox"})))
    assert "As a blend of pictures (`/blend`): 0.21" in said
