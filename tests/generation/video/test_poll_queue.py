"""The plain logic of polling: what is learned, what is planned, and who comes next."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import pytest

from generation.video.durations import HORIZON_S, Durations
from generation.video.poll_queue import SPACING_S, PollQueue
from generation.video.poll_schedule import best_plan


def learned(typical_s: float, median_s: float, spread: float, every_s: float) -> Durations:
    """What is learned of lognormal durations by looking at fixed intervals."""
    dice, durations = random.Random(1), Durations(typical_s)
    for _ in range(3000):
        age_s = dice.lognormvariate(math.log(median_s), spread)
        looks = age_s // every_s
        durations.learn(looks * every_s, (looks + 1) * every_s)
    return durations


@pytest.mark.parametrize("typical_s", [10, 41, 400])
def test_durations_are_learned_from_what_polls_bracket(typical_s: float) -> None:
    durations = learned(typical_s, 60, 0.3, 25)
    assert durations.typical_s == pytest.approx(60, rel=0.1)
    assert durations.age_of(0.84) / durations.typical_s == pytest.approx(math.exp(0.3), rel=0.1)


def test_an_interval_that_tells_nothing_teaches_nothing() -> None:
    durations = Durations(60)
    for _ in range(500):
        durations.learn(0, HORIZON_S)
    assert durations.typical_s == pytest.approx(60, rel=0.01)


@pytest.mark.parametrize("interval", [(5, 5), (9, 3), (-5, -1), (1e9, 1e10), (0, 0)])
def test_an_interval_that_is_none_is_left_out(interval: tuple[float, float]) -> None:
    durations = Durations(60)
    durations.learn(*interval)
    assert durations.videos == 0


def test_shares_grow_with_age() -> None:
    durations = Durations(60)
    shares = [durations.share_by(age) for age in (-1, 0, 1, 10, 60, 600, HORIZON_S)]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, pytest.approx(1, abs=1e-6))


def test_a_dearer_look_means_fewer_looks_and_more_delay() -> None:
    plans = [best_plan(Durations(60), price, SPACING_S) for price in (1, 10, 100)]
    assert [plan.looks for plan in plans] == sorted((p.looks for p in plans), reverse=True)
    assert [plan.delay_s for plan in plans] == sorted(plan.delay_s for plan in plans)


@pytest.mark.parametrize("price_s", [1, 10, 100, 1000])
def test_a_plan_goes_on_to_the_horizon_and_keeps_the_spacing(price_s: float) -> None:
    plan = best_plan(Durations(60), price_s, SPACING_S)
    age = plan.next_age(0)
    while age < HORIZON_S:
        following = plan.next_age(age)
        assert following >= age + SPACING_S or following == HORIZON_S
        age = following


def test_no_other_ages_cost_less() -> None:
    """Against every plan with two looks and a last one at the horizon, on the same grid."""
    durations = Durations(60)
    plan, price_s = best_plan(durations, 50, SPACING_S), 50
    best = plan.delay_s + price_s * plan.looks
    dice = random.Random(3)
    for _ in range(300):
        ages = sorted(dice.sample(plan.ages[1:-1], 6))
        assert cost(durations, plan.ages, [*ages, HORIZON_S], price_s) >= best - 0.5


def cost(
    durations: Durations, grid: tuple[float, ...], looks: list[float], price_s: float
) -> float:
    total, before = 0.0, 0.0
    for look in looks:
        total += price_s * (1 - durations.share_by(before))
        steps = [age for age in grid if before <= age <= look]
        for low, high in pairwise(steps):
            middle = (durations.share_by(low) + durations.share_by(high)) / 2
            total += (middle - durations.share_by(before)) * (high - low)
        before = look
    return total


def test_the_first_poll_is_at_about_the_typical_duration() -> None:
    queue = PollQueue({"sd": 60})
    queue.add("a", "sd", now=1000)
    due = queue.due_in(1000)
    assert due is not None
    assert 20 < due < 60
    assert queue.take(1000) is None
    assert queue.take(1000 + due) == "a"
    assert queue.take(1000 + due) is None


def test_no_video_is_asked_for_twice_in_ten_seconds() -> None:
    queue, now, asked = PollQueue({"sd": 20}), 0.0, dict[str, float]()
    for number in range(30):
        queue.add(str(number), "sd", now, age_s=number)
    for _ in range(3000):
        now += 0.1
        queue.due_in(now)
        if result_id := queue.take(now):
            assert now - asked.get(result_id, -100) >= 10
            asked[result_id] = now
            queue.not_yet(result_id, now)
    assert len(asked) == 30


@pytest.mark.parametrize("least_s", [1, 10])
def test_polls_of_a_video_are_as_far_apart_as_its_engine_wants(least_s: float) -> None:
    queue, now, asked = PollQueue({"sd": 4}, least_spacing_s=least_s), 0.0, list[float]()
    queue.add("a", "sd", now=0)
    while len(asked) < 10:
        now += queue.due_in(now) or 0
        assert queue.take(now) == "a"
        asked.append(now)
        queue.not_yet("a", now)
    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert least_s < min(gaps) < 2 * least_s + 1


def test_what_is_kept_over_a_restart_holds() -> None:
    queue = PollQueue({"sd": 20})
    queue.add("a", "sd", now=0, age_s=500, wait_s=8)
    assert queue.due_in(0) == 8
    queue.add("b", "sd", now=0, age_s=500)
    assert queue.due_in(0) == 0


@pytest.mark.parametrize(("age_s", "wait_s"), [(-1e6, 1e7), (1e9, -1e9)])
def test_figures_that_a_clock_jump_spoilt_lose_no_video(age_s: float, wait_s: float) -> None:
    queue = PollQueue({"sd": 20})
    queue.add("a", "sd", now=0, age_s=age_s, wait_s=wait_s)
    due = queue.due_in(0)
    assert due is not None
    assert due <= HORIZON_S if age_s > 0 else due <= 3600


def test_a_pause_holds_for_all() -> None:
    queue = PollQueue({"sd": 20})
    queue.add("a", "sd", now=0, age_s=100)
    queue.pause(0, 60)
    queue.pause(0, 5)
    assert queue.due_in(0) == 60
    assert queue.take(59) is None
    assert queue.take(60) == "a"


def test_what_is_removed_is_not_asked_for() -> None:
    queue = PollQueue({"sd": 20})
    queue.add("a", "sd", now=0, age_s=100)
    assert queue.take(0) == "a"
    queue.remove("a")
    queue.not_yet("a", 0)
    queue.again("a", 0, 1)
    queue.finished("a", 0)
    assert (len(queue), queue.due_in(100)) == (0, None)


def test_a_poll_that_told_nothing_is_repeated() -> None:
    queue = PollQueue({"sd": 20})
    queue.add("a", "sd", now=0, age_s=100)
    assert queue.take(0) == "a"
    queue.again("a", 1, 30)
    assert queue.due_in(1) == pytest.approx(30)


def test_under_load_the_price_makes_the_polls_fit_and_no_turn_is_lost() -> None:
    """One film in 10 s, each of about ten minutes, with turns for three polls of each."""
    dice, queue, ends, now = random.Random(5), PollQueue({"sd": 600}, 0.3), dict[str, float](), 0.0
    delays: list[float] = []
    idle = slots = 0
    for number in range(6000):
        if number % 4 == 0:
            result_id = str(number)
            ends[result_id] = now + dice.lognormvariate(math.log(600), 0.3)
            queue.add(result_id, "sd", now)
        elif queue.due_in(now) == 0 and (result_id := queue.take(now)):
            slots += 1
            if ends[result_id] <= now:
                delays.append(now - ends.pop(result_id))
                queue.finished(result_id, now)
            else:
                queue.not_yet(result_id, now)
        else:
            idle += 1
        now += 1 / 0.4
    steady = delays[len(delays) // 3 :]
    assert idle < 0.15 * slots
    assert sum(steady) / len(steady) < 100
