"""What can make a picture larger, and at what price."""

from __future__ import annotations

from dataclasses import replace

from commands.kinds.upscale.cards import offer_lines
from commands.kinds.upscale.offers import offers_for, too_small_for
from generation.catalogue.catalogue import load

ALL = {engine.id: engine for engine in load()}
X2, X4, PLUS, PAINTER, CONSERVATIVE = (
    ALL[engine_id]
    for engine_id in (
        "esrgan-v1-x2plus",
        "real-esrgan-x4",
        "real-esrgan-x4plus",
        "atelier-painter-upscale",
        "upscale-conservative",
    )
)


def labels(size: tuple[int, int], *engines: object) -> list[str]:
    return [offer.label for offer in offers_for(size, engines)]  # pyright: ignore


def test_every_engine_that_takes_the_picture_is_offered_with_its_price():
    assert labels((512, 512), X2, X4, PLUS, CONSERVATIVE) == [
        "Upscale ×2 · 0.20",
        "Upscale ×4 · 0.40",
        "Upscale Real-ESRGAN ×4 plus · 1.00",
        "Upscale, conservative · 40.00",
    ]


def test_a_picture_too_large_for_one_is_offered_the_next():
    assert labels((1024, 768), X4, PLUS, X2) == ["Upscale ×2 · 0.20"]
    assert too_small_for((1024, 768), [X4, PLUS, X2]) == [X4, PLUS]


def test_without_a_model_is_offered_only_where_no_model_enlarges_as_much():
    assert labels((512, 512), PAINTER) == ["Upscale ×2 · 0.20"]
    (offer,) = offers_for((512, 512), [PAINTER, X2])
    assert offer.engine is X2
    small = replace(X2, max_pixels=1024)
    assert [one.engine for one in offers_for((512, 512), [small, PAINTER])] == [PAINTER]


def test_the_size_of_the_result_is_told_where_it_is_known():
    assert [offer.result for offer in offers_for((300, 200), [X2, CONSERVATIVE])] == [
        (600, 400),
        None,
    ]


def test_what_nothing_takes_is_told_with_the_figures():
    size = (2048, 1024)
    lines = offer_lines(offers_for(size, [X4, X2]), too_small_for(size, [X4, X2]))
    assert lines == [
        "-# Too large for Real-ESRGAN ×4, which takes 589,824 pixels.",
        "-# Too large for Real-ESRGAN ×2, which takes 1,048,576 pixels.",
    ]
    assert offer_lines([], []) == ["-# No engine makes pictures larger here now."]
