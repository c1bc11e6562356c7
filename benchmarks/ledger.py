"""What the ledger does in a second, beside bare sqlite3 that writes the same."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from contextlib import asynccontextmanager, closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.harness.process import BenchmarkError
from benchmarks.harness.report import Figure
from storage.database import Database, sqlite_url
from storage.jobs.jobs import Job, JobState, JobStore
from storage.ledger.accounts import Account, Policy
from storage.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from benchmarks.harness.plan import Plan
    from storage.database import Transaction

BASELINE = "bare sqlite3, same writes"
AT_ONCE = 50
PRICE_MC = 200
RICH = Policy(starting_mc=10**12)
SHARE_OF_THE_LOAD = 10
ACCOUNT = (
    "insert into accounts (guild_id, member_id, available_mc, held_mc, refilled_until, opened_at)"
    " values (?, ?, ?, 0, ?, ?)"
)
ENTRY = (
    "insert into entries (guild_id, member_id, account, amount_mc, kind, reason, actor_id, job_id,"
    " made_at) values (?, ?, ?, ?, ?, 'a fox', ?, ?, ?)"
)
CLOSE = "insert into closes (job_id, delivered_mc, released_mc, closed_at) values (?, ?, 0, ?)"


async def measure(plan: Plan) -> list[Figure]:
    """Two transactions a job: one that accepts it, one that closes it."""
    seconds = plan.seconds / SHARE_OF_THE_LOAD
    ours: list[float] = []
    bare: list[float] = []
    for _ in range(plan.runs):
        async with fresh_database() as (database, _):
            ours.append(await _ours_per_s(database, seconds))
        async with fresh_database() as (_, file):
            bare.append(await asyncio.to_thread(_bare_per_s, file, seconds))
    return [Figure("transactions of the ledger", "per s", ours, BASELINE, bare)]


@asynccontextmanager
async def fresh_database() -> AsyncGenerator[tuple[Database, Path]]:
    """A database without rows, and its file."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "atelier.sqlite"
        database = await Database.open(sqlite_url(file))
        yield database, file
        await database.close()


def now() -> datetime:
    """The time, which the rooms are given."""
    return datetime.now(UTC)


async def _ours_per_s(database: Database, seconds: float) -> float:
    ledger, store = Ledger(now), JobStore(now)
    numbers, done = count(), 0
    began = time.perf_counter()

    async def work(member_id: int) -> None:
        nonlocal done
        while not done or time.perf_counter() - began < seconds:
            job = _job(f"job{next(numbers)}", member_id)
            await _account_for(job, database, ledger, store)
            done += 2

    await asyncio.gather(*(work(member_id) for member_id in range(1, AT_ONCE + 1)))
    elapsed = time.perf_counter() - began
    if problems := await database.read(ledger.verify):
        raise BenchmarkError(f"The books are wrong: {problems[0]}")
    return done / elapsed


async def _account_for(job: Job, database: Database, ledger: Ledger, store: JobStore) -> None:
    account = Account(job.guild_id, job.member_id)

    def hold(connection: Transaction) -> None:
        store.add(connection, job)
        ledger.open(connection, account, RICH)
        ledger.hold(connection, account, PRICE_MC, job.id, "a fox")

    await database.write(hold)

    def close(connection: Transaction) -> None:
        ledger.close(
            connection,
            account,
            job.id,
            held_mc=PRICE_MC,
            delivered_mc=PRICE_MC,
            budget_mc=0,
            reason="a fox",
        )
        store.finish(connection, job.id, JobState.DELIVERED)

    await database.write(close)


def _job(job_id: str, member_id: int) -> Job:
    return Job(
        id=job_id,
        key=f"key-{job_id}",
        kind="image",
        state=JobState.WAITING,
        guild_id=1,
        channel_id=10,
        message_id=100,
        member_id=member_id,
        interaction_token="token",
        engine_id="atelier-painter",
        spec={"prompt": "a fox"},
        price_mc=PRICE_MC,
        accepted_at=now(),
    )


def _bare_per_s(file: Path, seconds: float) -> float:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("pragma synchronous=full")
        connection.execute("pragma foreign_keys=on")
        for member_id in range(1, AT_ONCE + 1):
            connection.execute(ACCOUNT, (1, member_id, RICH.starting_mc, 0, 0))
        done, began = 0, time.perf_counter()
        while not done or time.perf_counter() - began < seconds:
            _write_the_same(connection, f"job{done}", 1 + done % AT_ONCE)
            done += 2
        return done / (time.perf_counter() - began)


def _write_the_same(connection: sqlite3.Connection, job_id: str, member_id: int) -> None:
    write, of_member, cost = connection.execute, "where guild_id = 1 and member_id = ?", PRICE_MC
    write("begin immediate")
    write(
        "insert into jobs (id, key, kind, state, guild_id, channel_id, message_id, member_id,"
        " interaction_token, spec, price_mc, engine_id, accepted_at)"
        " values (?, ?, 'image', 'waiting', 1, 10, 100, ?, 'token', '{}', ?, 'painter', 0)",
        (job_id, f"key-{job_id}", member_id, cost),
    )
    write(f"select available_mc from accounts {of_member}", (member_id,)).fetchone()
    write(
        "update accounts set available_mc = available_mc - ?, held_mc = held_mc + ?"
        f" {of_member} and available_mc >= ?",
        (cost, cost, member_id, cost),
    )
    _write_entries(connection, "available", "held", "hold", job_id, member_id)
    write("commit")
    write("begin immediate")
    write(CLOSE, (job_id, cost, 0))
    write(f"update accounts set held_mc = held_mc - ? {of_member}", (cost, member_id))
    _write_entries(connection, "held", "revenue", "settle", job_id, member_id)
    for pool in (0, -1):
        own = f"where guild_id = 1 and member_id = {pool}"
        write(f"update accounts set spent_mc = spent_mc + ? {own}", (0,))
    write("update jobs set state = 'delivered', finished_at = 0 where id = ?", (job_id,))
    write("commit")


def _write_entries(
    connection: sqlite3.Connection, source: str, target: str, kind: str, job_id: str, member: int
) -> None:
    sides = ((source, -PRICE_MC), (target, PRICE_MC))
    rows = [(1, member, side, cost, kind, member, job_id, 0) for side, cost in sides]
    connection.executemany(ENTRY, rows)
