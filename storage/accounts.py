"""What an account is, and what holds for it now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage import periods
from storage.rules import Period

if TYPE_CHECKING:
    from datetime import datetime

MOST_REFILLS = 4
"""Refills that add up during an absence, and beyond which a refill lifts no balance."""

POOL_ID = 0
"""The member id of a guild's own account, which is its budget."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whose credits: accounts are per member of a guild."""

    guild_id: int
    member_id: int


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds, in millicredits."""

    available_mc: int
    held_mc: int
    bound_mc: int = field(default=0, compare=False)
    """Starting credits that are not spent yet; they are among the others."""

    @property
    def giftable_mc(self) -> int:
        """What can be given away."""
        return max(0, self.available_mc - self.bound_mc)


@dataclass(frozen=True, slots=True)
class Refill:
    """The next refill: how much it will be if nothing is spent before, and when."""

    amount_mc: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Policy:
    """The credits a member gets: at the start, and with each period of the guild's calendar."""

    starting_mc: int = 25_000
    refill_mc: int = 25_000
    period: Period = Period.WEEK
    timezone: str = "UTC"

    def period_start(self, now: datetime) -> datetime:
        """When the current period began."""
        return periods.start_of(now, self.period, self.timezone)

    def due_mc(self, available_mc: int, refilled_until: datetime | None, now: datetime) -> int:
        """What is to be paid for the periods that began since the last refill."""
        if refilled_until is None:
            return 0
        missed = periods.starts_between(refilled_until, now, self.period, self.timezone)
        return self._at_most(min(missed, MOST_REFILLS) * self.refill_mc, available_mc)

    def next_refill(self, available_mc: int, now: datetime) -> Refill:
        """What comes next, from this balance."""
        amount_mc = self._at_most(self.refill_mc, available_mc)
        return Refill(amount_mc, periods.next_start(now, self.period, self.timezone))

    def _at_most(self, amount_mc: int, available_mc: int) -> int:
        return max(0, min(amount_mc, MOST_REFILLS * self.refill_mc - available_mc))


@dataclass(frozen=True, slots=True)
class BudgetState:
    """A guild's budget of this month, in millicredits."""

    limit_mc: int
    spent_mc: int
    held_mc: int
    left_mc: int
    resets_at: datetime


class NotEnough(Exception):
    """The account does not have what a hold or a gift needs."""

    def __init__(self, needed_mc: int, balance: Balance) -> None:
        super().__init__(f"{needed_mc} mc needed, {balance.available_mc} mc available")
        self.needed_mc = needed_mc
        self.balance = balance
