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
from tests.chaos.strangers import TRIALS, run
from tests.chaos.videos import VideoCampaign
from tests.postgres import POSTGRES, fresh_postgres

VIDEOS, STRANGERS = "films", "strangers"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of campaign: its usual size, and the workers that it has on PostgreSQL."""

    campaign: type[Campaign]
    kills: int
    jobs: int
    workers: int


PICTURES_KIND = Kind(Campaign, kills=60, jobs=300, workers=2)
VIDEOS_KIND = Kind(VideoCampaign, kills=30, jobs=50, workers=1)


def main() -> None:
    """Run what is asked for and print a table; the status is 1 when anything was wrong."""
    arguments = _arguments()
    if STRANGERS in arguments.what:
        sys.exit(1 if asyncio.run(_run_strangers()) else 0)
    kind = VIDEOS_KIND if VIDEOS in arguments.what else PICTURES_KIND
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    kills, jobs = arguments.kills or kind.kills, arguments.jobs or kind.jobs
    faults = 0
    for database in [one for one in arguments.what if one != VIDEOS] or ["sqlite", "postgres"]:
        if database == "postgres" and not POSTGRES:
            _say("SKIPPED: ATELIER_TEST_POSTGRES names no PostgreSQL server.")
            continue
        what = "films" if kind is VIDEOS_KIND else "orders"
        _say(f"{database}: {kills} kills under {jobs} {what}, seed {seed}")
        size = Size(kills=kills, jobs=jobs, seed=seed)
        faults += asyncio.run(_run(kind, size, is_postgres=database == "postgres"))
    sys.exit(1 if faults else 0)


async def _run_strangers() -> int:
    """Each attack on a server of its own; how many faults there were."""
    faults: list[str] = []
    for trial in TRIALS:
        outcome = await run(trial)
        _say(str(outcome))
        for fault in outcome.faults(trial):
            faults.append(fault)
            _say(f"FAULT: {fault}")
    return len(faults)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=["sqlite", "postgres", VIDEOS, STRANGERS, []],
        help="the databases, both by default; films instead of pictures; or strangers alone, who"
        " attack an inference server whose token they do not know",
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
