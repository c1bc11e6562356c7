"""Options that no client of Discord's sends: each is answered with a sentence, and moves nothing.

The payloads go to the bot as they are, past everything that Discord checks. Commands are found by
what the bot has registered, so a new one is tried too.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.journeys.studio import WITHIN_S, shown, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.journeys.studio import Studio

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMMAND, AUTOCOMPLETE = 2, 4
UNKNOWN = "9" * 18
HOSTILE: list[Any] = [
    *(float("nan"), float("inf"), float("-inf"), 1e308, -1e308, 5e-324, -0.0, 0.0, 0.0005, 1e6 + 1),
    *(0, -1, 1 << 53, 1 << 63, -(1 << 63), 10**30, True, False, None, [], {}, ["a"]),
    *("", " ", "a" * 6001, "\0", "a\0b", "\ud800", "\u202e", "nan", "inf", "1e400", "-0", "0.0"),
    *("None", "٣", "²", UNKNOWN, "0", "-1", "9" * 40, "x" * 400, "<@1>", "../..", "{}", "%s"),
]
FILES: list[dict[str, Any]] = [
    {"size": size, "url": url, "filename": name, "width": side, "height": side}
    for size in (-1, 0, 10**30, "9", None)
    for url, name in (("http://127.0.0.1:1/x.png", "x.png"), ("", ""), ("file:///x", "\0"))
    for side in (None, -1, 0, 10**9, "1")
]
USUAL = {3: "1", 4: 1, 5: True, 6: UNKNOWN, 7: UNKNOWN, 8: UNKNOWN, 10: 1.0, 11: UNKNOWN}
DRAWING = ("imagine", "edit", "animate", "morph")


class Raw:
    """Sends payloads to the bot as if they came from Discord."""

    def __init__(self, studio: Studio) -> None:
        self.driver, self._playground = studio.driver, studio.playground
        self._said = studio.said

    def leaves(self) -> Iterator[tuple[list[str], dict[str, Any]]]:
        """Every slash command with its path, those first that draw."""
        actions = self._playground.actions
        guild_id = actions.channel("studio", actions.member("ada")).guild_id
        found = [one for one in self._playground.registry.usable_in(guild_id) if one["type"] == 1]
        for command in sorted(found, key=lambda one: one["name"] not in DRAWING):
            yield from leaves_of([command["name"]], command)

    async def send(self, path: list[str], options: list[Any], *, kind: int = COMMAND, **more: Any):
        """What the bot answers."""
        actions, interactions = self._playground.actions, self._playground.interactions
        user = actions.member("ines" if path[0] == "operator" else "ada")
        nested = options
        for depth, name in reversed(list(enumerate(path[1:], start=1))):
            is_leaf = depth == len(path) - 1
            nested = [{"name": name, "type": 1 if is_leaf else 2, "options": nested}]
        data = {"id": "1", "name": path[0], "type": 1, "options": nested, **more}
        sent = interactions.create(kind, user, actions.channel("studio", user), data)
        session = self._playground.sessions.recipient(sent.channel.guild_id)
        assert session
        # In ASCII, which can say also what is no text in UTF-8.
        session.dispatch("INTERACTION_CREATE", json.dumps(sent.payload))
        await interactions.settle(sent)
        return sent

    async def check(self, path: list[str], options: list[Any], **more: Any) -> None:
        """A payload is answered, and not as an error of ours."""
        sent = await self.send(path, options, **more)
        assert sent.state == "acknowledged", (path, options, sent.error, self._said[-20:])
        if sent.original is None:
            return
        async with asyncio.timeout(WITHIN_S):
            outcome = await self.driver.interaction(sent.id)
            while shown(outcome).get("thinking"):
                await asyncio.sleep(0.02)
                outcome = await self.driver.interaction(sent.id)
        assert "reference" not in text_of(shown(outcome)), (path, options, text_of(shown(outcome)))

    async def check_all(self, cases: list[tuple[list[str], list[Any], dict[str, Any]]]) -> None:
        """Many of them, some at a time; the log names no fault."""
        for begin in range(0, len(cases), 20):
            some = cases[begin : begin + 20]
            await asyncio.gather(*(self.check(path, given, **more) for path, given, more in some))
        faults = [at for at, line in enumerate(self._said) if "Traceback" in line]
        assert not faults, self._said[faults[0] - 3 : faults[0] + 40]


def leaves_of(path: list[str], node: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    inner = [one for one in node.get("options") or [] if one["type"] in (1, 2)]
    if not inner:
        yield path, node
    for one in inner:
        yield from leaves_of([*path, one["name"]], one)


def usual(node: dict[str, Any], name: str, value: Any, kind: int | None = None) -> list[Any]:
    """One option with that value beside those that are required."""
    options = node.get("options") or []
    return [
        {"name": one["name"], "type": kind if kind and one["name"] == name else one["type"]}
        | {"value": value if one["name"] == name else USUAL[one["type"]]}
        for one in options
        if one["name"] == name or one.get("required")
    ]


@pytest_asyncio.fixture(loop_scope="module")
async def raw(studio: Studio) -> Raw:
    await studio.driver.wait_for_bot()
    await studio.driver.invoke("limits pause", member="rowan")
    return Raw(studio)


@pytest.mark.timeout(240)
async def test_every_option_of_every_command(raw: Raw) -> None:
    cases: list[tuple[list[str], list[Any], dict[str, Any]]] = []
    for path, node in raw.leaves():
        for option in node.get("options") or []:
            name = option["name"]
            cases += [(path, usual(node, name, value), {}) for value in HOSTILE]
            cases += [
                (path, usual(node, name, USUAL.get(kind), kind), {}) for kind in (3, 4, 10, 99)
            ]
            if option["type"] == 11:
                cases += [(path, usual(node, name, "7"), resolved("7", file)) for file in FILES]
        cases.append((path, [{"name": "no such option", "type": 3, "value": "x"}], {}))
        cases += [([*path[:-1], "nothing"], [], {}), ([*path, "deeper"], [], {})]
    for menu in ("Animate", "Remove and refund", "None of ours"):
        targets: list[Any] = [{}, {"target_id": "7"}, {"target_id": "7", "resolved": {}}]
        cases += [([menu], [], {"type": 3, **target}) for target in targets]
    await raw.check_all(cases)


def resolved(key: str, file: dict[str, Any]) -> dict[str, Any]:
    return {
        "resolved": {
            "attachments": {key: {"id": key, "proxy_url": "x", "content_type": "image/png", **file}}
        }
    }


@pytest.mark.timeout(120)
async def test_what_is_half_typed(raw: Raw) -> None:
    cases: list[tuple[list[str], list[Any], dict[str, Any]]] = []
    for path, node in raw.leaves():
        for option in node.get("options") or []:
            if option.get("autocomplete"):
                for value in HOSTILE:
                    focused = {"name": option["name"], "type": option["type"], "focused": True}
                    cases.append((path, [{**focused, "value": value}], {"kind": AUTOCOMPLETE}))
    assert cases
    await raw.check_all(cases)


VALUES = st.sampled_from(HOSTILE) | st.floats() | st.integers() | st.text(max_size=50)


@pytest.mark.timeout(120)
async def test_several_options_at_once(raw: Raw) -> None:
    found = list(raw.leaves())

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.data())
    def gather(data: st.DataObject) -> None:
        path, node = data.draw(st.sampled_from(found))
        some = [one for one in node.get("options") or [] if data.draw(st.booleans())]
        cases.append((path, [{**named(one), "value": data.draw(VALUES)} for one in some], {}))

    cases: list[tuple[list[str], list[Any], dict[str, Any]]] = []
    gather()
    await raw.check_all(cases)


def named(option: dict[str, Any]) -> dict[str, Any]:
    return {"name": option["name"], "type": option["type"]}


async def test_gifts_of_nothing_move_nothing(raw: Raw, studio: Studio) -> None:
    await studio.driver.invoke("limits gifts", {"allowed": True}, member="rowan")
    before = await studio.settled("ada")
    actions = raw._playground.actions  # pyright: ignore[reportPrivateUsage]
    for amount in (0.0, -0.0, -1.0, float("nan"), float("inf"), 0.0005, 1e308):
        mina = actions.member("mina")
        member = {"id": mina.id, "username": "mina", "discriminator": "0", "avatar": None}
        joined = {"roles": [], "joined_at": "2026-01-01T00:00:00+00:00", "permissions": "0"}
        joined |= {"deaf": False, "mute": False, "flags": 0}
        options = [
            {"name": "gift", "type": 6, "value": mina.id},
            {"name": "amount", "type": 10, "value": amount},
        ]
        people = {"users": {mina.id: member}, "members": {mina.id: joined}}
        await raw.check(["credits"], options, resolved=people)
    assert await studio.settled("ada") == before
