"""Other users of the machine see nothing of what the bot keeps, whatever the usual umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.generation.image.scripted import png
from tests.journeys.studio import Studio, buttons, confirmed, shown

ANIMATED_WITHIN_S = 60


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def readable(top: Path) -> dict[str, str]:
    """What others have any right to."""
    found = {str(one): one.lstat().st_mode for one in (top, *top.rglob("*"))}
    return {path: stat.filemode(mode) for path, mode in found.items() if mode & 0o077}


async def fill(studio: Studio) -> None:
    """A picture, a film and a copy of the database."""
    await studio.result(await studio.imagine("a fox", size="64x64"))
    file = await studio.driver.upload("boat.png", png(0, (512, 288)))
    asked = await studio.driver.invoke("animate", {"image": file["id"]})
    ordered = await confirmed(studio.driver, asked)
    await studio.message(shown(ordered)["id"], has_video, ANIMATED_WITHIN_S)


def has_video(card: dict[str, Any]) -> bool:
    return any(label.startswith("Extend") for label in buttons(card))


@pytest.mark.timeout(120)
async def test_all_that_the_bot_makes_is_its_owners_alone(tmp_path: Path):
    """With the embedded engine, so that its films are there as well."""
    state, copy = tmp_path / "state", tmp_path / "copy.sqlite"
    async with Studio(tmp_path, STABILITY_HOST="") as studio:
        await fill(studio)
        status, said = await studio.operator("backup", str(copy))
        assert status == 0, said
        assert readable(state) == {}
        assert readable(copy) == {}
        names = {path.name for path in state.rglob("*")}
        assert {"atelier.sqlite", "atelier.sqlite-wal", "artifacts", "films", "making"} <= names
        assert {"film.mp4", "embedded.token", "bot.lock", "server.lock"} <= names
        # As an earlier version would have left it.
        await studio.stop()
        for path in (state, *state.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        await studio.start()
        assert readable(state) == {}
        assert not [line for line in studio.said if "other users" in line.lower()]
