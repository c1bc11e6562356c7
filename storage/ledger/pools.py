"""What a guild may spend in a month: its own budget, and the operator's ceiling beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from storage.ledger.periods import Calendar


class Pool(IntEnum):
    """A guild's own accounts, by their member ids, in the order in which they are locked."""

    BUDGET = 0
    CEILING = -1


SPENT_KINDS = {Pool.BUDGET: ("settle",), Pool.CEILING: ("settle", "billed")}
"""What counts as spent, by the kinds of entries: pictures that a service bills though
they were filtered or lost are the operator's matter, not the guild's."""


@dataclass(frozen=True, slots=True)
class MonthLimit:
    """How much may be spent of a pool in each month of a calendar, in millicredits."""

    pool: Pool
    limit_mc: int
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A pool in the month that began and ends at these instants, in millicredits."""

    pool: Pool
    limit_mc: int
    spent_mc: int
    held_mc: int
    left_mc: int
    began_at: datetime
    resets_at: datetime
