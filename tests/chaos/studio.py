"""The campaign of everything that members do with a picture: kills amid each kind of job."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from generation.edits import EditAction
from jobs.orders.by_kind import KINDS
from jobs.orders.edit import EditOrder
from jobs.orders.image import ImageOrder
from playground.world import payloads
from playground.world.world import STUDIO_ID
from storage.jobs.jobs import JobState
from storage.tables import jobs
from tests.chaos import findings
from tests.chaos.campaign import Campaign
from tests.chaos.painter_server import PainterServer
from tests.chaos.plan import (
    CALM_S,
    MEMBERS,
    OUTAGE_S,
    STUDIO_WEIGHTS,
    VIDEO_LIFE_S,
    Order,
    Round,
    StudioFate,
    rounds,
)
from tests.generation.image.scripted import png
from tests.journeys.studio import attachments, buttons, confirmed, walk

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from tests.chaos.findings import Findings
    from tests.chaos.plan import AnyFate
    from tests.driver.driver import Outcome

SIZE, SMALL = "128x128", "64x64"
UPLOADED = (1024, 576)
FRAMES = 8
BASE_WITHIN_S = 60
EVERY = 10_000
LOOKS_EVERY_S = 0.05
STRIKES = 2
"""How many kills fall amid each kind of job before the others fall anywhere."""

KILLS_FOR_ALL = 40
"""So many are enough for every kind."""

SUBCOMMANDS: dict[AnyFate, str] = {
    StudioFate.INPAINTED: "inpaint",
    StudioFate.OUTPAINTED: "outpaint",
    StudioFate.ERASED: "erase",
    StudioFate.REPLACED: "replace",
    StudioFate.RECOLOURED: "recolour",
    StudioFate.CUT_OUT: "background",
}
WORDLESS = (StudioFate.ERASED, StudioFate.CUT_OUT)
IN_AN_AREA = (StudioFate.INPAINTED, StudioFate.ERASED)
SEARCHING = (StudioFate.REPLACED, StudioFate.RECOLOURED)

WORK = frozenset({*(KINDS.keys() - {EditOrder.kind}), *EditAction})
"""What a kill can fall amid: the kinds of jobs, and of edits each by itself."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the database says of a job."""

    kind: str
    state: str
    spec: dict[str, Any]
    is_private: bool

    @property
    def work(self) -> str:
        """Its kind; of an edit what it does."""
        return self.spec["action"] if self.kind == EditOrder.kind else self.kind


class StudioCampaign(Campaign):
    """Orders of every kind, from commands and from the buttons of a picture that is there."""

    over_within_s = 420
    ordered_within_s = 240
    """Some orders take three steps, and a busy bot takes longer to start than it lives."""

    async def run(self) -> Findings:
        """Draw a picture for every member, and begin with the kills then."""
        drawn = await asyncio.gather(*map(self._base, MEMBERS))
        self._bases: dict[str, dict[str, Any]] = dict(zip(MEMBERS, drawn, strict=True))
        self._struck: Counter[str] = Counter()
        return await super().run()

    async def _open_engine(self, stack: AsyncExitStack) -> None:
        self._painter = PainterServer(self._folder / "films")
        await self._painter.start()
        stack.push_async_callback(self._painter.kill)

    @property
    def _environment(self) -> dict[str, str]:
        environment = super()._environment
        del environment["STABILITY_HOST"]
        return environment

    @property
    def _engine_environment(self) -> dict[str, str]:
        return self._painter.environment

    def _plan(self, orders: int) -> list[Round]:
        size, processes = self._size, len(self._preys)
        return rounds(
            size.seed, size.kills, orders, processes, fates=STUDIO_WEIGHTS, lives_s=VIDEO_LIFE_S
        )

    async def _live(self, one: Round) -> None:
        """Until a job is at work that few kills fell amid, but no longer than the plan says."""
        until = time.monotonic() + one.life_s
        while time.monotonic() < until:
            if any(self._struck[work] < STRIKES for work in self._at_work()):
                break
            await asyncio.sleep(LOOKS_EVERY_S)

    async def _strike(self, victim: int) -> None:
        self._struck.update(self._at_work())
        await super()._strike(victim)

    async def _strike_more(self) -> None:
        """A busy bot may have taken the orders of some kinds only after the last kill."""
        until = time.monotonic() + self.ordered_within_s
        while self._size.kills >= KILLS_FOR_ALL and time.monotonic() < until:
            if not (missed := WORK - set(self._struck)):
                break
            if missed & self._at_work():
                await self._strike(self._chance.randrange(len(self._preys)))
            await asyncio.sleep(LOOKS_EVERY_S)

    def _at_work(self) -> set[str]:
        """What is being made or shown now."""
        busy = (JobState.RUNNING, JobState.DELIVERING)
        query = _KEPT.where(jobs.c.state.in_(busy), jobs.c.show_at.is_(None))
        with self._books.connect() as connection:
            return {Kept(*row[1:]).work for row in connection.execute(query)}

    async def _base(self, member: str) -> dict[str, Any]:
        options = {"prompt": "a wren", "size": SIZE}
        outcome = await self._driver.invoke("imagine", options, member=member)
        assert outcome.message, outcome
        message_id = outcome.message["id"]
        return await self._driver.wait_for_message(
            lambda one: one["id"] == message_id and bool(attachments(one)), within=BASE_WITHIN_S
        )

    async def _asked(self, order: Order) -> Outcome:
        outcome = await self._begun(order)
        return await confirmed(self._driver, outcome, member=order.member)

    async def _begun(self, order: Order) -> Outcome:
        """What the member types or presses first, and on the card that comes of it."""
        match order.fate:
            case StudioFate.VARIED:
                return await self._on_the_base(order, "vary:")
            case StudioFate.UPSCALED:
                return await self._on_the_base(order, "upscale_make:")
            case fate if fate in SUBCOMMANDS:
                return await self._edit(order)
            case StudioFate.BLENDED:
                return await self._blend(order)
            case StudioFate.MORPHED:
                return await self._morph(order)
            case StudioFate.ANIMATED:
                file = await self._driver.upload("wren.png", png(order.number, UPLOADED))
                options = {"image": file["id"], "length": 2}
                return await self._driver.invoke("animate", options, member=order.member)
            case StudioFate.PERMUTED:
                options = {"prompt": f"a {{red|blue|green}} {order.prompt}", "size": SIZE}
                return await self._driver.invoke("imagine", options, member=order.member)
            case _:
                is_private = order.fate is StudioFate.PRIVATE
                options = {"prompt": order.prompt, "size": SIZE, "private": is_private}
                return await self._driver.invoke("imagine", options, member=order.member)

    async def _on_the_base(self, order: Order, action: str) -> Outcome:
        """Open the private card of the member's picture, and press one of its buttons."""
        base = self._bases[order.member]
        button = next(one for one in buttons(base).values() if one.startswith("upscale:"))
        opened = await self._driver.click(base["id"], button, member=order.member)
        return await self._press(opened, action, order)

    async def _edit(self, order: Order) -> Outcome:
        """One of the edits of the member's picture."""
        options = {"job": findings.job_of(self._bases[order.member])}
        if order.fate not in WORDLESS:
            options["prompt"] = order.prompt
        if order.fate in IN_AN_AREA:
            options["area"] = "centre"
        if order.fate in SEARCHING:
            options["search"] = "the wren"
        command = f"edit {SUBCOMMANDS[order.fate]}"
        return await self._driver.invoke(command, options, member=order.member)

    async def _blend(self, order: Order) -> Outcome:
        """The member's picture and another one, with words."""
        file = await self._driver.upload("wren.png", png(order.number, (128, 128)))
        options = {
            "result1": findings.job_of(self._bases[order.member]),
            "image2": file["id"],
            "prompt": order.prompt,
            "size": SIZE,
        }
        return await self._driver.invoke("blend", options, member=order.member)

    async def _morph(self, order: Order) -> Outcome:
        options = {"first": order.prompt, "second": "a fox", "frames": FRAMES, "size": SMALL}
        quoted = await self._driver.invoke("morph", options, member=order.member)
        return await self._press(quoted, "morph_draw:", order)

    async def _press(self, asked: Outcome, action: str, order: Order) -> Outcome:
        """What comes of a button of a card; the card itself where it is a refusal without it."""
        card = asked.message
        ids = [one for one in buttons(card).values() if one.startswith(action)] if card else []
        if not card or not ids:
            return asked
        return await self._driver.click(card["id"], ids[0], member=order.member)

    def _shows_its_job(self, order: Order, outcome: Outcome) -> bool:
        if order.fate is not StudioFate.PRIVATE:
            return super()._shows_its_job(order, outcome)
        card = outcome.message or {"components": []}
        ids = [one.get("custom_id") or "" for one in walk(card["components"])]
        return any(one.startswith(("cancel:", "reroll:")) for one in ids)

    async def _outages(self) -> None:
        """Kill the server now and then: what it was drawing is lost, and films go on."""
        while True:
            await asyncio.sleep(self._chance.uniform(*CALM_S))
            await self._painter.kill()
            try:
                await asyncio.sleep(self._chance.uniform(*OUTAGE_S))
            finally:
                await self._painter.start()

    def _messages(self) -> list[dict[str, Any]]:
        """What counts in the channel, and the private cards of private jobs."""
        return [*super()._messages(), *self._private_cards()]

    def _private_cards(self) -> list[dict[str, Any]]:
        world, private = self._playground.world, self._kept(is_private=True)
        log = world.channels[STUDIO_ID].messages
        found = {
            message.id: message
            for name in MEMBERS
            for message in log.seen_by(self._playground.actions.member(name).id, EVERY)
            if message.visible_to
        }
        shown = [payloads.message(world, self._playground.cdn, one) for one in found.values()]
        return [one for one in shown if findings.job_of(one) in private]

    def _kept(self, *, is_private: bool = False) -> dict[str, Kept]:
        """The jobs in the database, all of them or those that are private."""
        with self._books.connect() as connection:
            found = {row.id: Kept(*row[1:]) for row in connection.execute(_KEPT)}
        return {one: job for one, job in found.items() if job.is_private or not is_private}

    async def _look_at_the_engine(self, found: Findings) -> None:
        kept = self._kept()
        kinds = Counter(f"{job.work} {job.state}" for job in kept.values())
        found.figures |= {
            "kinds": dict(kinds),
            "private": sum(j.is_private for j in kept.values()),
            "kills amid": dict(self._struck),
        }
        if self._size.kills >= KILLS_FOR_ALL:
            found.blame("kinds of jobs amid which no kill fell", set(WORK) - set(self._struck))
        public = {findings.job_of(one) for one in findings.public_messages(self._playground)}
        found.blame("private jobs that everybody sees", public & set(self._kept(is_private=True)))
        shown: Counter[str] = Counter()
        for message in self._messages():
            if job_id := findings.job_of(message):
                shown[job_id] += len(attachments(message))
        found.blame(
            "jobs with other pictures than were ordered",
            {
                one
                for one, job in kept.items()
                if job.state == "delivered"
                and one not in self._taken
                and shown[one] != _files_of(job)
            },
        )


_KEPT = select(jobs.c.id, jobs.c.kind, jobs.c.state, jobs.c.spec, jobs.c.is_private)


def _files_of(job: Kept) -> int:
    """How many files a delivered job shows."""
    return ImageOrder.from_json(job.spec).pictures if job.kind == ImageOrder.kind else 1
