"""What an account is, and what holds for it now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.ledger.periods import IN_UTC, Calendar, Period, periods_between

if TYPE_CHECKING:
    from datetime import date, datetime

MOST_REFILLS = 4
"""Refills that add up during an absence, and beyond which a refill lifts no balance."""


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
    calendar: Calendar = IN_UTC

    def first_day(self, now: datetime) -> date:
        """The first day of the current period."""
        return self.calendar.first_day(now, self.period)

    def due_mc(self, available_mc: int, refilled_until: date | None, now: datetime) -> int:
        """What is to be paid for the periods that began since the last refill."""
        if refilled_until is None:
            return 0
        missed = periods_between(refilled_until, self.first_day(now), self.period)
        return self._at_most(min(missed, MOST_REFILLS) * self.refill_mc, available_mc)

    def next_refill(self, available_mc: int, now: datetime) -> Refill:
        """What comes next, from this balance."""
        amount_mc = self._at_most(self.refill_mc, available_mc)
        return Refill(amount_mc, self.calendar.next_start(now, self.period))

    def _at_most(self, amount_mc: int, available_mc: int) -> int:
        return max(0, min(amount_mc, MOST_REFILLS * self.refill_mc - available_mc))


class NotEnough(Exception):
    """The account does not have what a hold or a gift needs."""

    def __init__(self, needed_mc: int, balance: Balance) -> None:
        super().__init__(f"{needed_mc} mc needed, {balance.available_mc} mc available")
        self.needed_mc = needed_mc
        self.balance = balance


class OverLimit(NotEnough):
    """A guild's pool has less left than a hold needs; its month ends at `resets_at`."""

    def __init__(self, needed_mc: int, balance: Balance, resets_at: datetime) -> None:
        super().__init__(needed_mc, balance)
        self.resets_at = resets_at
