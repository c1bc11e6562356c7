"""Uploads that are meant to hold the bot up: they cost their sender, and nobody else."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncGenerator
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web
from PIL import Image

from commands.errors import BadUpload
from commands.upload_queue import UploadQueue
from commands.uploads import BUSY, BUSY_WITH_OWN, Uploads
from media.fit import Fit
from media.pool import MediaPool, upload_pool
from quarantine.jpeg import MAX_SCANS
from tests.commands.attachment_host import Host, open_host, png
from tests.quarantine import bombs

ATTACKER, OTHER = 1, 2
SIZE = (64, 64)
BRIEF = timedelta(seconds=0.3)
REFUSED = r"more parts than a picture needs|too many pixels"


@pytest.fixture
async def host() -> AsyncGenerator[Host]:
    async with open_host() as host:
        yield host


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


def reader(
    session: aiohttp.ClientSession, pool: MediaPool, host: Host, queue: UploadQueue | None = None
) -> Uploads:
    return Uploads(session, pool, [f"http://{host.netloc}"], queue=queue)


async def read(uploads: Uploads, host: Host, member: int, size: int = 1000) -> bytes:
    return await uploads.prepare(member, "image", host.upload(size=size), SIZE)


def slow_picture() -> bytes:
    """Nothing that a count refuses, but a second of work."""
    return bombs.progressive_jpeg(3500, MAX_SCANS)


BOMBS = {
    "scans": bombs.progressive_jpeg,
    "frames": lambda: bombs.gif(frames=500_000),
    "canvas": lambda: bombs.wide_webp(16_383),
    "texts": lambda: bombs.png(*[bombs.deflated_text(1 << 20)] * 60),
    "size": lambda: bombs.gif(frame=(65_535, 65_535)),
}


async def test_bombs_are_refused_before_they_are_decoded(
    session: aiohttp.ClientSession, host: Host
) -> None:
    # So little processor time that nothing could be decoded of them.
    async with upload_pool(1, timedelta(seconds=1)) as pool:
        uploads = reader(session, pool, host)
        host.answer(png())
        await read(uploads, host, ATTACKER)
        (worker,) = pool.pids
        for make in BOMBS.values():
            host.answer(make())
            with pytest.raises(BadUpload, match=REFUSED):
                await read(uploads, host, ATTACKER)
            with pytest.raises(BadUpload, match=REFUSED):
                await uploads.video_still(ATTACKER, "image", host.upload(), Fit.PAD, SIZE)
            with pytest.raises(BadUpload, match=REFUSED):
                await uploads.fit_video(ATTACKER, "image", make(), Fit.CROP, SIZE)
            with pytest.raises(BadUpload, match=REFUSED):
                await uploads.fit(ATTACKER, "mask", make(), SIZE)
        assert pool.pids == (worker,)


async def test_what_burns_processor_time_is_ended_once(
    session: aiohttp.ClientSession, host: Host
) -> None:
    async with upload_pool(1, BRIEF) as pool:
        uploads = reader(session, pool, host)
        host.answer(slow_picture())
        with pytest.raises(BadUpload, match="takes too long to read"):
            await read(uploads, host, ATTACKER)
        assert pool.pids == ()
        host.answer(png())
        assert await read(uploads, host, OTHER)


async def test_others_do_not_wait_for_an_attacker(
    session: aiohttp.ClientSession, host: Host
) -> None:
    """However many a member sends, one worker is free for the others."""
    async with upload_pool(2) as pool:
        uploads = reader(session, pool, host)
        slow = slow_picture()
        attack = [asyncio.create_task(uploads.fit(ATTACKER, "image", slow, SIZE)) for _ in range(5)]
        for _ in range(3):
            assert await uploads.fit(OTHER, "image", png(), SIZE)
        assert not any(task.done() for task in attack)
        assert len(pool.pids) == 2
        for task in attack:
            task.cancel()
        await asyncio.gather(*attack, return_exceptions=True)


async def test_a_member_hears_that_the_own_upload_is_still_read(
    session: aiohttp.ClientSession, host: Host
) -> None:
    async with upload_pool(2) as pool:
        uploads = reader(session, pool, host, UploadQueue(patience_s=0.05))
        first = asyncio.create_task(uploads.fit(ATTACKER, "image", slow_picture(), SIZE))
        await asyncio.sleep(0)
        with pytest.raises(BadUpload) as caught:
            await uploads.fit(ATTACKER, "image", png(), SIZE)
        assert caught.value.reason == BUSY_WITH_OWN
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_few_bytes_are_on_their_way(session: aiohttp.ClientSession, host: Host) -> None:
    """Twenty uploads of a megabyte, of which four have room."""
    each = 1 << 20
    body = png() + bytes(each - len(png()))
    serving, most = 0, 0

    async def serve(_: web.Request) -> web.StreamResponse:
        nonlocal serving, most
        serving += 1
        most = max(most, serving)
        assert queue.budget.free_bytes <= queue.budget.total_bytes - serving * each
        await asyncio.sleep(0.01)
        serving -= 1
        return web.Response(body=body)

    host.play(serve)
    queue = UploadQueue(total_bytes=4 * each)
    async with upload_pool(2) as pool:
        uploads = reader(session, pool, host, queue)
        made = await asyncio.gather(*(read(uploads, host, n, each) for n in range(20)))
    assert all(made)
    assert most <= 4
    assert queue.budget.free_bytes == queue.budget.total_bytes


async def test_a_body_without_end_finds_no_room(session: aiohttp.ClientSession, host: Host) -> None:
    """It was said to have a thousand bytes; the others' room is not taken for it."""
    sent = 0

    async def serve(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        await answer.prepare(request)
        while sent < 200 << 20:
            await answer.write(bytes(1 << 16))
            sent += 1 << 16
        return answer

    host.play(serve)
    queue = UploadQueue(total_bytes=4 << 20)
    async with upload_pool(1) as pool:
        with pytest.raises(BadUpload) as caught:
            await read(reader(session, pool, host, queue), host, ATTACKER)
    assert caught.value.reason == BUSY
    assert sent < 40 << 20
    assert queue.budget.free_bytes == queue.budget.total_bytes


async def test_room_that_does_not_come_is_said(session: aiohttp.ClientSession, host: Host) -> None:
    queue = UploadQueue(total_bytes=1000, patience_s=0.05)
    async with upload_pool(1) as pool, queue.turn(ATTACKER, 900):
        with pytest.raises(BadUpload) as caught:
            await read(reader(session, pool, host, queue), host, OTHER, 200)
    assert caught.value.reason == BUSY
    assert host.asked == []


@pytest.mark.parametrize("fit", list(Fit))
async def test_a_large_photograph_is_read_in_time_and_memory(
    session: aiohttp.ClientSession, host: Host, fit: Fit
) -> None:
    grain = Image.effect_noise((1500, 1000), 60).resize((6000, 4000))
    buffer = io.BytesIO()
    Image.merge("RGB", (grain, grain, grain)).save(buffer, "JPEG", progressive=True, quality=80)
    host.answer(buffer.getvalue())
    async with upload_pool(1) as pool:
        uploads = reader(session, pool, host)
        began = time.monotonic()
        assert await uploads.video_still(OTHER, "image", host.upload(), fit, (1024, 576))
        assert time.monotonic() - began < 30


async def test_transparency_on_the_largest_picture_fits_into_memory(
    session: aiohttp.ClientSession, host: Host
) -> None:
    buffer = io.BytesIO()
    Image.new("RGBA", (6500, 4900), (9, 9, 9, 99)).save(buffer, "PNG", compress_level=1)
    async with upload_pool(1) as pool:
        uploads = reader(session, pool, host)
        assert await uploads.fit(OTHER, "image", buffer.getvalue(), SIZE)
        assert await uploads.fit(OTHER, "mask", buffer.getvalue(), SIZE)
