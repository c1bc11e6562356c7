"""`python -m tests.chaos`: the kill -9 campaign, on SQLite and on PostgreSQL with two workers."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.campaign import Campaign, Size
from tests.postgres import POSTGRES, fresh_postgres

WORKERS = 2


def main() -> None:
    """Run what is asked for and print a table; the status is 1 when anything was wrong."""
    arguments = _arguments()
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    faults = 0
    for database in arguments.databases or ["sqlite", "postgres"]:
        if database == "postgres" and not POSTGRES:
            _say("SKIPPED: ATELIER_TEST_POSTGRES names no PostgreSQL server.")
            continue
        _say(f"{database}: {arguments.kills} kills under {arguments.jobs} orders, seed {seed}")
        is_postgres = database == "postgres"
        faults += asyncio.run(_run(arguments.kills, arguments.jobs, seed, is_postgres))
    sys.exit(1 if faults else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("databases", nargs="*", choices=["sqlite", "postgres", []])
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--seed", type=int, help="repeats a plan; drawn and printed by default")
    return parser.parse_args()


async def _run(kills: int, jobs: int, seed: int, is_postgres: bool) -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="atelier-chaos-")))
        url = await stack.enter_async_context(fresh_postgres()) if is_postgres else ""
        size = Size(
            kills=kills, jobs=jobs, seed=seed, database_url=url, workers=WORKERS if url else 0
        )
        campaign = await stack.enter_async_context(Campaign(folder, size))
        found = await campaign.run()
    _say(found.table())
    return len(found.faults)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
