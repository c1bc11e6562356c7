"""Members' journeys through the unmodified discord.py: the playground end to end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from playground.world.world import JUN_ID
from tests.playground.bots import picture, studio

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from playground.wire import Json
    from tests.driver.driver import Driver, Outcome
    from tests.playground.bots import Bot


@pytest.fixture
async def bot(driver: Driver, connect: Callable[[Bot], Awaitable[None]]) -> AsyncGenerator[Bot]:
    """A connected bot with every kind of command; no rule may have been broken at the end."""
    one = studio()
    await connect(one)
    yield one
    assert (await driver.report())["problems"] == []


def content(outcome: Outcome) -> str:
    assert outcome.state == "acknowledged", outcome.error
    assert outcome.message is not None
    return outcome.message["content"]


@pytest.mark.usefixtures("bot")
async def test_slash_command_with_options(driver: Driver) -> None:
    options = {"name": "you", "times": 2, "tone": "kind", "who": JUN_ID}
    outcome = await driver.invoke("greet", options)
    assert content(outcome) == "kind hello Jun x2"
    assert outcome.ack_type == 4
    assert outcome.ack_ms is not None
    assert (await driver.messages())[-1] == outcome.message
    metadata = (outcome.message or {})["interaction_metadata"]
    assert (metadata["user"]["global_name"], metadata["name"]) == ("Mina", "greet")


@pytest.mark.usefixtures("bot")
async def test_subcommand(driver: Driver) -> None:
    assert content(await driver.invoke("credits gift", {"amount": 7})) == "gave 7"


@pytest.mark.usefixtures("bot")
async def test_attachment_is_read_from_the_cdn_and_sent_back(driver: Driver) -> None:
    uploaded = await driver.upload("a field.png", picture(12, 8))
    assert (uploaded["width"], uploaded["height"], uploaded["filename"]) == (12, 8, "a_field.png")
    outcome = await driver.invoke("echo", {"file": uploaded["id"]})
    (attachment,) = (outcome.message or {})["attachments"]
    assert (attachment["width"], attachment["height"]) == (12, 8)
    assert attachment["content_type"] == "image/png"
    async with aiohttp.ClientSession() as session, session.get(attachment["url"]) as response:
        assert await response.read() == picture(12, 8)


@pytest.mark.usefixtures("bot")
async def test_autocomplete(driver: Driver) -> None:
    choices = await driver.autocomplete("engine", "engine", {"engine": "sd"})
    assert choices == [{"name": f"sd-{n}", "value": f"sd-{n}"} for n in range(3)]


@pytest.mark.usefixtures("bot")
async def test_defer_fill_and_follow_up(driver: Driver) -> None:
    outcome = await driver.invoke("slow")
    assert outcome.ack_type == 5
    await driver.wait_for_message(lambda message: message["content"] == "and more")
    done, more = await driver.messages()
    assert (done["id"], done["content"]) == ((outcome.message or {})["id"], "done")
    assert "thinking" not in done
    assert more["message_reference"]["message_id"] == done["id"]
    kinds = [event.type for event in (await driver.listen()).events if "message" in event.type]
    assert kinds == ["message_create", "message_update", "message_create"]


@pytest.mark.usefixtures("bot")
async def test_first_followup_fills_the_deferred_message(driver: Driver) -> None:
    await driver.invoke("lazy")
    await driver.wait_for_message(lambda message: message["content"] == "second")
    assert [message["content"] for message in await driver.messages()] == ["first", "second"]


@pytest.mark.usefixtures("bot")
async def test_private_answers_are_seen_by_the_invoker_only(driver: Driver) -> None:
    outcome = await driver.invoke("slow", {"private": True})
    assert outcome.ephemeral
    await driver.wait_for_message(lambda message: message["content"] == "and more")
    assert all(message["ephemeral"] for message in await driver.messages())
    assert await driver.messages(member="jun") == []


@pytest.mark.usefixtures("bot")
async def test_button_edits_its_message(driver: Driver) -> None:
    outcome = await driver.invoke("buttons")
    message: Json = outcome.message or {}
    pressed = await driver.click(message["id"], "again", member="jun")
    assert (pressed.kind, pressed.ack_type) == ("component", 7)
    (after,) = await driver.messages()
    assert after["content"] == "again!"
    assert after["edited_timestamp"] is not None


@pytest.mark.usefixtures("bot")
async def test_selects(driver: Driver) -> None:
    message: Json = (await driver.invoke("buttons")).message or {}
    chosen = await driver.select(message["id"], "colours", ["red", "blue"])
    assert content(chosen) == "red,blue"
    assert (chosen.message or {})["message_reference"]["message_id"] == message["id"]
    assert content(await driver.select(message["id"], "who", [JUN_ID])) == "Jun"


@pytest.mark.usefixtures("bot")
async def test_form_with_labels_and_a_file(driver: Driver) -> None:
    opened = await driver.invoke("form")
    assert opened.modal is not None
    event = await driver.wait_for(lambda event: event.type == "modal")
    assert event.data == {"interaction": opened.id, "modal": opened.modal}
    prompt, engine, file = (label["component"]["custom_id"] for label in opened.modal["components"])
    uploaded = await driver.upload("mask.png", picture())
    values: dict[str, Any] = {prompt: "fog", engine: ["painter"], file: [uploaded["id"]]}
    sent = await driver.submit(opened.id, values)
    assert sent.kind == "modal"
    assert content(sent) == "fog ['painter'] ['mask.png']"


@pytest.mark.usefixtures("bot")
async def test_context_menus(driver: Driver) -> None:
    greeting = await driver.invoke("greet", {"name": "all"})
    message: Json = greeting.message or {}
    quoted = await driver.menu("Quote this", message=message["id"])
    assert content(quoted) == f"> {message['content']}"
    assert content(await driver.menu("Wave", target=JUN_ID)) == "Jun o/"


@pytest.mark.usefixtures("bot")
async def test_card_with_a_gallery(driver: Driver) -> None:
    await driver.invoke("card")
    card = await driver.wait_for_message(lambda message: message["flags"] & 1 << 15 != 0)
    (container,) = card["components"]
    text, gallery, section, _, row = container["components"]
    assert text["content"] == "**A picture**"
    assert [item["media"]["width"] for item in gallery["items"]] == [6, 6]
    names = [attachment["filename"] for attachment in card["attachments"]]
    assert names == ["p0.png", "p1.png"]
    assert section["accessory"]["media"]["attachment_id"] == card["attachments"][0]["id"]
    assert row["components"][0]["custom_id"] == "card:again"
    ids = [component["id"] for component in container["components"]]
    assert len(set(ids)) == len(ids)


@pytest.mark.usefixtures("bot")
async def test_commands_for_moderators_and_adults(driver: Driver) -> None:
    assert content(await driver.invoke("moderate", member="rowan")) == "moderated"
    assert content(await driver.invoke("adults", channel="after-dark")) == "ok"


@pytest.mark.usefixtures("bot")
async def test_many_interactions_at_once(driver: Driver) -> None:
    outcomes = await asyncio.gather(
        *(driver.invoke("greet", {"name": f"n{number}"}) for number in range(100))
    )
    assert [content(o) for o in outcomes] == [f"kind hello n{number} x1" for number in range(100)]
    assert len(await driver.messages()) == 100
