"""Guilds: their names, their admission and their rules."""

from __future__ import annotations

import pytest

from storage.rules import Admission, Change, Guild, Rules, RuleStore


@pytest.fixture
def rules(database, clock) -> RuleStore:
    return RuleStore(database, clock)


async def test_guilds_are_listed_by_name(rules: RuleStore):
    await rules.note_name(2, "Owls")
    await rules.note_name(1, "Foxes")
    assert await rules.guilds() == [Guild(id=1, name="Foxes"), Guild(id=2, name="Owls")]


async def test_a_new_name_changes_nothing_else(rules: RuleStore):
    change = Change(guild_id=1, actor_id=9, action="guild admitted")
    await rules.change_guild(1, change, admission=Admission.ADMITTED, ceiling_mc=5000)
    await rules.note_name(1, "Foxes" * 50)
    (guild,) = await rules.guilds()
    assert (guild.admission, guild.ceiling_mc) == (Admission.ADMITTED, 5000)
    assert guild.name == ("Foxes" * 50)[:100]
    assert guild == await rules.guild(1)


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
