"""Results in a channel: uploaded, made smaller, or linked to; shown once."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import av
import pytest

from bot.delivery.file_limits import DEFAULT_FILE_LIMIT
from bot.delivery.message_editor import NONCE_LIFE
from commands.kinds.video.cards import PREVIEW_FILE
from generation.errors import Filtered
from media.video import fit_video_upload
from tests.generation.video.host import clip
from tests.jobs.kinds.video.harness import ENGINE_ID
from tests.journeys.studio import alt_texts, attachments, buttons, text_of
from tests.media.clips import noise
from tests.media.clips import video as encoded
from tests.media.containers import source_type
from tests.media.marking.credentials import verified

if TYPE_CHECKING:
    from pathlib import Path


from tests.bot.delivery.cinema import LINK, READY, Cinema


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


@pytest.mark.parametrize("share", [3, 10_000])
async def test_however_often_a_film_is_shown_it_is_made_smaller_once(
    cinema: Cinema, monkeypatch: pytest.MonkeyPatch, share: int
):
    """Also one of which no form fits: a result that is due is tried again for a day."""
    encoders: list[object] = []
    run = cinema.pool.run

    async def counted(function: Any, *args: Any, **how: Any) -> Any:
        encoders.append(function)
        return await run(function, *args, **how)

    monkeypatch.setattr(cinema.pool, "run", counted)
    data = grainy(cinema.folder)
    shown = [await cinema.video(data, limit=len(data) // share) for _ in range(3)]
    assert shown == [share == 3] * 3
    assert encoders.count(fit_video_upload) == 1
    # It goes with the job's files.
    await cinema.artifacts.erase(cinema.job.id)
    assert not [path for path in (cinema.folder / "kept").rglob("*") if path.is_file()]


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


async def test_one_posted_anew_that_goes_while_it_is_edited_is_posted_again(cinema: Cinema):
    await cinema.driver.delete(str(cinema.job.message_id), member="rowan")
    assert await cinema.video(clip())
    posted = await cinema.card()
    cinema.late = 5 * NONCE_LIFE
    await cinema.driver.advance(cinema.late.total_seconds())
    asked = await times_edited(cinema)
    await cinema.driver.fault("delay", method="PATCH", route=posted["id"], delay=0.3)
    showing = asyncio.create_task(cinema.video(clip()))
    async with asyncio.timeout(10):
        # First the card that is gone, then the one that was posted in its place.
        while await times_edited(cinema) < asked + 2:  # noqa: ASYNC110 - Discord's side counts
            await asyncio.sleep(0.01)
    await cinema.driver.delete(posted["id"], member="rowan")
    assert await showing
    card = await cinema.card()
    assert len(attachments(card)) == 1
    assert card["id"] != posted["id"]


async def times_edited(cinema: Cinema) -> int:
    requests = (await cinema.driver.report())["requests"]
    return requests.get("PATCH /channels/{channel_id}/messages/{message_id}", 0)


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


async def test_what_was_erased_while_it_was_shown_is_deleted(cinema: Cinema):
    job, _ = await cinema.pictures(12)
    shows = cinema.shows()
    # The second time nothing is there any more, which is no error.
    for _ in range(2):
        await shows.take_back(job, cinema.shown)
    messages = await cinema.driver.messages()
    assert not [one for one in messages if attachments(one)]
