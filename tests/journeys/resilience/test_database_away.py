"""A database that does not answer for a while: members are told, jobs wait and go on."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.journeys.studio import WITHIN_S, Studio, shown, text_of
from tests.storage.test_patience import locked_by_another

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.timeout(120)

LOCKED_S = 3
EPHEMERAL = 64


async def public(studio: Studio) -> list[str]:
    """The messages that everybody sees."""
    messages = await studio.driver.messages()
    return [message["id"] for message in messages if not message.get("flags", 0) & EPHEMERAL]


async def accepted(file: Path, jobs: int) -> None:
    """Until so many jobs are accepted: a card is shown a moment before its job is."""
    with closing(sqlite3.connect(file)) as reading:
        async with asyncio.timeout(WITHIN_S):
            while True:
                if reading.execute("select count(*) from jobs").fetchone() == (jobs,):
                    return
                await asyncio.sleep(0.01)


async def test_a_file_that_another_program_has_locked(tmp_path: Path):
    async with Studio(tmp_path) as studio:
        file = tmp_path / "state" / "atelier.sqlite"
        await studio.result(await studio.imagine("a first fox"))
        balance = (await studio.settled()).splitlines()[0]
        before = await public(studio)
        with locked_by_another(file):
            refused = await studio.imagine("a fox that is not ordered")
            assert refused.ephemeral, refused
            assert "does not answer right now" in text_of(shown(refused))
            assert await public(studio) == before
        assert (await studio.settled()).splitlines()[0] == balance
        ordered = await studio.imagine("a fox that waits")
        await accepted(file, 2)
        with locked_by_another(file):
            await asyncio.sleep(LOCKED_S)
        await studio.result(ordered)
        await studio.settled()
        assert not [line for line in studio.said if "Traceback" in line], studio.said
