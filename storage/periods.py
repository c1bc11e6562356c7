"""The calendar of refills and budgets: days, weeks and months by a place's own clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from storage.rules import Period


def start_of(instant: datetime, period: Period, timezone: str) -> datetime:
    """When the period began that holds the instant, in UTC."""
    return _midnight(_first_day(instant, period, timezone), timezone)


def next_start(instant: datetime, period: Period, timezone: str) -> datetime:
    """When the next period begins, in UTC."""
    first = _first_day(instant, period, timezone)
    match period:
        case Period.DAY:
            following = first + timedelta(days=1)
        case Period.WEEK:
            following = first + timedelta(weeks=1)
        case Period.MONTH:
            following = (first + timedelta(days=31)).replace(day=1)
    return _midnight(following, timezone)


def starts_between(after: datetime, until: datetime, period: Period, timezone: str) -> int:
    """How many periods began after the one instant and not later than the other."""
    first, last = (_first_day(instant, period, timezone) for instant in (after, until))
    match period:
        case Period.DAY:
            count = (last - first).days
        case Period.WEEK:
            count = (last - first).days // 7
        case Period.MONTH:
            count = 12 * (last.year - first.year) + last.month - first.month
    return max(0, count)


def day_of(instant: datetime, timezone: str) -> date:
    """The day on the place's calendar."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def _first_day(instant: datetime, period: Period, timezone: str) -> date:
    day = day_of(instant, timezone)
    match period:
        case Period.DAY:
            return day
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)


def _midnight(day: date, timezone: str) -> datetime:
    # Where clocks skip midnight this is the moment at which they skip it.
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)
