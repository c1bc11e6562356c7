"""Every file that the bot delivers says that a machine made it, on every way out."""

from __future__ import annotations

import asyncio
import io
import re
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from c2pa import Reader

from tests.generation.image.scripted import png
from tests.journeys.studio import (
    Studio,
    attachments,
    buttons,
    confirmed,
    opened,
    shown,
    text_of,
)
from tests.media.containers import manifests, packets, source_type
from tests.media.marking.credentials import verified

if TYPE_CHECKING:
    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]

WITHIN_S = 60
PAINTER, VIDEOER = "atelier-painter", "atelier-painter-film"
SECRET = "a cormorant in its nest"


@pytest_asyncio.fixture(loop_scope="module", scope="module", autouse=True)
async def rich(studio: Studio) -> None:
    state = await studio.driver.state()
    mina = next(one["id"] for one in state["members"] if one["name"] == "Mina")
    where = ("--guild", state["guild"]["id"], "--member", mina)
    status, said = await studio.operator("credits", "grant", *where, "--amount", "1000")
    assert status == 0, said


async def fetched(web: aiohttp.ClientSession, file: dict[str, Any]) -> tuple[bytes, str]:
    async with web.get(file["url"]) as answer:
        assert answer.status == 200
        return await answer.read(), answer.content_type


async def check(
    studio: Studio, web: aiohttp.ClientSession, card: dict[str, Any], engine_id: str = PAINTER
) -> set[str]:
    """Check the marks of all files on a card; the kinds of the files."""
    state = await studio.driver.state()
    found: set[str] = set()
    assert attachments(card)
    for file in attachments(card):
        data, mime = await fetched(web, file)
        assert source_type(data, mime) == "algorithmicMedia"
        told = verified(data, mime)
        assert told.action["softwareAgent"] == {"name": engine_id}
        assert told.action["digitalSourceType"].endswith("/algorithmicMedia")
        with Reader(mime, io.BytesIO(data)) as reader:
            assert reader.get_validation_state() == "Valid"
        says = told.store + b"".join(packets(data, mime))
        assert not re.search(rb"cormorant|nest\b|harbour", says)
        for member in state["members"]:
            assert str(member["id"]).encode() not in says
            is_bot = member["name"] == "Atelier"
            assert is_bot or member["name"].encode() not in says
        found.add(mime)
    return found


def has_video(message: dict[str, Any]) -> bool:
    return any(one["filename"].endswith(".mp4") for one in attachments(message))


async def video(studio: Studio, outcome: Outcome) -> dict[str, Any]:
    return await studio.message(shown(outcome)["id"], has_video, WITHIN_S)


async def preview(studio: Studio, outcome: Outcome) -> dict[str, Any]:
    """The waiting card once its picture is there: a busy bot says first that it is at work."""
    return await studio.message(shown(outcome)["id"], lambda one: bool(attachments(one)), WITHIN_S)


async def animate(studio: Studio) -> Outcome:
    file = await studio.driver.upload("harbour.png", png(0, (900, 600)))
    asked = await studio.driver.invoke("animate", {"image": file["id"]})
    return await confirmed(studio.driver, asked)


async def press(studio: Studio, card: dict[str, Any], label: str) -> Outcome:
    (custom_id,) = [one for name, one in buttons(card).items() if name.startswith(label)]
    return await studio.driver.click(card["id"], custom_id)


async def given(studio: Studio, card: dict[str, Any], label: str) -> dict[str, Any]:
    """The message with the film as animated picture."""
    await press(studio, card, label)
    name = f"atelier-{buttons(card)[label].partition(':')[2]}.{label.lower()}"
    return await studio.driver.wait_for_message(
        lambda one: any(file["filename"] == name for file in attachments(one)), within=30
    )


async def test_one_picture_and_several(studio: Studio, web: aiohttp.ClientSession):
    for options in ({}, {"count": 3}):
        card = await studio.result(await studio.imagine(SECRET, **options))
        assert len(attachments(card)) == options.get("count", 1)
        assert await check(studio, web, card) == {"image/png"}


async def test_a_picture_that_is_animated(studio: Studio, web: aiohttp.ClientSession):
    picture = await studio.result(await studio.imagine(f"{SECRET} --size 1024x576"))
    form = await press(studio, picture, "Animate")
    asked = await studio.driver.submit(
        form.id, {"length": ["2"], "motion": ["calm"], "camera": ["none"], "fit": ["pad"]}
    )
    outcome = await confirmed(studio.driver, asked)
    # Its first frame was drawn too.
    assert await check(studio, web, await preview(studio, outcome)) == {"image/jpeg"}
    assert await check(studio, web, await video(studio, outcome), VIDEOER) == {"video/mp4"}


async def test_a_video_on_all_its_ways(studio: Studio, web: aiohttp.ClientSession):
    outcome = await animate(studio)
    data, mime = await fetched(web, attachments(await preview(studio, outcome))[0])
    assert not packets(data, mime), "an upload is nobody's but its member's"
    assert not manifests(data, mime)
    card = await video(studio, outcome)
    assert await check(studio, web, card, VIDEOER) == {"video/mp4"}
    for label in ("GIF", "WebP"):
        kinds = await check(studio, web, await given(studio, card, label), VIDEOER)
        assert kinds == {f"image/{label.lower()}"}
    longer = await confirmed(studio.driver, await press(studio, card, "Extend"))
    assert await check(studio, web, await preview(studio, longer), VIDEOER) == {"image/jpeg"}
    longer_card = await video(studio, longer)
    assert await check(studio, web, longer_card, VIDEOER) == {"video/mp4"}
    form = await press(studio, longer_card, "Camera")
    assert opened(form)["title"] == "Camera"
    outcome = await studio.driver.submit(
        form.id, {"camera": ["zoom-in"], "strength": ["75"], "easing": ["linear"]}
    )
    moved = await video(studio, outcome)
    assert await check(studio, web, moved, VIDEOER) == {"video/mp4"}


async def test_a_morph(studio: Studio, web: aiohttp.ClientSession):
    asked = {"first": SECRET, "second": "a castle", "size": "64x64", "frames": 8}
    quoted = await studio.driver.invoke("morph", asked)
    card = await video(studio, await press(studio, shown(quoted), "Draw"))
    assert await check(studio, web, card) == {"video/mp4"}
    assert await check(studio, web, await given(studio, card, "GIF")) == {"image/gif"}


async def test_after_the_bot_was_killed(studio: Studio, web: aiohttp.ClientSession):
    outcome = await studio.imagine(f"{SECRET} --count 4 --size 768x768")
    async with asyncio.timeout(WITHIN_S):
        # The card comes a moment before the job.
        while True:
            if "is held" in text_of(shown(await studio.driver.invoke("credits"))):
                break
            await asyncio.sleep(0.05)
    await studio.kill()
    await studio.start()
    card = await studio.result(outcome, within=40)
    assert await check(studio, web, card) == {"image/png"}


async def test_the_key_is_for_its_owner_alone(studio: Studio):
    folder = studio.folder / "state" / "credentials"
    assert folder.stat().st_mode & 0o777 == 0o700
    kept = {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()}
    assert kept == {"signing.pem": 0o600, "root.pem": 0o600, "lock": 0o600}
