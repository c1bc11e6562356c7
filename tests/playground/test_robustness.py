"""Whatever a bot or a page sends, the playground answers in Discord's form and stays up."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import aiohttp
import yarl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.rest.bodies import Body
from playground.rules.commands import check_command
from playground.rules.fields import is_object
from playground.rules.messages import check_message
from playground.rules.modals import check_modal, shown_modal
from playground.server import Playground
from playground.wire import Json, Refusal
from playground.world.components import stored
from playground.world.registry import Registry
from playground.world.snowflakes import Clock
from playground.world.world import STUDIO_ID, World
from tests.playground.raw import RawBot, until

if TYPE_CHECKING:
    from collections.abc import Callable

_SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.text(max_size=6) | st.just("x" * 5000)
)
_KEYS = (
    *("content", "components", "type", "custom_id", "label", "style", "options", "value"),
    *("items", "media", "url", "flags", "embeds", "attachments", "id", "accessory", "title"),
    *("component", "name", "description", "choices", "fields", "allowed_mentions", "parse"),
    *("min_values", "max_values", "emoji", "nonce", "users", "footer", "name_localizations"),
    *("contexts", "integration_types", "channel_types", "default_values", "author", "image"),
    *("file", "sku_id", "min_length", "max_length", "required", "autocomplete", "member"),
)
_PLAUSIBLE: dict[str, st.SearchStrategy[Any]] = {
    "type": st.integers(1, 23),
    "style": st.integers(1, 6),
    "flags": st.sampled_from([0, 1 << 15]),
    "url": st.sampled_from(["https://example.com/a", "attachment://a.png"]),
    "name": st.sampled_from(["a", "b"]),
    "description": st.just("d"),
    "custom_id": st.sampled_from(["a", "b"]),
}


_LISTED = ("components", "options", "items", "embeds", "fields", "choices", "attachments")


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    lists = st.dictionaries(st.sampled_from(_LISTED), st.lists(inner, max_size=3), max_size=2)
    anything = st.dictionaries(st.sampled_from(_KEYS), inner, max_size=2)
    plausible = st.fixed_dictionaries({}, optional=_PLAUSIBLE)
    merged = st.builds(lambda a, b, c: a | b | c, plausible, lists, anything)
    return merged | st.lists(inner, max_size=3)


_JSON = st.recursive(_SCALARS, _objects, max_leaves=20)
_OBJECT = _objects(_JSON).filter(is_object)


def _resolve(reference: Json, path: tuple[str | int, ...]) -> tuple[Json, None]:
    return {"url": str(reference["url"])}, None


def _refused(check: Callable[[], None]) -> int | None:
    try:
        check()
    except Refusal as refusal:
        return refusal.code
    return None


@given(_OBJECT)
def test_message_rules_refuse_or_let_through(data: Json) -> None:
    if _refused(lambda: check_message(Body(data), None)) in (50035, 50006, 0):
        return
    # What passed the rules can be stored.
    json.dumps(stored(data.get("components") or [], _resolve))


@given(_OBJECT)
def test_modal_rules_refuse_or_let_through(data: Json) -> None:
    if _refused(lambda: check_modal(data, ())) == 50035:
        return
    json.dumps(shown_modal(data))


@given(_JSON)
@example({"options": [{"name": {}}]})
@example({"options": [{"type": 3, "name": "a", "choices": [{"name": {}}, {"name": []}]}]})
def test_command_rules_refuse_or_let_through(data: Any) -> None:
    if _refused(lambda: check_command(data, ())) == 50035:
        return
    assert is_object(data)
    Registry(World(Clock())).upsert(None, data)


@settings(max_examples=25, deadline=None)
@given(body=_JSON)
def test_routes_answer_in_discords_form(body: Any) -> None:
    asyncio.run(_ask_everything(body))


async def _ask_everything(body: Any) -> None:
    async with Playground() as playground, aiohttp.ClientSession() as session:
        raw = RawBot(playground, session)
        for method, path in (
            ("POST", f"/channels/{STUDIO_ID}/messages"),
            ("PUT", f"/applications/{playground.world.bot.id}/commands"),
            ("POST", "/users/@me/channels"),
        ):
            answer = await raw.call(method, path, body)
            assert answer.status < 500 or answer.code == 0, answer
            assert answer.status < 300 or is_object(answer.body)
        for action in ("invoke", "click", "select", "submit", "faults", "gateway", "time"):
            url = f"{playground.url}drive/{action}"
            async with session.post(url, json=body) as response:
                assert response.status in (200, 400, 404, 409)
                assert is_object(await response.json())


async def test_a_bot_that_dies_while_it_sends_is_no_problem() -> None:
    async with Playground() as playground:
        address = yarl.URL(playground.api_base)
        assert address.host
        _, writer = await asyncio.open_connection(address.host, address.port)
        head = f"POST {address.path}/channels/{STUDIO_ID}/messages HTTP/1.1\r\n"
        head += f"Host: {address.authority}\r\n"
        token = f"Authorization: Bot {playground.token}\r\n"
        length = "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
        writer.write((head + token + length).encode())
        await writer.drain()
        await until(lambda: playground.report.payload(openapi=False)["requests"] != {})
        writer.transport.abort()
        async with aiohttp.ClientSession() as session:
            assert (await RawBot(playground, session).call("GET", "/users/@me")).status == 200
        assert playground.report.payload(openapi=False)["problems"] == []
