"""Many members at once use commands, buttons, selects and forms in random order.

A seed repeats what every member chooses from what they see. It is no state machine of hypothesis:
that takes one step after the other, from a model of what may come next, and makes a failure smaller
by repeating it. What is looked for here needs members who get in each other's way, at a bot in
processes of its own, whose answers come in another order each time; and what may come next stands
on the cards themselves. The ledger, whose rules are a model, has such a machine.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from playground.server import Playground
from playground.world.interactions import NO_RESPONSE
from playground.world.messages import MessageFlag
from playground.world.world import GALLERY_ID
from tests.chaos import findings
from tests.chaos.clicks.members import (
    ALWAYS,
    CHANNELS,
    FOLLOWS,
    Control,
    Place,
    author_of,
    command_of,
    control_of,
    controls_on,
    leaf,
    of_everybody,
    place_of,
    regulars,
)
from tests.chaos.clicks.values import MARK, Known, answers_to, chosen, options_of
from tests.chaos.clicks.verdicts import Before, complaint
from tests.chaos.findings import OVER, Findings
from tests.driver.driver import DriveRefused
from tests.generation.image.scripted import png
from tests.journeys.matrix import BUTTONS, OF_ONES_OWN
from tests.journeys.studio import Studio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from playground.wire import Json
    from playground.world.messages import Message
    from tests.driver.driver import Outcome

PEOPLE = 5
"""Members who are there without guests: two of them, an administrator and the owner have rights."""

AT_ONCE = 6
READS_S = (0.1, 1.0)
"""How long a member looks at what came, so that results are there to be pressed on."""

START_CREDITS = "25"
"""Enough for pictures and one film, so that longer ones are refused."""

GRANTS, GRANTED = 11, 15
"""How often regulars were given credits, and how many each time: more than a page of history."""

FOLLOWS_UP = 0.8
"""How likely a member does what one mostly does next."""

OVER_WITHIN_S = 300
LOOKS_EVERY_S = 0.5
EVERY = 10_000
SUBMITS = 0.85
"""How likely a form that opened is sent."""

USES_CONTROL, USES_MENU, TYPES = 0.62, 0.06, 0.04
"""How likely a member presses something, right-clicks a message, or types and reads the choices;
else they use a command."""

STAYS = 0.7
"""How likely the next turn is the same member's: private cards lead to others."""

TWICE = 0.08
"""How likely something is pressed twice at once."""

LATE, LATE_SHARE = "late_or_unknown_interaction", 0.02
"""An answer after three seconds, and how many may be that late while the machine is busy."""

QUESTIONS = ("decline:", "let_go:", "cancel:")
"""What ends a job that waits for its author, or for too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickSize:
    """How many members, and how often they act; without a database it is a SQLite file."""

    members: int
    clicks: int
    seed: int
    database_url: str = ""


class ClickCampaign:
    """A campaign from the first command to the last look at the books."""

    def __init__(self, folder: Path, size: ClickSize) -> None:
        self._folder = folder
        self._size = size
        self._stack = AsyncExitStack()
        self._used: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._slowest_ms = 0.0
        self._unheard = 0
        self._complaints: list[str] = []
        self._next: dict[str, str] = {}
        self._commands: list[Json]
        self._offered: dict[str, int]
        self._known: Known
        self._playground: Playground
        self._studio: Studio
        self._books: Engine

    async def __aenter__(self) -> Self:
        enter = self._stack.enter_async_context
        guests = max(0, self._size.members - PEOPLE)
        self._playground = await enter(
            Playground(description=os.environ.get("DISCORD_OPENAPI"), guests=guests, keep=EVERY)
        )
        url = self._size.database_url
        self._studio = await enter(Studio(self._folder, self._playground, ATELIER_DATABASE_URL=url))
        state = await self._studio.driver.wait_for_bot()
        self._commands = state["commands"]
        self._offered = of_everybody(self._commands)
        file = f"file:{self._folder / 'state' / 'atelier.sqlite'}?mode=ro&uri=true"
        there = make_url(url).set(drivername="postgresql+psycopg") if url else f"sqlite:///{file}"
        self._books = create_engine(there)
        self._stack.callback(self._books.dispose)
        await self._prepare(state)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def run(self) -> Findings:
        """Let everybody act, let every job end, and look."""
        began = time.monotonic()
        numbers = iter(range(self._size.clicks))
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._act(numbers))
        acted = time.monotonic()
        await self._until_over()
        found = await self._look()
        found.figures["seconds of clicks"] = round(acted - began)
        found.figures["seconds"] = round(time.monotonic() - began)
        return found

    async def _prepare(self, state: Json) -> None:
        driver = self._studio.driver
        await driver.invoke("limits start", {"amount": START_CREDITS}, member="rowan")
        await driver.invoke("limits reports", {"channel": GALLERY_ID}, member="rowan")
        granting = [self._grant(user.id) for user in regulars(self._playground.world)]
        await asyncio.gather(*granting)
        files = {"boat.png": png(0, (128, 128)), "mask.png": png(200, (128, 128)), "no.png": b"no"}
        uploads = [await driver.upload(name, data) for name, data in files.items()]
        self._known = Known(
            members=[one["id"] for one in state["members"]],
            channels=list(CHANNELS),
            roles=[one["id"] for one in state["roles"]],
            uploads=[one["id"] for one in uploads],
        )

    async def _grant(self, member_id: str) -> None:
        for number in range(GRANTS):
            options = {"member": member_id, "amount": GRANTED, "reason": f"prize {number}"}
            await self._studio.driver.invoke("mod grant", options, member="rowan")

    async def _act(self, numbers: Iterator[int]) -> None:
        """Take turns as long as there are any."""
        place = None
        for number in numbers:
            chance = random.Random(f"{self._size.seed}:{number}")
            if place is None or chance.random() > STAYS:
                place = place_of(self._playground.world, chance)
            await self._turn(place, chance)
            await asyncio.sleep(chance.uniform(*READS_S))

    async def _turn(self, place: Place, chance: random.Random) -> None:
        kind = chance.random()
        if follows := self._next.pop(place.user.id, None):
            await self._command(place, chance, follows)
            return
        if kind < USES_CONTROL:
            control = control_of(self._playground.world, place, chance, self._used)
            if control:
                times = 2 if chance.random() < TWICE else 1
                uses = [self._use(place, control, chance) for _ in range(times)]
                await asyncio.gather(*uses)
                return
        if kind > 1 - TYPES:
            await self._type(place, chance)
        elif kind > 1 - TYPES - USES_MENU:
            await self._right_click(place, chance)
        else:
            await self._command(
                place, chance, command_of(place.user.username, self._offered, chance)
            )

    async def _command(self, place: Place, chance: random.Random, name: str) -> None:
        options = leaf(self._commands, name)
        always = chance.choice(ALWAYS.get(name, ((),)))
        given = options_of(options, chance, self._known, always)
        doing = self._studio.driver.invoke(
            name, given, member=place.user.id, channel=place.channel_id
        )
        await self._see(f"/{name}", place, doing, chance)

    async def _type(self, place: Place, chance: random.Random) -> None:
        """Ask for the choices of an option that is being typed."""
        name = command_of(place.user.username, self._offered, chance)
        typed = [one for one in leaf(self._commands, name) if one.get("autocomplete")]
        if not typed:
            return
        focused = chance.choice(typed)["name"]
        self._used[f"/{name} {focused}…"] += 1
        try:
            await self._studio.driver.autocomplete(
                name,
                focused,
                {focused: chance.choice(("", "a", "16", MARK))},
                member=place.user.id,
                channel=place.channel_id,
            )
        except DriveRefused as refused:
            self._refuse(f"/{name} {focused}…", refused)

    async def _right_click(self, place: Place, chance: random.Random) -> None:
        menus = [one["name"] for one in self._commands if one["type"] == 3]
        seen = self._playground.world.channels[place.channel_id].messages.page(20)
        if not seen:
            return
        name, message = chance.choice(menus), chance.choice(seen)
        doing = self._studio.driver.menu(
            name, message=message.id, member=place.user.id, channel=place.channel_id
        )
        await self._see(f"menu {name}", place, doing, chance)

    async def _use(self, place: Place, control: Control, chance: random.Random) -> None:
        """Press a button, or choose in a select."""
        driver, who = self._studio.driver, {"member": place.user.id, "channel": place.channel_id}
        message, component = control
        before, custom_id = Before.of(message), component["custom_id"]
        if component["type"] == 2:
            doing = driver.click(message.id, custom_id, **who)
        else:
            values = chosen(component, chance, self._known)
            doing = driver.select(message.id, custom_id, values, **who)
        await self._see(control.action, place, doing, chance, before)

    async def _see(
        self,
        action: str,
        place: Place,
        doing: Awaitable[Outcome],
        chance: random.Random,
        before: Before | None = None,
    ) -> None:
        """What comes of an interaction; a form that it opens is mostly sent."""
        self._used[action] += 1
        follows = FOLLOWS.get(action.removeprefix("/"))
        if follows and chance.random() < FOLLOWS_UP:
            self._next[place.user.id] = follows
        try:
            outcome = await doing
        except DriveRefused as refused:
            self._refuse(action, refused)
            return
        await self._judge(action, outcome, before)
        if outcome.modal and chance.random() < SUBMITS:
            form = outcome.modal["custom_id"].partition(":")[0]
            answers = answers_to(outcome.modal["components"], chance, self._known)
            sent = self._studio.driver.submit(outcome.id, answers, member=place.user.id)
            await self._see(f"form {form}", place, sent, chance, before)

    async def _judge(self, action: str, outcome: Outcome, before: Before | None) -> None:
        self._slowest_ms = max(self._slowest_ms, outcome.ack_ms or 0)
        interaction = self._playground.interactions.find(outcome.id)
        assert interaction
        if interaction.error == NO_RESPONSE:
            self._unheard += 1
            return
        found = await complaint(self._playground.world, interaction, action, before)
        if found:
            self._complaints.append(found)
        job_id = findings.job_of(outcome.message) if outcome.message else None
        if job_id:
            self._known.jobs.append(job_id)

    def _refuse(self, action: str, refused: DriveRefused) -> None:
        """Discord would not even send it: a message is gone, or a value is not allowed."""
        self._unheard += NO_RESPONSE in refused.sentence
        self._refused[f"{action}: {refused.sentence}"] += 1

    async def _until_over(self) -> None:
        """Answer every question, and wait until no job is open and no card waits."""
        deadline = time.monotonic() + OVER_WITHIN_S
        while time.monotonic() < deadline:
            await self._answer_questions()
            states = set(findings.states(self._books).values())
            is_over = states <= OVER and not findings.held_mc(self._books)
            if is_over and not any(self._waits(one) for one in self._messages()):
                return
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _answer_questions(self) -> None:
        """Say no as the author, where a job waits for that."""
        for message in self._messages():
            author = author_of(message)
            for component in controls_on(message):
                custom_id = component["custom_id"]
                if author and custom_id.startswith(QUESTIONS[:2]):
                    try:
                        await self._studio.driver.click(
                            message.id, custom_id, member=author, channel=message.channel_id
                        )
                    except DriveRefused as refused:
                        self._refuse("a question", refused)

    def _messages(self) -> list[Message]:
        """Everything that anybody sees in any channel."""
        world = self._playground.world
        readers = [user.id for user in world.users.values() if not user.bot]
        found = {
            message.id: message
            for channel_id in CHANNELS
            for reader in readers
            for message in world.channels[channel_id].messages.seen_by(reader, EVERY)
        }
        return list(found.values())

    def _waits(self, message: Message) -> bool:
        """Whether a message still promises that something comes."""
        ids = [one["custom_id"] for one in controls_on(message)]
        return message.has(MessageFlag.LOADING) or any(one.startswith(QUESTIONS) for one in ids)

    async def _look(self) -> Findings:
        found = Findings()
        known = findings.states(self._books)
        found.figures |= {
            "interactions": sum(self._used.values()),
            "kinds of action": len(self._used),
            "actions": dict(self._used.most_common()),
            "never used": sorted((OF_ONES_OWN | set(BUTTONS)) - self._seen()),
            "not sent by Discord": dict(self._refused),
            "slowest acknowledgement in ms": round(self._slowest_ms),
            "jobs": dict(Counter(known.values())),
        }
        for said, count in Counter(self._complaints).items():
            found.faults.append(f"{count} × {said}")
        found.blame("jobs lost (not over)", {one for one in known if known[one] not in OVER})
        findings.look_at_books(found, self._books, known)
        stale = [author_of(one) for one in self._messages() if self._waits(one)]
        found.blame("cards that wait for nothing, of", stale)
        status, said = await self._studio.operator("ledger", "verify")
        if status:
            found.faults.append(f"the ledger does not verify: {said.strip()}")
        await self._look_at_the_log(found)
        return found

    def _seen(self) -> set[str]:
        return {name.removeprefix("form ") for name in self._used}

    async def _look_at_the_log(self, found: Findings) -> None:
        said = self._studio.said
        tracebacks = [n for n, line in enumerate(said) if line.startswith("Traceback")]
        for start in tracebacks:
            end = next(n for n in range(start + 1, len(said)) if not said[n].startswith(" "))
            found.faults.append("\n".join(said[max(0, start - 1) : end + 1]))
        found.blame("lines of the log with a prompt", [one for one in said if MARK in one])
        problems = await self._studio.problems()
        late = [one for one in problems if one["kind"] == LATE]
        found.figures["answers that came too late"] = len(late)
        if len(late) > LATE_SHARE * sum(self._used.values()):
            found.faults.append(f"{len(late)} answers came too late")
        if self._unheard > len(late):
            found.faults.append(f"{self._unheard - len(late)} interactions were never answered")
        found.blame("problems at Discord", [one for one in problems if one["kind"] != LATE])
