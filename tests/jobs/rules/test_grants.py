"""Moderators' movements: each with its line in the audit log, or neither."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jobs.rules.grants import Grants
from storage.database import Database
from storage.ledger import history
from storage.ledger.accounts import Account, Policy
from storage.ledger.balance import balance_of
from storage.ledger.ledger import Ledger
from storage.rules import Change, RuleStore
from tests.databases import migrated_sqlite

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

MINA, MODERATOR = Account(1, 2), 9
POLICY = Policy()


def now() -> datetime:
    return datetime(2026, 11, 21, tzinfo=UTC)


def tell(moved_mc: int) -> Change:
    return Change(guild_id=1, actor_id=MODERATOR, action="grant", detail=f"{moved_mc} mc")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    opened = await Database.open(await migrated_sqlite(tmp_path / "atelier.sqlite"))
    yield opened
    await opened.close()


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(now)


@pytest.fixture
def books(database: Database, ledger: Ledger) -> Grants:
    return Grants(database, ledger, RuleStore(now))


async def lines(database: Database) -> list[str]:
    return [one.detail for one in await database.read(history.changes, 1, 10)]


async def test_the_line_tells_what_was_moved(books: Grants, database: Database):
    moved, balance = await books.adjust(MINA, POLICY, 500, "contest", MODERATOR, tell)
    assert (moved.amount_mc, balance.available_mc) == (500, 25_500)
    moved, balance = await books.adjust(MINA, POLICY, -90_000, "spam", MODERATOR, tell)
    assert (moved.amount_mc, balance.available_mc) == (-25_500, 0)
    assert moved.change.detail == "-25500 mc"
    assert await lines(database) == ["-25500 mc", "500 mc"]


async def test_nothing_moves_without_its_line(books: Grants, ledger: Ledger, database: Database):
    def fail(_moved_mc: int) -> Change:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await books.adjust(MINA, POLICY, 500, "contest", MODERATOR, fail)
    assert (await balance_of(database, ledger, MINA, POLICY)).available_mc == 25_000
    assert not await lines(database)


async def test_a_refund_of_nothing_leaves_no_line(books: Grants, database: Database):
    moved = await books.refund("unknown", MODERATOR, tell)
    assert moved.amount_mc == 0
    assert not await lines(database)
