"""Results in a channel: uploaded, made smaller, or linked to; asked about, and shown once."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiohttp
import av
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from PIL import Image

from bot.background.alerts import Alerts
from bot.client import Atelier
from bot.delivery.delivery import JobDelivery
from bot.delivery.file_limits import DEFAULT_FILE_LIMIT, FileLimits
from bot.delivery.message_editor import MessageEditor
from bot.delivery.result_files import ResultFiles
from bot.delivery.status_cards import LONG, JobStatusCards
from commands.kinds.registry import open_views
from commands.kinds.video.cards import PREVIEW_FILE
from commands.ui.cards import note_card
from generation.catalogue import catalogue
from generation.errors import Filtered
from jobs.delivery import Progress, Result
from media.pool import MediaPool
from playground.server import Playground
from storage.database import Database
from storage.jobs.artifacts import Artifacts, open_store
from storage.jobs.jobs import JobState, JobStore
from storage.rules import RuleStore
from tests.commands.engines import offering
from tests.databases import migrated_sqlite
from tests.driver.driver import Driver
from tests.generation.image.scripted import SIDE, png
from tests.generation.video.host import SIZE, clip
from tests.jobs.harness import PRICE_MC, an_order
from tests.jobs.kinds.video.harness import ENGINE_ID, a_video_job, a_video_order
from tests.journeys.studio import alt_texts, attachments, buttons, text_of
from tests.media.clips import noise
from tests.media.clips import video as encoded
from tests.media.containers import source_type
from tests.media.credentials import verified
from tests.media.signing import marks_in

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job

START = datetime.now(UTC)
READY = Progress(ready_at=START + timedelta(seconds=40))
LINK = "https://films.example/kept/"


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


@pytest.fixture
async def cinema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Cinema]:
    async with (
        Playground() as playground,
        Driver(playground.url) as driver,
        aiohttp.ClientSession() as session,
        Atelier(lambda: START) as client,
        MediaPool() as pool,
    ):
        monkeypatch.setattr(Route, "BASE", playground.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playground.gateway_url))
        await client.login(playground.token)
        database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
        opened = Cinema(tmp_path, client, driver, session)
        await opened.open(database, pool)
        yield opened
        await opened.status_cards.settle(opened.job)
        await database.close()
        report = await driver.report()
        assert report["problems"] == []


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, (200, 40, 40)).save(buffer, "JPEG")
    return buffer.getvalue()


def grainy(folder: Path) -> bytes:
    """A film that takes many bytes, and needs far fewer."""
    pictures = [noise(seed) for seed in range(10)]
    return encoded(folder / "grainy.mp4", pictures, options={"crf": "8"}).read_bytes()


async def test_a_video_is_uploaded_as_it_is(cinema: Cinema):
    assert await cinema.video(clip())
    card = await cinema.card()
    (file,) = attachments(card)
    assert file["filename"] == "atelier-abcdefgh.mp4"
    assert await cinema.bytes_of(card) == clip()
    assert alt_texts(card) == ["AI-generated: a fox"]
    assert "2 s · 1024×576 · seed 7 · motion 127 · 4.00 credits" in text_of(card)
    assert f"job abcdefgh · {ENGINE_ID}" in text_of(card)
    assert next(iter(buttons(card))) == "Extend · 20.00"


async def test_parts_that_are_missing_are_told(cinema: Cinema):
    assert await cinema.video(clip(), made=1, failure=Filtered("picture"))
    said = text_of(await cinema.card())
    assert "1 part is missing and not charged." in said
    assert "1 s · " in said
    assert "· 2.00 credits" in said


async def test_a_video_above_the_limit_is_made_smaller(cinema: Cinema):
    data = grainy(cinema.folder)
    limit = len(data) // 3
    assert await cinema.video(data, limit=limit)
    shown = await cinema.bytes_of(await cinema.card())
    assert len(shown) <= limit
    assert source_type(shown, "video/mp4") == "trainedAlgorithmicMedia"
    assert verified(shown, "video/mp4").action["softwareAgent"] == {"name": ENGINE_ID}
    with av.open(io.BytesIO(shown), "r") as opened:
        stream = opened.streams.video[0]
        assert sum(1 for _ in opened.decode(stream)) == 10
        assert stream.codec_context.name == "h264"


async def test_the_guild_s_limit_counts_once_the_token_is_over(cinema: Cinema):
    cinema.late = timedelta(minutes=20)
    assert await cinema.video(clip(), limit=100)
    assert await cinema.bytes_of(await cinema.card()) == clip()


async def test_what_fits_in_no_form_is_linked_to(cinema: Cinema):
    assert await cinema.video(clip(), limit=900, link=LINK)
    card = await cinema.card()
    (kept,) = await cinema.artifacts.of_job(cinema.job.id)
    assert f"[the film]({LINK}{kept.object_key})" in text_of(card)
    assert [one["filename"] for one in attachments(card)] == [PREVIEW_FILE]
    assert alt_texts(card) == ["AI-generated: poster of a fox"]
    assert await cinema.artifacts.read(kept) == clip()


async def test_without_a_link_it_is_not_charged(cinema: Cinema):
    assert not await cinema.video(clip(), limit=900)
    card = await cinema.card()
    assert attachments(card) == []
    assert "Nothing was charged" in text_of(card)


async def test_a_place_that_takes_less_than_it_said_gets_a_smaller_video(cinema: Cinema):
    await cinema.driver.fault("413", method="PATCH", route="/channels/")
    assert await cinema.video(clip(), limit=2 * DEFAULT_FILE_LIMIT)
    assert await cinema.bytes_of(await cinema.card()) == clip()


async def test_a_place_that_takes_nothing_is_told_why(cinema: Cinema):
    await cinema.driver.fault("413", method="PATCH", route="/channels/", times=2)
    assert not await cinema.video(clip(), limit=2 * DEFAULT_FILE_LIMIT)
    assert attachments(await cinema.card()) == []


@pytest.mark.parametrize("kind", ["503", "drop", "drop_half", "drop_after"])
async def test_a_stumble_of_discord_is_no_second_video(cinema: Cinema, kind: str):
    await cinema.driver.fault(kind, method="PATCH", route="/channels/")
    assert await cinema.video(clip())
    assert await cinema.bytes_of(await cinema.card()) == clip()


async def test_a_repeat_after_a_crash_shows_it_once(cinema: Cinema):
    assert await cinema.video(clip())
    assert await cinema.video(clip())
    assert len(attachments(await cinema.card())) == 1


async def test_a_card_that_is_gone_is_posted_anew_once(cinema: Cinema):
    await cinema.driver.delete(str(cinema.job.message_id), member="rowan")
    assert await cinema.video(clip())
    assert await cinema.video(clip())
    card = await cinema.card()
    assert len(attachments(card)) == 1
    assert card["id"] != str(cinema.job.message_id)


async def test_the_first_frame_stays_on_the_waiting_card(cinema: Cinema):
    shows = cinema.shows()
    await shows.progress(cinema.job, READY)
    first = await cinema.until("Expected <t:")
    await shows.progress(cinema.job, replace(READY, is_due=True))
    assert "Expected" not in text_of(await cinema.until("Almost done"))
    await shows.progress(cinema.job, replace(READY, is_late=True))
    second = await cinema.until("longer than usual")
    for card in (first, second):
        assert [one["filename"] for one in attachments(card)] == [PREVIEW_FILE]
        assert alt_texts(card) == ["AI-generated: first frame of a fox"]
        assert list(buttons(card)) == ["Cancel"]


async def test_the_video_takes_the_preview_s_place(cinema: Cinema):
    await cinema.shows().progress(cinema.job, READY)
    await cinema.until("Expected <t:")
    assert await cinema.video(clip())
    assert [one["filename"] for one in attachments(await cinema.card())] == ["atelier-abcdefgh.mp4"]


@pytest.mark.parametrize("kind", ["503", "drop", "drop_after"])
async def test_the_first_frame_goes_with_a_cancelled_video(cinema: Cinema, kind: str):
    await cinema.shows().progress(cinema.job, READY)
    await cinema.until("Expected <t:")
    await cinema.driver.fault(kind, method="PATCH", route="/channels/")
    await cinema.shows().cancelled(cinema.job)
    card = await cinema.card()
    assert "Cancelled" in text_of(card)
    assert attachments(card) == []


async def test_the_question_says_what_it_costs(cinema: Cinema):
    await cinema.shows().question(cinema.job, 0, START + timedelta(hours=1))
    card = await cinema.card()
    assert list(buttons(card)) == ["Start again", "Leave it"]
    assert "You pay 2.00 once" in text_of(card)
    assert "your credits come back" in text_of(card)


async def test_the_question_about_several_says_how_many(cinema: Cinema):
    await cinema.shows().question(cinema.job, 0, START + timedelta(hours=1), 2)
    text = text_of(await cinema.card())
    assert "2 films were ordered" in text
    assert "Start them again? You pay 2.00 once for each film that arrives." in text


async def test_what_has_come_is_shown_beside_the_question_and_on(cinema: Cinema):
    job, files = await cinema.drawn(4)
    for file in files[:2]:
        await cinema.database.write(cinema.artifacts.record, file)
    beside = Result(files=files[:2], made=2, failure=Filtered("picture"))
    until, shows = START + timedelta(hours=1), cinema.shows()
    await shows.question(job, 3, until, 1, beside)
    card = await cinema.card()
    assert len(attachments(card)) == 2
    assert list(buttons(card)) == ["Start again", "Leave it", "Report"]
    assert "1 picture is missing and not charged." in text_of(card)
    await shows.progress(job, Progress(done=2, total=4))
    card = await cinema.until("2 of 4 pictures")
    assert (len(attachments(card)), list(buttons(card))) == (2, ["Report"])
    await shows.away(job, START)
    card = await cinema.until("Waiting for the engine")
    assert (len(attachments(card)), list(buttons(card))) == (2, ["Report"])


async def test_it_is_asked_though_discord_does_not_take_the_files(cinema: Cinema):
    job, (file,) = await cinema.drawn(1)
    await cinema.database.write(cinema.artifacts.record, file)
    await cinema.driver.fault("413", method="PATCH", route="/channels/")
    await cinema.shows().question(job, 1, START + timedelta(hours=1), 1, Result(files=[file]))
    card = await cinema.card()
    assert attachments(card) == []
    assert list(buttons(card)) == ["Start again", "Leave it"]


async def test_each_question_notifies_its_author_once(cinema: Cinema):
    cinema.late = LONG * 2
    for number in (0, 0, 1):
        await cinema.shows().question(cinema.job, number, START + timedelta(hours=1))
    replies = [one for one in await cinema.driver.messages() if one.get("message_reference")]
    mention = f"<@{cinema.job.member_id}> your film needs an answer"
    assert [one["content"] for one in replies] == [f"{mention}.", f"{mention} about part 2."]


async def test_pictures_that_one_message_has_no_room_for_follow_in_another(cinema: Cinema):
    job, shown = await cinema.pictures(12)
    assert shown == 12
    first, further = sorted(await cinema.driver.messages(), key=lambda one: int(one["id"]))
    names = [one["filename"] for card in (first, further) for one in attachments(card)]
    assert names == [f"atelier-{job.id}-{number}.png" for number in range(1, 13)]
    assert "2.40 credits" in text_of(first)
    assert f"job {job.id}, continued" in text_of(further)


async def test_pictures_that_find_no_place_are_told_and_not_charged(cinema: Cinema):
    await cinema.driver.fault("413", method="POST", route="/channels/")
    _, shown = await cinema.pictures(12)
    assert shown == 10
    card = await cinema.card()
    assert len(attachments(card)) == 10
    assert "2 pictures are missing and not charged." in text_of(card)
    assert "2.00 credits" in text_of(card)
