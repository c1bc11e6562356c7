"""What an upscale is ordered as: words, seed and marks of the picture that it comes from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from commands.errors import DraftGone
from commands.kinds.upscale.job_request import UpscaleForm, upscale_order
from commands.kinds.upscale.view import UpscaleView
from commands.kinds.view import OfferedEngines, ShownResult
from generation.catalogue.catalogue import load
from jobs.errors import TooLate
from jobs.orders.by_kind import marked_as
from jobs.videos import Picture
from tests.commands.engines import FixedEngines
from tests.commands.ui.test_cards import a_job, labels, order, text

KNOWN = load()
ENGINES = OfferedEngines(FixedEngines(KNOWN), lambda: datetime(2026, 11, 21, tzinfo=UTC))
CONSERVATIVE = KNOWN.get("upscale-conservative")
PAINTER, MODEL = KNOWN.get("atelier-painter-upscale"), KNOWN.get("esrgan-v1-x2plus")


def test_words_and_seed_are_those_of_the_picture():
    drawn = order("a {red,blue} fox --count 2 --seed 7")
    made = upscale_order(a_job(drawn), Picture(2, (512, 384), 7), MODEL, ENGINES)
    assert made.title == drawn.title
    assert [prompt.text for prompt in made.request.prompts] == ["a blue fox"]
    assert (made.request.seed, made.request.engine_id) == (7, MODEL.id)
    assert (made.request.width, made.request.height) == (1024, 768)
    assert made.size == (512, 384)
    with pytest.raises(TooLate):
        upscale_order(a_job(drawn), Picture(4, (512, 384), 7), MODEL, ENGINES)


@pytest.mark.parametrize(
    ("drew", "enlarges", "marked"),
    [
        ("sd3.5-large", PAINTER, "sd3.5-large"),
        ("sd3.5-large", MODEL, MODEL.id),
        ("atelier-painter", MODEL, MODEL.id),
        ("atelier-painter", PAINTER, PAINTER.id),
        ("an-engine-of-long-ago", PAINTER, "an-engine-of-long-ago"),
    ],
)
def test_it_is_marked_by_the_trained_model_that_had_a_part_in_it(
    drew: str, enlarges: object, marked: str
):
    job = replace(a_job(order()), engine_id=drew)
    made = upscale_order(job, Picture(0, (512, 512), 7), enlarges, ENGINES)  # pyright: ignore
    assert marked_as(a_job(made)) == marked
    # Made larger again it stays so.
    again = upscale_order(a_job(made), Picture(0, (64, 64), 7), PAINTER, ENGINES)
    assert again.marked_as == marked


def test_its_card_tells_sizes_engine_seed_and_price():
    made = upscale_order(a_job(order("a *fox*")), Picture(0, (512, 384), 7), MODEL, ENGINES)
    card = UpscaleView(ENGINES).result_card(
        a_job(made), ShownResult(files=["attachment://a.png"], seeds=[7], made=1)
    )
    assert "a \\*fox\\*" in text(card)
    assert "upscaled 512×384 → 1024×768 · esrgan-v1-x2plus · seed 7 · 0.49 credits" in text(card)
    assert labels(card) == ["Upscale", "Recipe", "Delete", "Report"]


def test_its_card_tells_the_size_that_the_service_chose():
    made = upscale_order(a_job(order()), Picture(0, (512, 512), 7), CONSERVATIVE, ENGINES)
    shown = ShownResult(files=["attachment://a.png"], seeds=[7], made=1, sizes=[(3112, 3112)])
    card = UpscaleView(ENGINES).result_card(a_job(made), shown)
    assert "upscaled 512×512 → 3112×3112 · upscale-conservative" in text(card)
    # No engine takes one of that size.
    assert labels(card) == ["More", "Recipe", "Delete", "Report"]


def test_a_draft_comes_back_and_another_one_is_gone():
    form = UpscaleForm(job_id="k3f9abcd", position=1, engine_id=MODEL.id)
    assert UpscaleForm.from_json(form.to_json()) == form
    with pytest.raises(DraftGone):
        UpscaleForm.from_json({"prompt": "a fox"})
