"""The rate of an account: never more in a period than allowed, whoever asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from time import monotonic

import pytest

from storage.database import Database
from storage.rate_limits import Rate, SharedRate, TooManyWait
from tests.storage.conftest import Clock

PERIOD = timedelta(seconds=1)
PATIENCE = timedelta(seconds=30)


def most_in_a_period(instants: list[float], period_s: float) -> int:
    return max(sum(1 for one in instants if begin <= one < begin + period_s) for begin in instants)


@pytest.mark.parametrize("requests", [1, 9, 20, 150])
def test_a_burst_and_a_row_together_fit_the_period(requests: int):
    rate = Rate(requests, timedelta(seconds=10))
    assert rate.at_once + 10_000 // rate.interval_ms <= requests + (requests == 1)


async def test_several_processes_share_it(database: Database, clock: Clock):
    """Two buckets of one account, as two processes have them."""
    rate = Rate(20, PERIOD)
    slept = 0.0

    async def sleep(seconds: float) -> None:
        nonlocal slept
        slept = max(slept, seconds)

    sharers = [SharedRate(database, "account", rate, clock, sleep) for _ in range(2)]
    began = monotonic()
    await asyncio.gather(*(sharers[n % 2].wait(PATIENCE) for n in range(40)))
    took = monotonic() - began
    row_s = (40 - rate.at_once) * rate.interval_ms / 1000
    assert row_s - took - 0.1 <= slept <= row_s + 0.1


async def test_no_period_has_more_than_it_may(database: Database):
    rate = Rate(10, timedelta(seconds=0.4))
    sharers = [SharedRate(database, "account", rate, _now) for _ in range(2)]
    instants: list[float] = []

    async def ask(number: int) -> None:
        await sharers[number % 2].wait(PATIENCE)
        instants.append(monotonic())

    await asyncio.gather(*(ask(number) for number in range(25)))
    # A process that comes late to its turn may meet the next one; one more is allowed for that.
    assert most_in_a_period(instants, 0.4) <= rate.requests + 1


async def test_accounts_do_not_share(database: Database, clock: Clock):
    rate = Rate(1, timedelta(seconds=10))
    for name in ("one", "other"):
        await SharedRate(database, name, rate, clock).wait(timedelta(0))


async def test_without_patience_no_turn_is_taken(database: Database, clock: Clock):
    shared = SharedRate(database, "account", Rate(10, timedelta(seconds=100)), clock)
    await shared.wait(PATIENCE)
    for _ in range(3):
        with pytest.raises(TooManyWait):
            await shared.wait(timedelta(seconds=-1))


async def test_a_pause_that_the_api_asks_for_holds_for_all(database: Database, clock: Clock):
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    rate = Rate(100, PERIOD)
    first, second = (SharedRate(database, "account", rate, clock, sleep) for _ in range(2))
    await first.wait(PATIENCE)
    await first.hold_off(timedelta(seconds=5))
    await second.wait(PATIENCE)
    assert slept
    assert 4 < slept[0] <= 5.05


def _now():
    from datetime import UTC, datetime

    return datetime.now(UTC)
