"""What all members of a guild may spend in a month: the rule, and the hold that makes it exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.errors import OverCeiling, OverGuildBudget
from storage.ledger.accounts import OverLimit
from storage.ledger.pools import Pool

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from jobs.errors import JobError
    from jobs.rules.terms import Terms
    from jobs.rules.usage import Usage
    from storage.database import Transaction
    from storage.jobs.jobs import Job
    from storage.ledger.ledger import Ledger
    from storage.ledger.pools import BudgetState, MonthLimit


def guild_month(usage: Usage) -> JobError | None:
    """All members together stay within the moderators' budget and the operator's ceiling."""
    # Of two that refuse, the one that refuses for longer is named.
    for month in sorted(usage.means.months, key=lambda month: month.resets_at, reverse=True):
        if usage.price_mc > month.left_mc:
            return _over_month(month.pool, usage.price_mc, month.left_mc, month.resets_at)
    return None


def read_months(
    connection: Transaction, ledger: Ledger, guild_id: int, limits: Iterable[MonthLimit]
) -> tuple[BudgetState, ...]:
    """How far the guild's month is spent, for each limit."""
    return tuple(ledger.month(connection, guild_id, limit) for limit in limits)


def hold_months(ledger: Ledger, connection: Transaction, job: Job, terms: Terms) -> None:
    """Set aside what a job takes of the month; this locks the guild's accounts, so it comes last.

    Raises:
        OverGuildBudget, OverCeiling
    """
    for limit in terms.month_limits if job.price_mc else ():
        try:
            ledger.hold_month(connection, job.guild_id, limit, job.price_mc, job.id)
        except OverLimit as error:
            left_mc = error.balance.available_mc
            raise _over_month(limit.pool, job.price_mc, left_mc, error.resets_at) from error


def _over_month(pool: Pool, needed_mc: int, left_mc: int, resets_at: datetime) -> OverGuildBudget:
    kind = OverCeiling if pool is Pool.CEILING else OverGuildBudget
    return kind(needed_mc, left_mc, resets_at)
