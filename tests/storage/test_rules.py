"""Guilds: their names, their admission and their rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.database import Database, Transaction

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.rules import Admission, Change, Guild, Period, Rules, RuleStore, Standing
from storage.tables import audit

CHANGE = Change(guild_id=1, actor_id=9, action="test")


@pytest.fixture
def rules(database, clock) -> RuleStore:
    return RuleStore(clock)


async def test_guilds_are_listed_by_name(database: Database, rules: RuleStore):
    await database.write(rules.note_name, 2, "Owls")
    await database.write(rules.note_name, 1, "Foxes")
    assert await database.read(rules.guilds) == [
        Guild(id=1, name="Foxes"),
        Guild(id=2, name="Owls"),
    ]


async def test_a_new_name_changes_nothing_else(database: Database, rules: RuleStore):
    change = Change(guild_id=1, actor_id=9, action="guild admitted")
    await database.write(
        rules.change_guild, 1, change, admission=Admission.ADMITTED, ceiling_mc=5000
    )
    await database.write(rules.note_name, 1, "Foxes" * 50)
    (guild,) = await database.read(rules.guilds)
    assert (guild.admission, guild.ceiling_mc) == (Admission.ADMITTED, 5000)
    assert guild.name == ("Foxes" * 50)[:100]
    assert guild == await database.read(rules.guild, 1)


async def test_a_guild_is_let_in_unless_the_operator_spoke_of_it(
    database: Database, rules: RuleStore
):
    for guild_id, values in ((1, {"admission": Admission.REFUSED}), (2, {"ceiling_mc": 0})):
        await database.write(rules.change_guild, guild_id, CHANGE, **values)
    let_in = [await database.write(rules.admit_if_unheard, id_, CHANGE, 70) for id_ in (1, 2, 3, 3)]
    assert let_in == [False, False, True, False]
    guild = await database.read(rules.guild, 3)
    assert (guild.admission, guild.ceiling_mc) == (Admission.ADMITTED, 70)


@pytest.mark.parametrize(
    ("admission", "ceiling_mc", "default_mc", "expected_mc"),
    [
        (Admission.NEW, None, 0, 0),
        (Admission.NEW, None, None, None),
        (Admission.NEW, 70, 0, 70),
        (Admission.ADMITTED, None, 0, None),
        (Admission.ADMITTED, 70, None, 70),
        (Admission.REFUSED, 70, None, 0),
    ],
)
def test_the_default_ceiling_is_for_guilds_that_nobody_spoke_of(
    admission: Admission, ceiling_mc: int | None, default_mc: int | None, expected_mc: int | None
):
    guild = Guild(id=1, admission=admission, ceiling_mc=ceiling_mc)
    assert guild.ceiling(default_mc) == expected_mc


@pytest.mark.parametrize(
    ("ceiling_mc", "budget_mc", "limit_mc"),
    [(None, None, None), (50, None, 50), (None, 60, 60), (50, 60, 50), (60, 50, 50), (0, 60, 0)],
)
def test_the_lower_of_ceiling_and_budget_holds(
    ceiling_mc: int | None, budget_mc: int | None, limit_mc: int | None
):
    rules = Rules(budget_mc=budget_mc)
    guild = Guild(id=1, admission=Admission.ADMITTED, ceiling_mc=ceiling_mc, rules=rules)
    assert guild.month_limit(0) == limit_mc


async def test_rules_come_back_as_they_were_set(database: Database, rules: RuleStore):
    everything = Rules(
        starting_mc=1,
        refill_mc=2,
        period=Period.DAY,
        timezone="Europe/Berlin",
        role_refills_mc={20: 3},
        role_tiers={21: 2},
        min_age_days=4,
        job_cap_mc=5,
        day_cap_mc=6,
        open_jobs=7,
        channels=(10, 11),
        roles=(20,),
        words=("cabbage", "裸"),
        allows_gifts=True,
        is_paused=True,
        budget_mc=8,
        budget_channel_id=12,
        report_channel_id=13,
        audit_channel_id=14,
    )
    assert (await database.read(rules.guild, 1)).rules == Rules()
    changed = await database.write(rules.change_rules, 1, CHANGE, lambda _: everything)
    assert changed == replace(everything, running=changed.running)
    assert changed.running.keys() == set(Period)
    assert (await database.read(rules.guild, 1)).rules == changed
    assert (await database.read(rules.guild, 2)).rules == Rules()


async def test_two_changes_at_once_both_hold(database: Database, rules: RuleStore):
    def add(word: str):
        return lambda before: replace(before, words=(*before.words, word))

    words = [f"word {number}" for number in range(10)]
    await asyncio.gather(
        *(database.write(rules.change_rules, 1, CHANGE, add(word)) for word in words)
    )
    assert sorted((await database.read(rules.guild, 1)).rules.words) == words


async def test_a_change_that_is_refused_leaves_no_trace(rules: RuleStore, database):
    def refuse(_: Rules) -> Rules:
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        await database.write(rules.change_rules, 1, CHANGE, refuse)

    def unit(connection: Transaction) -> None:
        assert (connection.execute(audit.select())).all() == []

    await database.read(unit)


async def test_a_standing_holds_until_its_end(database: Database, rules: RuleStore, clock):
    until = clock() + timedelta(hours=1)
    blocked = await database.write(
        rules.change_member, 1, 2, CHANGE, standing=Standing.BLOCKED, until=until
    )
    assert blocked == await database.read(rules.member, 1, 2)
    assert blocked.standing_at(clock()) is Standing.BLOCKED
    assert blocked.standing_at(until) is Standing.NORMAL
    assert (
        await database.write(rules.change_member, 1, 2, None, refill_mc=7)
    ).standing is Standing.BLOCKED
    assert (await database.read(rules.member, 1, 3)).standing_at(clock()) is Standing.NORMAL


async def test_a_guild_is_told_once_of_each_part_and_month(
    database: Database, rules: RuleStore, clock
):
    month = clock()
    told = await asyncio.gather(
        *(database.write(rules.note_warning, 1, month, 80) for _ in range(5))
    )
    assert sorted(told) == [False, False, False, False, True]
    assert await database.write(rules.note_warning, 1, month, 100)
    assert await database.write(rules.note_warning, 2, month, 80)
    assert await database.write(rules.note_warning, 1, month + timedelta(days=31), 80)
