"""The campaign of films: kills around starts, polls, questions and deliveries."""

from __future__ import annotations

import asyncio
import io
import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import aiohttp
import av
from sqlalchemy import select

from generation.catalogue.catalogue import HOSTED
from storage.tables import closes, jobs
from tests.chaos import findings
from tests.chaos.asking import LOOKS_EVERY_S, AskingCampaign
from tests.chaos.campaign import BACK_WITHIN_S
from tests.chaos.plan import CALM_S, OUTAGE_S, VIDEO_LIFE_S, VIDEO_WEIGHTS, Order, Round, rounds
from tests.chaos.video_fates import VideoFates
from tests.generation.image.scripted import png
from tests.generation.video.host import FRAMES
from tests.generation.video.scripted_rest import KEY
from tests.journeys.studio import attachments, text_of

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from tests.chaos.findings import Findings
    from tests.driver.driver import Outcome

UPLOADED = (900, 600)
EACH_MC = 2_000
SEGMENT_S = 2
BUSY_EVERY = 40
"""One 429 for so many orders: after each the API is left alone for a minute."""

_NAME = re.compile(r"wren-(\d+)\.png")


class VideoCampaign(AskingCampaign):
    """Orders of films, whose authors answer when they are asked."""

    over_within_s = 600

    async def _open_engine(self, stack: AsyncExitStack) -> None:
        self._backend.draw_at_once()
        self._videos = VideoFates(self._size.seed)
        await self._videos.start()
        stack.push_async_callback(self._videos.stop)
        self._videos.busy = self._size.jobs // BUSY_EVERY
        # Films that are there at once, and cost little.
        known = HOSTED.read_text().replace("typical_s = 41", "typical_s = 2")
        self._catalogue = self._folder / "engines.toml"
        self._catalogue.write_text(known.replace('price = "flat:20"', 'price = "flat:2"'))

    @property
    def _engine_environment(self) -> dict[str, str]:
        return {
            "STABILITY_REST": f"http://127.0.0.1:{self._videos.port}",
            "STABILITY_REST_KEY": KEY,
            "ATELIER_ENGINES": str(self._catalogue),
        }

    def _plan(self, orders: int) -> list[Round]:
        return rounds(
            self._size.seed,
            self._size.kills,
            orders,
            len(self._preys),
            fates=VIDEO_WEIGHTS,
            lives_s=VIDEO_LIFE_S,
        )

    async def _asked(self, order: Order) -> Outcome:
        name, seed = self._videos.place(order)
        file = await self._driver.upload(name, png(order.number, UPLOADED), member=order.member)
        parts = 2 if order.number % 3 == 0 else 1
        options = {"image": file["id"], "seed": seed, "length": parts * SEGMENT_S}
        return await self._driver.invoke("animate", options, member=order.member)

    def _order_of(self, card: dict[str, Any]) -> tuple[int, Order]:
        number = _number(card)
        return number, self._videos.placed[number]

    async def _outages(self) -> None:
        """Let the API of the films go away now and then."""
        try:
            while True:
                await asyncio.sleep(self._chance.uniform(*CALM_S))
                await self._videos.stop()
                await asyncio.sleep(self._chance.uniform(*OUTAGE_S))
                await self._restart_videos()
        finally:
            await self._videos.stop()
            await self._restart_videos()

    async def _restart_videos(self) -> None:
        async with asyncio.timeout(BACK_WITHIN_S):
            while True:
                try:
                    await self._videos.start()
                    return
                except OSError:
                    await asyncio.sleep(LOOKS_EVERY_S)

    async def _look_at_the_engine(self, found: Findings) -> None:
        videos, gaps = self._videos, self._videos.gaps_s()
        again = videos.begun_again()
        found.figures |= {
            "starts taken": len(videos.starts),
            "starts sent again": sum(again.values()),
            "answers pressed": dict(self._pressed),
            "polls": len(videos.polls),
            "least seconds between polls of an id": round(min(gaps), 2) if gaps else "-",
            "fates": dict(Counter(str(one.fate) for one in videos.placed)),
        }
        found.blame("polls of an id within ten seconds", [gap for gap in gaps if gap < 10])
        found.blame("works begun again although their id was known", videos.known_and_begun_again())
        unasked = {n for n, count in again.items() if count > self._again[n]}
        found.blame("orders begun again without their author", unasked)
        await self._look_at_the_videos(found)

    async def _look_at_the_videos(self, found: Findings) -> None:
        """Each delivered film is there once, with as many parts as were charged."""
        with self._books.connect() as connection:
            query = select(jobs.c.id, jobs.c.state, closes.c.delivered_mc).where(
                jobs.c.id == closes.c.job_id
            )
            closed = {row.id: row for row in connection.execute(query)}
        shown: dict[str, list[int]] = defaultdict(list)
        async with aiohttp.ClientSession() as session:
            for message in self._messages():
                job_id = findings.job_of(message)
                for one in attachments(message) if job_id else []:
                    if one["filename"].endswith(".mp4"):
                        async with session.get(one["url"]) as answer:
                            shown[job_id or ""].append(_frames(await answer.read()))
        delivered = {one for one, row in closed.items() if row.state == "delivered"}
        found.figures["films shown"] = sum(map(len, shown.values()))
        found.figures["parts charged"] = sum(r.delivered_mc for r in closed.values()) // EACH_MC
        found.blame("films not shown once", {j for j in delivered if len(shown[j]) != 1})
        wrong = {one for one in delivered if sum(shown[one]) * EACH_MC != closed[one][2] * FRAMES}
        found.blame("films of another length than was charged", wrong)


def _number(card: dict[str, Any]) -> int:
    found = _NAME.search(text_of(card))
    assert found, text_of(card)
    return int(found[1])


def _frames(video: bytes) -> int:
    with av.open(io.BytesIO(video), "r") as opened:
        return sum(1 for _ in opened.decode(video=0))
