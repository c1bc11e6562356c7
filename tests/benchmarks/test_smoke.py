"""The benchmarks run, at a size that measures nothing: the shape of what they say is checked."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(240)]

TINY = ("--runs", "1", "--seconds", "0.2", "--jobs", "2")


def _figures(path: Path, *names: str) -> tuple[str, list[dict[str, Any]]]:
    command = [sys.executable, "-m", "benchmarks", *names, *TINY, "--json", str(path)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode(), json.loads(path.read_text())["figures"]


@pytest.mark.parametrize(
    ("names", "expected", "baseline"),
    [
        (["parsing", "painting"], ["prompts of", "painting 512"], ["regular", "numpy"]),
        (
            ["ledger", "growth"],
            ["transactions of", "balance, 100,000", "place in the line"],
            ["bare sqlite3", "1,000 members", "100 waiting"],
        ),
        (["history"], ["history newest, SQLite", "history of a rare word"], []),
        (["film"], ["encoding 25 frames", "camera", "GIF"], ["plain PyAV"]),
        (["marking"], ["a picture of", "a film of", "its GIF"], ["the same without marks"]),
        (["polling"], ["detection delay", "real polls"], ["fixed interval", "computed optimum"]),
        (["pictures"], ["4 pictures of 1024×1024", "the bot's loop while 20 jobs"], []),
        (["rest"], ["REST picture, words", "REST picture, with a mask"], ["plain aiohttp"]),
        (["overhead"], ["job, command to picture, p50", "job, all at once"], ["bare discord.py"]),
        (["acknowledgement"], ["/credits at 100/s", "/imagine at 15/s"], ["bare discord.py bot"]),
    ],
    ids=lambda value: value[0] if value else "none",
)
def test_a_benchmark_says_what_it_measured(
    tmp_path: Path, names: list[str], expected: list[str], baseline: list[str]
) -> None:
    table, figures = _figures(tmp_path / "figures.json", *names)
    for start in expected:
        assert any(figure["name"].startswith(start) for figure in figures)
    for start in baseline:
        found = [f for f in figures if f["baseline"] and f["baseline"].startswith(start)]
        assert found
        assert all(f["ratio"] is not None for f in found if f["baseline_median"])
    for figure in figures:
        assert figure["name"] in table
        assert len(figure["runs"]) >= 1
        assert all(run >= 0 for run in figure["runs"])
