"""Waiting for an engine: what went wrong is noted once an attempt, and judged by that alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.errors import BadRequest, GarbledAnswer, Unauthorized, Unreachable
from jobs.kinds.engine_wait import GARBLED_TRIES, EngineAbsences, EngineWait
from jobs.kinds.kind import JobRun
from tests.jobs.harness import Workshop

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from datetime import datetime

    from storage.jobs.jobs import Job


class Engine:
    """Fails with those errors, one after the other, then answers."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    async def ask(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "an answer"


@pytest.fixture
async def run(workshop: Workshop) -> AsyncGenerator[JobRun]:
    job = await workshop.accept()
    with workshop.environment.cancellation.track(job.id):
        yield JobRun(job, workshop.environment)


class Absences(EngineAbsences):
    """Remembers when an engine was missed."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[datetime] = []

    def since(self, job: Job, missed_at: datetime) -> datetime:
        self.noted.append(missed_at)
        return super().since(job, missed_at)


async def test_each_failure_is_noted_once_as_what_it_is(workshop: Workshop, run: JobRun):
    absences, rubbish = Absences(), GarbledAnswer("rubbish")
    wait = EngineWait(run, absences)
    assert await wait.ask(Engine(rubbish, Unreachable("away"), rubbish).ask) == "an answer"
    assert absences.noted == workshop.board.aways
    assert len(absences.noted) == 1


async def test_rubbish_is_no_absence(workshop: Workshop, run: JobRun):
    absences = Absences()
    engine = Engine(*[GarbledAnswer("rubbish")] * (GARBLED_TRIES + 1))
    with pytest.raises(GarbledAnswer):
        await EngineWait(run, absences).ask(engine.ask)
    assert len(engine.errors) == 1
    assert absences.noted == workshop.board.aways == []


@pytest.mark.parametrize("refusal", [BadRequest("seed", "too large"), Unauthorized("no such key")])
async def test_an_engine_that_refuses_is_there_again(
    workshop: Workshop, run: JobRun, refusal: Exception
):
    absences = EngineAbsences()
    wait = EngineWait(run, absences)
    with pytest.raises(type(refusal)):
        await wait.ask(Engine(Unreachable("away"), refusal).ask)
    assert (await workshop.job()).waiting_since is None
    assert wait.left_s is None
    later = workshop.clock()
    assert absences.since(run.job, later) == later
