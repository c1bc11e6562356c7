"""Which queue a job waits in, and how many of its jobs run at once."""

from __future__ import annotations

import pytest

from jobs.runner.queues import QueueClass, QueueLimits

SHARES = QueueLimits(process=8, member=2, engines={"slow": 1})


@pytest.mark.parametrize(
    ("engine_id", "tier", "queue"),
    [
        ("sd", 0, "images-0"),
        ("sd", 2, "images-2"),
        ("sd", 9, "images-2"),
        ("sd", -1, "images-0"),
        ("slow", 2, "engine-slow"),
    ],
)
def test_each_job_has_its_queue(engine_id: str, tier: int, queue: str):
    assert SHARES.queue_of(QueueClass.SAMPLED, engine_id, tier) == queue
    assert queue in SHARES.queues


def test_a_higher_tier_has_the_larger_share():
    assert SHARES.queues == {
        "images-0": (8, 2),
        "images-1": (12, 2),
        "images-2": (16, 2),
        "engine-slow": (1, 1),
        "films": (10_000, 100),
    }


def test_videos_wait_for_others_most_of_the_time():
    assert SHARES.queue_of(QueueClass.POLLED, "slow", 2) == "films"
