"""What a campaign does and when, drawn from one seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMBERS = ("mina", "jun", "rowan", "ada", "ines")
LIFE_S = (0.1, 2.5)
"""How long the processes live between two kills."""

STORM_S = (0.2, 1.0)
"""Between two faults of Discord's."""

CALM_S = (6.0, 12.0)
OUTAGE_S = (0.3, 2.0)
"""Between two outages of the engine, and how long one lasts."""


class Fate(StrEnum):
    """What becomes of an order."""

    DRAWN = "drawn"
    FILTERED = "filtered"
    BUSY = "busy"
    CANCELLED = "cancelled"
    DELETED = "deleted"


class VideoFate(StrEnum):
    """What becomes of the order of a film."""

    MADE = "made"
    SLOW = "slow"
    FILTERED = "filtered"
    WITHHELD = "withheld"
    LOST = "lost"
    CANCELLED = "cancelled"


class PaidFate(StrEnum):
    """What becomes of the order of a picture that is paid by submit."""

    DRAWN = "drawn"
    FILTERED = "filtered"
    DECLINED = "declined"
    BUSY = "busy"
    FAILING = "failing"
    LOST = "lost"
    CANCELLED = "cancelled"


class StudioFate(StrEnum):
    """What a member does with a picture, or asks for."""

    VARIED = "varied"
    UPSCALED = "upscaled"
    INPAINTED = "inpainted"
    OUTPAINTED = "outpainted"
    ERASED = "erased"
    REPLACED = "replaced"
    RECOLOURED = "recoloured"
    CUT_OUT = "cut out"
    BLENDED = "blended"
    MORPHED = "morphed"
    ANIMATED = "animated"
    PRIVATE = "private"
    PERMUTED = "permuted"


AnyFate: TypeAlias = Fate | VideoFate | PaidFate | StudioFate

WEIGHTS: dict[AnyFate, int] = {
    Fate.DRAWN: 45,
    Fate.FILTERED: 15,
    Fate.BUSY: 15,
    Fate.CANCELLED: 15,
    Fate.DELETED: 10,
}

VIDEO_WEIGHTS: dict[AnyFate, int] = {
    VideoFate.MADE: 40,
    VideoFate.SLOW: 15,
    VideoFate.FILTERED: 8,
    VideoFate.WITHHELD: 7,
    VideoFate.LOST: 15,
    VideoFate.CANCELLED: 15,
}
PAID_WEIGHTS: dict[AnyFate, int] = {
    PaidFate.DRAWN: 40,
    PaidFate.FILTERED: 12,
    PaidFate.DECLINED: 8,
    PaidFate.BUSY: 8,
    PaidFate.FAILING: 8,
    PaidFate.LOST: 14,
    PaidFate.CANCELLED: 10,
}
STUDIO_WEIGHTS: dict[AnyFate, int] = {
    StudioFate.VARIED: 10,
    StudioFate.UPSCALED: 10,
    StudioFate.INPAINTED: 8,
    StudioFate.OUTPAINTED: 8,
    StudioFate.ERASED: 8,
    StudioFate.REPLACED: 8,
    StudioFate.RECOLOURED: 8,
    StudioFate.CUT_OUT: 8,
    StudioFate.BLENDED: 12,
    StudioFate.MORPHED: 10,
    StudioFate.ANIMATED: 4,
    StudioFate.PRIVATE: 14,
    StudioFate.PERMUTED: 12,
    Fate.CANCELLED: 7,
    Fate.DELETED: 5,
}
PAID_LIFE_S = (0.2, 4.0)
VIDEO_LIFE_S = (0.2, 6.0)
"""Films take longer than pictures, and questions too: some lives have to reach their ends."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order: when it comes after the last kill, and when its author acts on it (seconds)."""

    number: int
    member: str
    fate: AnyFate
    comes_s: float
    acts_s: float

    @property
    def prompt(self) -> str:
        """The words by which the engine knows the fate."""
        return f"{self.fate} wren {self.number}."


@dataclass(frozen=True, slots=True)
class Round:
    """A life of the processes, with its orders, and which of them is killed at its end."""

    life_s: float
    victim: int
    orders: tuple[Order, ...]


def rounds(
    seed: int,
    kills: int,
    jobs: int,
    processes: int,
    *,
    fates: Mapping[AnyFate, int] = WEIGHTS,
    lives_s: tuple[float, float] = LIFE_S,
) -> list[Round]:
    """The plan of a seed: as many lives as kills, and the orders spread evenly over them."""
    chance = random.Random(seed)
    names, weights = list(fates), list(fates.values())
    plan: list[Round] = []
    number = 0
    for kill in range(kills):
        life_s = chance.uniform(*lives_s)
        orders: list[Order] = []
        while number < jobs * (kill + 1) // kills:
            (fate,) = chance.choices(names, weights)
            comes_s, acts_s = chance.uniform(0, life_s), chance.uniform(0, 0.6)
            orders.append(Order(number, MEMBERS[number % len(MEMBERS)], fate, comes_s, acts_s))
            number += 1
        plan.append(Round(life_s, chance.randrange(processes), tuple(orders)))
    return plan
