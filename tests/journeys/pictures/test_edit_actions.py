"""/edit beyond inpainting: the painter erases, extends, replaces, recolours and cuts out."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from tests.journeys.studio import (
    Studio,
    attachments,
    button,
    buttons,
    opened,
    shown,
    text_of,
    walk,
)
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    import aiohttp
    from numpy.typing import NDArray

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

SIZE = (320, 240)
BLUE, RED = (150, 200, 240), (200, 30, 40)
BOX = (120, 80, 200, 160)
"""Where the red square is."""


def square() -> Image.Image:
    picture = Image.new("RGB", SIZE, BLUE)
    ImageDraw.Draw(picture).rectangle((BOX[0], BOX[1], BOX[2] - 1, BOX[3] - 1), fill=RED)
    return picture


async def start_of(studio: Studio, picture: Image.Image | None = None) -> str:
    buffer = BytesIO()
    (picture or square()).save(buffer, "PNG")
    return (await studio.driver.upload("start.png", buffer.getvalue()))["id"]


async def edited(studio: Studio, action: str, **options: Any) -> dict[str, Any]:
    """The card of an edit with its picture."""
    typed = {"image": await start_of(studio), **options}
    outcome = await studio.driver.invoke(f"edit {action}", typed)
    assert not outcome.ephemeral, text_of(shown(outcome))
    return await studio.result(outcome)


async def refused(studio: Studio, action: str, **options: Any) -> str:
    outcome = await studio.driver.invoke(f"edit {action}", options)
    return text_of(await studio.private_answer(outcome)).replace("\\", "")


async def file_of(web: aiohttp.ClientSession, card: dict[str, Any]) -> bytes:
    async with web.get(attachments(card)[0]["url"]) as answer:
        return await answer.read()


async def picture_of(web: aiohttp.ClientSession, card: dict[str, Any]) -> Image.Image:
    return Image.open(BytesIO(await file_of(web, card)))


def job_of(card: dict[str, Any]) -> str:
    return text_of(card).rpartition("job ")[2].split()[0]


async def test_a_background_is_removed(studio: Studio, web: aiohttp.ClientSession):
    card = await edited(studio, "background")
    told = text_of(card)
    assert "background removed · 320×240 · Painter (demo)" in told
    assert "0.10 credits" in told
    assert list(buttons(card)) == ["Animate", "More", "Recipe", "Delete", "Report"]
    data = await file_of(web, card)
    made = Image.open(BytesIO(data))
    assert made.mode == "RGBA"
    assert made.getpixel((10, 10))[3] == 0  # pyright: ignore[reportIndexIssue, reportOptionalSubscript]
    assert made.getpixel((160, 120)) == (*RED, 255)
    recipe = read_recipe(data)
    assert recipe
    assert recipe.edit == {"action": "remove-background"}


async def test_a_part_is_erased_by_a_mask_or_an_area(studio: Studio, web: aiohttp.ClientSession):
    mask = Image.new("L", SIZE, 255)
    mask.paste(0, (110, 70, 210, 170))
    sent = await start_of(studio, mask.convert("RGB"))
    for options in ({"mask": sent}, {"area": "centre"}):
        made = (await picture_of(web, await edited(studio, "erase", **options))).convert("RGB")
        assert np.abs(np.asarray(made, dtype=int) - BLUE).max() <= 3
    assert "There is none; attach one, or choose an area" in await refused(
        studio, "erase", image=await start_of(studio)
    )


async def test_a_picture_grows_beyond_its_edges(studio: Studio, web: aiohttp.ClientSession):
    card = await edited(studio, "outpaint", left=40, down=20, prompt="a sea")
    assert "extended · 320×240 → 360×260" in text_of(card)
    made = (await picture_of(web, card)).convert("RGB")
    assert made.size == (360, 260)
    kept = made.crop((40, 0, 360, 240))
    assert np.array_equal(np.asarray(kept), np.asarray(square()))
    usual = await edited(studio, "outpaint")
    assert "extended · 320×240 → 480×360" in text_of(usual)


async def test_what_words_name_is_replaced(studio: Studio, web: aiohttp.ClientSession):
    card = await edited(studio, "replace", search="the red *box*", prompt="a green forest")
    told = text_of(card)
    assert "a green forest" in told
    assert "“the red \\*box\\*” replaced" in told
    made = np.asarray((await picture_of(web, card)).convert("RGB"), dtype=int)
    assert np.abs(made[:60] - BLUE).max() == 0
    assert np.abs(made[100:140, 140:180] - RED).mean() > 20


async def test_what_words_name_is_recoloured(studio: Studio, web: aiohttp.ClientSession):
    card = await edited(studio, "recolour", search="the red box", prompt="green")
    made = (await picture_of(web, card)).convert("RGB")
    red, green, _ = made.getpixel((160, 120))  # pyright: ignore[reportGeneralTypeIssues]
    assert green > red
    assert made.getpixel((10, 10)) == BLUE


async def test_a_result_of_ones_own_is_edited(studio: Studio, web: aiohttp.ClientSession):
    first = await studio.result(await studio.imagine("a lone tower --seed 5 --size 384x256"))
    job_id = job_of(first)
    await studio.settled()
    outcome = await studio.driver.invoke("edit background", {"job": job_id})
    card = await studio.result(outcome)
    assert "a lone tower" in text_of(card)
    assert (await picture_of(web, card)).size == (384, 256)
    recipe = await studio.driver.click(card["id"], buttons(card)["Recipe"])
    said = text_of(shown(recipe))
    assert "Remove the background" in said
    again = await studio.driver.invoke(
        "edit recolour", {"job": job_of(card), "search": "blue", "prompt": "red"}
    )
    assert "a lone tower" not in text_of(await studio.result(again))


async def test_a_dear_edit_is_asked_about_first(studio: Studio):
    await studio.driver.invoke("settings", {"ask_from": "always"})
    outcome = await studio.driver.invoke("edit background", {"image": await start_of(studio)})
    assert outcome.ephemeral
    question = shown(outcome)
    assert "Remove the background for 0.10 credits?" in text_of(question)
    make = button(question, "Remove the background · 0.10")
    await studio.stop()
    await studio.start()
    made = await studio.driver.click(question["id"], make)
    assert "background removed" in text_of(await studio.result(made))
    options = {"image": await start_of(studio), "search": "the red box", "prompt": "a hill"}
    question = shown(await studio.driver.invoke("edit replace", options))
    form = await studio.driver.click(question["id"], buttons(question)["Edit"])
    said: dict[str, Any] = {"search": "the red box", "prompt0": "a lake"}
    question = shown(await studio.driver.submit(form.id, said))
    assert "a lake" in text_of(question)
    made = await studio.driver.click(question["id"], button(question, "Replace something"))
    assert "“the red box” replaced" in text_of(await studio.result(made))
    await studio.driver.invoke("settings", {"ask_from": "usual"})


def select_of(card: dict[str, Any]) -> dict[str, Any]:
    (found,) = [one for one in walk(card["components"]) if one["type"] == 3]
    return found


async def test_one_picture_is_edited_by_a_button_after_a_restart_too(
    studio: Studio, web: aiohttp.ClientSession
):
    card = await studio.result(await studio.imagine("a lone tower --seed 5 --size 384x256"))
    private = shown(await studio.driver.click(card["id"], buttons(card)["Upscale"]))
    offered = shown(await studio.driver.click(private["id"], buttons(private)["Edit"]))
    select = select_of(offered)
    assert [one["label"] for one in select["options"]] == [
        "Draw a part again",
        "Extend beyond the edges · 0.10",
        "Erase a part · 0.10",
        "Replace something · 0.10",
        "Recolour something · 0.10",
        "Remove the background · 0.10",
    ]
    await studio.stop()
    await studio.start()

    async def chosen(value: str) -> Outcome:
        return await studio.driver.select(offered["id"], select["custom_id"], [value])

    made = await studio.result(await chosen("remove-background"))
    assert "background removed" in text_of(made)
    forms: list[tuple[str, dict[str, Any], str]] = [
        ("outpaint", {"direction": ["lr"], "share": ["50"], "prompt0": ""}, "384×256 → 768×256"),
        ("erase", {"area": ["centre"]}, "a part erased"),
        ("replace", {"search": "the tower", "prompt0": "a **hill**"}, "“the tower” replaced"),
        ("recolour", {"search": "the tower", "prompt0": "red"}, "“the tower” recoloured"),
        ("inpaint", {"area": ["left"], "prompt0": "an orange desert"}, "an orange desert"),
    ]
    for value, said, told in forms:
        form = await chosen(value)
        assert form.modal, form
        answered = await studio.driver.submit(form.id, said)
        assert not answered.ephemeral, text_of(shown(answered))
        assert told in text_of(await studio.result(answered))


async def opened_form(studio: Studio, action: str, words: str) -> tuple[dict[str, Any], Outcome]:
    """A picture, and the form of an edit of it."""
    card = await studio.result(await studio.imagine(words))
    private = shown(await studio.driver.click(card["id"], buttons(card)["Upscale"]))
    offered = shown(await studio.driver.click(private["id"], buttons(private)["Edit"]))
    select = select_of(offered)
    return card, await studio.driver.select(offered["id"], select["custom_id"], [action])


async def difference(
    web: aiohttp.ClientSession, before: dict[str, Any], after: dict[str, Any]
) -> NDArray[Any]:
    """How much each pixel of one card's picture is another one on the other card."""
    first, then = [(await picture_of(web, card)).convert("RGB") for card in (before, after)]
    return np.abs(np.asarray(first, dtype=int) - np.asarray(then, dtype=int)).max(axis=2)


async def mask_of(studio: Studio, size: tuple[int, int], box: tuple[int, int, int, int]) -> str:
    """An upload that is black in a box."""
    mask = Image.new("L", size, 255)
    mask.paste(0, box)
    return await start_of(studio, mask.convert("RGB"))


async def test_the_form_of_a_part_takes_a_mask_and_a_whole_prompt(
    studio: Studio, web: aiohttp.ClientSession
):
    card, form = await opened_form(studio, "inpaint", "a lone tower --seed 5 --size 384x256")
    box = (0, 0, 128, 256)
    said: dict[str, Any] = {
        "mask": [await mask_of(studio, (384, 256), box)],
        "prompt0": "an orange desert::2 fog::-0.5 --seed 9",
    }
    made = await studio.result(await studio.driver.submit(form.id, said))
    assert "an orange desert::2 fog::-0.5 --seed 9" in text_of(made)
    changed = await difference(web, card, made)
    assert changed[:, :100].mean() > 20
    assert changed[:, 160:].max() <= 3


async def test_a_mask_says_what_is_erased(studio: Studio, web: aiohttp.ClientSession):
    card, form = await opened_form(studio, "erase", "a lone tower --seed 6 --size 384x256")
    mask = await mask_of(studio, (384, 256), (128, 0, 256, 256))
    made = await studio.result(await studio.driver.submit(form.id, {"mask": [mask]}))
    assert "a part erased" in text_of(made)
    changed = await difference(web, card, made)
    assert changed[:, 140:240].mean() > 5
    assert changed[:, :120].max() <= 3


@pytest.mark.parametrize(
    ("area", "size", "says"),
    [
        ([], None, "There is none; attach one, or choose an area"),
        (["left"], (128, 128), "There is the area “left third” as well; leave one of them out"),
        ([], (300, 40), "It is 300×40, but the image is 128×128; a mask needs its shape"),
    ],
)
async def test_a_form_says_what_is_wrong_with_its_mask(
    studio: Studio, area: list[str], size: tuple[int, int] | None, says: str
):
    for action in ("inpaint", "erase"):
        _, form = await opened_form(studio, action, "a wren --size 128x128")
        mask = [await mask_of(studio, size, (0, 0, 20, 20))] if size else []
        words = {"prompt0": "an owl"} if action == "inpaint" else {}
        answered = await studio.driver.submit(form.id, {"area": area, "mask": mask, **words})
        told = text_of(await studio.private_answer(answered))
        assert says in told.replace("\\", "")
        assert "Nothing was charged" in told


async def test_words_of_an_edit_have_weights_and_options(studio: Studio):
    options = {"search": "the red box", "prompt": "a forest::2 fog::-1 --seed 7 --size 64x64"}
    card = await edited(studio, "replace", **options)
    told = text_of(card)
    assert "a forest::2 --no fog --size 64x64 --seed 7" in told
    assert "seed 7" in told
    assert "Left out, since here the picture decides: --size" in told.replace("\\", "")


async def test_a_mistake_in_words_is_mended_in_a_form(studio: Studio):
    sent = await start_of(studio)
    options = {"image": sent, "search": "the red box", "prompt": "a hill::99"}
    refusal = shown(await studio.driver.invoke("edit replace", options))
    assert "a hill::" in text_of(refusal)
    assert "Nothing was charged" in text_of(refusal)
    form = await studio.driver.click(refusal["id"], buttons(refusal)["Edit"])
    held = [row["component"].get("value") for row in opened(form)["components"]]
    assert held == ["the red box", "a hill::99"]
    answered = await studio.driver.submit(
        form.id, {"search": "the red box", "prompt0": "a hill::9"}
    )
    assert "“the red box” replaced" in text_of(await studio.result(answered))


async def test_a_quote_tells_what_edits_cost(studio: Studio):
    quoted = await studio.driver.invoke("credits", {"quote": "a fox --size 128x128"})
    assert "Edits (**Edit** on a result): Extend beyond the edges 0.10" in text_of(shown(quoted))


@pytest.mark.parametrize(
    ("action", "options", "says"),
    [
        ("background", {}, "There is none; attach one, or name a result of yours as job."),
        ("background", {"job": "abcdefgh"}, "You have no result of that id"),
        ("replace", {"search": "a 🐈 \u202ex", "prompt": "@everyone **b**"}, "there is none"),
        (
            "erase",
            {"image": "", "engine": "atelier-painter", "area": "top"},
            "atelier-painter-edit can",
        ),
        ("outpaint", {"image": "", "left": 0, "right": 0}, "above 0"),
    ],
)
async def test_what_cannot_be_done_is_one_sentence(
    studio: Studio, action: str, options: dict[str, Any], says: str
):
    sent = {
        name: await start_of(studio) if name == "image" else value
        for name, value in options.items()
    }
    said = await refused(studio, action, **sent)
    assert says.lower() in " ".join(said.replace("**", "").split()).lower()
    assert "Nothing was charged" in said
