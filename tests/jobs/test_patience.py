"""Patience: pauses that grow, or are as long as asked for, and an end after 15 minutes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from generation.errors import Busy, Unreachable
from jobs.patience import LIMIT, Patience
from tests.jobs.harness import Clock


class Stubborn:
    """Fails with those errors, one after the other, the last one for ever."""

    def __init__(self, *errors: Exception | None) -> None:
        self.errors = list(errors)
        self.tries = 0

    async def ask(self, patience: Patience) -> str:
        async for attempt in patience.attempts(Busy, Unreachable):
            with attempt:
                self.tries += 1
                error = self.errors.pop(0) if len(self.errors) > 1 else self.errors[0]
                if error:
                    raise error
                return "an answer"
        raise AssertionError


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(clock: Clock) -> Patience:
    return Patience(clock, clock.sleep)


async def test_pauses_grow_up_to_the_longest(patience: Patience, clock: Clock):
    assert await Stubborn(*[Unreachable("away")] * 7, None).ask(patience) == "an answer"
    assert clock.slept == [1, 2, 4, 8, 16, 20, 20]


async def test_a_longer_pause_is_taken_where_it_is_asked_for(patience: Patience, clock: Clock):
    busy = Busy("slow down", timedelta(seconds=75))
    assert await Stubborn(busy, Busy("slow down"), None).ask(patience) == "an answer"
    assert clock.slept == [75, 2]


async def test_it_ends_within_a_quarter_of_an_hour(patience: Patience, clock: Clock):
    began = clock()
    with pytest.raises(Unreachable):
        await Stubborn(Unreachable("away")).ask(patience)
    assert LIMIT - timedelta(seconds=20) <= clock() - began <= LIMIT


async def test_a_pause_that_goes_beyond_it_is_not_taken(patience: Patience, clock: Clock):
    with pytest.raises(Busy):
        await Stubborn(Busy("come tomorrow", timedelta(days=1))).ask(patience)
    assert clock.slept == []


async def test_what_does_not_pass_is_raised_at_once(patience: Patience, clock: Clock):
    asked = Stubborn(ZeroDivisionError("a mistake of ours"))
    with pytest.raises(ZeroDivisionError):
        await asked.ask(patience)
    assert (asked.tries, clock.slept) == (1, [])


def test_what_is_left_shrinks_with_the_clock(patience: Patience, clock: Clock):
    began = clock()
    clock.advance(minutes=10)
    assert patience.left_s(began) == 300
    clock.advance(minutes=10)
    assert patience.left_s(began) == 0
