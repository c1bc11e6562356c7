"""Bad input: one clear private sentence, an Edit button with the whole prompt, nothing lost."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image

from tests.journeys.studio import Studio, buttons, text_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

BALANCE = "25.00"


async def refused(studio: Studio, prompt: str = "a fox", **options: Any) -> tuple[str, str]:
    """What the refusal says, and the prompt that its Edit button holds or that it gives back."""
    message = await studio.private_answer(await studio.imagine(prompt, **options))
    text = text_of(message)
    if "Edit" not in buttons(message):
        said, _, typed = text.partition("```\n")
        return said.replace("\\", ""), typed.partition("\n```")[0]
    form = await studio.driver.click(message["id"], buttons(message)["Edit"])
    assert form.modal, form
    held = "".join(row["component"]["value"] for row in form.modal["components"])
    return text.replace("\\", ""), held


async def balance(studio: Studio, member: str = "mina") -> str:
    outcome = await studio.driver.invoke("credits", member=member)
    assert outcome.ephemeral
    assert outcome.message
    return text_of(outcome.message)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("a castle::1,5 fog", "point"),
        ("a castle::11", "10"),
        ("a fox --ar 3:2 in snow", "Options come last"),
        ("a fox --seed 7 --seed 8", "seed"),
        ("a fox --sede 7", "--seed"),
        ("a fox --steps 9999", "150"),
        ("a fox --cfg 99", "35"),
        ("a fox --size 500x500", "64"),
        ("a fox --size 2048x2048", "1,048,576"),
        ("a fox --engine no-such-engine", "no-such-engine"),
        ("a fox --sampler k_eulr", "k_euler"),
        ("a fox --style anim", "anime"),
        ("a fox --sampler k_heun --clip slow", "ancestral"),
        ("a fox --count 40", "16"),
        ("{a, b, c, d, e} {a, b, c, d, e} fox", "25"),
        ("--ar 3:2", ""),
    ],
)
async def test_a_prompt_that_cannot_be_drawn(studio: Studio, prompt: str, says: str):
    text, held = await refused(studio, prompt)
    assert says in text
    assert "Nothing was charged" in text
    assert held == prompt
    assert f"have {BALANCE}" in await balance(studio)


async def test_a_mistake_is_shown_in_bold(studio: Studio):
    text, _ = await refused(studio, "a tall castle::1,5 fog")
    assert "**" in text.splitlines()[1]
    assert "a tall castle" in text.splitlines()[1]


async def test_a_very_long_prompt_comes_back_whole(studio: Studio):
    words = random.Random(7)
    prompt = " ".join("".join(words.choices("abcdef", k=6)) for _ in range(860))[:5980]
    prompt += " --nonsense"
    text, held = await refused(studio, prompt)
    assert "nonsense" in text
    assert held == prompt


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"aspect": "wide"}, "aspect"),
        ({"aspect": "0:3"}, "aspect"),
        ({"size": "huge"}, "size"),
        ({"size": "65x65"}, "64"),
        ({"engine": "nothing"}, "engine"),
        ({"negative": "fog::1"}, "negative"),
    ],
)
async def test_an_option_that_cannot_be_used(studio: Studio, options: dict[str, Any], says: str):
    text, held = await refused(studio, **options)
    assert says in text
    assert held.startswith("a fox")


def png(size: tuple[int, int]) -> bytes:
    return encoded(Image.effect_noise(size, 90).convert("1"))


def encoded(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def reader(studio: Studio) -> None:
    """The process that reads uploads; the first upload waits until it has started."""
    upload = await studio.driver.upload("first.png", png((64, 64)))
    await studio.imagine("a fox", image=upload["id"], member="jun")


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("filename", "kind", "data", "says"),
    [
        ("huge.png", "image/png", encoded(Image.new("1", (8000, 5000))), "megapixels"),
        ("cut.png", "image/png", png((512, 512))[:120], "damaged"),
        ("notes.txt", "text/plain", b"not a picture", "not a picture"),
        ("fake.png", "image/png", b"not a picture at all", "no picture"),
    ],
)
async def test_an_upload_that_is_no_picture(
    studio: Studio, filename: str, kind: str, data: bytes, says: str
):
    upload = await studio.driver.upload(filename, data, kind)
    text, held = await refused(studio, image=upload["id"])
    assert says in text
    assert held == "a fox"
    assert f"have {BALANCE}" in await balance(studio)


async def test_a_mask_needs_a_picture(studio: Studio):
    upload = await studio.driver.upload("mask.png", png((512, 512)))
    text, _ = await refused(studio, mask=upload["id"])
    assert "image" in text


async def test_a_mask_that_keeps_everything(studio: Studio):
    buffer = io.BytesIO()
    Image.new("L", (64, 64), 255).save(buffer, "PNG")
    picture = await studio.driver.upload("start.png", png((512, 512)))
    mask = await studio.driver.upload("mask.png", buffer.getvalue())
    text, _ = await refused(studio, image=picture["id"], mask=mask["id"])
    assert "black" in text


async def test_without_enough_credits_nothing_moves(studio: Studio):
    text, _ = await refused(studio, "a fox --size 1024x1024 --steps 150", count=10)
    assert "Not enough credits" in text
    assert f"you have {BALANCE}" in text
    assert f"have {BALANCE}" in await balance(studio)


async def test_where_the_bot_may_not_post_nothing_moves(studio: Studio):
    outcome = await studio.imagine("a fox", channel="read-only")
    assert outcome.ephemeral
    assert outcome.message
    assert "I need Send Messages" in text_of(outcome.message)
    assert not buttons(outcome.message)
    assert "a fox" in text_of(outcome.message)
    assert f"have {BALANCE}" in await balance(studio)


async def test_no_prompt_reaches_the_log(studio: Studio):
    await refused(studio, "a most peculiar walrus --sede 7")
    assert not [line for line in studio.said if "walrus" in line]


async def test_unknown_options_alone_can_be_left_out(studio: Studio):
    # Somebody else's: what the others spend is counted.
    outcome = await studio.imagine("a fox --v 6.1 --size 256x256 --tile", member="rowan")
    assert outcome.message
    said = text_of(outcome.message)
    assert "Midjourney" in said
    assert {"Edit", "Draw without them"} <= set(buttons(outcome.message))
    drawn = await studio.driver.click(
        outcome.message["id"], buttons(outcome.message)["Draw without them"], member="rowan"
    )
    assert "a fox" in text_of(await studio.result(drawn))
    wrong = await studio.imagine("a fox::11 --v 6.1")
    assert wrong.message
    assert "Draw without them" not in buttons(wrong.message)
