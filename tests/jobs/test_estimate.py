"""The estimate follows what jobs really took."""

from __future__ import annotations

from datetime import timedelta

from jobs.estimate import Estimate


def test_nothing_is_known_before_the_first_job():
    assert Estimate().duration("painter", 200) is None


def test_twice_the_work_takes_twice_the_time():
    estimate = Estimate()
    estimate.learn("painter", 100, timedelta(seconds=3))
    assert estimate.duration("painter", 200) == timedelta(seconds=6)
    assert estimate.duration("another", 200) is None


def test_the_average_moves_towards_the_newest():
    estimate = Estimate()
    estimate.learn("painter", 100, timedelta(seconds=1))
    for _ in range(40):
        estimate.learn("painter", 100, timedelta(seconds=2))
    learned = estimate.duration("painter", 100)
    assert learned
    assert abs(learned.total_seconds() - 2) < 0.01
