"""A page of a member's 100,000 results, on SQLite and, where a server is named, on PostgreSQL.

The plans of all queries are printed. PostgreSQL is measured where ATELIER_TEST_POSTGRES names a
server on which databases may be made.
"""

from __future__ import annotations

import os
import random
import secrets
import statistics
import time
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from psycopg import AsyncConnection
from sqlalchemy import Engine, event, insert, text
from sqlalchemy.engine import make_url

from benchmarks.harness.process import BenchmarkError
from benchmarks.harness.report import Aim, Figure
from benchmarks.ledger import fresh_database
from storage.database import Database
from storage.jobs import favourites
from storage.jobs.history import HistoryFilter, page_of
from storage.ledger.accounts import Account
from storage.tables import job_words, jobs

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

    from benchmarks.harness.plan import Plan
    from storage.database import Transaction

    Statements = list[tuple[str, Any]]

RESULTS = 100_000
BATCH = 5_000
PAGE = 5
ASKED = 20
OWNER = Account(1, 2)
SCANNED = ("SCAN jobs", "SCAN job_words", "Seq Scan")
WITHIN = Aim(50)
MIDDLE, OLDEST = f"j{RESULTS // 2}", "j5"
QUERIES: dict[str, tuple[HistoryFilter, str]] = {
    "newest": (HistoryFilter(), ""),
    "in the middle": (HistoryFilter(), MIDDLE),
    "oldest": (HistoryFilter(), OLDEST),
    "of a rare kind": (HistoryFilter(kind="morph"), ""),
    "of a rare engine": (HistoryFilter(engine_id="rare"), ""),
    "of a common word": (HistoryFilter(words="red"), ""),
    "of a rare word": (HistoryFilter(words="unicorn"), ""),
    "of two words never together": (HistoryFilter(words="even odd"), ""),
    "of a word of no result": (HistoryFilter(words="nothing red"), ""),
    "of favourites": (HistoryFilter(is_favourite=True), ""),
    "of favourites, in the middle": (HistoryFilter(is_favourite=True), MIDDLE),
    "of favourites of a rare kind": (HistoryFilter(is_favourite=True, kind="morph"), ""),
    "of favourites of a common word": (HistoryFilter(is_favourite=True, words="red"), ""),
    "of favourites of a word that none has": (HistoryFilter(is_favourite=True, words="odd"), ""),
}


async def measure(plan: Plan) -> list[Figure]:
    """The slowest of several looks at each page, in milliseconds."""
    async with fresh_database() as (database, _):
        figures = await _measured(database, "SQLite", plan)
    if address := os.environ.get("ATELIER_TEST_POSTGRES"):
        async with fresh_postgres(address) as database:
            figures += await _measured(database, "PostgreSQL", plan)
    return figures


async def _measured(database: Database, name: str, plan: Plan) -> list[Figure]:
    for start in range(0, RESULTS, BATCH):
        await database.write(_fill, start)
    await database.write(_analyse)
    figures: list[Figure] = []
    for page, (filters, older_than) in QUERIES.items():
        with _statements() as statements:
            await database.read(page_of, OWNER, filters, PAGE, older_than=older_than)
        await database.read(_show_plans, f"{name}, {page}", statements)
        runs = [await _slowest(database, filters, older_than) for _ in range(plan.runs)]
        figures.append(Figure(f"history {page}, {name}", "ms", runs, aim=WITHIN))
    return figures


async def _slowest(database: Database, filters: HistoryFilter, older_than: str) -> float:
    times: list[float] = []
    for _ in range(ASKED):
        began = time.perf_counter()
        await database.read(page_of, OWNER, filters, PAGE, older_than=older_than)
        times.append((time.perf_counter() - began) * 1000)
    # One of them may have met a pause of the machine.
    return statistics.quantiles(times, n=20)[-1]


def _fill(connection: Transaction, start: int) -> None:
    began_at = datetime(2026, 1, 1, tzinfo=UTC)
    numbers = range(start, start + BATCH)
    rows = [_row(number, began_at + timedelta(minutes=number)) for number in numbers]
    connection.execute(insert(jobs), rows)
    words = [
        {
            "guild_id": OWNER.guild_id,
            "member_id": OWNER.member_id,
            "word": word,
            "accepted_at": row["accepted_at"],
            "job_id": row["id"],
        }
        for number, row in zip(numbers, rows, strict=True)
        for word in _words(number)
    ]
    connection.execute(insert(job_words), words)


def _row(number: int, accepted_at: datetime) -> dict[str, Any]:
    return {
        "id": f"j{number}",
        "key": f"k{number}",
        "kind": "morph" if number % 10_000 == 7 else "image",
        "state": "delivered",
        "guild_id": OWNER.guild_id,
        "channel_id": 10,
        "member_id": OWNER.member_id,
        "spec": {"prompt": " ".join(_words(number)) * 10},
        "price_mc": 300,
        "engine_id": "rare" if number % 10_000 == 9 else "usual",
        "accepted_at": accepted_at,
        "finished_at": accepted_at,
    }


def _words(number: int) -> set[str]:
    """Some that every result has, two that no result has together, a rare one, and favourites."""
    usual = {"a", "red", "odd" if number % 2 else "even", f"word{random.randrange(5_000)}"}
    rare = {"unicorn"} if number % 20_000 == 3 else set[str]()
    return usual | rare | ({favourites.MARK} if number % 10 == 0 else set())


def _analyse(connection: Transaction) -> None:
    connection.execute(text("analyze"))


@contextmanager
def _statements() -> Generator[Statements]:
    """What is sent to the database meanwhile, with its parameters."""
    seen: Statements = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def _show_plans(connection: Transaction, name: str, statements: Statements) -> None:
    """Print how the database finds the rows.

    Raises:
        BenchmarkError: it reads a whole table.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    explain = "explain query plan" if is_sqlite else "explain"
    for statement, parameters in list(statements):
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
        steps = [str(row[3] if is_sqlite else row[0]).strip() for row in rows]
        print(f"{name}: {'; '.join(steps)}")
        if any(scan in step for scan in SCANNED for step in steps):
            raise BenchmarkError(f"{name}: no index is used: {statement}")


@asynccontextmanager
async def fresh_postgres(address: str) -> AsyncGenerator[Database]:
    """A database with nothing in it, at that address."""
    name = f"atelier_bench_{secrets.token_hex(6)}"
    admin = await AsyncConnection[Any].connect(address, autocommit=True)
    await admin.execute(f'create database "{name}"'.encode())
    try:
        url = make_url(address).set(database=name).render_as_string(hide_password=False)
        database = await Database.open(url)
        yield database
        await database.close()
    finally:
        await admin.execute(f'drop database "{name}" with (force)'.encode())
        await admin.close()
