"""`python -m tests.chaos`: kill -9 campaigns and random clicks, on SQLite and on PostgreSQL."""

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
from tests.chaos.clicks.campaign import ClickCampaign, ClickSize
from tests.chaos.stability import StabilityCampaign
from tests.chaos.strangers import TRIALS, run
from tests.chaos.studio import StudioCampaign
from tests.chaos.versions.old_version import COMMIT, OldVersionUnavailable
from tests.chaos.versions.upgrade import ENDINGS, Upgrade
from tests.chaos.videos import VideoCampaign
from tests.postgres import POSTGRES, fresh_postgres

POSTGRES_NAMES = ("postgres", "postgresql")
VIDEOS, STABILITY, STRANGERS, UPGRADE = "films", "stability", "strangers", "upgrade"
CLICKS, STUDIO = "clicks", "studio"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of campaign: its usual size, and the workers that it has on PostgreSQL."""

    campaign: type[Campaign]
    kills: int
    jobs: int
    workers: int


PICTURES_KIND = Kind(Campaign, kills=60, jobs=300, workers=2)
VIDEOS_KIND = Kind(VideoCampaign, kills=30, jobs=50, workers=1)
STABILITY_KIND = Kind(StabilityCampaign, kills=20, jobs=40, workers=1)
STUDIO_KIND = Kind(StudioCampaign, kills=60, jobs=200, workers=1)
KINDS = {VIDEOS: VIDEOS_KIND, STABILITY: STABILITY_KIND, STUDIO: STUDIO_KIND}


def main() -> None:
    """Run what is asked for and print a table; the status is 1 when anything was wrong."""
    arguments = _arguments()
    if STRANGERS in arguments.what:
        sys.exit(1 if asyncio.run(_run_strangers()) else 0)
    if UPGRADE in arguments.what:
        databases = [name for name in arguments.what if name != UPGRADE]
        sys.exit(1 if asyncio.run(_run_upgrades(databases, arguments.commit)) else 0)
    seed = secrets.randbelow(1 << 32) if arguments.seed is None else arguments.seed
    if CLICKS in arguments.what:
        databases = [name for name in arguments.what if name != CLICKS]
        size = ClickSize(members=arguments.members, clicks=arguments.clicks, seed=seed)
        sys.exit(1 if asyncio.run(_run_clicks(databases or ["sqlite"], size)) else 0)
    kind = next((KINDS[what] for what in arguments.what if what in KINDS), PICTURES_KIND)
    kills, jobs = arguments.kills or kind.kills, arguments.jobs or kind.jobs
    faults = 0
    for database in _databases([name for name in arguments.what if name not in KINDS]):
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


async def _run_clicks(databases: list[str], size: ClickSize) -> int:
    """Random clicks on each database, SQLite by default; how many faults there were."""
    faults = 0
    for database in _databases(databases):
        members, clicks = size.members, size.clicks
        _say(f"{database}: {clicks} clicks of {members} members, seed {size.seed}")
        async with AsyncExitStack() as stack:
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="atelier-clicks-")))
            if database == "postgres":
                url = await stack.enter_async_context(fresh_postgres())
                size = replace(size, database_url=url)
            found = await (await stack.enter_async_context(ClickCampaign(folder, size))).run()
            _say(found.table())
        faults += len(found.faults)
    return faults


async def _run_upgrades(databases: list[str], commit: str) -> int:
    """Each way in which the old version ends, on each database; how many faults there were."""
    faults = 0
    for database in _databases(databases):
        for ending in ENDINGS:
            _say(f"{database}: {commit[:7]}, then {ending}, then this version")
            try:
                faults += await _run_upgrade(ending, commit, is_postgres=database == "postgres")
            except OldVersionUnavailable as missing:
                _say(f"SKIPPED: {missing}")
                return faults
    return faults


async def _run_upgrade(ending: str, commit: str, *, is_postgres: bool) -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="atelier-upgrade-")))
        url = await stack.enter_async_context(fresh_postgres()) if is_postgres else ""
        upgrade = Upgrade(folder, ending=ending, commit=commit, database_url=url)
        found = await (await stack.enter_async_context(upgrade)).run()
    _say(found.table())
    return len(found.faults)


def _databases(asked: list[str]) -> list[str]:
    """The databases that are asked for, both by default, without what is not there."""
    databases = ["postgres" if name in POSTGRES_NAMES else name for name in asked]
    databases = databases or ["sqlite", "postgres"]
    if "postgres" in databases and not POSTGRES:
        _say("SKIPPED: ATELIER_TEST_POSTGRES names no PostgreSQL server.")
        databases = [name for name in databases if name != "postgres"]
    return databases


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument(
        "what",
        nargs="*",
        choices=[
            "sqlite",
            *POSTGRES_NAMES,
            VIDEOS,
            STABILITY,
            STRANGERS,
            UPGRADE,
            CLICKS,
            STUDIO,
            [],
        ],
        help="the databases, both by default; films instead of pictures, pictures over"
        " Stability's REST API, or all that is done with a picture (studio); strangers alone, who"
        " attack an inference server whose token they do not know; an upgrade from an older"
        " version; or random clicks of many members",
    )
    parser.add_argument("--kills", type=int, help="60 by default, 30 of films, 20 of stability")
    parser.add_argument(
        "--jobs", type=int, help="300 by default, 200 of the studio, 50 of films, 40 of stability"
    )
    parser.add_argument("--members", type=int, default=200, help="who click")
    parser.add_argument("--clicks", type=int, default=1000, help="of all members together")
    parser.add_argument("--seed", type=int, help="repeats a plan; drawn and printed by default")
    parser.add_argument("--commit", default=COMMIT, help="the older version, for an upgrade")
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
