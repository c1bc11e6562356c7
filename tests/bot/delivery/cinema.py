"""A job of films or pictures, its cards, and a Discord on loopback that shows them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from PIL import Image

from bot.background.alerts import Alerts
from bot.client import Atelier
from bot.delivery.delivery import JobDelivery
from bot.delivery.file_limits import FileLimits
from bot.delivery.message_editor import MessageEditor
from bot.delivery.result_files import ResultFiles
from bot.delivery.status_cards import JobStatusCards
from commands.kinds.registry import open_views
from commands.ui.cards import note_card
from generation.catalogue import catalogue
from jobs.delivery import Progress, Result
from media.pool import MediaPool
from storage.database import Database
from storage.jobs.artifacts import Artifacts, open_store
from storage.jobs.jobs import JobState, JobStore
from storage.rules import RuleStore
from tests.commands.engines import offering
from tests.driver.driver import Driver
from tests.generation.image.scripted import SIDE, png
from tests.generation.video.host import SIZE
from tests.jobs.harness import PRICE_MC, an_order
from tests.jobs.kinds.video.harness import ENGINE_ID, a_video_job, a_video_order
from tests.journeys.studio import attachments, text_of
from tests.media.signing import marks_in

if TYPE_CHECKING:
    from pathlib import Path

    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job

START = datetime.now(UTC)
READY = Progress(ready_at=START + timedelta(seconds=40))
LINK = "https://films.example/kept/"


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, (200, 40, 40)).save(buffer, "JPEG")
    return buffer.getvalue()


class Cinema:
    """A delivery of films on a playground, with a card and a kept preview."""

    def __init__(self, folder: Path, client: Atelier, driver: Driver, session: Any) -> None:
        self.folder, self.client, self.driver = folder, client, driver
        self.session = session
        self.late = timedelta()
        self.pool: MediaPool
        self.status_cards: JobStatusCards
        self.job: Job

    def now(self) -> datetime:
        return START + self.late

    async def open(self, database: Database, pool: MediaPool) -> None:
        self.store, self.pool = JobStore(self.now), pool
        self.database = database
        self.artifacts = Artifacts(database, open_store(str(self.folder / "kept")), self.now)
        self.status_cards = JobStatusCards(
            MessageEditor(self.client, self.now),
            database=database,
            store=self.store,
            rules=RuleStore(self.now),
            now=self.now,
        )
        state = await self.driver.state()
        guild = int(state["guild"]["id"])
        channel = next(int(one["id"]) for one in state["channels"] if one["name"] == "studio")
        mina = next(int(one["id"]) for one in state["members"] if one["name"] == "Mina")
        room = self.client.get_partial_messageable(channel, guild_id=guild)
        card = await room.send(view=note_card("a card"))
        self.job = replace(
            a_video_job(a_video_order(2), START, "abcdefgh", guild),
            state=JobState.DELIVERING,
            channel_id=channel,
            message_id=card.id,
            member_id=mina,
            interaction_token=None,
        )
        await database.write(self.store.add, self.job)
        await self.keep("preview", jpeg(), "image/jpeg")

    def shows(self, link: str = "") -> JobDelivery:
        engines = catalogue.load()
        return JobDelivery(
            self.status_cards,
            FileLimits(self.client, self.now),
            ResultFiles(self.artifacts, self.pool, marks_in(self.folder), self.folder, link),
            open_views(offering(engines, engines.get(ENGINE_ID), self.now)),
            Alerts(self.session, "", self.now),
        )

    async def keep(self, role: str, data: bytes, mime: str) -> Artifact:
        kept = await self.artifacts.put(self.job.id, role, 0, data, mime=mime, size=SIZE)
        await self.database.write(self.artifacts.record, kept)
        return kept

    async def video(
        self,
        data: bytes,
        *,
        limit: int | None = None,
        link: str = "",
        made: int = 2,
        failure: Exception | None = None,
    ) -> bool:
        """Show a film where files may have so many bytes; whether it was shown."""
        kept = await self.artifacts.of_job(self.job.id)
        film = kept[0] if kept else await self.keep("result", data, "video/mp4")
        (poster,) = await self.artifacts.of_job(self.job.id, "preview")
        result = Result(files=[film], made=made, failure=failure, poster=poster)
        job = replace(self.job, file_limit_bytes=limit)
        return bool((await self.shows(link).result(job, result)).count)

    async def drawn(self, count: int) -> tuple[Job, list[Artifact]]:
        """A job for so many pictures, and their files, of which no row is written."""
        order = an_order(count)
        job = replace(
            self.job, id="bcdefghj", key="pictures", kind=order.kind, spec=order.to_json()
        )
        job = replace(job, engine_id=order.engine_id, price_mc=PRICE_MC * count)
        await self.database.write(self.store.add, job)
        files = [
            await self.artifacts.put(
                job.id, "result", number, png(number), mime="image/png", size=(SIDE, SIDE)
            )
            for number in range(count)
        ]
        return job, files

    async def pictures(self, count: int) -> tuple[Job, int]:
        """Show so many pictures of a job for pictures: the job, and how many were shown."""
        job, files = await self.drawn(count)
        shown = await self.shows().result(job, Result(files=files, made=count))
        return job, shown.count

    async def card(self) -> dict[str, Any]:
        """The one message that shows the job."""
        messages = await self.driver.messages()
        (message,) = [one for one in messages if not one.get("message_reference")]
        return message

    async def bytes_of(self, message: dict[str, Any]) -> bytes:
        (file,) = attachments(message)
        async with self.session.get(file["url"]) as answer:
            return await answer.read()

    async def until(self, text: str) -> dict[str, Any]:
        """The card once it says that."""
        return await self.driver.wait_for_message(lambda one: text in text_of(one), within=15)
