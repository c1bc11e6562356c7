"""Image-to-video over REST: what is started, told, handed out and refused."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import zlib
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image

from tests.inference.orders import difference, flat_png, pixels_of
from tests.inference.video.videos import (
    ALPHA,
    BETA,
    form,
    frames_of,
    open_house,
    scenery,
    scenery_png,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.inference.video.videos import House

UNKNOWN = "0" * 64


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[House, None]:
    """One house for all tests of the module, whose queue is never held up."""
    async with open_house(tmp_path_factory.mktemp("films")) as opened:
        yield opened


pytestmark = pytest.mark.asyncio(loop_scope="module")


async def refusal(response: aiohttp.ClientResponse) -> tuple[int, str, list[str]]:
    """What a refusal says; its body has the API's shape."""
    assert response.content_type == "application/json"
    body = await response.json()
    assert set(body) == {"id", "name", "errors"}
    assert len(body["id"]) == 32
    int(body["id"], 16)
    assert body["errors"]
    assert all(isinstance(error, str) and error for error in body["errors"])
    return response.status, body["name"], body["errors"]


async def refused(house: House, path: str = BETA, **request: Any) -> tuple[int, str, list[str]]:
    async with house.client.post(path, **request) as response:
        return await refusal(response)


@pytest.mark.parametrize("path", [BETA, ALPHA])
async def test_a_video_is_started_and_handed_out_on_both_paths(house: House, path: str):
    video_id = await house.start(path, seed=5, motion_bucket_id=90, cfg_scale="2.5")
    headers, video = await house.until_finished(f"{path}/result/{video_id}")
    assert headers["Content-Type"] == "video/mp4"
    assert (headers["finish-reason"], headers["seed"]) == ("SUCCESS", "5")
    frames = frames_of(video)
    assert len(frames) == 25
    assert difference(frames[0], scenery()) < 3

    async with house.client.get(
        f"{path}/result/{video_id}", headers={"Accept": "application/json"}
    ) as response:
        assert response.status == 200
        assert response.headers["Content-Type"] == "application/json; type=video/mp4"
        told = json.loads(await response.read())
    assert base64.b64decode(told["video"]) == video
    assert (told["finish_reason"], told["seed"]) == ("SUCCESS", 5)

    frame_path = headers["atelier-last-frame"]
    assert frame_path == f"{path}/result/{video_id}/last-frame"
    async with house.client.get(frame_path) as response:
        assert response.content_type == "image/png"
        last = pixels_of(await response.read())
    assert difference(frames[-1], last) < 3


async def test_a_seed_of_0_is_drawn_and_told(house: House):
    video_id = await house.start(seed=0)
    headers, _ = await house.until_finished(f"{BETA}/result/{video_id}")
    assert 1 <= int(headers["seed"]) <= 4294967294


NUMBERS = [
    *(("seed", text) for text in ("-1", "4294967295", "1.5", "", "seven", "٧", "1_0", "9" * 5000)),
    *(("cfg_scale", text) for text in ("-0.1", "10.01", "nan", "inf", "", "1e999", "much")),
    *(("motion_bucket_id", text) for text in ("0", "256", "12.0", " ", "wild")),
]


@pytest.mark.parametrize(("field", "text"), NUMBERS)
async def test_a_figure_outside_its_limits_is_named(house: House, field: str, text: str):
    body = form(scenery_png(), **{field: text})
    status, name, (error,) = await refused(house, data=body)
    assert (status, name) == (400, "bad_request")
    assert error.startswith(f"{field}: ")
    assert " to " in error
    assert len(error) < 200


async def test_all_that_is_wrong_is_said_at_once(house: House):
    body = form(None, seed="x", cfg_scale="y", motion_bucket_id="z")
    status, _, errors = await refused(house, data=body)
    assert status == 400
    fields = [error.partition(":")[0] for error in errors]
    assert fields == ["image", "seed", "cfg_scale", "motion_bucket_id"]


def encoded(kind: str, size: tuple[int, int] = (768, 768)) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, "teal").save(buffer, kind)
    return buffer.getvalue()


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it has 100,000 × 100,000 pixels."""
    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


PICTURES = {
    "empty": (b"", "cannot be read"),
    "no picture": (b"GIF" + bytes(500), "cannot be read"),
    "half a picture": (scenery_png()[: len(scenery_png()) // 2], "cannot be read"),
    "another format": (encoded("WEBP"), "send a whole JPEG or PNG"),
    "a bomb": (bomb(), "image: "),
    "another size": (flat_png(size=(769, 768)), "769×768; send one of 1024×576"),
    "sides swapped": (flat_png(size=(577, 1024)), "577×1024"),
}


@pytest.mark.parametrize("case", PICTURES)
async def test_what_is_no_picture_of_the_sizes_is_refused(house: House, case: str):
    image, said = PICTURES[case]
    status, name, (error,) = await refused(house, data=form(image))
    assert (status, name) == (400, "bad_request")
    assert error.startswith("image: ")
    assert said in error


async def test_a_jpeg_is_taken(house: House):
    await house.start(image=encoded("JPEG", (576, 1024)))


async def test_a_field_sent_twice_is_named(house: House):
    twice = form(scenery_png(), seed=1)
    twice.add_field("seed", "2")
    assert (await refused(house, data=twice))[2] == ["seed: it was sent 2 times; send it once"]


async def test_more_fields_than_anybody_needs_are_refused(house: House):
    body = form(scenery_png())
    for number in range(1000):
        body.add_field(f"field-{number}", "")
    assert (await refused(house, data=body))[2] == ["more than 16 fields"]


BODIES = {
    "no multipart": ("application/json", b"{}"),
    "no type": ("", b"image"),
    "no boundary": ("multipart/form-data", b"--x\r\n"),
    "another boundary": ("multipart/form-data; boundary=x", b"--y\r\n\r\n\r\n--y--\r\n"),
    "nothing": ("multipart/form-data; boundary=x", b""),
    "bytes": ("multipart/form-data; boundary=x", bytes(range(256)) * 8),
    "a part without a name": ("multipart/form-data; boundary=x", b"--x\r\n\r\nhi\r\n--x--\r\n"),
    "a part that does not end": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nhalf',
    ),
    "a form in a part": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
    ),
}


@pytest.mark.parametrize("case", BODIES)
async def test_a_malformed_body_is_refused(house: House, case: str):
    kind, body = BODIES[case]
    status, name, _ = await refused(house, data=body, headers={"Content-Type": kind})
    assert (status, name) == (400, "bad_request")


async def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(house: House):
    large = bytes(11 * 1024 * 1024)

    async def stream() -> AsyncGenerator[bytes, None]:
        yield b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n'
        for start in range(0, len(large), 1 << 20):
            yield large[start : start + (1 << 20)]

    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    for body, headers in ((form(large), {}), (stream(), kind)):
        status, name, (error,) = await refused(house, data=body, headers=headers)
        assert (status, name) == (413, "payload_too_large")
        assert "10 MiB" in error


@pytest.mark.parametrize("path", [BETA, ALPHA])
@pytest.mark.parametrize("video_id", [UNKNOWN, "short", "..%2f..%2fetc", "%00"])
async def test_an_unknown_id_is_not_found(house: House, path: str, video_id: str):
    for tail in ("", "/last-frame"):
        async with house.client.get(f"{path}/result/{video_id}{tail}") as response:
            status, name, _ = await refusal(response)
            assert (status, name) == (404, "not_found")


async def test_an_answer_that_cannot_be_given_is_refused(house: House):
    async with house.client.get(
        f"{BETA}/result/{UNKNOWN}", headers={"Accept": "image/png"}
    ) as response:
        status, _, (error,) = await refusal(response)
    assert status == 400
    assert error.startswith("accept: ")


async def test_other_paths_and_methods_are_refused_in_the_same_shape(house: House):
    async with house.client.get("/v2beta/image-to-audio") as response:
        assert (await refusal(response))[:2] == (404, "not_found")
    async with house.client.put(BETA) as response:
        assert (await refusal(response))[:2] == (405, "method_not_allowed")
        assert response.headers["Allow"] == "POST"


async def test_a_body_that_does_not_arrive_is_not_waited_for(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("inference.video.upload.PATIENCE_S", 0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(
        f"POST {BETA} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode()
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()
    await writer.wait_closed()


async def test_a_client_that_leaves_in_the_middle_of_its_body_disturbs_nobody(house: House):
    _, writer = await asyncio.open_connection("127.0.0.1", house.port)
    writer.write(
        f"POST {BETA} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\n".encode()
    )
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await refused(house, data=form(None)))[0] == 400


async def test_an_engine_is_named_or_the_first_one_films(house: House):
    image = scenery_png()
    status, _, errors = await refused(house, data=form(image, engine_id="svd"))
    assert status == 400
    assert errors == ["engine_id: 'svd' makes no films here; name one of atelier-painter-film"]
    video_id = await house.start(engine_id="atelier-painter-film", prompt="  ")
    await house.until_finished(f"{BETA}/result/{video_id}")


@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
async def test_words_are_refused_where_they_do_not_count(house: House, field: str):
    image = scenery_png()
    status, _, errors = await refused(house, data=form(image, **{field: "a cat"}))
    assert status == 400
    assert errors == [f"{field}: atelier-painter-film films from the picture alone; leave it out"]


async def test_a_film_is_stopped_and_nothing_is_left_of_it(house: House):
    path = f"{BETA}/result/{await house.start()}"
    async with house.client.delete(path) as response:
        assert response.status == 204
    async with house.client.get(path) as response:
        assert (await refusal(response))[0] == 404
    assert house.scheduler.waiting == 0
