"""How the end of a call is counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from inference.backends.cancellation import Stopped
from inference.metrics.measurements import Measurements, Outcome
from inference.services.call_record import CallRecord
from tests.inference.orders import order

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


async def breaking_off(error: BaseException) -> AsyncGenerator[None, None]:
    yield None
    raise error


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (asyncio.CancelledError(), Outcome.STOPPED),
        (Stopped(), Outcome.STOPPED),
        (ValueError("no"), Outcome.FAILED),
    ],
)
async def test_a_client_that_goes_is_no_failure(error: BaseException, outcome: Outcome):
    measurements = Measurements()
    record = CallRecord(measurements, "sd", "request", order())
    with pytest.raises(type(error)):
        async for _ in record.following(breaking_off(error)):
            pass
    assert measurements.counted().outcomes["sd", outcome] == 1
