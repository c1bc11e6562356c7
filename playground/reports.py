"""What the playground has seen: counts, and every breach of Discord's rules."""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playground.wire import Json

KEPT_PROBLEMS = 1000


class Report:
    """Counters and problems since the playground started."""

    def __init__(self) -> None:
        self.messages_posted = 0
        self.interactions = 0
        self.requests: Counter[str] = Counter()
        self.problems: deque[Json] = deque(maxlen=KEPT_PROBLEMS)
        self.unknown_routes: list[str] = []

    def problem(self, kind: str, detail: str, **facts: object) -> None:
        """Record a breach of Discord's rules."""
        self.problems.append({"kind": kind, "detail": detail, **facts})

    def unknown_route(self, route: str) -> None:
        """Record a request to a route that the playground does not play."""
        self.unknown_routes.append(route)
        self.problem("unknown_route", route)

    def payload(self, *, openapi: bool) -> Json:
        """The report as the drive API gives it."""
        return {
            "messages_posted": self.messages_posted,
            "interactions": self.interactions,
            "problems": list(self.problems),
            "unknown_routes": list(self.unknown_routes),
            "requests": dict(self.requests),
            "openapi": openapi,
        }
