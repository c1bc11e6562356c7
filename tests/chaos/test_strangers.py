"""Every attack of strangers at its full size."""

from __future__ import annotations

import pytest

from tests.chaos.strangers import TRIALS, Trial, run

pytestmark = pytest.mark.campaign

ANSWERED_MS = 25_000.0
"""Beside other tests only whether it answers is judged; how soon, `make chaos` says."""


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
async def test_strangers_take_little(trial: Trial) -> None:
    outcome = await run(trial)
    assert not outcome.faults(trial, ANSWERED_MS), str(outcome)
