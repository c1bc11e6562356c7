"""The engine of a campaign of films: it does with each start what its seed says, and counts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.chaos.plan import VideoFate
from tests.generation.video.host import Start, VideoHost, clip
from tests.generation.video.scripted_rest import gives_video, refuses, replies_json

if TYPE_CHECKING:
    from tests.chaos.plan import Order
    from tests.generation.video.scripted_rest import Script, Seen

SEEDS_EACH = 10
"""So many seeds belong to one order: its parts count on from the first."""

SLOWEST_ANSWER_S = 0.5
OTHER_CLIPS = 4


class VideoFates(VideoHost):
    """Plays the fates; it can go away and come back on the same port."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.placed: list[Order] = []
        self.port = 0
        self.busy = 0
        self._chance = random.Random(seed)
        self._dropped: set[int] = set()
        self._server: asyncio.Server | None = None

    def place(self, order: Order) -> tuple[str, int]:
        """A name and a seed by which an order is known here, another one for each try."""
        self.placed.append(order)
        number = len(self.placed) - 1
        return f"wren-{number}.png", number * SEEDS_EACH + 1

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await self.rest.stop()

    def starting(self, seen: Seen) -> Script:
        seed = int(seen.form["seed"])
        order = self.placed[seed // SEEDS_EACH]
        if self.busy:
            self.busy -= 1
            return refuses(429, "rate_limit_exceeded", "slow down")
        if order.fate is VideoFate.FILTERED and seed % SEEDS_EACH == 1:
            return refuses(403, "content_moderation", "no")
        if order.fate is VideoFate.LOST and seed not in self._dropped:
            self._dropped.add(seed)
            return self.takes_and_hangs_up
        return self._takes_slowly

    def polling(self, start: Start) -> Script:
        fate = self.placed[start.seed // SEEDS_EACH].fate
        if fate is VideoFate.WITHHELD:
            return gives_video(b"", finish_reason="CONTENT_FILTERED")
        if fate is VideoFate.SLOW and self.polled[start.result_id] < 2:
            return replies_json(202, {"id": start.result_id, "status": "in-progress"})
        return gives_video(clip(start.number % OTHER_CLIPS), seed=str(start.seed))

    def of_each_work(self) -> dict[tuple[str, int], list[Start]]:
        """The starts that were taken, by picture and seed."""
        found: dict[tuple[str, int], list[Start]] = {}
        for one in self.starts:
            found.setdefault(one.work, []).append(one)
        return found

    def known_and_begun_again(self) -> list[str]:
        """Works that were started although an earlier start of theirs had been polled for."""
        wrong: list[str] = []
        for (_, seed), starts in self.of_each_work().items():
            polled = [self.polled[one.result_id] > 0 for one in starts]
            # Only the last one's id may ever have arrived.
            if any(polled[:-1]):
                wrong.append(f"seed {seed}")
        return wrong

    def begun_again(self) -> Counter[int]:
        """How many starts more than one each order's parts had, by the order's number."""
        again: Counter[int] = Counter()
        for (_, seed), starts in self.of_each_work().items():
            again[seed // SEEDS_EACH] += len(starts) - 1
        return again

    async def _takes_slowly(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self._chance.uniform(0, SLOWEST_ANSWER_S))
        await self.takes(seen, writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A process that was killed leaves half a request.
        with suppress(ConnectionError):
            await self.rest(reader, writer)
