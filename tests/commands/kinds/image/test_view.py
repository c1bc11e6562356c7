"""What the card of a picture asks for what follows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from commands.kinds.image.view import ImageView
from commands.kinds.view import OfferedEngines, ShownResult
from tests.commands.engines import FixedEngines
from tests.commands.ui.test_cards import ENGINES, a_job, order, text

USUAL = replace(ENGINES.get("atelier-painter-film"), id="usual-film", price="flat:20")
DEAR = replace(USUAL, id="dear-film", price="flat:50")
NOW = datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "asked"),
    [
        ({"segments": 1}, "20.00"),
        ({"segments": 2, "engine_id": "dear-film"}, "100.00"),
        ({"segments": 1, "engine_id": "gone-film"}, "20.00"),
    ],
)
def test_a_film_is_asked_for_at_the_price_of_its_own_engine(form: dict[str, Any], asked: str):
    view = ImageView(OfferedEngines(FixedEngines(ENGINES, USUAL, more_videos=[DEAR]), lambda: NOW))
    job = a_job(replace(order(), video=form))
    card = view.result_card(
        job, ShownResult(files=["attachment://atelier-1.png"], seeds=[7], made=1)
    )
    assert f"{asked} credits more" in text(card)


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        ([], "512×512"),
        ([(640, 384)], "640×384"),
        ([(640, 384), (640, 384)], "640×384"),
        ([(640, 384), (384, 640)], "512×512"),
    ],
)
def test_the_size_is_that_of_the_pictures_where_it_is_one(sizes: list[tuple[int, int]], told: str):
    view = ImageView(OfferedEngines(FixedEngines(ENGINES, USUAL), lambda: NOW))
    files = ["attachment://a.png", "attachment://b.png"]
    shown = ShownResult(files=files, seeds=[7, 8], made=2, sizes=sizes)
    card = view.result_card(a_job(order(count=2)), shown)
    assert f" · {told} · seeds 7" in text(card)
