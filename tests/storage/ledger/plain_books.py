"""The ledger as a child would keep it: plain numbers in one process, one thing at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from storage.ledger.periods import IN_UTC, Calendar, Period

if TYPE_CHECKING:
    from storage.ledger.accounts import Policy


@dataclass
class Purse:
    """What a member has; `refilled_on` is the first day of the last period that was paid."""

    available_mc: int
    held_mc: int
    bound_mc: int
    refilled_on: date


@dataclass
class Task:
    """A job that holds credits until it is closed."""

    member_id: int
    price_mc: int
    spent_mc: int | None = None
    is_refunded: bool = False


@dataclass
class PlainBooks:
    """All purses and tasks of one guild."""

    calendar: Calendar
    purses: dict[int, Purse] = field(default_factory=dict[int, Purse])
    tasks: dict[str, Task] = field(default_factory=dict[str, Task])
    spent_at: list[tuple[datetime, int]] = field(default_factory=list[tuple[datetime, int]])

    def touch(self, member_id: int, policy: Policy, now: datetime) -> Purse:
        """The member's purse, opened and refilled."""
        first = policy.first_day(now)
        if member_id not in self.purses:
            starting_mc = policy.starting_mc
            self.purses[member_id] = Purse(starting_mc, 0, starting_mc, first)
        purse = self.purses[member_id]
        due, following = 0, _after(purse.refilled_on, policy.period)
        while following <= first and due < 4:
            due += 1
            following = _after(following, policy.period)
        for _ in range(due):
            room_mc = 4 * policy.refill_mc - purse.available_mc
            purse.available_mc += max(0, min(policy.refill_mc, room_mc))
        purse.refilled_on = max(purse.refilled_on, first)
        return purse

    def budget_held_mc(self) -> int:
        """What open tasks may cost, also those that were accepted while there was no limit."""
        return sum(task.price_mc for task in self.tasks.values() if task.spent_mc is None)

    def budget_spent_mc(self, now: datetime) -> int:
        """What was spent in this month."""
        month = self.calendar.start_of(now, Period.MONTH)
        return sum(spent_mc for spent_at, spent_mc in self.spent_at if spent_at >= month)

    def budget_left_mc(self, limit_mc: int, now: datetime) -> int:
        """What is left of the month's limit."""
        return max(0, limit_mc - self.budget_spent_mc(now) - self.budget_held_mc())

    def order(self, job_id: str, member_id: int, price_mc: int) -> None:
        """Hold the price."""
        purse = self.purses[member_id]
        purse.available_mc -= price_mc
        purse.held_mc += price_mc
        self.tasks[job_id] = Task(member_id, price_mc)

    def close(self, job_id: str, spent_mc: int, now: datetime) -> None:
        """End a hold."""
        task = self.tasks[job_id]
        purse = self.purses[task.member_id]
        purse.held_mc -= task.price_mc
        purse.available_mc += task.price_mc - spent_mc
        purse.bound_mc = max(0, purse.bound_mc - spent_mc)
        task.spent_mc = spent_mc
        self.spent_at.append((now, spent_mc))

    def refund(self, job_id: str) -> int:
        """Give back what a task cost."""
        task = self.tasks[job_id]
        if not task.spent_mc or task.is_refunded:
            return 0
        task.is_refunded = True
        self.purses[task.member_id].available_mc += task.spent_mc
        return task.spent_mc

    def take(self, member_id: int, amount_mc: int) -> int:
        """Take what is there, at most so much."""
        purse = self.purses[member_id]
        taken_mc = min(amount_mc, purse.available_mc)
        purse.available_mc -= taken_mc
        purse.bound_mc = min(purse.bound_mc, purse.available_mc + purse.held_mc)
        return taken_mc


def _after(day: date, period: Period) -> date:
    """The first day of the period after the one with that day."""
    return IN_UTC.next_start(datetime.combine(day, time(12), UTC), period).date()
