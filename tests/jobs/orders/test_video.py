"""How long films are whose parts were made by engines of different lengths."""

from __future__ import annotations

from dataclasses import replace

from jobs.orders.video import VideoOrder

ORDER = VideoOrder(
    title="a cat",
    engine_id="long",
    width=768,
    height=768,
    seed=7,
    cfg_scale=1.8,
    motion_bucket_id=127,
    segments=2,
    segment_s=5.0,
)


def test_parts_of_one_engine() -> None:
    assert ORDER.length_s(2) == 10.0
    assert replace(ORDER, earlier=2, segments=1).length_s(1) == 15.0


def test_a_part_of_another_engine() -> None:
    longer = replace(ORDER, engine_id="short", earlier=2, earlier_s=10.0, segments=1, segment_s=2.0)
    assert longer.length_s(1) == 12.0
    assert VideoOrder.from_json(longer.to_json()) == longer


def test_an_order_that_knows_nothing_of_it_reads_the_same() -> None:
    assert "earlier_s" not in ORDER.to_json()
    assert VideoOrder.from_json(ORDER.to_json()) == ORDER
