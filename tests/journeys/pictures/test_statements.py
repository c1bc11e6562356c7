"""What one picture costs the database, counted at the driver: the bot's own and the runner's."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from tests.journeys.counted import WRITES
from tests.journeys.studio import Studio

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(120)

MOST_STATEMENTS = 35
MOST_WRITING_TRANSACTIONS = 8
AT_REST_S = 3
WATCH = "SELECT jobs.id FROM jobs WHERE jobs.id IN"
"""Of jobs that run, for cancellations by other processes: asked by the clock, as polls are."""


class Counted:
    """The transactions that the bot has written down since it was asked last."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def news(self) -> list[tuple[str, ...]]:
        lines = self._file.read_text().splitlines()
        found = [tuple(json.loads(line)) for line in lines[self._read :]]
        self._read = len(lines)
        return [
            tuple(statement for statement in transaction if not statement.startswith("BEGIN"))
            for transaction in found
        ]


async def test_what_one_picture_costs_the_database(tmp_path: Path):
    file = tmp_path / "statements"
    studio = Studio(tmp_path, STATEMENTS=str(file))
    studio.module = "tests.journeys.counted"
    async with studio:
        await studio.result(await studio.imagine("a first one opens the account"))
        await studio.settled()
        counted = Counted(file)
        counted.news()
        await asyncio.sleep(AT_REST_S)
        polls = set(counted.news())
        await studio.result(await studio.imagine("a red lighthouse"))
        # The job is closed a moment after its result is shown.
        await asyncio.sleep(1)
        costs = [
            transaction
            for transaction in counted.news()
            if transaction not in polls and not transaction[0].startswith(WATCH)
        ]
    writing = [
        transaction
        for transaction in costs
        if any(statement.startswith(WRITES) for statement in transaction)
    ]
    shown = "\n".join(statement[:100] for transaction in costs for statement in transaction)
    assert len(writing) <= MOST_WRITING_TRANSACTIONS, shown
    assert sum(map(len, costs)) <= MOST_STATEMENTS, shown
    # Else something was not counted.
    assert "INSERT INTO closes" in shown
    assert "workflow_status" in shown
