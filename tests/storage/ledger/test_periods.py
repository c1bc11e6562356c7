"""The calendar: right over daylight saving, whatever the place."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.ledger.periods import IN_UTC, Calendar, Period, periods_between

BERLIN = Calendar("Europe/Berlin")


def local(year: int, month: int, day: int, hour: int = 0, zone: str = "Europe/Berlin") -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


seconds = st.integers(int(local(2020, 1, 1).timestamp()), int(local(2037, 1, 1).timestamp()))
instants = st.builds(datetime.fromtimestamp, seconds, st.just(UTC))
zones = st.sampled_from(sorted(available_timezones()))
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
    assert BERLIN.start_of(noon, period) == start
    assert BERLIN.next_start(noon, period) == following


def test_a_day_may_have_23_or_25_hours() -> None:
    for month, day, hours in ((3, 29, 23), (10, 25, 25)):
        noon = local(2026, month, day, 12)
        start = BERLIN.start_of(noon, Period.DAY)
        assert BERLIN.next_start(noon, Period.DAY) - start == timedelta(hours=hours)


def test_a_day_without_midnight_begins_when_clocks_skip_it() -> None:
    # In Beirut clocks went from 0:00 to 1:00 on 29 March 2026.
    skipped = datetime(2026, 3, 28, 22, tzinfo=UTC)
    beirut = Calendar("Asia/Beirut")
    assert beirut.start_of(skipped, Period.DAY) == skipped
    assert beirut.start_of(skipped - timedelta(seconds=1), Period.DAY) < skipped


@given(instants, period_kinds, zones)
def test_an_instant_is_in_its_period(instant: datetime, period: Period, zone: str) -> None:
    assert_in_order(Calendar(zone), instant, period)


@given(instants, st.timedeltas(timedelta(0), timedelta(days=90)), period_kinds, zones)
def test_periods_are_counted_one_by_one(
    after: datetime, later: timedelta, period: Period, zone: str
) -> None:
    until, counted, calendar = after + later, 0, Calendar(zone)
    start = calendar.next_start(after, period)
    while start <= until:
        counted += 1
        start = calendar.next_start(start, period)
    first, last = calendar.first_day(after, period), calendar.first_day(until, period)
    assert periods_between(first, last, period) == counted
    assert periods_between(last, first, period) == 0


def test_a_zone_that_is_known_no_longer_is_utc() -> None:
    noon = local(2026, 3, 29, 12)
    for name in ("US/Pacific-New", "", "/etc/passwd", "../UTC", "Europe", "x\0y", "\ud800"):
        assert Calendar(name).next_start(noon, Period.DAY) == IN_UTC.next_start(noon, Period.DAY)


def assert_in_order(calendar: Calendar, instant: datetime, period: Period) -> None:
    """The instant is in its period, which begins where the one before it ends."""
    start, following = calendar.start_of(instant, period), calendar.next_start(instant, period)
    assert start <= instant < following
    first = calendar.first_day(instant, period)
    for within in (start, following - timedelta(milliseconds=1)):
        assert calendar.first_day(within, period) == first
        assert calendar.start_of(within, period) == start
        assert calendar.next_start(within, period) == following
    assert calendar.start_of(following, period) == following
    assert calendar.first_day(following, period) > first


@given(
    instants,
    st.lists(st.tuples(zones, st.timedeltas(timedelta(0), timedelta(days=3))), max_size=8),
    period_kinds,
)
def test_changed_zones_hold_from_the_next_period_on(
    now: datetime, changes: list[tuple[str, timedelta]], period: Period
) -> None:
    calendar = IN_UTC
    for zone, later in changes:
        began_at, ends_at = calendar.start_of(now, period), calendar.next_start(now, period)
        moved = calendar.moved(zone, now)
        assert moved.start_of(now, period) == began_at
        assert moved.next_start(now, period) == ends_at
        assert moved.first_day(ends_at, period) >= calendar.first_day(ends_at, period)
        assert moved.start_of(ends_at, period) == ends_at
        calendar = Calendar.from_json(zone, moved.running_json())
        assert calendar == moved
        now += later
        assert_in_order(calendar, now, period)
    for days in range(-40, 80):
        assert_in_order(calendar, now + timedelta(days=days), period)


@given(instants, st.lists(st.tuples(zones, st.integers(0, 60)), max_size=30), period_kinds)
def test_changes_bring_no_period_more_than_the_world_has(
    begin: datetime, changes: list[tuple[str, int]], period: Period
) -> None:
    """Each period's first day is one that is, was or soon will be that of some place."""
    calendar, now = IN_UTC, begin
    for zone, hours in changes:
        calendar = calendar.moved(zone, now)
        now += timedelta(hours=hours)
        first = calendar.first_day(now, period)
        earliest, latest = (
            Calendar(place).first_day(now, period) for place in ("Etc/GMT+12", "Etc/GMT-14")
        )
        assert earliest <= first <= latest


@pytest.mark.parametrize("name", ["", "Moon/Base", "../etc/passwd", "\0", "Europe", "x" * 5_000])
def test_a_zone_that_this_machine_does_not_know_is_utc(
    name: str, caplog: pytest.LogCaptureFixture
) -> None:
    noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
    for period in Period:
        assert Calendar(name).start_of(noon, period) == IN_UTC.start_of(noon, period)
    # The line is for the operator: once, and of a bounded length.
    assert len(caplog.messages) <= 1
    assert all("UTC is used" in line and len(line) < 300 for line in caplog.messages)


def test_a_damaged_file_of_a_zone_is_utc(tmp_path: Path) -> None:
    (tmp_path / "Moon").mkdir()
    (tmp_path / "Moon" / "Damaged").write_bytes(b"TZif2" + bytes(20))
    before = zoneinfo.TZPATH
    try:
        zoneinfo.reset_tzpath([str(tmp_path)])
        noon = datetime(2026, 3, 29, 12, tzinfo=UTC)
        assert Calendar("Moon/Damaged").start_of(noon, Period.DAY).hour == 0
    finally:
        zoneinfo.reset_tzpath(before)
