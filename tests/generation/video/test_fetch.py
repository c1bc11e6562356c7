"""Polls: films as bytes or as JSON, and everything that is none."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from generation.errors import (
    Busy,
    EngineFailed,
    Filtered,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    ResultGone,
    TooSlow,
    Unauthorized,
    Unreachable,
)
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
from tests.generation.video.test_start import everything
from tests.generation.video.videos import IMPATIENT, NotingPace, asking

if TYPE_CHECKING:
    from pathlib import Path

    from tests.generation.video.scripted_rest import Script

VIDEO = mp4()
IN_JSON = base64.b64encode(VIDEO).decode()
JSON_TYPE = "application/json; type=video/mp4"
WAITING = replies_json(202, {"id": ID, "status": "in-progress"})


def gives_json(**told: object) -> Script:
    return replies_json(200, told, content_type=JSON_TYPE)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def refused(into: Path, *scripts: Script, **settings: Any) -> GenerationError:
    """The error that a poll meets; it leaves no file behind."""
    async with asking(*scripts, **settings) as (client, backend):
        with pytest.raises(GenerationError) as caught:
            await client.fetch(ID, into / "film.mp4")
        assert len(backend.requests) == 1
    assert not names(into)
    return caught.value


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("v2beta", f"/v2beta/image-to-video/result/{ID}"),
        ("v2alpha", f"/v2alpha/generation/image-to-video/result/{ID}"),
    ],
)
async def test_in_progress_then_a_video(tmp_path: Path, version: str, path: str):
    into = tmp_path / "film.mp4"
    async with asking(WAITING, gives_video(VIDEO), version=version) as (client, backend):
        assert await client.fetch(ID, into) is None
        assert not names(tmp_path)
        video = await client.fetch(ID, into)
    assert video is not None
    assert (video.path, video.size_bytes, video.seed) == (into, len(VIDEO), 343940597)
    assert into.read_bytes() == VIDEO
    assert names(tmp_path) == ["film.mp4"]
    for seen in backend.requests:
        assert (seen.method, seen.path) == ("GET", path)
        assert seen.headers["accept"] == "video/*"
        assert seen.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("name", ["finish_reason", "finishReason"])
async def test_a_video_in_json(tmp_path: Path, name: str):
    script = gives_json(**{"video": IN_JSON, name: "SUCCESS", "seed": 4294967294})
    async with asking(script, accept="application/json") as (client, backend):
        video = await client.fetch(ID, tmp_path / "film.mp4")
    assert video is not None
    assert video.path.read_bytes() == VIDEO
    assert video.seed == 4294967294
    assert backend.requests[0].headers["accept"] == "application/json"


@pytest.mark.parametrize("seed", [None, "x", -1, 1 << 40, [], float("inf")])
async def test_a_seed_that_is_none_spoils_no_video(tmp_path: Path, seed: object):
    script = gives_json(video=IN_JSON, finish_reason="SUCCESS", seed=seed)
    async with asking(script) as (client, _):
        video = await client.fetch(ID, tmp_path / "film.mp4")
    assert video is not None
    assert video.seed is None


@pytest.mark.parametrize(
    "script",
    [
        gives_video(VIDEO, finish_reason="CONTENT_FILTERED"),
        gives_json(video=IN_JSON, finish_reason="CONTENT_FILTERED"),
        gives_json(finishReason="CONTENT_FILTERED"),
        refuses(403, "content_moderation", "flagged"),
    ],
)
async def test_a_withheld_video(tmp_path: Path, script: Script):
    error = await refused(tmp_path, script)
    assert isinstance(error, Filtered)
    assert error.what == "film"


STATUSES: list[tuple[Script, GenerationError]] = [
    (refuses(400, "bad_request", "id: is no id"), ResultGone("id: is no id")),
    (refuses(401, "unauthorized", "no such key"), Unauthorized("no such key")),
    (refuses(402, "payment_required", "no credits"), OutOfCredit("no credits")),
    (refuses(403, "permission_denied", "no"), Unauthorized("no")),
    (refuses(404, "not_found", "no such film"), ResultGone("no such film")),
    (replies(404), ResultGone("HTTP 404")),
    (refuses(408, "slow"), TooSlow("slow")),
    (replies(410), ResultGone("HTTP 410")),
    (replies(413), ResultGone("HTTP 413")),
    (replies(422), ResultGone("HTTP 422")),
    (
        refuses(429, "rate_limit_exceeded", retry_after="61"),
        Busy("rate_limit_exceeded", timedelta(seconds=61)),
    ),
    (refuses(500, "internal_error", "oh no"), EngineFailed("oh no")),
    (replies(500), GarbledAnswer("HTTP 500")),
    (replies(502, retry_after="3"), Unreachable("HTTP 502", timedelta(seconds=3))),
    (replies(503), Unreachable("HTTP 503")),
    (replies(504), Unreachable("HTTP 504")),
    (replies(204), GarbledAnswer("HTTP 204")),
    (
        replies(302, location="http://127.0.0.1:1/film.mp4"),
        Misconfigured("the address redirects elsewhere, which is not followed"),
    ),
]


NAMES = [f"{number}-{type(error).__name__}" for number, (_, error) in enumerate(STATUSES)]


@pytest.mark.parametrize(("script", "expected"), STATUSES, ids=NAMES)
async def test_every_status(tmp_path: Path, script: Script, expected: GenerationError):
    error = await refused(tmp_path, script)
    assert type(error) is type(expected)
    assert str(error) == str(expected)
    assert getattr(error, "retry_after", None) == getattr(expected, "retry_after", None)


@pytest.mark.parametrize(
    "script",
    [
        gives_video(b""),
        gives_video(VIDEO[:-1]),
        gives_video(b"<html>sorry</html>"),
        gives_video(VIDEO, finish_reason="ERROR"),
        cut(200, VIDEO[:100], len(VIDEO), content_type="video/mp4"),
        cut(200, b"", len(VIDEO), content_type="video/mp4"),
        replies(200, b"\x1f\x8b" + VIDEO, content_encoding="gzip", content_type="video/mp4"),
        pours(200, content_type="video/mp4"),
        pours(200, content_type="application/json"),
        says(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nno chunk\r\n"),
        says(b"no HTTP at all\r\n\r\n"),
        cut(200, VIDEO, 1 << 40, content_type="video/mp4"),
        cut(200, VIDEO, 1 << 40, content_type=JSON_TYPE),
        replies(200, b'{"video": "AAA', content_type=JSON_TYPE),
        replies(200, b"[" * 100_000, content_type=JSON_TYPE),
        replies(200, b"[]", content_type=JSON_TYPE),
        gives_json(finish_reason="SUCCESS"),
        gives_json(video=7, finish_reason="SUCCESS"),
        gives_json(video="", finish_reason="SUCCESS"),
        gives_json(video=IN_JSON[:-1], finish_reason="SUCCESS"),
        gives_json(video=IN_JSON[:-8], finish_reason="SUCCESS"),
        gives_json(video="ünlesbar", finish_reason="SUCCESS"),
        gives_json(video=IN_JSON, finish_reason="ERROR"),
        gives_json(video=base64.b64encode(mp4(b"x" * 200_000)).decode()),
    ],
)
async def test_what_is_no_whole_video_is_never_kept(tmp_path: Path, script: Script):
    assert isinstance(await refused(tmp_path, script, max_bytes=100_000), GarbledAnswer)


async def test_an_answer_that_never_comes(tmp_path: Path):
    assert isinstance(await refused(tmp_path, hangs, timeouts=IMPATIENT), TooSlow)


async def test_a_video_that_stops_in_the_middle(tmp_path: Path):
    half = (
        b"HTTP/1.1 200 OK\r\ncontent-type: video/mp4\r\ncontent-length: 9000\r\n\r\n" + VIDEO[:50]
    )
    error = await refused(tmp_path, says(half, then_hang=True), timeouts=IMPATIENT)
    assert isinstance(error, TooSlow)


async def test_a_connection_that_is_cut(tmp_path: Path):
    async with asking(hangs_up) as (client, _):
        with pytest.raises(Unreachable):
            await client.fetch(ID, tmp_path / "film.mp4")


async def test_a_video_that_cannot_be_written_is_there_later(tmp_path: Path):
    """As with a full disk: here the folder is missing."""
    into = tmp_path / "making" / "film.mp4"
    async with asking(gives_video(VIDEO)) as (client, _):
        with pytest.raises(TooSlow):
            await client.fetch(ID, into)
        into.parent.mkdir()
        assert await client.fetch(ID, into)


@pytest.mark.parametrize("result_id", ["", "../balance", "a/b", "a?b", "a b", "a" * 129, "%2e"])
async def test_an_id_that_would_change_the_address_is_not_asked_for(tmp_path: Path, result_id: str):
    async with asking(WAITING) as (client, backend):
        with pytest.raises(ResultGone):
            await client.fetch(result_id, tmp_path / "film.mp4")
    assert not backend.requests


async def test_a_poll_leaves_turns_to_the_poller_but_tells_of_a_time_out(tmp_path: Path):
    pace = NotingPace()
    await refused(tmp_path, refuses(429, "rate_limit_exceeded"), pace=pace)
    assert (pace.slots, pace.pauses) == (0, [timedelta(seconds=60)])


async def test_what_the_check_refuses_is_never_kept(tmp_path: Path):
    async def undecodable(path: Path) -> None:
        assert names(path.parent) == ["film.mp4"]
        raise ValueError("no frame in it")

    error = await refused(tmp_path, gives_video(VIDEO), check=undecodable)
    assert isinstance(error, GarbledAnswer)


@pytest.mark.parametrize("script", [refuses(500, KEY, f"Bearer {KEY}"), hangs, hangs_up])
async def test_the_key_is_in_no_exception_and_no_log(
    tmp_path: Path, script: Script, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    async with asking(script, timeouts=IMPATIENT) as (client, _):
        with pytest.raises(GenerationError) as caught:
            await client.fetch(ID, tmp_path / "film.mp4")
    assert KEY not in caplog.text + everything(caught.value)
