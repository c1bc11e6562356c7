"""The calendar: right over daylight saving, whatever the place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.periods import day_of, next_start, start_of, starts_between
from storage.rules import Period

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Havana",
    "America/Santiago",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
)


def local(year: int, month: int, day: int, hour: int = 0, zone: str = "Europe/Berlin") -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


seconds = st.integers(int(local(2020, 1, 1).timestamp()), int(local(2037, 1, 1).timestamp()))
instants = st.builds(datetime.fromtimestamp, seconds, st.just(UTC))
places = st.sampled_from(ZONES)
period_kinds = st.sampled_from(Period)


@pytest.mark.parametrize(
    ("period", "start", "following"),
    [
        (Period.DAY, local(2026, 3, 29), local(2026, 3, 30)),
        (Period.WEEK, local(2026, 3, 23), local(2026, 3, 30)),
        (Period.MONTH, local(2026, 3, 1), local(2026, 4, 1)),
    ],
)
def test_a_period_begins_at_midnight_also_when_clocks_change(
    period: Period, start: datetime, following: datetime
) -> None:
    # Clocks in Berlin went from 2:00 to 3:00 on 29 March 2026, a Sunday.
    noon = local(2026, 3, 29, 12)
    assert start_of(noon, period, "Europe/Berlin") == start
    assert next_start(noon, period, "Europe/Berlin") == following


def test_a_day_may_have_23_or_25_hours() -> None:
    for month, day, hours in ((3, 29, 23), (10, 25, 25)):
        noon = local(2026, month, day, 12)
        start = start_of(noon, Period.DAY, "Europe/Berlin")
        assert next_start(noon, Period.DAY, "Europe/Berlin") - start == timedelta(hours=hours)


def test_a_day_without_midnight_begins_when_clocks_skip_it() -> None:
    # In Beirut clocks went from 0:00 to 1:00 on 29 March 2026.
    skipped = datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert start_of(skipped, Period.DAY, "Asia/Beirut") == skipped
    assert start_of(skipped - timedelta(seconds=1), Period.DAY, "Asia/Beirut") < skipped


@given(instants, period_kinds, places)
def test_an_instant_is_in_its_period(instant: datetime, period: Period, zone: str) -> None:
    start, following = start_of(instant, period, zone), next_start(instant, period, zone)
    assert start <= instant < following
    assert start_of(start, period, zone) == start
    assert start_of(following, period, zone) == following
    assert day_of(start, zone) <= day_of(instant, zone) < day_of(following, zone)


@given(instants, st.timedeltas(timedelta(0), timedelta(days=90)), period_kinds, places)
def test_starts_are_counted_one_by_one(
    after: datetime, later: timedelta, period: Period, zone: str
) -> None:
    until, counted = after + later, 0
    start = next_start(after, period, zone)
    while start <= until:
        counted += 1
        start = next_start(start, period, zone)
    assert starts_between(after, until, period, zone) == counted
    assert starts_between(until, after, period, zone) == 0
