"""Every attack of strangers at its full size."""

from __future__ import annotations

import pytest

from tests.chaos.strangers import TRIALS, Trial, run

pytestmark = pytest.mark.campaign


@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.name)
async def test_strangers_take_little(trial: Trial) -> None:
    outcome = await run(trial)
    assert not outcome.faults(trial), str(outcome)
