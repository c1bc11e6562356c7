"""How the cost of a query grows with the members and with the jobs that wait."""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import time
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from benchmarks.harness.process import BenchmarkError
from benchmarks.harness.report import Aim, Figure
from benchmarks.ledger import ACCOUNT, CLOSE, ENTRY, fresh_database, now
from storage.jobs import queue_position
from storage.jobs.queue_position import Queue
from storage.ledger import history, reports
from storage.ledger.accounts import Account, Policy
from storage.ledger.balance import balance_of
from storage.ledger.ledger import Ledger
from storage.ledger.periods import Calendar
from storage.ledger.pools import MonthLimit, Pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator
    from pathlib import Path

    from benchmarks.harness.plan import Plan

    Query = Callable[[Account], Awaitable[object]]
    Statements = list[tuple[str, Any]]

MEMBERS = (1_000, 100_000)
MEMBERS_OF_A_GUILD = 1_000
WAITING = (100, 10_000)
ASKED = 50
CALENDAR = Calendar("Europe/Berlin")
LIMIT = MonthLimit(Pool.BUDGET, 10**9, CALENDAR)
MONTH = timedelta(days=30)
INDEXED = Aim(4, is_ratio=True)
"""For a hundred times the members: without an index it would be about a hundred."""

COST_MC = 500
JOB = (
    "insert into jobs (id, key, kind, state, guild_id, channel_id, member_id, spec, price_mc,"
    " engine_id, accepted_at) values (?, ?, 'image', ?, ?, 10, ?, '{}', ?, ?, ?)"
)
SIDES = (
    ("mint", -25_000, "grant"),
    ("available", 25_000, "grant"),
    ("available", -COST_MC, "hold"),
    ("held", COST_MC, "hold"),
    ("held", -COST_MC, "settle"),
    ("revenue", COST_MC, "settle"),
)


async def measure(plan: Plan) -> list[Figure]:
    """Queries over few rows and over many; the plans of the latter are printed."""
    few, many = [await _of_members(members, plan) for members in MEMBERS]
    baseline = f"{MEMBERS[0]:,} members"
    figures = [
        Figure(f"{name}, {MEMBERS[1]:,} members", "ms", many[name], baseline, few[name], INDEXED)
        for name in few
    ]
    short, long = [await _of_line(waiting, plan) for waiting in WAITING]
    name, fewer = f"place in the line, {WAITING[1]:,} waiting jobs", f"{WAITING[0]:,} waiting jobs"
    return [*figures, Figure(name, "ms", long, fewer, short)]


async def _of_members(members: int, plan: Plan) -> dict[str, list[float]]:
    async with fresh_database() as (database, file):
        await asyncio.to_thread(_populate, file, members)
        ledger = Ledger(now)
        since, until = now() - MONTH, now() + timedelta(days=1)

        queries: dict[str, Query] = {
            "balance": lambda account: balance_of(database, ledger, account, Policy()),
            "history": lambda account: database.read(history.movements, account, 10),
            "spent today": lambda account: database.read(ledger.spent_since, account, since),
            "budget": lambda account: database.read(ledger.month, account.guild_id, LIMIT),
            "report of a month": lambda account: database.read(
                reports.spending, account.guild_id, since, until, CALENDAR
            ),
        }
        return {
            name: await _timed(name, query, file, members, plan) for name, query in queries.items()
        }


async def _of_line(waiting: int, plan: Plan) -> list[float]:
    async with fresh_database() as (database, file):
        await asyncio.to_thread(_fill_line, file, waiting)
        return await _timed(
            "line",
            lambda account: database.read(queue_position.ahead, Queue(), account),
            file,
            waiting,
            plan,
        )


async def _timed(name: str, query: Query, file: Path, members: int, plan: Plan) -> list[float]:
    """The median of each run, in milliseconds."""
    account = _some_member(members)
    with _statements() as statements:
        await query(account)
    if members in (MEMBERS[1], WAITING[1]):
        _show_plans(name, file, statements)
    medians: list[float] = []
    for _ in range(plan.runs):
        times: list[float] = []
        for _ in range(ASKED):
            account = _some_member(members)
            began = time.perf_counter()
            await query(account)
            times.append(time.perf_counter() - began)
        medians.append(statistics.median(times) * 1000)
    return medians


def _some_member(members: int) -> Account:
    number = random.randrange(members)
    return Account(_guild(number), number + 1)


def _guild(number: int) -> int:
    return number // MEMBERS_OF_A_GUILD + 1


@contextmanager
def _statements() -> Generator[Statements]:
    """What is sent to the database meanwhile, with its parameters."""
    seen: Statements = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        seen.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def _show_plans(name: str, file: Path, statements: Statements) -> None:
    """Print how SQLite finds the rows.

    Raises:
        BenchmarkError: it reads a whole table.
    """
    with closing(sqlite3.connect(file)) as connection:
        for statement, parameters in statements:
            rows = connection.execute(f"explain query plan {statement}", parameters)
            steps = [row[3] for row in rows]
            print(f"{name}: {'; '.join(steps)}")
            tables = {f"SCAN {table}" for table in ("accounts", "entries", "jobs", "closes")}
            if tables & set(steps):
                raise BenchmarkError(f"{name}: no index is used: {statement}")


def _populate(file: Path, members: int) -> None:
    """Members with their starting credits and a job that cost something, over a month."""
    at = int(now().timestamp() * 1000)
    step = int(MONTH.total_seconds() * 1000) // members
    numbers = range(members)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(
            ACCOUNT, ((_guild(number), number + 1, 24_500, at, at) for number in numbers)
        )
        connection.executemany(
            JOB, (_job(number, "delivered", at - number * step) for number in numbers)
        )
        connection.executemany(
            CLOSE, ((f"j{number}", COST_MC, at - number * step) for number in numbers)
        )
        connection.executemany(
            ENTRY,
            (
                (_guild(number), number + 1, *side, None, job_id, at - number * step)
                for number in numbers
                for side in SIDES
                for job_id in [None if "grant" in side else f"j{number}"]
            ),
        )


def _fill_line(file: Path, waiting: int) -> None:
    at = int(now().timestamp() * 1000)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.executemany(JOB, (_job(number, "waiting", at) for number in range(waiting)))


def _job(number: int, state: str, at: int) -> tuple[object, ...]:
    names = (f"j{number}", f"k{number}")
    return (*names, state, _guild(number), number + 1, COST_MC, f"engine-{number % 3}", at)
