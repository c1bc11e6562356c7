"""The calendar of refills, caps and budgets: days, weeks and months by a place's own clocks."""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo

log = logging.getLogger(__name__)


class Period(StrEnum):
    """How often credits are refilled; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Running:
    """A period that was running when the time zone was changed: it ends by the zone before."""

    first_day: date
    began_at: datetime
    timezone: str

    def to_json(self) -> dict[str, str]:
        """Plain data."""
        began_at = self.began_at.isoformat()
        return {"first_day": str(self.first_day), "began_at": began_at, "timezone": self.timezone}

    @classmethod
    def from_json(cls, data: Mapping[str, str]) -> Self:
        """What `to_json` wrote."""
        began_at = datetime.fromisoformat(data["began_at"])
        return cls(date.fromisoformat(data["first_day"]), began_at, data["timezone"])


@dataclass(frozen=True, slots=True)
class Calendar:
    """A place's periods, each named by its first day; every period comes once, in order.

    A changed zone holds from the next period on: the running one ends by the zone in which it
    began, and the one after it begins at that instant. So no change makes a period begin twice,
    and none is left out. Zones more than a day apart can leave a day without any time in it.
    """

    timezone: str = "UTC"
    running: Mapping[Period, Running] = field(default_factory=dict[Period, Running])

    def first_day(self, instant: datetime, period: Period) -> date:
        """The first day of the period that holds the instant."""
        before = self.running.get(period)
        if before is None:
            return _first_day(instant, period, self.timezone)
        if instant < before.began_at:
            last = _first(before.first_day - timedelta(days=1), period)
            return min(last, _first_day(instant, period, before.timezone))
        following = _following(before.first_day, period)
        if instant < _midnight(following, before.timezone):
            return before.first_day
        return max(following, _first_day(instant, period, self.timezone))

    def start_of(self, instant: datetime, period: Period) -> datetime:
        """When the period began that holds the instant, in UTC."""
        first, before = self.first_day(instant, period), self.running.get(period)
        if before is None:
            return _midnight(first, self.timezone)
        if first < before.first_day:
            return _midnight(first, before.timezone)
        if first == before.first_day:
            return before.began_at
        following = _following(before.first_day, period)
        changes_at = _midnight(following, before.timezone)
        return (
            changes_at if first == following else max(changes_at, _midnight(first, self.timezone))
        )

    def next_start(self, instant: datetime, period: Period) -> datetime:
        """When the next period begins, in UTC."""
        first, before = self.first_day(instant, period), self.running.get(period)
        following = _following(first, period)
        if before is None or first > before.first_day:
            return _midnight(following, self.timezone)
        if first == before.first_day:
            return _midnight(following, before.timezone)
        if following == before.first_day:
            return before.began_at
        return min(before.began_at, _midnight(following, before.timezone))

    def moved(self, timezone: str, now: datetime) -> Calendar:
        """The calendar after its zone is changed."""
        return Calendar(timezone, {period: self._running(period, now) for period in Period})

    def _running(self, period: Period, now: datetime) -> Running:
        first, before = self.first_day(now, period), self.running.get(period)
        if before is not None and first <= before.first_day:
            return before
        return Running(first, self.start_of(now, period), self.timezone)

    def running_json(self) -> dict[str, Any]:
        """What was running at the last change, as plain data."""
        return {str(period): running.to_json() for period, running in self.running.items()}

    @classmethod
    def from_json(cls, timezone: str, running: Mapping[str, Any]) -> Self:
        """The calendar whose parts were written as plain data."""
        read = {Period(period): Running.from_json(data) for period, data in running.items()}
        return cls(timezone, read)


IN_UTC = Calendar()
"""The operator's own calendar."""


def periods_between(after: date, until: date, period: Period) -> int:
    """How many periods begin after the one that holds the first date, up to the other's."""
    first, last = _first(after, period), _first(until, period)
    match period:
        case Period.DAY:
            count = (last - first).days
        case Period.WEEK:
            count = (last - first).days // 7
        case Period.MONTH:
            count = 12 * (last.year - first.year) + last.month - first.month
    return max(0, count)


def _first_day(instant: datetime, period: Period, timezone: str) -> date:
    return _first(instant.astimezone(_zone(timezone)).date(), period)


def _first(day: date, period: Period) -> date:
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)


def _following(first: date, period: Period) -> date:
    match period:
        case Period.DAY:
            return first + timedelta(days=1)
        case Period.WEEK:
            return first + timedelta(weeks=1)
        case Period.MONTH:
            return (first + timedelta(days=31)).replace(day=1)


def _midnight(day: date, timezone: str) -> datetime:
    # Where clocks skip midnight this is the moment at which they skip it.
    return datetime.combine(day, time(), _zone(timezone)).astimezone(UTC)


@cache
def _zone(name: str) -> tzinfo:
    """The zone; UTC for a name that was known once and is no longer, or not on this machine."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError, struct.error):
        log.warning(
            "this machine does not know the time zone %.80r; UTC is used in its place"
            " (/limits refill chooses another, and the package tzdata has all of them)",
            name,
        )
        return UTC
