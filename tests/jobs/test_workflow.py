"""The workflow of a job, outcome by outcome."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from jobs.workflow import CLOSE_TRIES, run_job
from tests.jobs.harness import stay
from tests.jobs.runner.tracks import Track

if TYPE_CHECKING:
    from jobs.workflow import Outcome

JOB = "job1"
INTERRUPTED = {"error": "Interrupted"}
TOO_SLOW = {"error": "TooSlow", "detail": "", "retry_after": None}


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jobs.workflow.CLOSE_PAUSE_S", 0)


def taken(track: Track) -> list[str]:
    return [name for name, _ in track.taken]


async def test_it_generates_delivers_and_closes():
    track = Track()
    await run_job(track, JOB, stay)
    assert taken(track) == ["generate", "deliver", "close"]
    assert track.closed == {JOB: (None, 1)}


async def test_what_is_over_is_left_alone():
    track = Track()
    track.outcome = {"over": True}
    await run_job(track, JOB, stay)
    assert taken(track) == ["generate"]


@pytest.mark.parametrize("outcome", [{"failure": TOO_SLOW}])
async def test_a_failure_is_delivered_and_closed_as_one(outcome: Outcome):
    track = Track()
    track.outcome = outcome
    await run_job(track, JOB, stay)
    assert track.closed == {JOB: (TOO_SLOW, 1)}


async def test_a_generation_that_breaks_off_is_an_interruption(caplog: pytest.LogCaptureFixture):
    track = Track()
    track.trouble["generate"] = ZeroDivisionError("a mistake of ours")
    await run_job(track, JOB, stay)
    assert track.closed == {JOB: (INTERRUPTED, 1)}
    assert "the generation broke off" in caplog.text


async def test_a_delivery_that_breaks_off_is_not_charged(caplog: pytest.LogCaptureFixture):
    track = Track()
    track.trouble["deliver"] = ZeroDivisionError("a mistake of ours")
    await run_job(track, JOB, stay)
    assert track.given_up == [JOB]
    assert track.closed == {JOB: (None, 0)}
    assert "the delivery broke off" in caplog.text


async def test_a_close_is_tried_again_while_the_database_stumbles():
    track = Track()
    track.stumbles["close"] = CLOSE_TRIES - 1
    await run_job(track, JOB, stay)
    assert track.taken["close", JOB] == CLOSE_TRIES
    assert track.closed == {JOB: (None, 1)}


async def test_a_close_that_never_works_is_left_to_the_reconciliation():
    track = Track()
    track.stumbles["close"] = CLOSE_TRIES
    with pytest.raises(OSError, match="locked"):
        await run_job(track, JOB, stay)
    assert track.closed == {}


@pytest.mark.parametrize("step", ["generate", "deliver"])
async def test_what_goes_wrong_while_the_process_ends_is_not_the_job_s_fault(step: str):
    track = Track()
    track.trouble[step] = OSError("the connection is closed")

    def leave_if_closing() -> None:
        if track.taken[step, JOB]:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await run_job(track, JOB, leave_if_closing)
    assert taken(track)[-1] == step
    assert track.given_up == []
    assert track.closed == {}
