"""The campaign of pictures that are paid by submit: kills around submits, answers and questions."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from storage.tables import artifacts, closes, entries, jobs, segments
from tests.chaos import findings
from tests.chaos.asking import AskingCampaign
from tests.chaos.plan import CALM_S, OUTAGE_S, PAID_LIFE_S, PAID_WEIGHTS, Order, Round, rounds
from tests.chaos.stability_fates import StabilityFates
from tests.generation.stability.service import KEY
from tests.journeys.studio import attachments, confirmed, text_of

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from tests.chaos.findings import Findings
    from tests.driver.driver import Outcome

EACH_MC = 3_000
TWO_EVERY = 3
"""One order in so many is for two pictures."""

_NAME = re.compile(r"wren (\d+)")
_LOST = (
    segments.c.sent_at.is_not(None),
    ~exists().where(
        artifacts.c.job_id == segments.c.job_id,
        artifacts.c.role == "result",
        artifacts.c.position == segments.c.number,
    ),
)
"""Pictures that were submitted, and neither came nor were refused."""


class StabilityCampaign(AskingCampaign):
    """Orders of pictures over Stability's REST API, whose authors answer when they are asked."""

    async def _open_engine(self, stack: AsyncExitStack) -> None:
        self._service = StabilityFates(self._size.seed)
        await self._service.start()
        stack.push_async_callback(self._service.stop)

    @property
    def _environment(self) -> dict[str, str]:
        environment = super()._environment
        del environment["STABILITY_HOST"]
        return environment

    @property
    def _engine_environment(self) -> dict[str, str]:
        return {
            "STABILITY_KEY": KEY,
            "STABILITY_API": f"http://127.0.0.1:{self._service.port}",
            "ATELIER_DEFAULT_ENGINE": "stable-image-core",
            "ATELIER_GUILD_CEILING": "none",
        }

    def _plan(self, orders: int) -> list[Round]:
        processes = len(self._preys)
        return rounds(
            self._size.seed,
            self._size.kills,
            orders,
            processes,
            fates=PAID_WEIGHTS,
            lives_s=PAID_LIFE_S,
        )

    async def _asked(self, order: Order) -> Outcome:
        prompt, seed = self._service.place(order)
        count = 2 if order.number % TWO_EVERY == 0 else 1
        options = {"prompt": prompt, "seed": seed, "count": count}
        outcome = await self._driver.invoke("imagine", options, member=order.member)
        return await confirmed(self._driver, outcome, member=order.member)

    def _order_of(self, card: dict[str, Any]) -> tuple[int, Order]:
        found = _NAME.search(text_of(card))
        assert found, text_of(card)
        return int(found[1]), self._service.placed[int(found[1])]

    async def _outages(self) -> None:
        """Let the service go away now and then."""
        while True:
            await asyncio.sleep(self._chance.uniform(*CALM_S))
            await self._service.stop()
            try:
                await asyncio.sleep(self._chance.uniform(*OUTAGE_S))
            finally:
                await self._service.start()

    async def _look_at_the_engine(self, found: Findings) -> None:
        service, again = self._service, self._service.taken_again()
        found.figures |= {
            "submits taken": sum(service.taken.values()),
            "submits taken again": sum(again.values()),
            "answers pressed": dict(self._pressed),
            "fates": dict(Counter(str(one.fate) for one in service.placed)),
        }
        unasked = {n for n, count in again.items() if count > 2 * self._again[n]}
        found.blame("orders submitted again without their author", unasked)
        with self._books.connect() as connection:
            query = select(jobs.c.id, closes.c.delivered_mc).where(jobs.c.id == closes.c.job_id)
            charged = {row.id: row.delivered_mc // EACH_MC for row in connection.execute(query)}
            billed = select(entries.c.reason, func.count().label("pictures")).group_by(
                entries.c.reason
            )
            billed = billed.where(entries.c.account == "revenue", entries.c.kind == "billed")
            bills = {row.reason: row.pictures for row in connection.execute(billed)}
            unanswered = connection.execute(select(func.count()).where(*_LOST)).scalar_one()
            sent_again = connection.execute(select(func.sum(segments.c.lost_starts))).scalar_one()
            lost = unanswered + (sent_again or 0)
        found.figures |= {"billed": bills, "filtered": len(service.filtered), "lost": lost}
        if bills.get("filtered", 0) > len(service.filtered):
            found.faults.append("more is billed than was filtered")
        if bills.get("lost", 0) != lost:
            found.faults.append("what was lost for good is not what was entered as billed")
        shown: Counter[str] = Counter()
        for message in self._messages():
            if job_id := findings.job_of(message):
                shown[job_id] += len(attachments(message))
        wrong = {one for one, count in charged.items() if shown[one] != count}
        found.blame("jobs charged for other pictures than were shown", wrong)
