"""Looking for a picture among 100,000 results by how it looks, and taking the look itself.

PostgreSQL is measured where ATELIER_TEST_POSTGRES names a server on which databases may be made.
"""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image
from sqlalchemy import insert, text

from benchmarks.harness.process import BenchmarkError
from benchmarks.harness.report import Aim, Figure
from benchmarks.history import fresh_postgres
from benchmarks.ledger import fresh_database
from media.origins.fingerprint import BITS, fingerprint
from storage.jobs.fingerprints import find_alike, split_fingerprint
from storage.tables import artifacts, jobs

if TYPE_CHECKING:
    from benchmarks.harness.plan import Plan
    from storage.database import Database, Transaction

RESULTS = 100_000
BATCH = 5_000
ASKED = 20
GUILDS = 3
SIZE = (512, 512)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
CHANGED = 1 << 5 | 1 << 20 | 1 << 40
"""Bits by which a copy looks different."""

dice = random.Random(7)
SEEN = [dice.getrandbits(BITS) for _ in range(RESULTS)]


async def measure(plan: Plan) -> list[Figure]:
    """The slowest of several looks, and one picture's fingerprint, in milliseconds."""
    figures = [Figure("fingerprint of 1024²", "ms", [_taken() for _ in range(plan.runs)])]
    async with fresh_database() as (database, _):
        figures.append(await _measured(database, "SQLite", plan))
    if address := os.environ.get("ATELIER_TEST_POSTGRES"):
        async with fresh_postgres(address) as database:
            figures.append(await _measured(database, "PostgreSQL", plan))
    return figures


def _taken() -> float:
    noise = Image.effect_noise((64, 64), 90).resize((1024, 1024)).convert("RGB")
    file = BytesIO()
    noise.save(file, "PNG")
    began = time.process_time()
    fingerprint(file.getvalue())
    return (time.process_time() - began) * 1000


async def _measured(database: Database, name: str, plan: Plan) -> Figure:
    for start in range(0, RESULTS, BATCH):
        await database.write(_fill, start)
    await database.write(lambda connection: connection.execute(text("analyze")) and None)
    runs = [await _slowest(database) for _ in range(plan.runs)]
    return Figure(f"look among {RESULTS:,} results, {name}", "ms", runs, aim=Aim(50))


async def _slowest(database: Database) -> float:
    times: list[float] = []
    for _ in range(ASKED):
        number = dice.randrange(RESULTS)
        began = time.perf_counter()
        found = await database.read(find_alike, number % GUILDS, SEEN[number] ^ CHANGED, SIZE)
        times.append((time.perf_counter() - began) * 1000)
        if not found or found[0].job.id != f"j{number}":
            raise BenchmarkError(f"result {number} was not found by a copy of it")
    # One of them may have met a pause of the machine.
    return sorted(times)[-2]


def _fill(connection: Transaction, start: int) -> None:
    numbers = range(start, start + BATCH)
    connection.execute(insert(jobs), [_job(number) for number in numbers])
    connection.execute(insert(artifacts), [_artifact(number) for number in numbers])


def _job(number: int) -> dict[str, Any]:
    return {
        "id": f"j{number}",
        "key": f"k{number}",
        "kind": "image",
        "state": "delivered",
        "guild_id": number % GUILDS,
        "channel_id": 10,
        "member_id": 2,
        "spec": {"prompt": "a fox"},
        "price_mc": 300,
        "engine_id": "usual",
        "accepted_at": NOW,
        "finished_at": NOW,
    }


def _artifact(number: int) -> dict[str, Any]:
    return {
        "job_id": f"j{number}",
        "role": "result",
        "position": 0,
        "object_key": f"j{number}/result",
        "mime": "image/png",
        "size_bytes": 1000,
        "width": SIZE[0],
        "height": SIZE[1],
        "seed": 7,
        "is_filtered": False,
        "kept_at": NOW,
        **split_fingerprint(SEEN[number]),
    }
