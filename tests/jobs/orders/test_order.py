"""What a job is charged: by the units that arrived, never more than its price, nothing if free."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.errors import TooLate
from jobs.orders.by_kind import ORDERS
from jobs.orders.order import Order, charge_mc
from jobs.orders.upscale import UpscaleOrder
from tests.jobs.harness import an_order
from tests.jobs.kinds.test_morph import a_morph
from tests.jobs.kinds.video.harness import a_video_order


def an_upscale() -> UpscaleOrder:
    drawn = an_order(1, 1).first
    request = replace(drawn, engine_id="larger", width=1024, height=768, steps=0)
    return UpscaleOrder(title="a fox", request=request, size=(512, 384), marked_as="painter")


@given(each_mc=st.integers(0, 10**9), units=st.integers(1, 120), data=st.data())
def test_what_did_not_arrive_is_not_charged(each_mc: int, units: int, data: st.DataObject):
    count = data.draw(st.integers(0, units))
    assert charge_mc(each_mc * units, units, count) == each_mc * count


@given(price_mc=st.integers(0, 10**9), units=st.integers(1, 120), data=st.data())
def test_no_job_is_charged_above_its_price(price_mc: int, units: int, data: st.DataObject):
    assert 0 <= charge_mc(price_mc, units, data.draw(st.integers(0, units))) <= price_mc


def test_free_work_is_not_charged():
    assert a_video_order(0).charge_mc(0, 1) == 0


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (an_order(2, 1), (3, "pictures")),
        (a_morph(), (8, "frames")),
        (a_video_order(2), (2, "parts of a film")),
        (a_video_order(0), (0, "a camera move")),
        (an_upscale(), (1, "pictures")),
    ],
)
def test_every_order_names_its_units(order: Order, told: tuple[int, str]):
    assert (order.units, order.unit) == told
    assert order.charge_mc(1000 * order.units, 1) == (1000 if order.units else 0)


def test_an_upscale_comes_back_from_its_json():
    order = an_upscale()
    assert UpscaleOrder.from_json(order.to_json()) == order
    with pytest.raises(TooLate):
        UpscaleOrder.from_json({})


def test_each_order_has_a_kind_of_its_own():
    assert len({order_type.kind for order_type in ORDERS}) == len(ORDERS)
