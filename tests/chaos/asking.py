"""A campaign whose authors are asked when an answer was lost, and press one of the buttons."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from tests.chaos.campaign import Campaign
from tests.driver.driver import DriveRefused
from tests.journeys.studio import buttons

if TYPE_CHECKING:
    from pathlib import Path

    from tests.chaos.campaign import Size
    from tests.chaos.findings import Findings
    from tests.chaos.plan import Order

LOOKS_EVERY_S = 0.4
WANTS_AGAIN = 0.75


class AskingCampaign(Campaign):
    """Answers every question; `_again` counts by order how often it was wanted once more."""

    def __init__(self, folder: Path, size: Size) -> None:
        super().__init__(folder, size)
        self._pressed: Counter[str] = Counter()
        self._again: Counter[int] = Counter()

    async def run(self) -> Findings:
        """Carry the plan out, answer every question, let everything end, and look."""
        answering = asyncio.create_task(self._answer_questions())
        try:
            return await super().run()
        finally:
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)

    def _order_of(self, card: dict[str, Any]) -> tuple[int, Order]:
        """What a card is about, with its number among all that were placed."""
        raise NotImplementedError

    async def _answer_questions(self) -> None:
        while True:
            await asyncio.sleep(LOOKS_EVERY_S)
            for card in self._messages():
                if "Start again" in buttons(card):
                    with suppress(DriveRefused):
                        await self._press(card)

    async def _press(self, card: dict[str, Any]) -> None:
        number, order = self._order_of(card)
        label = "Start again" if self._chance.random() < WANTS_AGAIN else "Leave it"
        self._pressed[label] += 1
        # Counted before: a bot that is killed on the way may have taken the answer.
        self._again[number] += label == "Start again"
        await self._driver.click(card["id"], buttons(card)[label], member=order.member)
