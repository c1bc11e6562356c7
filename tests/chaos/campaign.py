"""kill -9 at random moments under orders of mixed fate, while Discord and the engine stumble."""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from playground.server import Playground
from playground.world import payloads
from playground.world.world import STUDIO_ID
from tests.chaos import findings
from tests.chaos.fates import Fates
from tests.chaos.plan import CALM_S, MEMBERS, OUTAGE_S, STORM_S, Fate, Order, VideoFate, rounds
from tests.chaos.prey import Prey
from tests.driver.driver import Driver, DriveRefused
from tests.journeys.backend import Backend, serving_backend
from tests.journeys.studio import REMOVED, buttons, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.chaos.findings import Findings
    from tests.chaos.plan import Round
    from tests.driver.driver import Outcome

CREDITS = "1000"
ORDERED_WITHIN_S = 90
OVER_WITHIN_S = 240
CARDS_WITHIN_S = 150
"""Until the cards of orders that died before they were accepted say so: they are looked for once
a minute, and only when they are a minute old."""

AGAIN_S = 0.3
BACK_WITHIN_S = 30
STRIKES: tuple[tuple[str, str], ...] = (
    ("PATCH", "/webhooks/"),
    ("PATCH", "/channels/"),
    ("POST", "/channels/"),
    ("POST", "/callback"),
)
KINDS = ("500", "502", "503", "drop", "drop_after", "429")
OF_LOST_ANSWERS = ("late_or_unknown_interaction", "double_acknowledgement")
"""What a bot meets that repeats a request because its answer was lost, or was killed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How hard a campaign is; without a database it uses a SQLite file and one process.

    Unless it is patient, it does not wait for the cards of orders that died before they were
    accepted.
    """

    kills: int
    jobs: int
    seed: int
    database_url: str = ""
    workers: int = 0
    is_patient: bool = True


class Campaign:
    """One campaign from the first order to the last look at the books."""

    over_within_s = OVER_WITHIN_S
    ordered_within_s = ORDERED_WITHIN_S

    def __init__(self, folder: Path, size: Size) -> None:
        self._folder = folder
        self._size = size
        self._stack = AsyncExitStack()
        self._chance = random.Random(size.seed + 1)
        self._acknowledged: set[str] = set()
        self._taken: set[str] = set()
        self._given_up: list[str] = []
        self._playground: Playground
        self._driver: Driver
        self._backend: Backend
        self._fates: Fates
        self._books: Engine
        self._preys: list[Prey] = []

    async def __aenter__(self) -> Self:
        description = os.environ.get("DISCORD_OPENAPI")
        enter = self._stack.enter_async_context
        self._playground = await enter(Playground(description=description))
        self._driver = await enter(Driver(self._playground.url))
        self._backend = await enter(serving_backend())
        await self._open_engine(self._stack)
        names = ["bot", *(f"worker {number + 1}" for number in range(self._size.workers))]
        for name in names:
            arguments = [] if name == "bot" else ["--worker"]
            prey = Prey(name, self._environment, *arguments)
            self._stack.push_async_callback(prey.stop)
            self._preys.append(prey)
            await prey.start()
        await self._grant()
        self._books = self._open_books()
        self._stack.callback(self._books.dispose)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def run(self) -> Findings:
        """Carry the plan out, let everything end, and look."""
        began = time.monotonic()
        # Some orders die before they are accepted.
        orders_placed = self._size.jobs + self._size.jobs // 6
        plan = self._plan(orders_placed)
        troubles = [asyncio.create_task(self._storm()), asyncio.create_task(self._outages())]
        orders: list[asyncio.Task[None]] = []
        for one in plan:
            orders += [asyncio.create_task(self._order(order)) for order in one.orders]
            await self._live(one)
            await self._strike(one.victim)
        await self._strike_more()
        for trouble in troubles:
            trouble.cancel()
        for ended in await asyncio.gather(*troubles, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended
        await self._driver.clear_faults()
        await asyncio.gather(*orders)
        await self._until_over()
        found = await self._look()
        found.figures["seconds"] = round(time.monotonic() - began)
        return found

    async def _open_engine(self, stack: AsyncExitStack) -> None:
        """Make the engine ready that the orders are for."""
        self._fates = Fates(self._backend, self._size.seed)

    def _plan(self, orders: int) -> list[Round]:
        return rounds(self._size.seed, self._size.kills, orders, len(self._preys))

    async def _live(self, one: Round) -> None:
        """Wait until it is time for the kill of a round."""
        await asyncio.sleep(one.life_s)

    async def _strike(self, victim: int) -> None:
        """Kill a process, and start it again."""
        await self._preys[victim].kill()
        await self._preys[victim].start()

    async def _strike_more(self) -> None:
        """Kill beyond the plan, where that has missed something."""

    async def _asked(self, order: Order) -> Outcome:
        """Place an order once."""
        options = {"prompt": order.prompt}
        return await self._driver.invoke("imagine", options, member=order.member)

    async def _order(self, order: Order) -> None:
        await asyncio.sleep(order.comes_s)
        message = await self._placed(order)
        if message is None:
            return
        await asyncio.sleep(order.acts_s)
        if order.fate in (Fate.CANCELLED, VideoFate.CANCELLED):
            await self._cancel(order, message)
        elif order.fate is Fate.DELETED:
            self._delete(message["id"])

    async def _placed(self, order: Order) -> dict[str, Any] | None:
        """Ask until a card shows the job, as a member would; None when patience is over."""
        deadline, heard = time.monotonic() + self.ordered_within_s, ""
        while time.monotonic() < deadline:
            outcome = None
            try:
                outcome = await self._asked(order)
                heard = outcome.error or (text_of(outcome.message) if outcome.message else "")
            except DriveRefused as refused:
                heard = refused.sentence
            if outcome and outcome.message and self._shows_its_job(order, outcome):
                job_id = findings.job_of(outcome.message)
                if job_id:
                    self._acknowledged.add(job_id)
                return outcome.message
            await asyncio.sleep(AGAIN_S)
        self._given_up.append(heard)
        return None

    def _shows_its_job(self, order: Order, outcome: Outcome) -> bool:
        """Whether the card that came is the job's, not a private refusal."""
        return not outcome.ephemeral

    async def _cancel(self, order: Order, message: dict[str, Any]) -> None:
        custom_id = buttons(message).get("Cancel")
        # Without the button the card shows the end already, or the processes are away.
        with suppress(DriveRefused):
            if custom_id:
                await self._driver.click(message["id"], custom_id, member=order.member)

    def _delete(self, message_id: str) -> None:
        """Take a card away as a moderator; what is delivered with it stays delivered."""
        world, actions = self._playground.world, self._playground.actions
        channel = world.channels[STUDIO_ID]
        card = channel.messages.get(message_id)
        if card is None:
            return
        job_id = findings.job_of(payloads.message(world, self._playground.cdn, card))
        if card.attachments and job_id:
            self._taken.add(job_id)
        actions.delete(actions.member("rowan"), channel, message_id)

    async def _storm(self) -> None:
        """Let Discord fail again and again."""
        while True:
            await asyncio.sleep(self._chance.uniform(*STORM_S))
            method, route = self._chance.choice(STRIKES)
            kind = self._chance.choice(KINDS)
            await self._driver.fault(kind, method=method, route=route, retry_after=0.5)

    async def _outages(self) -> None:
        """Let the engine go away now and then."""
        try:
            while True:
                await asyncio.sleep(self._chance.uniform(*CALM_S))
                await self._backend.stop()
                await asyncio.sleep(self._chance.uniform(*OUTAGE_S))
                await self._bring_back()
        finally:
            await self._backend.stop()
            await self._bring_back()

    async def _bring_back(self) -> None:
        """Start the engine on its port, as soon as no dying connection holds that any more."""
        async with asyncio.timeout(BACK_WITHIN_S):
            while True:
                try:
                    await self._backend.start()
                    return
                except RuntimeError:
                    await asyncio.sleep(AGAIN_S)

    async def _until_over(self) -> None:
        """Wait until every accepted job is over and no card waits, or for too long."""
        deadline = time.monotonic() + self.over_within_s
        cards_deadline = deadline
        while time.monotonic() < deadline:
            known = set(findings.states(self._books).values())
            is_over = known <= findings.OVER and not findings.held_mc(self._books)
            if is_over:
                cards_deadline = min(cards_deadline, time.monotonic() + CARDS_WITHIN_S)
                is_late = time.monotonic() > cards_deadline
                if is_late or not any(findings.waits(one) for one in self._messages()):
                    return
            await asyncio.sleep(0.5)

    async def _look(self) -> Findings:
        found = findings.look(self._books, self._messages(), self._acknowledged, self._taken)
        status, said = await self._command("ledger", "verify")
        found.figures["ledger verify"] = said.strip().splitlines()[-1] if said.strip() else status
        if status:
            found.faults.append(f"the ledger does not verify: {said.strip()}")
        found.figures["kills"] = self._size.kills
        await self._look_at_the_engine(found)
        errors = sum((prey.errors for prey in self._preys), Counter[str]())
        found.figures["errors logged"] = dict(errors)
        found.blame("errors logged with a traceback", set(errors))
        found.blame("orders that nobody took", self._given_up)
        report = await self._driver.report()
        kinds = [one["kind"] for one in report["problems"]]
        found.blame("problems at Discord", [one for one in kinds if one not in OF_LOST_ANSWERS])
        return found

    async def _look_at_the_engine(self, found: Findings) -> None:
        generations = self._fates.generations
        found.figures |= {
            "generations": sum(generations.values()),
            "generations repeated after a kill": sum(n - 1 for n in generations.values()),
        }

    def _messages(self) -> list[dict[str, Any]]:
        """Everything public in the channel that counts."""
        public = findings.public_messages(self._playground)
        if self._size.is_patient:
            return public
        known = findings.states(self._books)
        return [one for one in public if findings.job_of(one) in known]

    async def _grant(self) -> None:
        for member in MEMBERS:
            user = self._playground.actions.member(member)
            where = ("--guild", self._playground.world.guild.id, "--member", user.id)
            status, said = await self._command("credits", "grant", *where, "--amount", CREDITS)
            assert status == 0, said

    async def _command(self, *arguments: str) -> tuple[int, str]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--env-file", "", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
        )
        said, _ = await process.communicate()
        return process.returncode or 0, said.decode()

    def _open_books(self) -> Engine:
        """The database, read beside the processes."""
        if self._size.database_url:
            url = make_url(self._size.database_url).set(drivername="postgresql+psycopg")
            return create_engine(url)
        path = self._folder / "state" / "atelier.sqlite"
        return create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")

    @property
    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
        return {
            **kept,
            "DISCORD_TOKEN": self._playground.token,
            "ATELIER_DISCORD_API": self._playground.api_base,
            "ATELIER_DISCORD_GATEWAY": self._playground.gateway_url,
            "ATELIER_STATE": str(self._folder / "state"),
            "ATELIER_DATABASE_URL": self._size.database_url,
            "STABILITY_HOST": f"127.0.0.1:{self._backend.port}",
            **self._engine_environment,
        }

    @property
    def _engine_environment(self) -> dict[str, str]:
        return {}
