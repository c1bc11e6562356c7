"""When to look whether a film has finished, if every look has a price.

The optimum checking procedure of Barlow, Hunter & Proschan (1963): the ages for looking that make
the least of the expected delay until the end is noticed plus a price for each look. Found backward
over a grid of ages, as a shortest path; since the cost is of Monge's kind, later ages never look
earlier, which keeps the search short.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generation.video.durations import HORIZON_S

if TYPE_CHECKING:
    from generation.video.durations import Durations

QUANTILES = 160
FIRST_S = 1.0
RATIO = 1.2


@dataclass(frozen=True, slots=True)
class CheckingPlan:
    """The best next look after every age; `looks` and `delay_s` are what a film costs on average.

    `following[n]` is the index of the age for the next look if there was nothing at `ages[n]`.
    """

    ages: tuple[float, ...]
    following: tuple[int, ...]
    looks: float
    delay_s: float

    def next_age(self, age_s: float) -> float:
        """The age in seconds for the next look, if the film had not finished at that age."""
        here = bisect_right(self.ages, age_s) - 1
        return self.ages[self.following[min(here, len(self.following) - 1)]]


def best_plan(durations: Durations, price_s: float, spacing_s: float) -> CheckingPlan:
    """The plan for a price in seconds of delay, with looks at least `spacing_s` apart."""
    ages = _ages(durations)
    shares = [durations.share_by(age) for age in ages]
    shares[-1] = 1.0
    areas = _areas(ages, shares)
    last = len(ages) - 1
    costs, following = [0.0] * len(ages), [last] * last
    furthest = last
    for here in range(last - 1, -1, -1):
        nearest = max(here + 1, bisect_left(ages, ages[here] + spacing_s)) if here else 1
        nearest = min(nearest, last)
        furthest = max(nearest, furthest)
        base = price_s * (1 - shares[here]) - areas[here] + shares[here] * ages[here]
        cost, furthest = min(
            (base + areas[then] - shares[here] * ages[then] + costs[then], then)
            for then in range(nearest, furthest + 1)
        )
        costs[here], following[here] = cost, furthest
    looks = _expected_looks(shares, following)
    return CheckingPlan(tuple(ages), tuple(following), looks, costs[0] - price_s * looks)


def _ages(durations: Durations) -> list[float]:
    """Ages of equal shares of films, and of equal ratios where hardly any finish."""
    ages = {durations.age_of((number + 0.5) / QUANTILES) for number in range(QUANTILES)}
    age = FIRST_S
    while age < HORIZON_S:
        ages.add(age)
        age *= RATIO
    return [0.0, *sorted(age for age in ages if 0 < age < HORIZON_S), HORIZON_S]


def _areas(ages: list[float], shares: list[float]) -> list[float]:
    """The integral of the share of finished films up to each age."""
    areas = [0.0]
    for n in range(1, len(ages)):
        areas.append(areas[-1] + (shares[n] + shares[n - 1]) / 2 * (ages[n] - ages[n - 1]))
    return areas


def _expected_looks(shares: list[float], following: list[int]) -> float:
    here, looks = 0, 0.0
    while here < len(following):
        looks += 1 - shares[here]
        here = following[here]
    return looks
