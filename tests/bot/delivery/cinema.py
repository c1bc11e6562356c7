"""A job of films or pictures, its cards, and a Discord on loopback that shows them."""

from __future__ import annotations

import io
import random
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
from jobs.delivery import NOTHING_SHOWN, Progress, Result
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

    from jobs.delivery import Shown
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
        self.shown = NOTHING_SHOWN
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

    def shows(self, link: str = "", *, has_patience: bool = True) -> JobDelivery:
        engines = catalogue.load()
        return JobDelivery(
            self.status_cards if has_patience else self.status_cards.at_once(),
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
        self.shown = await self.shows(link).result(job, result)
        return bool(self.shown.count)

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

    async def noisy(self, job: Job) -> str:
        """A kept picture of several megabytes: the key of its bytes."""
        buffer = io.BytesIO()
        Image.frombytes("RGB", (1024, 1024), random.Random(7).randbytes(3 << 20)).save(
            buffer, "PNG"
        )
        kept = await self.artifacts.put(
            job.id, "result", 0, buffer.getvalue(), mime="image/png", size=(1024, 1024)
        )
        return kept.object_key

    async def pictures(self, count: int) -> tuple[Job, int]:
        """Show so many pictures of a job for pictures: the job, and how many were shown."""
        job, files = await self.drawn(count)
        self.shown = await self.shows().result(job, Result(files=files, made=count))
        return job, self.shown.count

    async def shown_without_patience(self, job: Job, files: list[Artifact]) -> Shown:
        """Try once to show these pictures."""
        shows = self.shows(has_patience=False)
        self.shown = await shows.result(job, Result(files=files, made=len(files)))
        return self.shown

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
