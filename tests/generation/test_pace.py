"""Every call waits for its turn in the account's pace, and a pause that is asked for is shared."""

from __future__ import annotations

from datetime import timedelta

import grpc
import pytest

from generation.errors import Busy
from generation.image.client import Endpoint, ImageClient, RetryPolicy
from tests.generation.image.scripted import (
    REQUEST,
    ScriptedEngine,
    answer,
    answers,
    fails,
    image,
    serving,
)


class Metronome:
    """Counts the turns that were taken."""

    def __init__(self, refuses: bool = False) -> None:
        self.slots = 0
        self.pauses: list[timedelta] = []
        self._refuses = refuses

    async def wait(self) -> None:
        if self._refuses:
            raise Busy("no turn", timedelta(minutes=1))
        self.slots += 1

    async def hold_off(self, pause: timedelta) -> None:
        self.pauses.append(pause)


async def ask(engine: ScriptedEngine, pace: Metronome) -> int:
    async def sleep(_: float) -> None:
        return

    async with (
        serving(engine) as host,
        ImageClient(Endpoint(host), retries=RetryPolicy(), pace=pace, sleep=sleep) as client,
    ):
        return len([one async for one in client.generate(REQUEST, "r1")])


async def test_each_try_takes_a_turn():
    pace = Metronome()
    engine = ScriptedEngine(fails(grpc.StatusCode.UNAVAILABLE), answers(answer(image())))
    assert await ask(engine, pace) == 1
    assert (pace.slots, pace.pauses) == (2, [])


async def test_a_pause_that_the_api_asks_for_is_shared():
    pace = Metronome()
    limit = fails(grpc.StatusCode.RESOURCE_EXHAUSTED, "slow down", (), (("retry-after", "2"),))
    assert await ask(ScriptedEngine(limit, answers(answer(image()))), pace) == 1
    assert pace.pauses == [timedelta(seconds=2)]


async def test_without_a_turn_the_engine_is_not_asked():
    engine = ScriptedEngine()
    with pytest.raises(Busy):
        await ask(engine, Metronome(refuses=True))
    assert engine.requests == []
