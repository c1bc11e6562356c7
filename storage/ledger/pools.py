"""What a guild may spend in a month: its own budget, and the operator's ceiling beside it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from sqlalchemy import and_, exists, false, or_

from storage.tables import entries, jobs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from storage.ledger.periods import Calendar


class Pool(IntEnum):
    """A guild's own accounts, by their member ids, in the order in which they are locked."""

    BUDGET = 0
    CEILING = -1


_IS_SETTLED = entries.c.kind == "settle"
_IS_FREE_OF_COST = exists().where(jobs.c.id == entries.c.job_id, jobs.c.is_metered == false())
IS_SPENT: Mapping[Pool, ColumnElement[bool]] = {
    Pool.BUDGET: _IS_SETTLED,
    Pool.CEILING: or_(entries.c.kind == "billed", and_(_IS_SETTLED, ~_IS_FREE_OF_COST)),
}
"""Which entries of `revenue` count as spent: the operator's ceiling counts also what a service
bills though it was filtered or lost, and nothing that a server of their own made."""


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
