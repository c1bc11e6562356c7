"""Migrations: from every earlier revision, with data in it, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import MetaData

from storage import migrations
from storage.database import Database
from storage.jobs import lineage, parents
from storage.jobs.artifacts import billed_of
from storage.jobs.history import HistoryFilter, page_of
from storage.jobs.jobs import JobState, JobStore
from storage.ledger.accounts import Account, Balance, Policy
from storage.ledger.balance import balance_of
from storage.ledger.ledger import Ledger
from storage.ledger.periods import Calendar, Period
from storage.ledger.pools import Pool
from storage.rules import RuleStore
from tests.postgres import fresh_postgres, needs_postgres
from tests.storage.sql import execute, rows
from tests.storage.test_database import differences

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from storage.database import Transaction
    from tests.storage.conftest import Clock

MINA = Account(1, 2)
POLICY = Policy()
ACCEPTED_MS = 1_790_000_000_000


def entry(account: str, amount_mc: int, kind: str, job_id: str | None = None) -> dict[str, Any]:
    return {
        "account": account,
        "guild_id": 1,
        "member_id": 2,
        "amount_mc": amount_mc,
        "kind": kind,
        "reason": "a fox",
        "job_id": job_id,
        "made_at": ACCEPTED_MS,
    }


def job(job_id: str, state: str) -> dict[str, Any]:
    return {
        "id": job_id,
        "key": f"key-{job_id}",
        "kind": "image",
        "state": state,
        "guild_id": 1,
        "channel_id": 10,
        "member_id": 2,
        "spec": {"prompt": "a fox"},
        "price_mc": 300,
        "engine_id": "atelier-painter",
        "accepted_at": ACCEPTED_MS,
    }


# Mina's 25 credits: one job was delivered for 200 of 300, another is still at work.
FOUNDATION: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {
            "guild_id": 1,
            "member_id": 2,
            "available_mc": 24_500,
            "held_mc": 300,
            "opened_at": ACCEPTED_MS,
        }
    ],
    "jobs": [job("done", "delivered"), job("open", "running")],
    "entries": [
        entry("mint", -25_000, "grant"),
        entry("available", 25_000, "grant"),
        entry("available", -300, "hold", "done"),
        entry("held", 300, "hold", "done"),
        entry("held", -200, "settle", "done"),
        entry("revenue", 200, "settle", "done"),
        entry("held", -100, "release", "done"),
        entry("available", 100, "release", "done"),
        entry("available", -300, "hold", "open"),
        entry("held", 300, "hold", "open"),
    ],
    "closes": [
        {"job_id": "done", "delivered_mc": 200, "released_mc": 100, "closed_at": ACCEPTED_MS}
    ],
    "artifacts": [
        {
            "job_id": "done",
            "role": "result",
            "position": 0,
            "object_key": "done/result-0.png",
            "mime": "image/png",
            "size_bytes": 1000,
            "width": 512,
            "height": 512,
            "seed": 7,
            "is_filtered": False,
            "kept_at": ACCEPTED_MS,
        }
    ],
    "drafts": [
        {
            "id": "draft",
            "guild_id": 1,
            "member_id": 2,
            "content": {"prompt": "an owl"},
            "kept_at": ACCEPTED_MS,
        }
    ],
}
RULES: dict[str, list[dict[str, Any]]] = {
    **FOUNDATION,
    "guilds": [
        {"guild_id": 1, "name": "Studio", "admission": "admitted", "ceiling_mc": 90, "rules": {}}
    ],
    "members": [{"guild_id": 1, "member_id": 2, "standing": "allowed", "wants_mention": True}],
    "audit": [
        {
            "guild_id": 1,
            "actor_id": 3,
            "action": "limits pause",
            "detail": "",
            "made_at": ACCEPTED_MS,
        }
    ],
    "paces": [{"engine_id": "atelier-painter", "seconds_per_mc": 0.01}],
    "rates": [{"name": "an account", "due_at": ACCEPTED_MS}],
}
# A guild in Tokyo has a budget: 200 are spent in December there, which is November in UTC.
DECEMBER_IN_TOKYO_MS = 1_796_050_800_000
MONTHS: dict[str, list[dict[str, Any]]] = {
    **{table: rows for table, rows in RULES.items() if table not in ("accounts", "entries")},
    "guilds": [
        {
            "guild_id": 1,
            "name": "Studio",
            "admission": "admitted",
            "ceiling_mc": 5_000,
            "rules": {"timezone": "Asia/Tokyo", "period": "week", "budget_mc": 1_000},
        }
    ],
    "accounts": [
        {**FOUNDATION["accounts"][0], "refilled_until": DECEMBER_IN_TOKYO_MS - 86_400_000},
        {
            "guild_id": 1,
            "member_id": 0,
            "available_mc": 800,
            "held_mc": 0,
            "spent_mc": 200,
            "refilled_until": DECEMBER_IN_TOKYO_MS,
            "opened_at": ACCEPTED_MS,
        },
    ],
    "entries": [
        *(
            {**one, "made_at": DECEMBER_IN_TOKYO_MS + 3_600_000} if one["kind"] == "settle" else one
            for one in FOUNDATION["entries"]
        ),
        {**entry("mint", -800, "budget"), "member_id": 0},
        {**entry("available", 800, "budget"), "member_id": 0},
    ],
}
ORIGINS = {"origins": [["done", 1], None, ["film", 0], ["done", 0]]}


def follower(job_id: str, parent_id: str | None, **values: Any) -> dict[str, Any]:
    """A free result as it was kept with one parent at most."""
    known = {"kind": "blend", "parent_id": parent_id, "price_mc": 0}
    return {**job(job_id, "delivered"), **known, **values}


# A blend of two results, one that was drawn again, one of attached pictures, and others.
FOLLOWERS = [
    follower("film", "done", kind="video"),
    follower("blend", "done", spec=ORIGINS),
    follower("again", "blend", spec=ORIGINS),
    follower("attached", None, spec={"origins": [None, None]}),
    follower("old", "done", spec={}),
    follower("nobodys", "done", member_id=-7, spec={}),
]
BLENDS: dict[str, list[dict[str, Any]]] = {
    **RULES,
    "jobs": [*({**one, "parent_id": None} for one in RULES["jobs"]), *FOLLOWERS],
    "closes": [
        *RULES["closes"],
        *(
            {**RULES["closes"][0], "job_id": one["id"], "delivered_mc": 0, "released_mc": 0}
            for one in FOLLOWERS
        ),
    ],
}
BEFORE = {
    "0001": FOUNDATION,
    "0002": RULES,
    "0003": MONTHS,
    "0004": RULES,
    "0005": RULES,
    "0006": RULES,
    "0007": RULES,
    "0008": RULES,
    "0009": RULES,
    "0010": RULES,
    "0011": RULES,
    "0012": RULES,
    "0013": RULES,
    "0014": RULES,
    "0015": BLENDS,
}
"""What a database of each earlier revision holds; a new migration adds its predecessor here."""


def fill(connection: Connection, revision: str) -> None:
    """A database of that revision, with its data."""
    migrations.upgrade(connection, revision)
    known = MetaData()
    known.reflect(connection)
    for table, kept in BEFORE[revision].items():
        connection.execute(insert(known.tables[table]), kept)


@pytest.fixture(params=sorted(BEFORE))
async def migrated(request: pytest.FixtureRequest, url: str) -> AsyncGenerator[Database]:
    address = make_url(url)
    backend = address.get_backend_name()
    driver = "postgresql+psycopg" if backend == "postgresql" else backend
    blocking = create_engine(address.set(drivername=driver))
    with blocking.begin() as connection:
        fill(connection, request.param)
    blocking.dispose()
    opened = await Database.open(url)
    yield opened
    await opened.close()


async def test_every_earlier_revision_is_tested(database: Database) -> None:
    script = ScriptDirectory.from_config(await database.read(migrations.configuration))
    earlier = {one.revision for one in script.walk_revisions()} - set(script.get_heads())
    assert earlier == set(BEFORE)


async def test_the_schema_is_as_new(migrated: Database) -> None:
    assert await migrated.read(differences) == []
    # The comparison does not see what a column refuses.
    for column in ("available", "held", "bound"):
        with pytest.raises(IntegrityError, match=column):
            await execute(migrated, f"update accounts set {column}_mc = -1")


async def test_the_books_go_on(migrated: Database, clock: Clock) -> None:
    ledger, store = Ledger(clock), JobStore(clock)
    assert await migrated.read(billed_of, "done") == 0
    assert await migrated.read(ledger.verify) == []
    assert await balance_of(migrated, ledger, MINA, POLICY) == Balance(24_500, 300)
    done = await migrated.read(store.get, "done")
    assert done is not None
    assert (done.state, done.budget_mc, done.tier) == (JobState.DELIVERED, 0, 0)

    def unit(connection: Transaction) -> None:
        assert ledger.close(
            connection, MINA, "open", held_mc=300, delivered_mc=300, budget_mc=0, reason="done"
        )
        store.finish(connection, "open", JobState.DELIVERED)

    await migrated.write(unit)
    assert await migrated.write(ledger.refund, "done", 7) == 200
    assert await migrated.read(ledger.verify) == []


@pytest.mark.parametrize("migrated", sorted(BEFORE)[:8], indirect=True)
async def test_what_was_drawn_before_is_found_by_its_words(migrated: Database) -> None:
    found = await migrated.read(page_of, MINA, HistoryFilter(words="fox"), 5)
    assert [job.id for job in found.jobs] == ["done"]


@pytest.mark.parametrize("migrated", ["0015"], indirect=True)
async def test_blends_know_all_that_they_were_made_of(migrated: Database, clock: Clock) -> None:
    assert await migrated.read(parents.ids_of_parents, MINA) == {
        "film": ["done"],
        "blend": ["done", "film"],
        "again": ["blend"],
        "old": ["done"],
    }
    assert await rows(migrated, "select job_id from parents where job_id = 'nobodys'") == []
    done = await migrated.read(JobStore(clock).get, "done")
    assert done is not None
    found = await migrated.read(lineage.lineage_of, done, lambda _: True)
    assert {one.job.id for one in found.relatives if one.job} == {
        *("done", "film", "blend", "again", "old"),
    }


@pytest.mark.parametrize("migrated", ["0001", "0002"], indirect=True)
async def test_refills_begin_with_the_first_touch(migrated: Database, clock: Clock) -> None:
    ledger = Ledger(clock)
    assert await balance_of(migrated, ledger, MINA, POLICY) == Balance(24_500, 300)
    assert await balance_of(migrated, ledger, MINA, POLICY) == Balance(24_500, 300)
    clock.advance(days=7)
    assert await balance_of(migrated, ledger, MINA, POLICY) == Balance(49_500, 300)
    assert await migrated.read(ledger.verify) == []


@pytest.mark.parametrize("migrated", ["0003"], indirect=True)
async def test_what_was_spent_in_the_running_month_is_kept(
    migrated: Database, clock: Clock
) -> None:
    clock.instant = datetime(2026, 11, 30, 18, tzinfo=UTC)
    ledger, rules = Ledger(clock), RuleStore(clock)
    assert await migrated.read(ledger.verify) == []
    limits = (await migrated.read(rules.guild, 1)).month_limits(0)
    states = [await migrated.read(ledger.month, 1, limit) for limit in limits]
    figures = [(one.pool, one.spent_mc, one.held_mc, one.left_mc) for one in states]
    # The job that is open holds of both, though it was accepted without.
    assert figures == [(Pool.BUDGET, 200, 300, 500), (Pool.CEILING, 200, 300, 4_500)]
    assert [one.resets_at for one in states] == [
        datetime(2026, 12, 31, 15, tzinfo=UTC),
        datetime(2026, 12, 1, tzinfo=UTC),
    ]
    # The week that began on Monday in Tokyo is paid.
    policy = Policy(period=Period.WEEK, calendar=Calendar("Asia/Tokyo"))
    assert await balance_of(migrated, ledger, MINA, policy) == Balance(24_500, 300)
    clock.instant = datetime(2026, 12, 6, 15, tzinfo=UTC)
    assert await balance_of(migrated, ledger, MINA, policy) == Balance(49_500, 300)


@pytest.mark.postgres
@needs_postgres
async def test_processes_that_are_started_at_once_migrate_once():
    async with fresh_postgres() as url:
        opened = await asyncio.gather(*(Database.open(url) for _ in range(4)))
        assert await rows(opened[0], "select version_num from alembic_version") == [
            (migrations.newest(),)
        ]
        for database in opened:
            await database.close()
