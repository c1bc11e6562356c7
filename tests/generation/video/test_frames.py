"""Last frames, starts that may be sent again, and the quiet after a 429."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from generation.errors import (
    Busy,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    ResultGone,
    TooSlow,
    Unauthorized,
    Unreachable,
)
from generation.video.client import VideoTimeouts
from tests.generation.video.scripted_rest import (
    ID,
    KEY,
    cut,
    gives_video,
    hangs,
    hangs_up,
    mp4,
    pours,
    refuses,
    replies,
    replies_json,
    says,
)
from tests.generation.video.test_fetch import names
from tests.generation.video.test_start import everything
from tests.generation.video.videos import IMPATIENT, REQUEST, SHORT, NotingPace, asking, png

if TYPE_CHECKING:
    from pathlib import Path

    from tests.generation.video.scripted_rest import Script, Seen

STARTED = replies_json(200, {"id": ID})
KEPT = replies_json(200, {"id": ID}, atelier_journal="miss")
STORM = refuses(429, "rate_limit_exceeded", "slow down", retry_after="5")


async def drips(seen: Seen, writer: asyncio.StreamWriter) -> None:
    """A script that sends a body without end, a byte at a time."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 90000\r\n\r\n")
    while True:
        writer.write(b"\0")
        await writer.drain()
        await asyncio.sleep(SHORT.total_seconds() / 10)


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("v2beta", f"/v2beta/image-to-video/result/{ID}/last-frame"),
        ("v2alpha", f"/v2alpha/generation/image-to-video/result/{ID}/last-frame"),
    ],
)
async def test_the_last_frame_is_fetched(version: str, path: str):
    pace = NotingPace()
    script = replies(200, png(), content_type="image/png")
    async with asking(script, version=version, pace=pace) as (client, backend):
        assert await client.last_frame(ID) == png()
    (seen,) = backend.requests
    assert (seen.method, seen.path) == ("GET", path)
    assert seen.headers["accept"] == "image/png"
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert pace.slots == 1


async def test_a_last_frame_that_is_not_kept():
    async with asking(refuses(404, "not_found", "?")) as (client, _):
        assert await client.last_frame(ID) is None


FRAMES: list[tuple[Script, type[GenerationError]]] = [
    (replies(200, b"GIF89a", content_type="image/png"), GarbledAnswer),
    (replies(200), GarbledAnswer),
    (cut(200, png(), 9000), GarbledAnswer),
    (pours(200, content_type="image/png"), GarbledAnswer),
    (says(b"no HTTP at all\r\n\r\n"), GarbledAnswer),
    (replies(202), GarbledAnswer),
    (replies(302, location="http://127.0.0.1:1/frame.png"), Misconfigured),
    (refuses(401, "unauthorized"), Unauthorized),
    (refuses(402, "payment_required"), OutOfCredit),
    (refuses(429, "rate_limit_exceeded"), Busy),
    (refuses(500, "internal_error"), GarbledAnswer),
    (replies(503), Unreachable),
    (hangs_up, Unreachable),
    (hangs, TooSlow),
]


@pytest.mark.parametrize(("script", "expected"), FRAMES)
async def test_what_is_no_last_frame(
    script: Script, expected: type[GenerationError], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    async with asking(script, timeouts=IMPATIENT) as (client, _):
        with pytest.raises(GenerationError) as caught:
            await client.last_frame(ID)
    assert type(caught.value) is expected
    assert KEY not in caplog.text + everything(caught.value)


async def test_no_frame_is_asked_for_under_an_id_that_is_none():
    async with asking(hangs) as (client, backend):
        with pytest.raises(ResultGone):
            await client.last_frame("../balance")
    assert not backend.requests


@pytest.mark.parametrize("is_kept", [True, False])
async def test_a_video_says_whether_its_last_frame_is_kept(tmp_path: Path, is_kept: bool):
    headers = {"atelier_last_frame": "/somewhere"} if is_kept else {}
    async with asking(gives_video(mp4(), **headers)) as (client, _):
        video = await client.fetch(ID, tmp_path / "film.mp4")
    assert video is not None
    assert video.has_last_frame is is_kept


async def test_a_video_that_drips_is_not_waited_for_for_ever(tmp_path: Path):
    timeouts = VideoTimeouts(idle=SHORT, whole=2 * SHORT)
    async with asking(drips, timeouts=timeouts) as (client, _):
        with pytest.raises(TooSlow):
            await client.fetch(ID, tmp_path / "film.mp4")
    assert not names(tmp_path)


async def test_a_start_carries_the_id_of_its_request():
    async with asking(KEPT, repeats_are_safe=True) as (client, backend):
        await client.start(REQUEST, "job 7, segment 1")
        await client.start(REQUEST)
        assert client.repeats_are_safe
    first, second = backend.requests
    assert first.headers["atelier-request-id"] == "job 7, segment 1"
    assert "atelier-request-id" not in second.headers


@pytest.mark.parametrize("request_id", ["a" * 65, "é", "a\r\nauthorization: Bearer x"])
async def test_an_id_that_cannot_be_sent_is_not(request_id: str):
    async with asking(STARTED) as (client, backend):
        with pytest.raises(ValueError, match="no id of a request"):
            await client.start(REQUEST, request_id)
    assert not backend.requests


async def test_repeats_are_unsafe_where_nobody_keeps_a_journal():
    async with asking(STARTED) as (client, _):
        assert not client.repeats_are_safe
    async with asking(STARTED, repeats_are_safe=True) as (client, _):
        assert client.repeats_are_safe
        await client.start(REQUEST, "job 7")
        assert not client.repeats_are_safe


@pytest.mark.parametrize("script", [STORM, refuses(429, "rate_limit_exceeded")])
async def test_nothing_is_sent_while_a_time_out_lasts(tmp_path: Path, script: Script):
    now = [1000.0]
    pace = NotingPace()
    async with asking(script, refuses(404, "not_found"), pace=pace, clock=lambda: now[0]) as (
        client,
        backend,
    ):
        into = tmp_path / "film.mp4"
        asks: list[Any] = [
            lambda: client.start(REQUEST),
            lambda: client.fetch(ID, into),
            lambda: client.last_frame(ID),
        ]
        with pytest.raises(Busy):
            await client.start(REQUEST)
        now[0] += 59
        for ask in asks:
            with pytest.raises(Busy) as caught:
                await ask()
            assert caught.value.retry_after == timedelta(seconds=1)
        assert len(backend.requests) == 1
        now[0] += 1
        assert await client.last_frame(ID) is None
    assert len(backend.requests) == 2
    assert pace.pauses == [timedelta(seconds=60)]


async def test_a_start_whose_turn_came_too_late_is_not_sent(tmp_path: Path):
    """The 429 of another request came while it waited for its turn."""
    turn = asyncio.Event()

    class SlowPace(NotingPace):
        async def wait(self) -> None:
            await turn.wait()

    async with asking(STORM, pace=SlowPace()) as (client, backend):
        starting = asyncio.create_task(client.start(REQUEST))
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await client.fetch(ID, tmp_path / "film.mp4")
        turn.set()
        with pytest.raises(Busy):
            await starting
    assert [seen.method for seen in backend.requests] == ["GET"]
