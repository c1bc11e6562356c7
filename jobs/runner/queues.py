"""Which queue a job waits in: by tier, by an engine with a cap, or the one of polled jobs."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.catalogue.catalogue import Catalogue

TIERS = 3
VIDEOS = "films"
VIDEOS_AT_ONCE = 10_000
"""Films that a process waits for: each waits for somebody else's work most of the time."""

VIDEOS_OF_A_MEMBER = 100
EARLIER = "images"
"""The queue of the version before there were tiers; jobs may still wait there."""


class QueueClass(Enum):
    """How jobs of a kind wait: in a line for an engine, or at once for the work of others."""

    SAMPLED = auto()
    POLLED = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """How many jobs run at once: of a process, of a member, and of engines that bear few.

    A tier has half of `process` more than the one below it, so that its members, who are fewer,
    get more each. `engines` are the caps by engine id; they hold for all processes together.
    """

    process: int = 32
    member: int = 4
    engines: Mapping[str, int] = field(default_factory=dict[str, int])

    def queue_of(self, queue: QueueClass, engine_id: str, tier: int) -> str:
        """The name of the queue that such a job waits in."""
        if queue is QueueClass.POLLED:
            return VIDEOS
        if engine_id in self.engines:
            return f"engine-{engine_id}"
        return f"images-{self.tier(tier)}"

    def tier(self, tier: int) -> int:
        """The tier whose queue a job of that tier waits in."""
        return min(max(tier, 0), TIERS - 1)

    @property
    def queues(self) -> dict[str, tuple[int, int]]:
        """Every queue with how many of its jobs a process runs at once, and of one member."""
        tiers = {f"images-{tier}": self.process + self.process * tier // 2 for tier in range(TIERS)}
        engines = {f"engine-{engine_id}": most for engine_id, most in self.engines.items()}
        drawn = {name: (most, min(self.member, most)) for name, most in (tiers | engines).items()}
        return {**drawn, VIDEOS: (VIDEOS_AT_ONCE, VIDEOS_OF_A_MEMBER)}


def queue_limits_of(catalogue: Catalogue) -> QueueLimits:
    """The usual shares, with the caps that the catalogue gives engines."""
    return QueueLimits(
        engines={engine.id: engine.max_running for engine in catalogue if engine.max_running}
    )
