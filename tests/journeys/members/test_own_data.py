"""/privacy: what is kept, exported, deleted and shared, on both databases."""

from __future__ import annotations

import asyncio
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.databases import DATABASES, studio_on
from tests.journeys.studio import (
    WITHIN_S,
    Studio,
    attachments,
    button,
    buttons,
    shown,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import aiohttp

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=DATABASES)
async def studio(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    async with studio_on(request.param, tmp_path_factory.mktemp("studio")) as opened_studio:
        yield opened_studio


async def drawn(studio: Studio, prompt: str, member: str) -> dict[str, Any]:
    card = await studio.result(await studio.imagine(f"{prompt} --size 64x64", member=member))
    await studio.settled(member)
    return card


async def asked(studio: Studio, member: str) -> dict[str, Any]:
    outcome = await studio.driver.invoke("privacy", member=member)
    assert outcome.ephemeral, outcome
    return shown(outcome)


async def with_file(studio: Studio, outcome: Outcome) -> dict[str, Any]:
    async with asyncio.timeout(WITHIN_S):
        while True:
            message = (await studio.driver.interaction(outcome.id)).message
            if message and attachments(message):
                return message
            await asyncio.sleep(0.05)


async def deleted(studio: Studio, message_id: str, member: str) -> None:
    """Wait until the private card says so."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            for one in await studio.driver.messages(member=member):
                if one["id"] == message_id and "**Deleted.**" in text_of(one):
                    return
            await asyncio.sleep(0.05)


async def test_everything_is_exported(studio: Studio, web: aiohttp.ClientSession):
    await drawn(studio, "a quiet cove", "ines")
    await studio.driver.invoke("style save", {"name": "ink", "text": "in ink"}, member="ines")
    card = await asked(studio, "ines")
    assert "1 job, 1 of them with files" in text_of(card)
    assert "kept 30 days after it is done" in text_of(card)
    sent = await studio.driver.click(card["id"], buttons(card)["Export"], member="ines")
    (file,) = attachments(await with_file(studio, sent))
    async with web.get(file["url"]) as answer:
        archive = zipfile.ZipFile(io.BytesIO(await answer.read()))
    names = archive.namelist()
    assert names[0] == "data.json"
    assert [name for name in names if name.endswith(".png")]
    data = json.loads(archive.read("data.json"))
    assert data["jobs"][0]["order"]["prompt"] == "a quiet cove --size 64x64"
    assert data["styles"] == [{"name": "ink", "text": "in ink"}]


async def test_everything_is_deleted_and_what_is_left_stays(studio: Studio):
    cards = [await drawn(studio, f"a fading star {number}", "jun") for number in range(2)]
    had = (await studio.settled("jun")).splitlines()[0]
    card = await asked(studio, "jun")
    question = shown(
        await studio.driver.click(
            card["id"], buttons(card)["Delete everything of mine"], member="jun"
        )
    )
    assert "Credits are not returned" in text_of(question)
    await studio.restart()
    await studio.driver.click(question["id"], buttons(question)["Delete everything"], member="jun")
    for gone in cards:
        await studio.driver.wait_for(
            lambda event, gone=gone: (
                event.type == "message_delete" and event.data["id"] == gone["id"]
            )
        )
    await deleted(studio, question["id"], "jun")
    assert "Kept of you: 0 jobs" in text_of(await asked(studio, "jun"))
    said = await studio.settled("jun")
    assert said.splitlines()[0] == had
    assert "fading star" not in said
    await studio.verify_books()
    again = await drawn(studio, "a new star", "jun")
    assert attachments(again)


async def test_others_may_not_use_what_is_not_shared(studio: Studio):
    card = await drawn(studio, "a locked gate", "mina")
    settings = await asked(studio, "mina")
    await studio.driver.click(settings["id"], button(settings, "Don't let others"))
    for label in ("Reroll", "Edit", "Animate"):
        refused = await studio.driver.click(card["id"], button(card, label), member="rowan")
        assert "Its author lets nobody else use it." in text_of(shown(refused)), label
    menu = await studio.driver.menu("Animate", message=card["id"], member="rowan")
    assert "lets nobody else" in text_of(shown(menu))
    assert (await studio.driver.click(card["id"], button(card, "Edit"))).modal
    settings = await asked(studio, "mina")
    await studio.driver.click(settings["id"], button(settings, "Let others use mine"))
    assert (await studio.driver.click(card["id"], button(card, "Edit"), member="rowan")).modal
