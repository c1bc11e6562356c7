"""`python -m tests.chaos`: the kill -9 campaigns, on SQLite and on PostgreSQL with workers."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.campaign import Campaign, Size
from tests.chaos.films import FilmCampaign
from tests.postgres import POSTGRES, fresh_postgres

FILMS = "films"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of campaign: its usual size, and the workers that it has on PostgreSQL."""

    campaign: type[Campaign]
    kills: int
    jobs: int
    workers: int


PICTURES_KIND = Kind(Campaign, kills=60, jobs=300, workers=2)
FILMS_KIND = Kind(FilmCampaign, kills=30, jobs=50, workers=1)


def main() -> None:
    """Run what is asked for and print a table; the status is 1 when anything was wrong."""
    arguments = _arguments()
    kind = FILMS_KIND if FILMS in arguments.what else PICTURES_KIND
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    kills, jobs = arguments.kills or kind.kills, arguments.jobs or kind.jobs
    faults = 0
    for database in [one for one in arguments.what if one != FILMS] or ["sqlite", "postgres"]:
        if database == "postgres" and not POSTGRES:
            _say("SKIPPED: ATELIER_TEST_POSTGRES names no PostgreSQL server.")
            continue
        what = "films" if kind is FILMS_KIND else "orders"
        _say(f"{database}: {kills} kills under {jobs} {what}, seed {seed}")
        size = Size(kills=kills, jobs=jobs, seed=seed)
        faults += asyncio.run(_run(kind, size, is_postgres=database == "postgres"))
    sys.exit(1 if faults else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=["sqlite", "postgres", FILMS, []],
        help="the databases, both by default; and films instead of pictures",
    )
    parser.add_argument("--kills", type=int, help="60 by default, 30 of films")
    parser.add_argument("--jobs", type=int, help="300 by default, 50 of films")
    parser.add_argument("--seed", type=int, help="repeats a plan; drawn and printed by default")
    return parser.parse_args()


async def _run(kind: Kind, size: Size, *, is_postgres: bool) -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="atelier-chaos-")))
        if is_postgres:
            url = await stack.enter_async_context(fresh_postgres())
            size = replace(size, database_url=url, workers=kind.workers)
        campaign = await stack.enter_async_context(kind.campaign(folder, size))
        found = await campaign.run()
    _say(found.table())
    return len(found.faults)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
