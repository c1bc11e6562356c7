"""Our answers and the library's requests, held against Discord's own OpenAPI description.

The description is not part of the project: without DISCORD_OPENAPI these tests are skipped.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from playground.rules.openapi import OpenApi, load
from playground.wire import Refusal
from playground.world.world import APPLICATION_ID, GUILD_ID, MINA_ID, STUDIO_ID
from tests.playground.bots import picture

if TYPE_CHECKING:
    from playground.server import Playground
    from playground.wire import Json
    from tests.driver.driver import Driver
    from tests.playground.raw import Answer, RawBot

DESCRIPTION = os.environ.get("DISCORD_OPENAPI", "")
pytestmark = pytest.mark.skipif(
    not Path(DESCRIPTION).is_file(),
    reason="DISCORD_OPENAPI is not set: Discord's own description judges nothing in this run",
)

V2 = 1 << 15
BUTTON = {"type": 2, "style": 1, "label": "Go", "custom_id": "go", "emoji": {"name": "🎨"}}
SELECT = {"type": 3, "custom_id": "pick", "options": [{"label": "a", "value": "a"}]}
COMMANDS = f"/applications/{APPLICATION_ID}/commands"
CARD: list[Json] = [
    {
        "type": 17,
        "accent_color": 5,
        "components": [
            {"type": 10, "content": f"**card** <@{MINA_ID}>"},
            {"type": 12, "items": [{"media": {"url": "attachment://a.png"}, "description": "d"}]},
            {"type": 13, "file": {"url": "attachment://a.png"}},
            {"type": 14},
            {
                "type": 9,
                "components": [{"type": 10, "content": "x"}],
                "accessory": {"type": 11, "media": {"url": "https://example.com/a.png"}},
            },
            {"type": 1, "components": [BUTTON]},
            {"type": 1, "components": [SELECT]},
        ],
    }
]
OPTIONS: list[Json] = [
    {"type": 3, "name": "text", "description": "x", "required": True, "max_length": 5},
    {"type": 4, "name": "n", "description": "x", "choices": [{"name": "a", "value": 1}]},
]


@pytest.fixture
def description() -> OpenApi:
    return load(Path(DESCRIPTION))


class Judge:
    """Asks the playground and lets the description judge the answer."""

    def __init__(self, raw: RawBot, description: OpenApi) -> None:
        self._raw = raw
        self._description = description

    async def ask(
        self,
        route: str,
        body: Any = None,
        files: dict[str, bytes] | None = None,
        *,
        ids: dict[str, str] | None = None,
    ) -> Any:
        method, template = route.split(" ")
        query = "?with_counts=1&with_response=1&with_localizations=1"
        answer: Answer = await self._raw.call(
            method, template.format_map(ids or {}) + query, body, files
        )
        faults = self._description.faults_of_answer(route, answer.status, answer.body)
        assert faults == [], answer.body
        return answer.body


@pytest.fixture
async def judge(raw: RawBot, description: OpenApi) -> Judge:
    await raw.identify()
    return Judge(raw, description)


def test_every_route_is_one_of_discords(playground: Playground, description: OpenApi) -> None:
    routes = [f"{r.method} {r.path.removeprefix('/api/v10')}" for r in playground.rest.routes]
    assert len(routes) > 30
    assert [route for route in routes if not description.knows(route)] == []


async def test_an_option_may_ask_for_media_channels(raw: RawBot) -> None:
    where: Json = {"type": 7, "name": "where", "description": "x", "channel_types": [0, 15, 16]}
    body: Json = {"name": "put", "description": "x", "options": [where]}
    assert (await raw.call("POST", COMMANDS, body)).status == 201
    where["channel_types"] = [17]
    assert (await raw.call("POST", COMMANDS, body)).fault_at("options.0.channel_types.0")


async def test_answers_about_the_application(judge: Judge) -> None:
    for route in (
        "GET /users/@me",
        "GET /applications/@me",
        "GET /oauth2/applications/@me",
        "GET /gateway",
        "GET /gateway/bot",
        "GET /users/@me/guilds",
    ):
        await judge.ask(route)


async def test_answers_about_commands(judge: Judge) -> None:
    base = "/applications/{application_id}/commands"
    ids = {"application_id": APPLICATION_ID, "guild_id": GUILD_ID}
    one: Json = {"name": "one", "description": "x", "options": OPTIONS}
    command = await judge.ask(f"POST {base}", one, ids=ids)
    await judge.ask(f"PUT {base}", [one, {"name": "Menu", "type": 3}], ids=ids)
    await judge.ask(f"GET {base}", ids=ids)
    ids["command_id"] = command["id"]
    await judge.ask(f"GET {base}/{{command_id}}", ids=ids)
    await judge.ask(f"PATCH {base}/{{command_id}}", {"description": "y"}, ids=ids)
    base = "/applications/{application_id}/guilds/{guild_id}/commands"
    await judge.ask(f"PUT {base}", [one], ids=ids)
    await judge.ask(f"GET {base}", ids=ids)


async def test_answers_about_guilds_and_channels(judge: Judge) -> None:
    ids = {"guild_id": GUILD_ID, "user_id": MINA_ID, "channel_id": STUDIO_ID}
    for route in (
        "GET /guilds/{guild_id}",
        "GET /guilds/{guild_id}/channels",
        "GET /guilds/{guild_id}/roles",
        "GET /guilds/{guild_id}/members/{user_id}",
        "GET /users/{user_id}",
        "GET /channels/{channel_id}",
    ):
        await judge.ask(route, ids=ids)
    direct = await judge.ask("POST /users/@me/channels", {"recipient_id": MINA_ID})
    await judge.ask("GET /channels/{channel_id}", ids={"channel_id": direct["id"]})


async def test_answers_about_messages(judge: Judge) -> None:
    base = "/channels/{channel_id}/messages"
    ids = {"channel_id": STUDIO_ID}
    card = {"flags": V2, "components": CARD}
    files = {"a.png": picture()}
    await judge.ask(f"POST {base}", card, files, ids=ids)
    embed = {"title": "t", "image": {"url": "attachment://a.png"}, "fields": []}
    plain: Json = {"content": f"<@{MINA_ID}>", "embeds": [embed], "nonce": "n"}
    sent = await judge.ask(f"POST {base}", plain, files, ids=ids)
    ids["message_id"] = sent["id"]
    await judge.ask(f"GET {base}/{{message_id}}", ids=ids)
    await judge.ask(f"PATCH {base}/{{message_id}}", {"content": "y"}, ids=ids)
    reply: Json = {"content": "x", "message_reference": {"message_id": sent["id"]}}
    await judge.ask(f"POST {base}", reply, ids=ids)
    pointer = {"type": 1, "message_id": sent["id"], "channel_id": STUDIO_ID}
    await judge.ask(f"POST {base}", {"message_reference": pointer}, ids=ids)
    assert len(await judge.ask(f"GET {base}", ids=ids)) == 4


async def test_answers_to_interactions(judge: Judge, raw: RawBot, driver: Driver) -> None:
    commands = f"/applications/{APPLICATION_ID}/commands"
    await raw.call("PUT", commands, [{"name": "ping", "description": "x"}])
    asking = asyncio.create_task(driver.invoke("ping"))
    interaction = await raw.next()
    callback = "POST /interactions/{interaction_id}/{interaction_token}/callback"
    ids = {
        "interaction_id": interaction["id"],
        "interaction_token": interaction["token"],
        "webhook_id": APPLICATION_ID,
        "webhook_token": interaction["token"],
    }
    await judge.ask(callback, {"type": 5, "data": {"flags": 64}}, ids=ids)
    await asking
    base = "/webhooks/{webhook_id}/{webhook_token}"
    await judge.ask(f"GET {base}/messages/@original", ids=ids)
    card = {"flags": V2, "components": CARD}
    await judge.ask(f"PATCH {base}/messages/@original", card, {"a.png": picture()}, ids=ids)
    ids["message_id"] = (await judge.ask(f"POST {base}", {"content": "x"}, ids=ids))["id"]
    await judge.ask(f"PATCH {base}/messages/{{message_id}}", {"content": "y"}, ids=ids)
    await press_and_fill_in(judge, raw, driver, callback)


async def press_and_fill_in(judge: Judge, raw: RawBot, driver: Driver, callback: str) -> None:
    """A reply with a button, its press, and the form that the press opens."""
    asking = asyncio.create_task(driver.invoke("ping"))
    interaction = await raw.next()
    ids = {"interaction_id": interaction["id"], "interaction_token": interaction["token"]}
    row = {"type": 1, "components": [BUTTON]}
    reply = {"type": 4, "data": {"content": "x", "components": [row]}}
    message = (await judge.ask(callback, reply, ids=ids))["resource"]["message"]
    await asking
    pressing = asyncio.create_task(driver.click(message["id"], "go"))
    interaction = await raw.next()
    ids = {"interaction_id": interaction["id"], "interaction_token": interaction["token"]}
    entry = {"type": 4, "custom_id": "t", "style": 1}
    label = {"type": 18, "label": "L", "component": entry}
    form = {"custom_id": "f", "title": "F", "components": [label]}
    await judge.ask(callback, {"type": 9, "data": form}, ids=ids)
    opened = await pressing
    sending = asyncio.create_task(driver.submit(opened.id, {"t": "hi"}))
    interaction = await raw.next()
    ids = {"interaction_id": interaction["id"], "interaction_token": interaction["token"]}
    await judge.ask(callback, {"type": 7, "data": {"content": "y"}}, ids=ids)
    await sending


async def test_refusals_have_discords_shape(raw: RawBot, description: OpenApi) -> None:
    answer = await raw.call("POST", f"/channels/{STUDIO_ID}/messages", {"content": "x" * 2001})
    assert set(answer.body) == {"code", "message", "errors"}
    assert answer.body["errors"]["content"]["_errors"][0].keys() == {"code", "message"}


def test_numbers_pass_as_ids(description: OpenApi) -> None:
    route = "POST /channels/{channel_id}/messages"
    body: Json = {"content": "x", "attachments": [{"id": 0, "filename": "a.png"}]}
    description.check_request(route, body)
    body["attachments"][0]["id"] = -1
    with pytest.raises(Refusal) as caught:
        description.check_request(route, body)
    assert caught.value.code == 50035


def test_faults_are_named_where_they_are(description: OpenApi) -> None:
    route = "POST /interactions/{interaction_id}/{interaction_token}/callback"
    row: Json = {"type": 1, "components": [BUTTON | {"label": "x" * 81}, {"type": 2}]}
    body: Json = {
        "type": 4,
        "data": {"flags": V2, "components": [{"type": 17, "components": [row]}]},
    }
    with pytest.raises(Refusal) as caught:
        description.check_request(route, body)
    tree: Any = (caught.value.errors or {})["data"]["components"]["0"]["components"]["0"]
    assert tree["components"]["0"]["label"]["_errors"][0]["code"] == "BASE_TYPE_BAD_LENGTH"
    assert tree["components"]["1"]["style"]["_errors"][0]["code"] == "BASE_TYPE_REQUIRED"
