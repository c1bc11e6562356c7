"""Orders that an earlier version left are made by the engines of today."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from inference.backends.painter.pool import PainterPool
from inference.video.order import Video, VideoOrder
from inference.video.store import ORDER
from tests.inference.video.videos import BETA, open_house, until_over

if TYPE_CHECKING:
    from pathlib import Path

    from inference.backends.backend import DrawContext

FIGURES = {"width": 768, "height": 768, "seed": 7, "cfg_scale": 1.8, "motion_bucket_id": 127}


@pytest.mark.parametrize("left", [{}, {"engine_id": ""}])
async def test_an_order_without_an_engine_names_the_one_that_makes_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: dict[str, str]
):
    named: list[str] = []

    def shoot(_pool: PainterPool, order: VideoOrder, _context: DrawContext) -> Video:
        named.append(order.engine_id)
        return Video(b"film", b"frame")

    monkeypatch.setattr(PainterPool, "shoot", shoot)
    video_id = "a" * 64
    (tmp_path / video_id).mkdir()
    (tmp_path / video_id / "picture").write_bytes(b"picture")
    (tmp_path / video_id / ORDER).write_text(json.dumps({"owner": "", **FIGURES, **left}))
    async with open_house(tmp_path) as house:
        await until_over(house.client, f"{BETA}/result/{video_id}")
    assert named == ["atelier-painter-film"]
