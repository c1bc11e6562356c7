"""An upgrade: what the version before accepted is finished by this one, and its buttons work."""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Self

from sqlalchemy import create_engine, select
from sqlalchemy.engine import make_url

from storage.tables import closes, jobs
from tests.chaos import findings
from tests.chaos.versions.old_version import COMMIT, check_out
from tests.chaos.versions.upgrade_engines import CAUGHT, HELD, HELD_SEEDS, Pictures, Videos
from tests.chaos.versions.upgrade_orders import Orders
from tests.chaos.versions.upgrade_presses import Presses
from tests.generation.video.scripted_rest import KEY, serving
from tests.journeys.backend import serving_backend
from tests.journeys.studio import Studio
from tests.journeys.video_backend import written_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.chaos.findings import Findings

ENDINGS = ("stop", "kill")
"""How the old version ends: in good order, or by kill -9."""

CREDITS = "1000"
MEMBERS = ("Mina", "Jun", "Rowan", "Ines")
WITHIN_S = 60
OVER_WITHIN_S = 180
LOOKS_EVERY_S = 0.2
FAULTS = 10_000
TROUBLE = re.compile(r" (ERROR|CRITICAL) |^Traceback")

ENDS = {"cancelled": "cancelled", "left": "failed"}
"""The states of jobs that do not end as delivered, by the first words of their names."""


class UpgradedStudio(Studio):
    """A studio whose bot may be of another version."""

    @property
    def environment(self) -> dict[str, str]:
        known = super().environment
        return {**known, "PYTHONPATH": str(self.code)} if self.code else known


class Upgrade:
    """The old version with work of all kinds, its end, and the new version in its place."""

    def __init__(
        self, folder: Path, *, ending: str, commit: str = COMMIT, database_url: str = ""
    ) -> None:
        self._folder = folder
        self._ending = ending
        self._commit = commit
        self._database_url = database_url
        self._videos = Videos()
        self._stack = AsyncExitStack()
        self._pictures: Pictures
        self._studio: UpgradedStudio
        self._orders: Orders
        self._books: Engine

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    async def run(self) -> Findings:
        """Let the old version work, replace it, press what it posted, and look."""
        began = time.monotonic()
        await self._grant()
        await self._orders.finish_some()
        await self._leave_work()
        left = Counter(self._state_of(name) for name in self._orders.posted.at_work)
        await self._replace()
        presses = Presses(self._studio, self._orders.posted)
        await presses.answer_work()
        self._pictures.release(HELD)
        self._videos.is_held = False
        await self._until_over()
        await presses.use_results()
        await self._until_over()
        found = await self._look()
        found.faults += presses.faults
        found.figures |= {
            "jobs left by the old version": dict(left),
            "buttons and forms used": presses.tried,
            "seconds": round(time.monotonic() - began),
        }
        return found

    async def _open(self) -> None:
        old = await check_out(self._commit, self._folder / "old")
        enter = self._stack.enter_async_context
        backend = await enter(serving_backend())
        self._pictures = Pictures(backend)
        self._studio = UpgradedStudio(
            self._folder,
            STABILITY_HOST=f"127.0.0.1:{backend.port}",
            STABILITY_REST=await enter(serving(self._videos.rest)),
            STABILITY_REST_KEY=KEY,
            ATELIER_ENGINES=written_catalogue(self._folder),
            ATELIER_DATABASE_URL=self._database_url,
        )
        self._studio.code, self._studio.python = old.code, old.python
        await enter(self._studio)
        self._orders = Orders(self._studio)
        self._books = self._open_books()
        self._stack.callback(self._books.dispose)

    def _open_books(self) -> Engine:
        """The database, read beside the bot."""
        if self._database_url:
            return create_engine(make_url(self._database_url).set(drivername="postgresql+psycopg"))
        path = self._folder / "state" / "atelier.sqlite"
        return create_engine(f"sqlite:///file:{path}?mode=ro&uri=true")

    async def _grant(self) -> None:
        state = await self._studio.driver.state()
        for member in state["members"]:
            if member["name"] in MEMBERS:
                where = ("--guild", state["guild"]["id"], "--member", member["id"])
                granted = ("credits", "grant", *where, "--amount", CREDITS)
                status, said = await self._studio.operator(*granted)
                assert status == 0, said

    async def _leave_work(self) -> None:
        """Have work at every point where an end can meet it."""
        self._pictures.hold_back(HELD)
        self._pictures.hold_back(CAUGHT)
        await self._orders.begin_some()
        names = self._orders.posted.at_work
        await self._until(lambda: all(self._state_of(name) for name in names), "accepted")
        await self._until(lambda: HELD_SEEDS[0] in self._videos.seeds_polled(), "asked after")
        # Drawn and not shown: what the old version kept of it is all that there is.
        for route in ("/webhooks/", "/channels/"):
            for method in ("PATCH", "POST"):
                await self._studio.driver.fault("503", method=method, route=route, times=FAULTS)
        self._pictures.release(CAUGHT)
        caught = "caught picture"
        await self._until(lambda: self._state_of(caught) == "delivering", "about to be shown")

    async def _replace(self) -> None:
        """End the old version and start the new one in its place."""
        await (self._studio.kill() if self._ending == "kill" else self._studio.stop())
        await self._studio.driver.clear_faults()
        self._studio.code, self._studio.python = None, sys.executable
        await self._studio.start()

    async def _until_over(self) -> None:
        def is_over() -> bool:
            states = set(findings.states(self._books).values())
            return states <= findings.OVER and not findings.held_mc(self._books)

        await self._until(is_over, "over", OVER_WITHIN_S)

    async def _until(self, fits: Callable[[], bool], what: str, within: float = WITHIN_S) -> None:
        deadline = time.monotonic() + within
        while not fits():
            if time.monotonic() > deadline:
                states = findings.states(self._books)
                raise AssertionError(
                    f"not everything is {what}: {states}", *self._studio.said[-30:]
                )
            await asyncio.sleep(LOOKS_EVERY_S)

    def _state_of(self, name: str) -> str:
        """The state of a job by the name of its card; empty before it is accepted."""
        job_id = findings.job_of(self._orders.posted.at_work[name])
        return findings.states(self._books).get(job_id or "", "")

    def _released(self, job_ids: Iterable[str]) -> list[str]:
        """Those of the jobs that were delivered, but gave a part of their hold back."""
        query = select(jobs.c.id).where(
            jobs.c.id == closes.c.job_id,
            jobs.c.id.in_(list(job_ids)),
            jobs.c.state == "delivered",
            closes.c.released_mc > 0,
        )
        with self._books.connect() as connection:
            return list(connection.execute(query).scalars())

    async def _look(self) -> Findings:
        posted, messages = self._orders.posted, findings.public_messages(self._studio.playground)
        known = {name: findings.job_of(card) or "" for name, card in posted.at_work.items()}
        deleted = {findings.job_of(posted.results["delete"]) or ""}
        found = findings.look(self._books, messages, set(known.values()), deleted)
        wrong = {
            f"{name} {self._state_of(name)}"
            for name in known
            if self._state_of(name) != ENDS.get(name.partition(" ")[0], "delivered")
        }
        found.blame("jobs of the old version with another end", wrong)
        found.blame("jobs of the old version charged in part", self._released(known.values()))
        found.blame("films that were begun twice", self._videos.started_twice())
        said = self._studio.said
        found.blame("errors in the log", [line for line in said if TROUBLE.search(line)])
        status, answer = await self._studio.operator("ledger", "verify")
        if status:
            found.faults.append(f"the ledger does not verify: {answer.strip()}")
        report = await self._studio.driver.report()
        found.blame("problems at Discord", [one["kind"] for one in report["problems"]])
        return found
