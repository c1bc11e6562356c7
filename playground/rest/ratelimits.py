"""Rate limits: one bucket per route and major parameter, told in Discord's headers."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2s
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from playground.world.snowflakes import Clock

_PRUNE_ABOVE = 4096


@dataclass(frozen=True, slots=True)
class Limit:
    """So many requests per so many seconds."""

    requests: int
    seconds: float


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits that the playground keeps: per route ("PATCH /channels/{channel_id}/..."), by
    default for every other route, and over all routes of the bot's token.

    The defaults are far above Discord's, so that they only stop a bot that runs wild.
    """

    default: Limit = Limit(2_000, 1.0)
    overall: Limit = Limit(20_000, 1.0)
    routes: Mapping[str, Limit] = field(default_factory=dict[str, Limit])


@dataclass(slots=True)
class Window:
    """One bucket: what is left until it is filled again."""

    name: str
    limit: Limit
    left: int
    resets_at: float


class RateLimited(Exception):
    """The bucket is empty; try again after so many seconds."""

    def __init__(self, retry_after_s: float, *, overall: bool, window: Window) -> None:
        super().__init__(f"try again after {retry_after_s:.3f} s")
        self.retry_after_s = retry_after_s
        self.overall = overall
        self.window = window


class Buckets:
    """The state of all rate limits."""

    def __init__(self, clock: Clock, limits: RateLimits) -> None:
        self._clock = clock
        self._limits = limits
        self._windows: dict[tuple[str, str], Window] = {}
        self._names: dict[str, str] = {}
        self._prune_above = _PRUNE_ABOVE
        self._overall = Window("global", limits.overall, limits.overall.requests, 0.0)

    def take(self, route: str, major: str, *, counts_overall: bool) -> Window:
        """Count a request; the bucket after it, or RateLimited when it was empty."""
        now = self._clock.now()
        if counts_overall:
            self._use(self._overall, now, overall=True)
        key = (route, major)
        window = self._windows.get(key)
        if window is None:
            limit = self._limits.routes.get(route, self._limits.default)
            self._prune(now)
            window = Window(self._name(route), limit, limit.requests, 0.0)
            self._windows[key] = window
        self._use(window, now, overall=False)
        return window

    def stamp(self, response: web.StreamResponse, window: Window) -> None:
        """Write the bucket's state into Discord's headers."""
        headers = response.headers
        after = max(0.0, window.resets_at - self._clock.now())
        headers["X-RateLimit-Limit"] = str(window.limit.requests)
        headers["X-RateLimit-Remaining"] = str(window.left)
        headers["X-RateLimit-Reset"] = f"{window.resets_at:.3f}"
        headers["X-RateLimit-Reset-After"] = f"{after:.3f}"
        headers["X-RateLimit-Bucket"] = window.name

    def _use(self, window: Window, now: float, *, overall: bool) -> None:
        if now >= window.resets_at:
            window.left, window.resets_at = window.limit.requests, now + window.limit.seconds
        if window.left <= 0:
            raise RateLimited(window.resets_at - now, overall=overall, window=window)
        window.left -= 1

    def _name(self, route: str) -> str:
        if route not in self._names:
            self._names[route] = blake2s(route.encode(), digest_size=16).hexdigest()
        return self._names[route]

    def _prune(self, now: float) -> None:
        if len(self._windows) < self._prune_above:
            return
        self._windows = {k: w for k, w in self._windows.items() if w.resets_at > now}
        # Doubling keeps the cost per request constant while many buckets are in use.
        self._prune_above = max(_PRUNE_ABOVE, 2 * len(self._windows))
