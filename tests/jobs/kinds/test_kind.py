"""A picture that was drawn is not lost because there is no room for it at the moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobs.errors import NoSpace
from jobs.patience import LIMIT
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Balance
from tests.jobs.harness import PRICE_MC, START_MC, Workshop

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def obstacle(workshop: Workshop) -> Path:
    """A file where the folder of the first job's pictures should be."""
    file = workshop.folder / "artifacts" / "job1"
    file.write_text("in the way")
    return file


@pytest.mark.parametrize("trouble", [None, OSError("what was kept cannot be read")])
async def test_it_is_kept_as_soon_as_there_is_room(
    workshop: Workshop,
    obstacle: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: Exception | None,
):
    """Whether its author can be told of the wait or not."""
    workshop.board.no_room_trouble = trouble
    sleep = workshop.clock.sleep

    async def make_room(seconds: float) -> None:
        await sleep(seconds)
        if len(workshop.clock.slept) == 3:
            obstacle.unlink()  # noqa: ASYNC240 - a file that blocks for no time

    monkeypatch.setattr(workshop.clock, "sleep", make_room)
    began = workshop.clock()
    job = await workshop.run(await workshop.accept())
    assert job.state is JobState.DELIVERED
    assert workshop.board.no_rooms == [began] * 3
    assert len(workshop.engine.requests) == 1
    assert workshop.clock.slept == [1, 2, 4]
    assert await workshop.balance() == Balance(START_MC - PRICE_MC, 0)


async def test_without_room_for_long_the_credits_come_back(workshop: Workshop, obstacle: Path):
    began = workshop.clock()
    job = await workshop.run(await workshop.accept())
    assert job.state is JobState.FAILED
    ((kind, failure),) = workshop.board.shown
    assert kind == "failed"
    assert isinstance(failure, NoSpace)
    assert workshop.clock() - began <= LIMIT
    assert await workshop.balance() == Balance(START_MC, 0)
