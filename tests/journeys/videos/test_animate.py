"""Members make films: from a file, a message, a result and from words; the real bot and painter."""

from __future__ import annotations

import asyncio
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

import av
import pytest
import pytest_asyncio

from tests.generation.image.scripted import png
from tests.journeys.studio import (
    Studio,
    alt_texts,
    attachments,
    buttons,
    confirmed,
    opened,
    shown,
    text_of,
)

if TYPE_CHECKING:
    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

CREDITS = "1000"
WITHIN_S = 60
FRAMES = 25


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def rich(studio: Studio) -> None:
    for name in ("Mina", "Rowan"):
        await grant(studio, name)


async def grant(studio: Studio, name: str) -> None:
    state = await studio.driver.state()
    member = next(one["id"] for one in state["members"] if one["name"] == name)
    where = ("--guild", state["guild"]["id"], "--member", member)
    status, said = await studio.operator("credits", "grant", *where, "--amount", CREDITS)
    assert status == 0, said


def has_video(message: dict[str, Any]) -> bool:
    return any(one["filename"].endswith(".mp4") for one in attachments(message))


async def animate(studio: Studio, **options: Any) -> Outcome:
    """/animate with a picture of 900×600, and yes to its price."""
    file = await studio.driver.upload("harbour.png", png(0, (900, 600)))
    asked = await studio.driver.invoke("animate", {"image": file["id"], **options})
    return await confirmed(studio.driver, asked)


async def video(studio: Studio, outcome: Outcome) -> dict[str, Any]:
    """The card of a film once it is there."""
    return await studio.message(shown(outcome)["id"], has_video, WITHIN_S)


async def balance_mc(studio: Studio) -> int:
    """What Mina has once nothing is held, as /credits says it."""
    found = re.search(r"You have ([0-9.]+) credits", await studio.settled())
    assert found
    return round(float(found[1]) * 1000)


def chosen(form: Outcome) -> dict[str, str]:
    """What the selects of a form have chosen, by their names."""
    selects = [label["component"] for label in opened(form)["components"]]
    return {
        one["custom_id"]: option["value"]
        for one in selects
        for option in one["options"]
        if option.get("default")
    }


async def until_held(studio: Studio) -> None:
    """Wait until the order is a job: its card comes a moment before."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            if "is held" in text_of(shown(await studio.driver.invoke("credits"))):
                return
            await asyncio.sleep(0.05)


async def press(studio: Studio, card: dict[str, Any], label: str) -> Outcome:
    (custom_id,) = [one for name, one in buttons(card).items() if name.startswith(label)]
    return await studio.driver.click(card["id"], custom_id)


async def frames(web: aiohttp.ClientSession, card: dict[str, Any]) -> tuple[int, tuple[int, int]]:
    """How many frames a card's film has, and its size."""
    (file,) = attachments(card)
    async with web.get(file["url"]) as answer:
        assert answer.content_type == "video/mp4"
        data = await answer.read()
    with av.open(BytesIO(data), "r") as made:
        stream = made.streams.video[0]
        count = sum(1 for _ in made.decode(stream))
        return count, (stream.width, stream.height)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def finished(studio: Studio, rich: None) -> dict[str, Any]:
    """The card of a finished film, for whatever is done with one."""
    return await video(studio, await animate(studio))


async def test_a_file_becomes_a_video(studio: Studio, web: aiohttp.ClientSession):
    before_mc = await balance_mc(studio)
    outcome = await animate(studio, motion="lively", seed=7)
    waiting = shown(outcome)
    lines = text_of(waiting).splitlines()
    assert lines[1] == "20.00 credits reserved; charged only when the film is delivered"
    assert lines[2] == "2 s · 1024×576 · motion 190"
    assert lines[3].startswith("Expected <t:")
    assert [one["filename"] for one in attachments(waiting)] == ["first-frame.jpg"]
    assert list(buttons(waiting)) == ["Cancel"]
    card = await video(studio, outcome)
    assert await frames(web, card) == (FRAMES, (1024, 576))
    assert alt_texts(card) == ["AI-generated: harbour.png"]
    assert "seed 7 · motion 190 · 20.00 credits" in text_of(card)
    assert "cropped to 1024×576" in text_of(card)
    assert before_mc - await balance_mc(studio) == 20_000


async def test_a_video_is_extended_twice(studio: Studio, web: aiohttp.ClientSession):
    card = await video(studio, await animate(studio, fit="pad", camera="pan-left"))
    for parts in (2, 3):
        asked = await press(studio, card, "Extend · 20.00")
        assert "**2 s more for 20.00 credits?**" in text_of(shown(asked))
        outcome = await confirmed(studio.driver, asked)
        assert "2 s more" in text_of(shown(outcome))
        card = await video(studio, outcome)
        assert (await frames(web, card))[0] == parts * FRAMES
        assert f"{2 * parts} s · " in text_of(card)
        assert "pan left" in text_of(card)


async def test_several_parts_at_once(studio: Studio, web: aiohttp.ClientSession):
    outcome = await animate(studio, length=4, fit="stretch")
    assert text_of(shown(outcome)).splitlines()[1].startswith("40.00 credits reserved")
    card = await video(studio, outcome)
    assert (await frames(web, card))[0] == 2 * FRAMES


async def test_the_camera_moves_in_a_finished_video(
    studio: Studio, web: aiohttp.ClientSession, finished: dict[str, Any]
):
    before = await studio.settled()
    form = await press(studio, finished, "Camera")
    assert opened(form)["title"] == "Camera"
    moved = await studio.driver.submit(
        form.id, {"camera": ["zoom-in"], "strength": ["75"], "easing": ["linear"]}
    )
    assert "Free" in text_of(shown(moved))
    result = await video(studio, moved)
    assert "zoom in, 75 %, linear · free" in text_of(result)
    assert (await frames(web, result))[0] == FRAMES
    assert before.splitlines()[0] == (await studio.settled()).splitlines()[0]


@pytest.mark.parametrize(("label", "kind"), [("GIF", "image/gif"), ("WebP", "image/webp")])
async def test_a_video_is_given_as_animated_picture(
    studio: Studio, label: str, kind: str, finished: dict[str, Any]
):
    outcome = await press(studio, finished, label)
    again = await press(studio, finished, label)
    assert "Already in progress." in text_of(shown(again))

    def is_it(one: dict[str, Any]) -> bool:
        return any(file["content_type"] == kind for file in attachments(one))

    private = await studio.driver.wait_for_message(is_it, within=30)
    assert f"The film as {label}" in text_of(private)
    assert outcome.state == "acknowledged"


async def test_words_are_drawn_first_and_approved(studio: Studio, web: aiohttp.ClientSession):
    outcome = await studio.driver.invoke(
        "animate", {"prompt": "a red lighthouse --seed 7", "length": 2}
    )
    assert "costs nothing until you approve it" in text_of(shown(outcome))
    picture = await studio.result(outcome)
    assert "**Make the film from this picture?** 20.00 credits more" in text_of(picture)
    assert "1024×576" in text_of(picture)
    assert list(buttons(picture))[:2] == ["Animate · 20.00", "Keep only the picture"]
    stranger = await studio.driver.click(
        picture["id"], buttons(picture)["Animate · 20.00"], member="rowan"
    )
    assert stranger.ephemeral
    approved = await press(studio, picture, "Animate")
    card = await video(studio, approved)
    assert "a red lighthouse" in text_of(card)
    assert (await frames(web, card))[0] == FRAMES
    answered = await studio.message(
        picture["id"], lambda one: "Keep only the picture" not in buttons(one)
    )
    assert "Animate" in buttons(answered)
    assert attachments(answered)


async def test_a_picture_without_approval_costs_no_video(studio: Studio):
    outcome = await studio.driver.invoke("animate", {"prompt": "a wren --seed 8"})
    picture = await studio.result(outcome)
    before = await studio.settled()
    await press(studio, picture, "Keep only the picture")
    left = await studio.message(
        picture["id"], lambda one: "Keep only the picture" not in buttons(one)
    )
    assert "Make the film" not in text_of(left)
    assert attachments(left)
    assert before.splitlines()[0] == (await studio.settled()).splitlines()[0]


async def test_a_result_is_animated_by_its_button(studio: Studio):
    picture = await studio.result(await studio.imagine("a harbour --count 2 --size 256x256"))
    form = await press(studio, picture, "Animate")
    labels = [one["label"] for one in opened(form)["components"]]
    assert labels[0] == "Picture"
    asked = await studio.driver.submit(
        form.id,
        {"picture": ["1"], "length": ["2"], "motion": ["calm"], "camera": ["none"], "fit": ["pad"]},
    )
    card = await video(studio, await confirmed(studio.driver, asked))
    assert "768×768" in text_of(card)
    assert "motion 30" in text_of(card)


async def test_a_message_is_animated_from_its_menu(studio: Studio):
    message = await studio.driver.post("look", {"boat.png": png(1, (600, 900))})
    form = await studio.driver.menu("Animate", message=message["id"])
    asked = await studio.driver.submit(
        form.id, {"length": ["2"], "motion": ["normal"], "camera": ["none"], "fit": ["crop"]}
    )
    card = await video(studio, await confirmed(studio.driver, asked))
    assert "576×1024" in text_of(card)
    others = await studio.driver.menu("Animate", message=message["id"], member="rowan")
    assert others.ephemeral
    assert "another member's" in text_of(shown(others))
    text = await studio.driver.post("only words")
    none = await studio.driver.menu("Animate", message=text["id"])
    assert "It has no picture" in text_of(shown(none))


async def test_cancelling_while_it_is_made_releases_the_hold(studio: Studio):
    before = (await studio.settled()).splitlines()[0]
    outcome = await animate(studio, length=10)
    await until_held(studio)
    await press(studio, shown(outcome), "Cancel")
    await studio.message(shown(outcome)["id"], lambda one: "Cancelled" in text_of(one))
    assert (await studio.settled()).splitlines()[0] == before


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"motion": "fast"}, "Motion must be calm, gentle, normal, lively, wild, or 1–255."),
        ({"motion": "0"}, "or 1–255."),
        ({"strength": 50}, "Strength needs a camera move: add `camera`."),
    ],
)
async def test_a_mistake_is_one_clear_sentence(studio: Studio, options: dict[str, Any], says: str):
    refused = await animate(studio, **options)
    assert refused.ephemeral
    assert says in text_of(shown(refused))


async def test_a_film_needs_a_picture_or_words(studio: Studio):
    refused = await studio.driver.invoke("animate", {})
    assert "Add a picture or a prompt." in text_of(shown(refused))


async def test_the_card_says_that_words_do_not_count(studio: Studio):
    outcome = await animate(studio, prompt="a wren")
    assert "The words don't count" in text_of(await video(studio, outcome))


async def test_rubbish_is_no_picture(studio: Studio):
    before = (await studio.settled()).splitlines()[0]
    file = await studio.driver.upload("harbour.png", b"\x89PNG\r\n\x1a\nrubbish")
    asked = await studio.driver.invoke("animate", {"image": file["id"]})
    refused = await confirmed(studio.driver, asked)
    assert refused.ephemeral
    assert "It is no picture of a kind that I read" in text_of(shown(refused))
    assert (await studio.settled()).splitlines()[0] == before


async def test_who_has_too_little_is_offered_a_shorter_video(studio: Studio):
    file = await studio.driver.upload("harbour.png", png(0, (900, 600)), member="jun")
    refused = await studio.driver.invoke(
        "animate", {"image": file["id"], "length": 6}, member="jun"
    )
    assert refused.ephemeral
    said = shown(refused)
    assert "That costs 60.00; you have 25.00." in text_of(said)
    form = await studio.driver.click(said["id"], buttons(said)["Edit"], member="jun")
    assert chosen(form)["length"] == "6"
    shorter = await studio.driver.click(said["id"], buttons(said)["2 s · 20.00"], member="jun")
    await video(studio, shorter)


async def test_a_video_outlasts_a_restart_of_the_bot(studio: Studio, web: aiohttp.ClientSession):
    outcome = await animate(studio, length=4)
    await until_held(studio)
    await studio.kill()
    await studio.start()
    card = await video(studio, outcome)
    assert (await frames(web, card))[0] == 2 * FRAMES
    # Buttons of before still work.
    assert opened(await press(studio, card, "Camera"))["title"] == "Camera"
