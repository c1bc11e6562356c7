"""A picture that is drawn and paid is finished, whatever became of its engine since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from bot.delivery.marks import is_trained
from bot.delivery.provenance import finish
from generation.catalogue import catalogue
from generation.image.client import Picture
from generation.request import BlendPicture, ImageRequest, TextPrompt
from jobs.orders.by_kind import marked_as
from jobs.orders.video import VideoOrder
from media.marking.certificates import OwnIdentity
from media.marking.marks import Marks
from tests.jobs.harness import a_job, an_order
from tests.jobs.kinds.video.harness import a_video_order
from tests.media.containers import source_type
from tests.media.recipes import read_recipe

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("engine_id", "expected"),
    [
        ("atelier-painter", "algorithmicMedia"),
        ("stable-diffusion-v1-6", "trainedAlgorithmicMedia"),
        ("an-engine-of-long-ago", "trainedAlgorithmicMedia"),
    ],
)
async def test_a_picture_of_any_engine_is_finished(
    tmp_path: Path, engine_id: str, expected: str
) -> None:
    known = catalogue.load()
    identity = OwnIdentity(tmp_path, lambda: datetime.now(UTC))
    marks = Marks(identity, is_trained=lambda one: is_trained(one, known), version="1")
    buffer = BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, "PNG")
    request = ImageRequest(
        engine_id, (TextPrompt("a wren"),), 64, 64, seed=7, steps=9, cfg_scale=7,
        blend=(BlendPicture(b"", 2), BlendPicture(b"")),
    )  # fmt: skip
    picture = Picture(0, 7, buffer.getvalue(), 64, 64)
    job = replace(a_job(an_order(), datetime.now(UTC), "job1", 5), engine_id=engine_id)
    made = await finish(picture, request, job, marks=marks)
    recipe = read_recipe(made)
    assert recipe is not None
    assert recipe.engine_id == engine_id
    assert recipe.blend == (2, 1)
    assert source_type(made, "image/png") == expected


async def test_a_film_by_an_algorithm_of_a_models_picture_is_marked_as_the_models(
    tmp_path: Path,
) -> None:
    marks = Marks(
        OwnIdentity(tmp_path, lambda: datetime.now(UTC)),
        is_trained=lambda one: one == "a-model",
        version="1",
    )
    order = replace(a_video_order(1), marked_as="a-model")
    assert VideoOrder.from_json(order.to_json()) == order
    like = a_job(an_order(), datetime.now(UTC), "job1", 5)
    job = replace(like, kind=order.kind, engine_id="an-algorithm", spec=order.to_json())
    assert marks.source_type(marked_as(job)).endswith("/trainedAlgorithmicMedia")
    plain = replace(job, spec=a_video_order(1).to_json())
    assert marks.source_type(marked_as(plain)).endswith("/algorithmicMedia")
    assert marked_as(replace(job, spec={})) == "an-algorithm"
