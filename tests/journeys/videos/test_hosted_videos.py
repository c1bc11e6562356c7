"""A film of an engine that may be asked once in ten seconds, as Stability's; no clock is set."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.generation.image.scripted import png
from tests.generation.video.scripted_rest import (
    ScriptedRest,
    gives_video,
    replies_json,
    serving,
)
from tests.journeys.backend import serving_backend
from tests.journeys.studio import Studio, attachments, confirmed, shown
from tests.journeys.video_backend import written_catalogue
from tests.playground.videos import video

if TYPE_CHECKING:
    from pathlib import Path

    from tests.generation.video.scripted_rest import Seen

pytestmark = pytest.mark.timeout(120)

VIDEO_ID = "0a" * 32
READY_AT_LOOK = 2
LEAST_S = 10
WITHIN_S = 60


class SlowFilm:
    """An engine whose film is ready at the second look; `looks` are their instants in seconds."""

    def __init__(self) -> None:
        self.looks: list[float] = []

    async def __call__(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.method == "POST":
            await replies_json(200, {"id": VIDEO_ID})(seen, writer)
            return
        self.looks.append(time.monotonic())
        if len(self.looks) < READY_AT_LOOK:
            told = {"id": VIDEO_ID, "status": "in-progress"}
            await replies_json(202, told)(seen, writer)
        else:
            await gives_video(video((1024, 576), 25, 12))(seen, writer)


async def test_a_film_is_asked_for_once_in_ten_seconds(tmp_path: Path):
    engine = SlowFilm()
    async with (
        serving_backend() as backend,
        serving(ScriptedRest(engine)) as videos,
        Studio(
            tmp_path,
            STABILITY_HOST=f"127.0.0.1:{backend.port}",
            STABILITY_REST=videos,
            ATELIER_ENGINES=written_catalogue(tmp_path),
        ) as studio,
    ):
        file = await studio.driver.upload("harbour.png", png(0, (900, 600)))
        asked = await studio.driver.invoke("animate", {"image": file["id"]})
        outcome = await confirmed(studio.driver, asked)
        card = await studio.message(
            shown(outcome)["id"],
            lambda one: any(file["filename"].endswith(".mp4") for file in attachments(one)),
            WITHIN_S,
        )
        assert card
    gaps = [later - earlier for earlier, later in pairwise(engine.looks)]
    assert len(gaps) == READY_AT_LOOK - 1
    assert min(gaps) >= LEAST_S
