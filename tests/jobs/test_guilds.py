"""Guilds are let in, kept out and bounded by the operator."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jobs.guilds import Guilds
from storage.database import Database
from storage.rules import Admission, RuleStore
from tests.databases import migrated_sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

OPERATOR = 9


def now() -> datetime:
    return datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield opened
    await opened.close()


def guilds_with(database: Database, default_ceiling_mc: int | None) -> Guilds:
    return Guilds(database, RuleStore(now), now, default_ceiling_mc)


async def test_a_new_guild_has_the_default_ceiling(database: Database):
    await guilds_with(database, 70).greet({1: "Foxes"})
    (spending,) = await guilds_with(database, 70).all()
    assert (spending.ceiling_mc, spending.limit_mc, spending.spent_mc) == (70, 70, 0)


async def test_who_is_admitted_keeps_its_own_ceiling(database: Database):
    guilds = guilds_with(database, 0)
    admitted = await guilds.admit(1, OPERATOR, 5000)
    assert admitted.guild.admission is Admission.ADMITTED
    assert admitted.limit_mc == 5000
    assert (await guilds.set_ceiling(1, OPERATOR, 9000)).limit_mc == 9000
    assert (await guilds.set_ceiling(1, OPERATOR, None)).limit_mc is None


async def test_who_is_refused_may_spend_nothing_until_it_is_admitted_again(database: Database):
    guilds = guilds_with(database, None)
    assert (await guilds.refuse(1, OPERATOR)).limit_mc == 0
    assert (await guilds.admit(1, OPERATOR, None)).limit_mc is None


async def test_each_guild_that_may_not_draw_is_told_of_once(database: Database):
    guilds = guilds_with(database, 0)
    await guilds.admit(2, OPERATOR, None)
    first = await guilds.greet({1: "Foxes", 2: "Owls"})
    assert [guild.name for guild in first] == ["Foxes"]
    assert await guilds.greet({1: "Foxes", 2: "Owls"}) == []
    assert await guilds.greet({1: "Foxes and hares"}) == []
    assert [one.guild.name for one in await guilds.all()] == ["Foxes and hares", "Owls"]


async def test_where_nobody_has_to_be_admitted_nothing_is_told(database: Database):
    assert await guilds_with(database, None).greet({1: "Foxes"}) == []
