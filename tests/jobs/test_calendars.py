"""Limits by the calendar, however a guild moves through time zones: nothing comes twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from jobs.errors import OverCeiling, OverDayCap, OverGuildBudget
from storage import overview
from storage.database import Database
from storage.ledger import history
from storage.ledger.accounts import Account
from storage.ledger.balance import balance_of
from storage.rules import Admission, Change, Period
from tests.databases import migrated_postgres, migrated_sqlite
from tests.jobs.rules.test_limits import ASKER, Hall
from tests.postgres import needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine
    from pathlib import Path
    from typing import TypeAlias

    Run: TypeAlias = Callable[[Callable[[Hall], Coroutine[Any, Any, None]]], None]

CEILING_MC, BUDGET_MC, DAY_CAP_MC, REFILL_MC = 1_000, 700, 300, 50
MEMBERS = (2, 3)


@dataclass
class Wall:
    """A calendar that is torn off leaf by leaf: a plain account of one kind of period."""

    period: Period
    zone: str
    first: date
    ends_at: datetime
    spent: Counter[date] = field(default_factory=Counter[date])

    @classmethod
    def hang(cls, period: Period, now: datetime) -> Wall:
        first = {
            Period.DAY: now.date(),
            Period.WEEK: now.date() - timedelta(days=now.weekday()),
            Period.MONTH: now.date().replace(day=1),
        }[period]
        wall = cls(period, "UTC", first, now)
        wall.ends_at = wall.end_of(first, "UTC")
        return wall

    def end_of(self, first: date, zone: str) -> datetime:
        return datetime.combine(self.after(first), time(), ZoneInfo(zone)).astimezone(UTC)

    def after(self, first: date) -> date:
        if self.period is Period.MONTH:
            return date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return first + timedelta(days=1 if self.period is Period.DAY else 7)

    def turn_to(self, now: datetime, zone: str) -> None:
        """Tear off what is over; each leaf is as long as the zone at its beginning says."""
        while self.ends_at <= now:
            self.first = self.after(self.first)
            self.ends_at = max(self.ends_at, self.end_of(self.first, zone))


@dataclass
class Story:
    """One guild on its way through time zones."""

    hall: Hall
    guild_id: int
    now: datetime

    async def begin(self) -> None:
        self.numbers = count()
        self.zone, self.jobs = "UTC", dict[str, tuple[int, int, date]]()
        self.walls = {period: Wall.hang(period, self.now) for period in Period}
        self.spent_in_utc, self.spent_in_guild = Counter[str](), Counter[date]()
        self.spent_in_day, self.begun = Counter[tuple[int, date]](), self.now
        self.hall.clock.instant = self.now
        change = self._change()
        await self.hall.database.write(
            self.hall.rules.change_guild,
            self.guild_id,
            change,
            admission=Admission.ADMITTED,
            ceiling_mc=CEILING_MC,
        )
        await self.rule(
            budget_mc=BUDGET_MC,
            day_cap_mc=DAY_CAP_MC,
            starting_mc=100_000,
            refill_mc=REFILL_MC * 1_000,
            period=Period.DAY,
        )

    async def rule(self, **values: Any) -> None:
        await self.hall.database.write(
            self.hall.rules.change_rules,
            self.guild_id,
            self._change(),
            lambda rules: replace(rules, **values),
        )

    def _change(self) -> Change:
        return Change(guild_id=self.guild_id, actor_id=9, action="test")

    async def move(self, zone: str) -> None:
        self.zone = zone
        await self.rule(timezone=zone)

    async def wait(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        self.hall.clock.instant = self.now
        for wall in self.walls.values():
            wall.turn_to(self.now, self.zone)

    async def order(self, member_id: int, price_mc: int) -> None:
        """Accept a job if all limits allow it, and only then."""
        day, job_id = self.walls[Period.DAY].first, f"{self.guild_id}x{next(self.numbers)}"
        asker = replace(ASKER, guild_id=self.guild_id, member_id=member_id)
        refusal = await self.hall.accept(job_id, asker, price_mc)
        held_mc = sum(price for _, price, _ in self.jobs.values())
        left = {
            "OverDayCap": DAY_CAP_MC - self.spent_in_day[member_id, day],
            "OverGuildBudget": BUDGET_MC - self.spent_in_guild[self.month] - held_mc,
            "OverCeiling": CEILING_MC - self.spent_in_utc[self.utc_month] - held_mc,
        }
        allowed = all(mc >= price_mc for mc in left.values())
        assert (refusal is None) == allowed, (refusal, left)
        if refusal is None:
            self.jobs[job_id] = (member_id, price_mc, day)
            self.spent_in_day[member_id, day] += price_mc
        elif isinstance(refusal, OverDayCap):
            assert refusal.resets_at == self.walls[Period.DAY].ends_at
        elif not isinstance(refusal, OverCeiling):
            assert isinstance(refusal, OverGuildBudget)
            assert refusal.resets_at == self.walls[Period.MONTH].ends_at
        else:
            following = (self.now.replace(day=28) + timedelta(days=5)).replace(day=1)
            assert refusal.resets_at == datetime.combine(following.date(), time(), UTC)

    async def finish(self, refunds: bool) -> None:
        """End the oldest job that is open."""
        if not self.jobs:
            return
        job_id, (_, price_mc, _) = next(iter(self.jobs.items()))
        await self.hall.finish(job_id)
        del self.jobs[job_id]
        self.spent_in_guild[self.month] += price_mc
        self.spent_in_utc[self.utc_month] += price_mc
        if refunds:
            await self.hall.database.write(self.hall.ledger.refund, job_id, 9)

    @property
    def month(self) -> date:
        return self.walls[Period.MONTH].first

    @property
    def utc_month(self) -> str:
        return f"{self.now:%Y-%m}"

    async def check(self) -> None:
        assert max(self.spent_in_utc.values(), default=0) <= CEILING_MC
        assert max(self.spent_in_guild.values(), default=0) <= BUDGET_MC
        assert max(self.spent_in_day.values(), default=0) <= DAY_CAP_MC
        month = datetime.fromisoformat(f"{self.utc_month}-01").replace(tzinfo=UTC)
        assert (
            await self.hall.database.read(overview.spent_mc, self.guild_id, month)
            == self.spent_in_utc[self.utc_month]
        )
        guild = await self.hall.database.read(self.hall.rules.guild, self.guild_id)
        budget, ceiling = await self.hall.limits.months(
            self.guild_id, self.hall.limits.month_limits(guild)
        )
        assert budget.spent_mc == self.spent_in_guild[self.month]
        assert budget.resets_at == self.walls[Period.MONTH].ends_at
        assert (ceiling.began_at, ceiling.spent_mc) == (month, self.spent_in_utc[self.utc_month])


ZONES = st.sampled_from(sorted(available_timezones()))
STEPS = st.one_of(
    st.tuples(
        st.just("move"), ZONES | st.sampled_from(["Etc/GMT-14", "Etc/GMT+12", "Asia/Kolkata"])
    ),
    st.tuples(st.just("wait"), st.sampled_from([0.25, 1, 5, 11, 14, 24, 26, 24 * 6, 24 * 29])),
    st.tuples(st.just("order"), st.sampled_from(MEMBERS), st.sampled_from([1, 100, 250, 300])),
    st.tuples(st.just("order"), st.sampled_from(MEMBERS), st.sampled_from([100, 300])),
    st.tuples(st.just("finish"), st.booleans()),
)
NEAR_THE_END = st.builds(
    lambda days, minutes: (
        datetime(2026, 11, 30, tzinfo=UTC) + timedelta(days=days, minutes=minutes)
    ),
    st.sampled_from([-35, -1, 0, 1, 30, 31, 89, 90, 118]),
    st.integers(0, 24 * 60),
)
BACK_AND_FORTH = [
    step
    for zone in ("Etc/GMT-14", "Etc/GMT+12") * 4
    for step in (("move", zone), ("order", 2, 300), ("finish", True), ("wait", 3.0))
]
ENOUGH = settings(
    max_examples=20,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]
)
def run(request: pytest.FixtureRequest, tmp_path: Path):
    """Runs a coroutine that is given a hall; all in one database."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        hall = runner.run(stack.enter_async_context(opened_hall(request.param, tmp_path)))
        yield lambda play: runner.run(play(hall))
        runner.run(stack.aclose())


@asynccontextmanager
async def opened_hall(kind: str, folder: Path) -> AsyncGenerator[Hall]:
    if kind == "sqlite":
        database = await Database.open(await migrated_sqlite(folder / "atelier.sqlite"))
        yield Hall(database)
        await database.close()
        return
    async with migrated_postgres() as url:
        database = await Database.open(url)
        yield Hall(database)
        await database.close()


@pytest.mark.timeout(180)
def test_no_change_of_zone_gives_more(run: Run) -> None:
    guild_ids = count(1)

    @ENOUGH
    @example(datetime(2026, 11, 30, 9, tzinfo=UTC), BACK_AND_FORTH)
    @example(datetime(2026, 12, 31, 9, tzinfo=UTC), BACK_AND_FORTH)
    @given(NEAR_THE_END, st.lists(STEPS, min_size=10, max_size=30))
    def tell(begin: datetime, steps: list[tuple[Any, ...]]) -> None:
        run(lambda hall: play(Story(hall, next(guild_ids), begin), steps))

    tell()


async def play(story: Story, steps: list[tuple[Any, ...]]) -> None:
    await story.begin()
    for name, *given_ in steps:
        await getattr(story, name)(*given_)
        await story.check()
    assert await story.hall.database.read(story.hall.ledger.verify) == []


@pytest.mark.timeout(180)
def test_each_refill_comes_once(run: Run) -> None:
    """Of every period's refill there is one, also when the member is looked at all the time."""
    guild_ids = count(1)

    @ENOUGH
    @given(NEAR_THE_END, st.sampled_from(Period), st.lists(st.tuples(ZONES, st.integers(0, 70))))
    def tell(begin: datetime, period: Period, moves: list[tuple[str, int]]) -> None:
        run(lambda hall: refill(Story(hall, next(guild_ids), begin), period, moves))

    tell()


async def refill(story: Story, period: Period, moves: list[tuple[str, int]]) -> None:
    await story.begin()
    await story.rule(period=period, starting_mc=0, refill_mc=REFILL_MC)
    account, wall = Account(story.guild_id, 2), story.walls[period]
    for zone, hours in moves:
        before, first = await balance_mc(story, account), wall.first
        await story.move(zone)
        assert await balance_mc(story, account) == before
        await story.wait(hours)
        due, leaf = 0, first
        while leaf < wall.first:
            due, leaf = due + 1, wall.after(leaf)
        room_mc = 4 * REFILL_MC - before
        assert await balance_mc(story, account) - before == min(due * REFILL_MC, room_mc)
    movements = await story.hall.database.read(history.movements, account, 100)
    assert all(one.kind == "refill" for one in movements)


async def balance_mc(story: Story, account: Account) -> int:
    policy = await story.hall.limits.policy(account.guild_id, account.member_id, frozenset())
    return (await balance_of(story.hall.database, story.hall.ledger, account, policy)).available_mc
