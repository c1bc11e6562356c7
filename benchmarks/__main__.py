"""`python -m benchmarks [names]`: measure, print a table, write JSON where asked to."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import (
    acknowledgement,
    fairness,
    fingerprints,
    growth,
    history,
    job,
    ledger,
    marking,
    overhead,
    parsing,
    pictures,
    polling,
    queue,
    rest,
    starting,
    video,
)
from benchmarks.harness.plan import Plan
from benchmarks.harness.process import BenchmarkError
from benchmarks.harness.report import as_json, table
from benchmarks.inference import (
    adapters,
    filters,
    painting,
    ray,
    sampling,
    switches,
    upscales,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.harness.report import Figure

ALL = {
    "acknowledgement": acknowledgement.measure,
    "job": job.measure,
    "pictures": pictures.measure,
    "overhead": overhead.measure,
    "starting": starting.measure,
    "ledger": ledger.measure,
    "growth": growth.measure,
    "history": history.measure,
    "fingerprints": fingerprints.measure,
    "parsing": parsing.measure,
    "painting": painting.measure,
    "film": video.measure,
    "marking": marking.measure,
    "fairness": fairness.measure,
    "queue": queue.measure,
    "polling": polling.measure,
    "rest": rest.measure,
    "ray": ray.measure,
    "sampling": sampling.measure,
    "switches": switches.measure,
    "upscales": upscales.measure,
    "adapters": adapters.measure,
    "filters": filters.measure,
}


def main() -> None:
    """Measure what is named, by default everything."""
    arguments = _arguments()
    plan = Plan(arguments.runs, arguments.seconds, arguments.jobs)
    try:
        figures = asyncio.run(_measure(arguments.names or [*ALL], plan))
    except BenchmarkError as error:
        sys.exit(f"The benchmark stopped: {error}")
    print(table(figures))
    if arguments.json:
        arguments.json.write_text(as_json(figures) + "\n")


def _arguments() -> argparse.Namespace:
    defaults = Plan()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*ALL, []], help=", ".join(ALL))
    parser.add_argument("--runs", type=int, default=defaults.runs, help="of everything, in turn")
    parser.add_argument("--seconds", type=float, default=defaults.seconds, help="of load a run")
    parser.add_argument("--jobs", type=int, default=defaults.jobs, help="pictures in all")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    return parser.parse_args()


async def _measure(names: Sequence[str], plan: Plan) -> list[Figure]:
    figures: list[Figure] = []
    for name in names:
        print(f"Measuring {name} ...", file=sys.stderr, flush=True)
        figures += await ALL[name](plan)
    return figures


if __name__ == "__main__":
    main()
