"""Guilds: their names, their admission and their rules."""

from __future__ import annotations

import pytest

from storage.rules import Admission, Change, Guild, RuleStore


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
