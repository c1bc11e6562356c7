"""How long an engine's films take: learned from polls, which never tell the very moment.

A poll says "not yet" or "finished", so that every film is known only to have finished between two
polls. The logarithm of the duration is taken to be normal; mean and variance are estimated by
expectation-maximisation for such interval-censored data, online (Cappé & Moulines 2009): each film
moves both a little, so that older films are gradually forgotten, and an interval that tells
nothing moves nothing.
"""

from __future__ import annotations

import math
from statistics import NormalDist

HORIZON_S = 48 * 3600.0
"""Twice as long as a result is kept; no film takes longer."""

SHORTEST_S = 1.0
SPREAD = 0.5
"""The standard deviation of the logarithm before anything is learned."""

LEAST_SPREAD = 0.03
SURPRISE = 0.01
"""The share of films that may take any time at all, whatever was learned."""

PRIOR_VIDEOS = 20
"""As many films weigh as much as the typical duration that was given."""

MEMORY_VIDEOS = 500
"""About so many of the latest films count: fewer follow changes sooner, but never come to rest."""

STANDARD = NormalDist()


class Durations:
    """The distribution of one engine's durations in seconds."""

    def __init__(self, typical_s: float) -> None:
        mean = math.log(max(typical_s, SHORTEST_S))
        self._first, self._second = mean, mean * mean + SPREAD * SPREAD
        self.videos = 0

    def learn(self, after_s: float, by_s: float) -> None:
        """A film finished later than `after_s` and not later than `by_s` after its start."""
        low = math.log(min(max(after_s, SHORTEST_S), HORIZON_S))
        high = math.log(min(max(by_s, SHORTEST_S), HORIZON_S))
        if high <= low:
            return
        mean, variance = _within(self._mean, self._spread, low, high)
        self.videos += 1
        weight = max(1 / (self.videos + PRIOR_VIDEOS), 1 / MEMORY_VIDEOS)
        self._first += weight * (mean - self._first)
        self._second += weight * (mean * mean + variance - self._second)

    def share_by(self, age_s: float) -> float:
        """The share (0 to 1) of films that have finished at that age."""
        if age_s <= SHORTEST_S:
            return 0.0
        age = math.log(age_s)
        usual = STANDARD.cdf((age - self._mean) / self._spread)
        return (1 - SURPRISE) * usual + SURPRISE * min(1.0, age / math.log(HORIZON_S))

    def age_of(self, share: float) -> float:
        """The age in seconds by which that share (0 to 1, exclusive) of the usual films is done."""
        return math.exp(self._mean + self._spread * STANDARD.inv_cdf(share))

    @property
    def typical_s(self) -> float:
        """The median."""
        return math.exp(self._mean)

    @property
    def _mean(self) -> float:
        return self._first

    @property
    def _spread(self) -> float:
        variance = self._second - self._first * self._first
        return math.sqrt(max(variance, LEAST_SPREAD * LEAST_SPREAD))


def _within(mean: float, spread: float, low: float, high: float) -> tuple[float, float]:
    """Mean and variance of a normal value that is known to lie within an interval."""
    below, above = (low - mean) / spread, (high - mean) / spread
    share = STANDARD.cdf(above) - STANDARD.cdf(below)
    if share < 1e-9:
        # Far from all that was seen: as near to it as the interval allows.
        return (low if below > 0 else high), 0.0
    at_low, at_high = STANDARD.pdf(below), STANDARD.pdf(above)
    shift = (at_low - at_high) / share
    narrowing = (below * at_low - above * at_high) / share
    variance = spread * spread * (1 + narrowing - shift * shift)
    return mean + spread * shift, max(0.0, variance)
