"""Limits: which rule refuses what, by which figure, and exactly also for orders at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from jobs.errors import (
    AdultContent,
    Blocked,
    ForbiddenWords,
    JobError,
    NotAdmitted,
    OverBudget,
    OverCeiling,
    OverDayCap,
    OverGuildBudget,
    OverJobCap,
    Paused,
    TooManyJobs,
    TooNew,
    WrongChannel,
    WrongRole,
)
from jobs.rules.terms import policy_of, refill_of, tier_of
from storage import overview
from storage.database import Database
from storage.ledger.accounts import Account
from storage.ledger.balance import balance_of
from storage.rules import Admission, Member, Period, Rules, Standing
from storage.tables import accounts
from tests.databases import migrated_postgres, migrated_sqlite
from tests.jobs.harness import an_order
from tests.jobs.rules.hall import (
    ASKER,
    CHANGE,
    CHANNEL,
    GUILD,
    MEMBER,
    OWN_ENGINE,
    PRICE_MC,
    ROLE,
    Hall,
)
from tests.postgres import needs_postgres

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from jobs.orders.image import ImageOrder
    from storage.database import Transaction


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=[pytest.mark.postgres, needs_postgres])]
)
async def hall(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Hall]:
    if request.param == "sqlite":
        database = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
        yield Hall(database)
        await database.close()
        return
    async with migrated_postgres() as url:
        database = await Database.open(url)
        yield Hall(database)
        await database.close()


JOINED = datetime(2026, 11, 20, 12, tzinfo=UTC)

OBSTACLES: list[tuple[dict[str, Any], dict[str, Any], type[JobError]]] = [
    ({"is_paused": True}, {}, Paused),
    ({"channels": (11,)}, {}, WrongChannel),
    ({"roles": (21,)}, {}, WrongRole),
    ({"min_age_days": 2}, {"joined_at": JOINED}, TooNew),
    ({"job_cap_mc": PRICE_MC - 1}, {}, OverJobCap),
    ({"day_cap_mc": PRICE_MC - 1}, {}, OverDayCap),
    ({"starting_mc": PRICE_MC - 1}, {}, OverBudget),
    ({"budget_mc": PRICE_MC - 1}, {}, OverGuildBudget),
]


@pytest.mark.parametrize(("rules", "asker", "error"), OBSTACLES)
async def test_a_rule_refuses_before_and_in_the_transaction(
    hall: Hall, rules: dict[str, Any], asker: dict[str, Any], error: type[JobError]
):
    await hall.rule(**rules)
    who = replace(ASKER, **asker)
    with pytest.raises(error):
        await hall.check(who)
    assert type(await hall.accept("job1", who)) is error
    assert await hall.database.read(hall.store.get, "job1") is None
    assert await hall.database.read(hall.ledger.verify) == []


async def test_what_the_rules_name_is_allowed(hall: Hall):
    await hall.rule(
        channels=(CHANNEL,),
        roles=(ROLE,),
        min_age_days=1,
        job_cap_mc=PRICE_MC,
        day_cap_mc=PRICE_MC,
        starting_mc=PRICE_MC,
        budget_mc=PRICE_MC,
        open_jobs=1,
    )
    asker = replace(ASKER, joined_at=JOINED)
    await hall.check(asker)
    assert await hall.accept("job1", asker) is None
    assert isinstance(await hall.accept("job2", asker), TooManyJobs)


async def test_a_thread_counts_as_its_channel(hall: Hall):
    await hall.rule(channels=(CHANNEL,))
    await hall.check(replace(ASKER, channel_id=99, parent_channel_id=CHANNEL))
    with pytest.raises(WrongChannel):
        await hall.check(replace(ASKER, channel_id=99, parent_channel_id=98))


async def test_a_block_has_an_end(hall: Hall):
    until = hall.clock() + timedelta(hours=1)
    await hall.database.write(
        hall.rules.change_member, GUILD, MEMBER, CHANGE, standing=Standing.BLOCKED, until=until
    )
    with pytest.raises(Blocked) as raised:
        await hall.check()
    assert raised.value.until == until
    assert isinstance(await hall.accept("job1"), Blocked)
    hall.clock.advance(hours=1)
    await hall.check()


async def test_who_is_allowed_stands_above_channel_role_and_age_only(hall: Hall):
    await hall.database.write(
        hall.rules.change_member, GUILD, MEMBER, CHANGE, standing=Standing.ALLOWED
    )
    await hall.rule(channels=(11,), roles=(21,), min_age_days=9)
    await hall.check(replace(ASKER, joined_at=JOINED))
    await hall.rule(is_paused=True)
    with pytest.raises(Paused):
        await hall.check()


async def test_a_guild_needs_the_operator(hall: Hall):
    strict = Hall(hall.database, default_ceiling_mc=0)
    with pytest.raises(NotAdmitted):
        await strict.check()
    assert isinstance(await strict.accept("job1"), NotAdmitted)
    await hall.database.write(
        hall.rules.change_guild, GUILD, CHANGE, admission=Admission.ADMITTED, ceiling_mc=PRICE_MC
    )
    await strict.check()
    with pytest.raises(OverGuildBudget) as raised:
        await strict.check(price_mc=PRICE_MC + 1)
    assert raised.value.left_mc == PRICE_MC
    await hall.database.write(hall.rules.change_guild, GUILD, CHANGE, admission=Admission.REFUSED)
    with pytest.raises(NotAdmitted):
        await hall.check()


async def test_a_ceiling_does_not_hold_for_an_engine_of_ones_own(hall: Hall):
    strict = Hall(hall.database, default_ceiling_mc=0)
    own = replace(an_order().requests[0], engine_id=OWN_ENGINE)
    order = replace(an_order(), requests=(own,))
    await strict.check(order=order)
    with pytest.raises(NotAdmitted):
        await strict.check()
    # The moderators' own budget does, and a guild that was refused stays so.
    await hall.rule(budget_mc=PRICE_MC)
    with pytest.raises(OverGuildBudget):
        await strict.check(order=order, price_mc=PRICE_MC + 1)
    await hall.database.write(hall.rules.change_guild, GUILD, CHANGE, admission=Admission.REFUSED)
    with pytest.raises(NotAdmitted):
        await strict.check(order=order)


async def test_an_engine_of_ones_own_spends_nothing_of_the_ceiling(hall: Hall):
    metered = Hall(hall.database, default_ceiling_mc=5 * PRICE_MC)
    own = replace(ASKER, engine_id=OWN_ENGINE)
    for number in range(10):
        assert await metered.accept(f"own{number}", own) is None
    (ceiling,) = await metered.months()
    assert (ceiling.spent_mc, ceiling.held_mc, ceiling.left_mc) == (0, 0, 5 * PRICE_MC)
    assert await metered.accept("hosted") is None
    for job_id in ("hosted", *(f"own{number}" for number in range(10))):
        await metered.finish(job_id)
    assert await hall.database.read(metered.ledger.verify) == []
    (kept,) = await metered.months()
    await forget_months(hall)
    (counted,) = await metered.months()
    assert (kept.spent_mc, kept.held_mc) == (counted.spent_mc, counted.held_mc) == (PRICE_MC, 0)
    month = metered.clock().replace(day=1, hour=0)
    assert await hall.database.read(overview.spent_mc, GUILD, month) == PRICE_MC
    assert await metered.accept("more", own) is None
    assert await metered.accept("last", price_mc=4 * PRICE_MC) is None
    assert isinstance(await metered.accept("over"), OverCeiling)


async def forget_months(hall: Hall) -> None:
    """Let the pools count what is spent from the entries."""

    def unit(connection: Transaction) -> None:
        connection.execute(update(accounts).where(accounts.c.member_id < 1).values(ends_at=None))

    await hall.database.write(unit)


async def test_words_are_looked_for_in_all_that_is_shown(hall: Hall):
    await hall.rule(words=("Cabbage",))
    with pytest.raises(ForbiddenWords) as raised:
        await hall.check(order=replace(an_order(), title="c4bbage"))
    assert raised.value.word == "Cabbage"


async def test_adult_words_count_where_they_are_drawn(hall: Hall):
    nude = _order(("a nude", 1.0), ("fog", -0.5))
    with pytest.raises(AdultContent):
        await hall.check(order=nude)
    await hall.check(replace(ASKER, is_age_restricted=True), nude)
    await hall.check(order=_order(("a fox", 1.0), ("nude", -0.5)))


def _order(*texts: tuple[str, float]) -> ImageOrder:
    order = an_order()
    prompts = tuple(type(order.first.prompts[0])(text, weight) for text, weight in texts)
    return replace(order, requests=(replace(order.first, prompts=prompts),))


async def test_figures_of_a_refusal_for_credits(hall: Hall):
    await hall.rule(timezone="Europe/Berlin")
    hall.clock.advance(days=1)
    await hall.rule(starting_mc=500, refill_mc=3000, period=Period.DAY)
    assert await hall.accept("job1") is None
    with pytest.raises(OverBudget) as raised:
        await hall.check(price_mc=400)
    error = raised.value
    assert (error.needed_mc, error.available_mc, error.held_mc) == (400, 300, PRICE_MC)
    assert error.refill_mc == 3000
    assert error.refills_at == datetime(2026, 11, 22, 23, tzinfo=UTC)


async def test_without_refill_none_is_promised(hall: Hall):
    await hall.rule(starting_mc=0, refill_mc=0)
    with pytest.raises(OverBudget) as raised:
        await hall.check()
    assert (raised.value.refill_mc, raised.value.refills_at) == (0, None)


async def test_a_day_is_the_guilds_own(hall: Hall):
    await hall.rule(day_cap_mc=300, timezone="Pacific/Auckland")
    # The day that was running ends by the clocks of before, then Auckland's count.
    assert await hall.accept("job0") is None
    hall.clock.instant = datetime(2026, 11, 22, tzinfo=UTC)
    assert await hall.accept("job1") is None
    await hall.finish("job1")
    refused = await hall.accept("job2")
    assert isinstance(refused, OverDayCap)
    assert (refused.spent_mc, refused.cap_mc) == (PRICE_MC, 300)
    assert refused.resets_at == datetime(2026, 11, 22, 11, tzinfo=UTC)
    hall.clock.instant = refused.resets_at
    assert await hall.accept("job2") is None


async def test_open_jobs_are_bounded_until_one_ends(hall: Hall):
    await hall.rule(open_jobs=2)
    assert await hall.accept_many(2) == {"NoneType": 2}
    with pytest.raises(TooManyJobs) as raised:
        await hall.check()
    assert (raised.value.open_jobs, raised.value.limit) == (2, 2)
    await hall.finish("job2x0")
    await hall.check()
    assert await hall.accept("another") is None


@pytest.mark.parametrize(
    ("rules", "accepted", "refused"),
    [
        ({"open_jobs": 7}, 7, "TooManyJobs"),
        ({"open_jobs": 100, "day_cap_mc": 7 * PRICE_MC + 1}, 7, "OverDayCap"),
        ({"open_jobs": 100, "starting_mc": 7 * PRICE_MC + 1}, 7, "OverBudget"),
        ({"open_jobs": 100, "budget_mc": 7 * PRICE_MC + 1}, 7, "OverGuildBudget"),
    ],
)
async def test_caps_are_exact_for_orders_at_once(
    hall: Hall, rules: dict[str, Any], accepted: int, refused: str
):
    await hall.rule(**rules)
    assert await hall.accept_many(30) == {"NoneType": accepted, refused: 30 - accepted}
    balance = await balance_of(
        hall.database,
        hall.ledger,
        Account(GUILD, MEMBER),
        await hall.limits.policy(GUILD, MEMBER, frozenset()),
    )
    assert balance.held_mc == accepted * PRICE_MC
    assert await hall.database.read(hall.ledger.verify) == []


async def test_the_guilds_budget_is_exact_over_members(hall: Hall):
    await hall.rule(budget_mc=10 * PRICE_MC + 1)
    members = [replace(ASKER, member_id=100 + n) for n in range(8)]
    counts = await asyncio.gather(*(hall.accept_many(3, member) for member in members))
    total = sum(counts, Counter[str]())
    assert total == {"NoneType": 10, "OverGuildBudget": 14}
    (state,) = await hall.months()
    assert (state.held_mc, state.left_mc) == (10 * PRICE_MC, 1)
    assert await hall.database.read(hall.ledger.verify) == []


async def test_the_ceiling_is_exact_beside_a_budget(hall: Hall):
    admitted = Admission.ADMITTED
    await hall.database.write(
        hall.rules.change_guild, GUILD, CHANGE, admission=admitted, ceiling_mc=7 * PRICE_MC + 1
    )
    await hall.rule(budget_mc=9 * PRICE_MC)
    members = [replace(ASKER, member_id=100 + n) for n in range(8)]
    counts = await asyncio.gather(*(hall.accept_many(3, member) for member in members))
    total = sum(counts, Counter[str]())
    assert (total["NoneType"], total["OverCeiling"]) == (7, 24 - 7)
    assert await hall.database.read(hall.ledger.verify) == []


async def test_jobs_that_end_while_a_limit_is_introduced_are_counted(hall: Hall):
    assert await hall.accept_many(8) == {"NoneType": 8}
    await hall.rule(budget_mc=10 * PRICE_MC)
    ends = [hall.finish(f"job{MEMBER}x{n}") for n in range(8)]
    others = replace(ASKER, member_id=3)
    accepting = asyncio.create_task(hall.accept_many(8, others))
    await asyncio.gather(*ends)
    accepted = await accepting
    assert accepted["NoneType"] == 2
    (state,) = await hall.months()
    assert (state.spent_mc, state.held_mc) == (8 * PRICE_MC, 2 * PRICE_MC)
    assert await hall.database.read(hall.ledger.verify) == []


async def test_room_is_what_a_job_may_cost(hall: Hall):
    assert await hall.limits.room(ASKER) == 25_000
    await hall.rule(job_cap_mc=9000, day_cap_mc=1000, budget_mc=5000)
    assert await hall.limits.room(ASKER) == 1000
    assert await hall.accept("job1") is None
    assert await hall.limits.room(ASKER) == 1000 - PRICE_MC
    await hall.check(price_mc=1000 - PRICE_MC)
    await hall.rule(day_cap_mc=PRICE_MC)
    assert await hall.limits.room(ASKER) == 0


async def test_tier_and_budget_are_frozen_with_the_job(hall: Hall):
    await hall.rule(role_tiers={ROLE: 2}, budget_mc=10_000)
    assert await hall.accept("job1") is None
    await hall.rule(role_tiers={}, budget_mc=None)
    job = await hall.database.read(hall.store.get, "job1")
    assert job
    assert (job.tier, job.budget_mc) == (2, PRICE_MC)


def test_the_largest_of_a_members_roles_counts():
    rules = Rules(refill_mc=5000, role_refills_mc={20: 3000, 21: 9000, 22: 50_000})
    plain = Member(guild_id=GUILD, id=MEMBER)
    assert refill_of(rules, plain, frozenset()) == (5000, "everyone", None)
    assert refill_of(rules, plain, frozenset({20})) == (3000, "role", 20)
    assert refill_of(rules, plain, frozenset({20, 21})) == (9000, "role", 21)
    own = replace(plain, refill_mc=1)
    assert refill_of(rules, own, frozenset({22})) == (1, "member", None)
    assert policy_of(rules, own, frozenset({22})).refill_mc == 1
    assert tier_of(Rules(role_tiers={20: 1, 21: 2}), frozenset({20, 21})) == (2, 21)
    assert tier_of(Rules(), frozenset({20})) == (0, None)


async def test_an_explanation_names_the_rules(hall: Hall):
    await hall.rule(role_refills_mc={ROLE: 9000}, role_tiers={ROLE: 1}, min_age_days=2)
    await hall.rule(channels=(11,), day_cap_mc=1000, budget_mc=5000)
    assert await hall.accept("job1", replace(ASKER, channel_id=11)) is None
    explained = await hall.limits.explain(replace(ASKER, joined_at=JOINED))
    assert (explained.refill_by, explained.refill_role) == ("role", ROLE)
    assert explained.terms.policy.refill_mc == 9000
    assert (explained.terms.tier, explained.tier_role) == (1, ROLE)
    assert [type(one) for one in explained.obstacles] == [TooNew]
    assert explained.means.open_jobs == 1
    assert explained.means.spent_today_mc == PRICE_MC
    assert explained.means.budget
    assert explained.means.budget.left_mc == 5000 - PRICE_MC
