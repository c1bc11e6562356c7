"""Uploads come from Discord's hosts, in time and in bounds, or are refused with the reason."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from PIL import Image

from commands.errors import BadUpload
from commands.languages import speaking
from commands.upload import Upload
from commands.uploads import MAX_BYTES, REASONS, Uploads
from media.errors import Reason
from media.pool import MediaPool
from media.verify import MAX_PIXELS
from tests.commands.attachment_host import Host, open_host, png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIMIT_S = 0.5
MEMBER = 7


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def host() -> AsyncGenerator[Host]:
    async with open_host() as host:
        yield host


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def uploads(host: Host) -> AsyncGenerator[Uploads]:
    async with aiohttp.ClientSession() as session, MediaPool(workers=1) as pool:
        yield Uploads(session, pool, [f"http://{host.netloc}"], LIMIT_S)


async def refused(uploads: Uploads, upload: Upload, field: str = "image") -> str:
    with pytest.raises(BadUpload) as raised:
        await uploads.prepare(MEMBER, field, upload, (64, 64))
    assert raised.value.field == field
    return raised.value.reason


async def test_a_picture_is_brought_to_the_size_of_the_request(uploads: Uploads, host: Host):
    host.answer(png())
    data = await uploads.prepare(MEMBER, "image", host.upload(), (64, 64))
    picture = Image.open(io.BytesIO(data))
    assert (picture.format, picture.size) == ("PNG", (64, 64))
    assert host.asked[-1] == "/attachments/1/2/a.png?ex=1&hm=2"


async def test_a_mask_is_told_from_a_picture(uploads: Uploads, host: Host):
    host.answer(png(mode="L", colour=0))
    data = await uploads.prepare(MEMBER, "mask", host.upload(), (64, 64))
    assert Image.open(io.BytesIO(data)).mode == "L"


@pytest.mark.parametrize("content_type", ["application/octet-stream", "", "image/x-unknown"])
async def test_a_file_is_judged_by_its_bytes(uploads: Uploads, host: Host, content_type: str):
    host.answer(png())
    upload = host.upload(content_type=content_type, filename="photo.jfif")
    start = await uploads.prepare_start(MEMBER, "image", upload, [(64, 64), (128, 64)])
    assert (start.size, Image.open(io.BytesIO(start.png)).size) == ((64, 64), (64, 64))


async def test_a_photograph_by_another_name_is_a_photograph(uploads: Uploads, host: Host):
    buffer = io.BytesIO()
    Image.new("L", (8064, 6048), 128).save(buffer, "JPEG")
    host.answer(buffer.getvalue())
    upload = host.upload(content_type="image/png", filename="photo.png", width=8064, height=6048)
    assert await uploads.prepare(MEMBER, "image", upload, (64, 64))


async def test_a_mask_of_another_shape_is_refused_with_both_sizes(uploads: Uploads, host: Host):
    host.answer(png(mode="L", colour=0, size=(40, 60)))
    with pytest.raises(BadUpload) as raised:
        await uploads.prepare_mask(MEMBER, "mask", host.upload(), (96, 64), (60, 40))
    assert raised.value.reason == "it is 40×60, but the image is 60×40; a mask needs its shape"
    mask = await uploads.prepare_mask(MEMBER, "mask", host.upload(), (64, 96), (200, 300))
    assert Image.open(io.BytesIO(mask)).size == (64, 96)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/a.png",
        "http://metadata.internal/latest",
        "http://{host}@evil.example/a.png",
        "http://evil.example/{host}/a.png",
        "http://evil.example#{host}",
        "http://{host}.evil.example/a.png",
        "file:///etc/passwd",
        "//{host}/a.png",
        "ftp://{host}/a.png",
        "https://{host}/a.png",
        "",
    ],
)
async def test_nothing_is_fetched_from_elsewhere(uploads: Uploads, host: Host, url: str):
    asked = len(host.asked)
    address = url.format(host=host.netloc)
    assert "Discord" in await refused(uploads, host.upload(url=address))
    assert len(host.asked) == asked


async def test_a_redirect_is_not_followed(uploads: Uploads, host: Host):
    asked = len(host.asked)
    host.answer(b"", 302, Location=f"http://{host.netloc}/elsewhere")
    assert "attach it again" in await refused(uploads, host.upload())
    assert len(host.asked) == asked + 1


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_what_is_not_there_any_more_has_to_be_attached_again(
    uploads: Uploads, host: Host, status: int
):
    host.answer(b"gone", status)
    assert "attach it again" in await refused(uploads, host.upload())


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"size": MAX_BYTES + 1}, "MB"),
        ({"content_type": "text/plain; charset=utf-8", "filename": "a.txt"}, "text/plain"),
        ({"content_type": "video/mp4"}, "video/mp4"),
        ({"width": 20_000, "height": 12_000}, "240 megapixels; at most 210"),
    ],
)
async def test_what_discord_says_of_a_file_is_enough_to_refuse_it(
    uploads: Uploads, host: Host, facts: dict[str, Any], says: str
):
    asked = len(host.asked)
    assert says in await refused(uploads, host.upload(**facts))
    assert len(host.asked) == asked


async def test_a_file_without_a_type_is_judged_by_its_bytes(uploads: Uploads, host: Host):
    host.answer(png())
    nothing_known = host.upload(content_type="", width=None, height=None)
    assert await uploads.prepare(MEMBER, "image", nothing_known, (64, 64))


async def test_a_file_that_is_larger_than_said_is_not_read_to_its_end(uploads: Uploads, host: Host):
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        answer = web.StreamResponse()
        await answer.prepare(request)
        chunk = bytes(1 << 20)
        while sent < 4 * MAX_BYTES:
            await answer.write(chunk)
            sent += len(chunk)
        return answer

    host.play(endless)
    assert "larger than" in await refused(uploads, host.upload())
    assert sent < 2 * MAX_BYTES


async def test_a_slow_host_is_given_up(uploads: Uploads, host: Host):
    async def slow(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(4 * LIMIT_S)
        return web.Response()

    host.play(slow)
    began = asyncio.get_running_loop().time()
    assert "try again" in await refused(uploads, host.upload())
    assert asyncio.get_running_loop().time() - began < 2 * LIMIT_S


async def test_a_line_that_breaks_off_is_said(uploads: Uploads, host: Host):
    async def broken(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b"x")
        assert request.transport
        request.transport.abort()
        return answer

    host.play(broken)
    assert "try again" in await refused(uploads, host.upload())


@pytest.mark.parametrize(
    ("data", "field", "says"),
    [
        (b"no picture at all", "image", "no picture of a kind"),
        (b"", "image", "no picture of a kind"),
        (png()[:-30], "image", "damaged"),
        (png(mode="L", colour=255), "mask", "nothing in it is black"),
    ],
)
async def test_bytes_that_are_no_usable_picture(
    uploads: Uploads, host: Host, data: bytes, field: str, says: str
):
    host.answer(data)
    assert says in await refused(uploads, host.upload(), field)


async def test_too_many_pixels_are_found_in_the_bytes_too(uploads: Uploads, host: Host):
    host.answer(png((8000, MAX_PIXELS // 8000 + 100), "1", 0))
    assert "too many pixels" in await refused(uploads, host.upload())
    with speaking("ko"):
        assert "(32메가픽셀까지인데" in await refused(uploads, host.upload())


async def test_every_reason_of_the_worker_has_words():
    assert set(REASONS) == set(Reason)
