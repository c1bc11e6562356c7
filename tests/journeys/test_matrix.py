"""The permission matrix: every command and every button, for every role, in every place."""

from __future__ import annotations

import asyncio
import os
import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest
import pytest_asyncio
from discord.app_commands import ContextMenu, Group

from commands import discover
from commands.ui.cards import TROUBLE
from playground.driver import DriveRefused
from playground.server import Playground
from tests.journeys import matrix
from tests.journeys.backend import Backend, drawn, serving_backend
from tests.journeys.matrix import ROLES, Case, Role
from tests.journeys.studio import Studio, attachments, buttons, shown, text_of, walk

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from commands.tools import Tools
    from generation.wire import generation_pb2 as pb
    from playground.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOME, REFUSED, OTHER = "Atelier", "Atelier 2", "Atelier 3"
AUTHOR = "guest1"
SLOW = "a slow snail"
SPENT = 3
"""Results that are gone after a role has tried everything."""


async def draw_unless_slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
    """Never answer those that are to be cancelled."""
    if request.prompt[0].text == SLOW:
        await asyncio.Event().wait()
    yield drawn(0)


class Actor(NamedTuple):
    """Who stands for a role, and in which channel."""

    member: str
    channel: str

    @property
    def guild(self) -> str:
        return self.channel.rpartition("/")[0]


ACTORS: dict[Role, Actor] = dict(
    zip(
        ROLES,
        (
            Actor("mina", f"{HOME}/studio"),
            Actor("rowan", f"{HOME}/studio"),
            Actor("ada", f"{HOME}/studio"),
            Actor("ines", f"{HOME}/studio"),
            Actor("jun", f"{HOME}/studio"),
            Actor("rowan", f"{REFUSED}/studio"),
            Actor("rowan", f"{OTHER}/studio"),
            Actor("rowan", "@me"),
        ),
        strict=True,
    )
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        backend.play(draw_unless_slow)
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    description = os.environ.get("DISCORD_OPENAPI")
    async with (
        Playground(guilds=3, guests=2, description=description) as playground,
        Studio(
            tmp_path_factory.mktemp("studio"),
            playground,
            STABILITY_HOST=f"127.0.0.1:{backend.port}",
        ) as opened,
    ):
        yield opened
        assert (await opened.driver.report())["problems"] == []
        assert not [line for line in opened.said if "Traceback" in line], opened.said


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def stage(studio: Studio) -> Stage:
    stage = Stage(studio)
    await stage.set_up()
    return stage


class Stage:
    """Three guilds with results of another member's, one of them refused afterwards."""

    def __init__(self, studio: Studio) -> None:
        self.driver = studio.driver
        self._studio = studio
        self._kept: dict[str, dict[str, Any]] = {}
        self._spare: dict[str, list[dict[str, Any]]] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._ids: dict[str, dict[str, str]] = {}

    async def set_up(self) -> None:
        guilds = {one["name"]: one["id"] for one in (await self.driver.state())["guilds"]}
        for name, guild_id in guilds.items():
            await self._learn(name, guild_id)
            members = self._ids[name]
            member = ("--guild", guild_id, "--member", members["Guest 1"])
            await self._operate("credits", "grant", *member, "--amount", "500")
            at_home = sum(actor.guild == name for actor in ACTORS.values())
            self._kept[name] = await self._result(name)
            self._spare[name] = [await self._result(name) for _ in range(SPENT * at_home)]
            self._waiting[name] = [await self._order(name, SLOW) for _ in range(at_home)]
        await self.driver.change_member("rowan", guild=guilds[OTHER], roles=[])
        await self._operate("guilds", "refuse", guilds[REFUSED])
        blocked = await self.driver.invoke(
            "desk block", {"member": self._ids[HOME]["Jun"]}, member="rowan"
        )
        assert blocked.ephemeral

    async def use(self, actor: Actor, command: str, case: Case) -> str:
        """What comes of a command."""
        if case.before:
            await self._use(actor, *case.before)
        return await self._use(actor, command, case.options)

    async def _use(self, actor: Actor, command: str, options: dict[str, Any]) -> str:
        given = {name: self._resolved(actor, value) for name, value in options.items()}
        return await self._verdict(
            self.driver.invoke(command, given, member=actor.member, channel=actor.channel)
        )

    async def menu(self, actor: Actor, command: str) -> str:
        """What comes of a command of the messages' menu."""
        message = self._spend(actor)
        return await self._verdict(
            self.driver.menu(
                command, message=message["id"], member=actor.member, channel=actor.channel
            )
        )

    async def press(self, actor: Actor, action: str) -> str:
        """What comes of a button on another member's card."""
        card = self._kept[actor.guild]
        if action == "cancel":
            card = self._waiting[actor.guild].pop()
        elif action == "delete":
            card = self._spend(actor)
        (custom_id,) = [one for one in buttons(card).values() if one.startswith(f"{action}:")]
        return await self._verdict(
            self.driver.click(card["id"], custom_id, member=actor.member, channel=actor.channel)
        )

    def _spend(self, actor: Actor) -> dict[str, Any]:
        """A result that may be gone afterwards."""
        return self._spare[actor.guild].pop() if actor.guild else self._kept[HOME]

    def _resolved(self, actor: Actor, value: Any) -> Any:
        if not (isinstance(value, str) and value.startswith("{")):
            return value
        if value == "{job}":
            (custom_id,) = [
                one for one in buttons(self._spend(actor)).values() if one.startswith("reroll:")
            ]
            return custom_id.partition(":")[2]
        return self._ids.get(actor.guild, self._ids[HOME])[value.strip("{}")]

    async def _verdict(self, doing: Any) -> str:
        try:
            outcome: Outcome = await doing
        except DriveRefused as refused:
            offered = re.search("may not use|cannot be used", refused.sentence) is None
            return refused.sentence if offered else "-"
        assert outcome.state == "acknowledged", outcome
        if outcome.message is None:
            return "y"
        said = shown(outcome)
        async with asyncio.timeout(10):
            while said.get("thinking"):
                await asyncio.sleep(0.05)
                said = shown(await self.driver.interaction(outcome.id))
        return "n" if is_refusal(said) else "y"

    async def _learn(self, name: str, guild_id: str) -> None:
        state = await self.driver.state(guild=guild_id)
        self._ids[name] = {
            one["name"]: one["id"]
            for one in (*state["members"], *state["roles"], *state["channels"])
        }

    async def _order(self, guild: str, words: str = "a wren") -> dict[str, Any]:
        where = f"{guild}/studio"
        ordered = await self.driver.invoke(
            "imagine", {"prompt": words}, member=AUTHOR, channel=where
        )
        assert not ordered.ephemeral, text_of(shown(ordered))
        return shown(ordered)

    async def _result(self, guild: str) -> dict[str, Any]:
        card = await self._order(guild)
        return await self.driver.wait_for_message(
            lambda one: one["id"] == card["id"] and bool(attachments(one)),
            channel=f"{guild}/studio",
        )

    async def _operate(self, *arguments: str) -> None:
        status, said = await self._studio.operator(*arguments)
        assert status == 0, said


def is_refusal(message: dict[str, Any]) -> bool:
    """Whether a private card says that something is not done."""
    colours = [one.get("accent_color") for one in walk(message["components"])]
    return bool(message.get("ephemeral")) and TROUBLE.value in colours


def registered() -> tuple[list[str], list[str], list[str]]:
    """Everything that can be used: commands with subcommands, menus, actions of buttons."""
    found = discover(cast("Tools", None))
    commands: list[str] = []
    for one in found.commands:
        if isinstance(one, Group):
            leaves = [leaf for leaf in one.walk_commands() if not isinstance(leaf, Group)]
            commands += [leaf.qualified_name for leaf in leaves]
        elif not isinstance(one, ContextMenu):
            commands.append(one.name)
    menus = [one.name for one in found.commands if isinstance(one, ContextMenu)]
    return commands, menus, list(found.actions)


async def test_nothing_is_missing_from_the_matrix():
    commands, menus, actions = registered()
    assert sorted(matrix.COMMANDS) == sorted(commands)
    assert sorted(matrix.MENUS) == sorted(menus)
    assert sorted([*matrix.BUTTONS, *matrix.OF_ONES_OWN]) == sorted(actions)


@pytest.mark.parametrize("role", ROLES)
async def test_commands(stage: Stage, role: Role):
    actor, column = ACTORS[role], ROLES.index(role)
    wanted = {name: case.verdicts[column] for name, case in matrix.COMMANDS.items()}
    found = {name: await stage.use(actor, name, case) for name, case in matrix.COMMANDS.items()}
    assert found == wanted


@pytest.mark.parametrize("role", ROLES)
async def test_menus_and_buttons(stage: Stage, role: Role):
    actor, column = ACTORS[role], ROLES.index(role)
    found = {name: await stage.menu(actor, name) for name in matrix.MENUS}
    wanted = {name: verdicts[column] for name, verdicts in matrix.MENUS.items()}
    # There are no results in direct messages, so there is nothing to press.
    if actor.guild:
        found |= {name: await stage.press(actor, name) for name in matrix.BUTTONS}
        wanted |= {name: verdicts[column] for name, verdicts in matrix.BUTTONS.items()}
    assert found == wanted
