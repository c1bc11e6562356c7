"""The rules of interaction tokens: one answer, in 3 seconds, and 15 minutes after it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from playground.world.world import APPLICATION_ID, STUDIO_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.wire import Json
    from tests.driver.driver import Driver, Outcome
    from tests.playground.raw import RawBot

    Ask = Callable[[], Awaitable[tuple[Json, asyncio.Task[Outcome]]]]

EPHEMERAL, LOADING = 1 << 6, 1 << 7
COMMANDS = f"/applications/{APPLICATION_ID}/commands"
BUTTON = {
    "type": 1,
    "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}],
}
FORM = {
    "custom_id": "form",
    "title": "A form",
    "components": [
        {
            "type": 18,
            "label": "Text",
            "component": {"type": 4, "custom_id": "text", "style": 1, "max_length": 5},
        }
    ],
}


@pytest.fixture
async def bot(raw: RawBot) -> RawBot:
    """A raw bot with one command, /ping."""
    await raw.identify()
    await raw.call("PUT", COMMANDS, [{"name": "ping", "description": "Ping"}])
    return raw


@pytest.fixture
def ask(bot: RawBot, driver: Driver) -> Ask:
    """Invokes /ping and gives the interaction as the bot received it."""

    async def invoke() -> tuple[Json, asyncio.Task[Outcome]]:
        asking = asyncio.create_task(driver.invoke("ping"))
        return await bot.next(), asking

    return invoke


def webhook(interaction: Json) -> str:
    return f"/webhooks/{APPLICATION_ID}/{interaction['token']}"


def original(interaction: Json) -> str:
    return webhook(interaction) + "/messages/@original"


async def kinds(driver: Driver) -> list[str]:
    return [problem["kind"] for problem in (await driver.report())["problems"]]


async def test_payload_has_what_discord_sends(bot: RawBot, ask: Ask) -> None:
    interaction, asking = await ask()
    assert interaction["attachment_size_limit"] == 10 * 1024 * 1024
    assert interaction["channel"]["id"] == interaction["channel_id"] == STUDIO_ID
    assert interaction["member"]["user"]["username"] == "mina"
    assert int(interaction["member"]["permissions"]) & 1 << 31
    assert int(interaction["app_permissions"]) & 1 << 11
    assert interaction["authorizing_integration_owners"] == {"0": interaction["guild_id"]}
    assert (interaction["version"], interaction["context"]) == (1, 0)
    await bot.acknowledge(interaction, 4, {"content": "pong"})
    await asking


async def test_answer_names_the_message(bot: RawBot, ask: Ask) -> None:
    interaction, asking = await ask()
    answer = await bot.acknowledge(interaction, 4, {"content": "pong", "flags": EPHEMERAL})
    outcome = await asking
    message: Json = outcome.message or {}
    about = answer.body["interaction"]
    assert about["response_message_id"] == message["id"]
    assert about["response_message_ephemeral"] is True
    assert answer.body["resource"]["message"]["content"] == "pong"
    assert (outcome.ephemeral, message["type"]) == (True, 20)


async def test_no_body_unless_asked(bot: RawBot, ask: Ask) -> None:
    interaction, asking = await ask()
    path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
    answer = await bot.call("POST", path, {"type": 5})
    assert (answer.status, answer.body) == (204, "")
    await asking


async def test_second_acknowledgement_is_refused(bot: RawBot, ask: Ask, driver: Driver) -> None:
    interaction, asking = await ask()
    await bot.acknowledge(interaction, 5)
    await asking
    assert (await bot.acknowledge(interaction, 5)).code == 40060
    assert await kinds(driver) == ["double_acknowledgement"]


async def test_late_acknowledgement_is_refused(bot: RawBot, ask: Ask, driver: Driver) -> None:
    interaction, asking = await ask()
    await driver.advance(3.1)
    late = await bot.acknowledge(interaction, 5)
    assert (late.status, late.code) == (404, 10062)
    outcome = await asking
    assert (outcome.state, outcome.error) == ("failed", "The application did not respond.")
    await driver.wait_for(lambda event: event.type == "interaction_failed")
    assert await kinds(driver) == ["late_or_unknown_interaction"]
    assert (await bot.call("PATCH", original(interaction), {"content": "x"})).code == 10015


async def test_no_bot_no_answer(bot: RawBot, driver: Driver) -> None:
    await bot.socket.close(code=1000)
    await driver.wait_for(lambda event: event.data == {"connected": False})
    outcome = await driver.invoke("ping")
    assert (outcome.state, outcome.ack_ms) == ("failed", None)
    assert outcome.error is not None
    assert "no bot" in outcome.error


async def test_wrong_tokens(bot: RawBot, ask: Ask) -> None:
    interaction, asking = await ask()
    forged = interaction | {"token": "forged"}
    assert (await bot.acknowledge(forged, 5)).code == 10062
    assert (await bot.call("POST", webhook(forged), {"content": "x"})).code == 10015
    too_early = await bot.call("POST", webhook(interaction), {"content": "x"})
    assert too_early.code == 10015
    await bot.acknowledge(interaction, 5)
    await asking
    other = f"/webhooks/{STUDIO_ID}/{interaction['token']}/messages/@original"
    assert (await bot.call("GET", other)).code == 10015


async def test_token_expires_after_15_minutes(bot: RawBot, ask: Ask, driver: Driver) -> None:
    interaction, asking = await ask()
    await bot.acknowledge(interaction, 5)
    await asking
    await driver.advance(899)
    assert (await bot.call("PATCH", original(interaction), {"content": "x"})).status == 200
    await driver.advance(2)
    answer = await bot.call("PATCH", original(interaction), {"content": "y"})
    assert (answer.status, answer.code) == (401, 50027)
    message = (await driver.messages())[0]
    path = f"/channels/{STUDIO_ID}/messages/{message['id']}"
    assert (await bot.call("PATCH", path, {"content": "z"})).status == 200


async def test_deferred_message_thinks_until_it_is_filled(
    bot: RawBot, ask: Ask, driver: Driver
) -> None:
    interaction, asking = await ask()
    answer = await bot.acknowledge(interaction, 5)
    assert answer.body["interaction"]["response_message_loading"] is True
    waiting: Json = (await asking).message or {}
    assert (waiting["thinking"], waiting["flags"]) == (True, LOADING)
    filled = await bot.call("POST", webhook(interaction), {"content": "filled"})
    assert (filled.body["id"], filled.body["flags"]) == (waiting["id"], 0)
    assert filled.body["edited_timestamp"] is None
    second = await bot.call("POST", webhook(interaction), {"content": "second"})
    assert second.body["id"] != waiting["id"]
    assert len((await driver.interaction(interaction["id"])).followups) == 1


async def test_privacy_is_fixed_by_the_deferral(bot: RawBot, ask: Ask, driver: Driver) -> None:
    interaction, asking = await ask()
    await bot.acknowledge(interaction, 5, {"flags": EPHEMERAL})
    await asking
    await bot.call("PATCH", original(interaction), {"content": "secret", "flags": 0})
    (message,) = await driver.messages()
    assert message["ephemeral"]
    assert message["flags"] & EPHEMERAL
    assert await driver.messages(member="rowan") == []
    public = f"/channels/{STUDIO_ID}/messages"
    assert (await bot.call("GET", public)).body == []
    assert (await bot.call("GET", f"{public}/{message['id']}")).code == 10008


async def test_original_can_be_read_edited_and_deleted(
    bot: RawBot, ask: Ask, driver: Driver
) -> None:
    interaction, asking = await ask()
    await bot.acknowledge(interaction, 4, {"content": "a"})
    message: Json = (await asking).message or {}
    assert (await bot.call("GET", original(interaction))).body["content"] == "a"
    path = webhook(interaction) + f"/messages/{message['id']}"
    assert (await bot.call("PATCH", path, {"content": "b"})).body["content"] == "b"
    assert (await bot.call("DELETE", original(interaction))).status == 204
    await driver.wait_for(lambda event: event.type == "message_delete")
    assert (await bot.call("GET", original(interaction))).code == 10008
    assert (await bot.call("DELETE", path)).code == 10008


async def test_interactions_have_their_own_callback_types(bot: RawBot, ask: Ask) -> None:
    interaction, asking = await ask()
    for ack_type in (1, 6, 7, 8, 10, 42, "4", None):
        answer = await bot.acknowledge(interaction, ack_type, {})  # pyright: ignore[reportArgumentType]
        assert answer.code == 50035, ack_type
        assert answer.body["errors"]["type"]
    await bot.acknowledge(interaction, 5)
    await asking


async def test_button_and_its_message(bot: RawBot, driver: Driver) -> None:
    path = f"/channels/{STUDIO_ID}/messages"
    message = (await bot.call("POST", path, {"content": "a", "components": [BUTTON]})).body
    pressing = asyncio.create_task(driver.click(message["id"], "go"))
    interaction = await bot.next()
    assert interaction["message"]["id"] == message["id"]
    assert interaction["data"]["component_type"] == 2
    assert (await bot.acknowledge(interaction, 6)).status == 200
    assert (await pressing).message == message
    await bot.call("PATCH", original(interaction), {"content": "b"})
    followup = await bot.call("POST", webhook(interaction), {"content": "c"})
    assert followup.body["id"] != message["id"]
    assert [m["content"] for m in await driver.messages()] == ["b", "c"]


async def test_updating_a_deleted_message(bot: RawBot, driver: Driver) -> None:
    path = f"/channels/{STUDIO_ID}/messages"
    message = (await bot.call("POST", path, {"content": "a", "components": [BUTTON]})).body
    pressing = asyncio.create_task(driver.click(message["id"], "go"))
    interaction = await bot.next()
    await bot.call("DELETE", f"{path}/{message['id']}")
    assert (await bot.acknowledge(interaction, 7, {"content": "b"})).code == 10008
    assert (await bot.acknowledge(interaction, 6)).status == 200
    await pressing


async def test_form_from_a_button(bot: RawBot, driver: Driver) -> None:
    path = f"/channels/{STUDIO_ID}/messages"
    message = (await bot.call("POST", path, {"content": "a", "components": [BUTTON]})).body
    pressing = asyncio.create_task(driver.click(message["id"], "go"))
    await bot.acknowledge(await bot.next(), 9, FORM)
    opened = await pressing
    sending = asyncio.create_task(driver.submit(opened.id, {"text": "hi"}))
    interaction = await bot.next()
    assert interaction["message"]["id"] == message["id"]
    label = interaction["data"]["components"][0]
    assert (label["type"], label["component"]["value"]) == (18, "hi")
    assert (await bot.acknowledge(interaction, 9, FORM)).code == 50035
    assert (await bot.acknowledge(interaction, 7, {"content": "hi"})).status == 200
    await sending
    assert (await driver.messages())[0]["content"] == "hi"


async def test_replayed_interaction_is_acknowledged_once(
    bot: RawBot, ask: Ask, driver: Driver
) -> None:
    interaction, asking = await ask()
    await driver.replay(interaction["id"])
    again = await bot.next()
    assert again == interaction
    assert (await bot.acknowledge(interaction, 4, {"content": "once"})).status == 200
    assert (await bot.acknowledge(again, 4, {"content": "twice"})).code == 40060
    await asking
    assert (await driver.report())["messages_posted"] == 1
