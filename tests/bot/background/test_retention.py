"""Old pictures are erased, young ones never, and what a crash left is tidied up."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot.background.retention import Sweeper
from jobs.errors import TooLate
from jobs.orders.image import ImageOrder
from jobs.rules.disk import Space
from storage.jobs import favourites
from storage.jobs.jobs import JobState
from storage.jobs.retention import FORGOTTEN
from storage.ledger import history
from tests.jobs.harness import Workshop, an_order
from tests.storage.jobs.s3 import PLACE, serving_s3

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from storage.ledger.history import Movement

DAY = 86_400


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[Workshop]:
    async with Workshop(tmp_path) as opened:
        yield opened


def sweeper(workshop: Workshop, keep_days: int = 30, cap_bytes: int | None = None) -> Sweeper:
    return Sweeper(
        database=workshop.database,
        artifacts=workshop.artifacts,
        space=Space([workshop.folder], cap_bytes, floor_bytes=1),
        keep_days=keep_days,
        making=workshop.folder / "making",
        now=workshop.clock,
    )


async def kept(workshop: Workshop) -> list[str]:
    """The jobs whose pictures are kept, by their rows; their bytes are there too."""
    folder = workshop.folder / "artifacts"
    by_bytes = {file.parent.name for file in folder.rglob("*") if file.is_file()}
    by_rows = {one for one in ("job1", "job2", "job3") if await workshop.artifacts.of_job(one)}
    assert by_bytes == by_rows
    return sorted(by_rows)


async def draw(workshop: Workshop, job_id: str) -> int:
    """Draw a picture, and say how many bytes it has."""
    await workshop.run(await workshop.accept(job_id=job_id))
    (artifact,) = await workshop.artifacts.of_job(job_id)
    return artifact.size_bytes


async def test_pictures_are_erased_after_their_days(workshop: Workshop):
    await draw(workshop, "job1")
    workshop.clock.advance(days=20)
    await draw(workshop, "job2")
    workshop.clock.advance(days=11)
    await sweeper(workshop).sweep()
    assert await kept(workshop) == ["job2"]
    assert (await workshop.job("job1")).state is JobState.DELIVERED


async def test_words_are_forgotten_with_the_pictures(workshop: Workshop):
    await draw(workshop, "job1")
    workshop.clock.advance(days=20)
    await draw(workshop, "job2")
    await workshop.accept(job_id="job3")
    workshop.clock.advance(days=11)
    before = await workshop.balance()
    await sweeper(workshop).sweep()
    with pytest.raises(TooLate):
        ImageOrder.from_json((await workshop.job("job1")).spec)
    for job_id in ("job2", "job3"):
        assert ImageOrder.from_json((await workshop.job(job_id)).spec) == an_order()
    titles = {one.job_id: one.title for one in await movements(workshop)}
    assert titles["job1"] == FORGOTTEN
    assert titles["job2"] == titles["job3"] == "a fox"
    assert await workshop.balance() == before


async def movements(workshop: Workshop) -> list[Movement]:
    return await workshop.database.read(history.movements, workshop.account, 10)


async def test_zero_days_are_for_ever(workshop: Workshop):
    await draw(workshop, "job1")
    workshop.clock.advance(days=4000)
    await sweeper(workshop, keep_days=0).sweep()
    assert await kept(workshop) == ["job1"]
    assert (await workshop.job("job1")).spec


async def test_a_job_that_still_runs_keeps_its_uploads(workshop: Workshop):
    await workshop.accept(an_order(uses_init=True))
    artifact = await workshop.artifacts.put(
        "job1", "init", 0, b"a picture", mime="image/png", size=(64, 64)
    )

    await workshop.database.write(workshop.artifacts.record, artifact)
    workshop.clock.advance(days=4000)
    await sweeper(workshop, cap_bytes=1).sweep()
    assert await workshop.artifacts.of_job("job1", "init") == [artifact]
    assert await workshop.artifacts.read(artifact) == b"a picture"


async def test_over_the_cap_the_oldest_go_first(workshop: Workshop):
    size_bytes = await draw(workshop, "job1")
    workshop.clock.advance(days=1)
    await draw(workshop, "job2")
    workshop.clock.advance(days=1)
    await draw(workshop, "job3")
    workshop.clock.advance(hours=1)
    await sweeper(workshop, cap_bytes=2 * size_bytes + 1).sweep()
    assert await kept(workshop) == ["job2", "job3"]


async def test_pictures_of_the_last_day_stay_also_over_the_cap(workshop: Workshop):
    await draw(workshop, "job1")
    workshop.clock.advance(hours=23)
    sweeping = sweeper(workshop, cap_bytes=1)
    await sweeping.sweep()
    assert await kept(workshop) == ["job1"]
    workshop.clock.advance(hours=2)
    await sweeping.sweep()
    assert await kept(workshop) == []


async def test_bytes_without_a_row_are_erased_once_they_are_old(workshop: Workshop):
    await draw(workshop, "job1")
    lost = await workshop.artifacts.put("lost", "init", 0, b"bytes", mime="image/png", size=(8, 8))
    fresh = replace(lost, object_key=lost.object_key.replace("lost", "fresh"))
    for name, age_s in (("job1", 3 * DAY), ("lost", 3 * DAY)):
        for file in (workshop.folder / "artifacts" / name).iterdir():
            then = workshop.clock().timestamp() - age_s
            os.utime(file, (then, then))
    await workshop.artifacts.put("fresh", "init", 0, b"bytes", mime="image/png", size=(8, 8))
    for file in (workshop.folder / "artifacts" / "fresh").iterdir():
        just_now = workshop.clock().timestamp()
        os.utime(file, (just_now, just_now))
    await sweeper(workshop).sweep()
    assert await workshop.artifacts.of_job("job1")
    assert await workshop.artifacts.read(fresh) == b"bytes"
    with pytest.raises(FileNotFoundError):
        await workshop.artifacts.read(lost)


async def test_it_is_the_same_in_an_s3(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with serving_s3(monkeypatch) as s3, Workshop(tmp_path, PLACE) as workshop:
        size_bytes = await draw(workshop, "job1")
        await workshop.artifacts.put("lost", "init", 0, b"bytes", mime="image/png", size=(8, 8))
        for job_id in ("job2", "job3"):
            workshop.clock.advance(days=20)
            s3.now = workshop.clock()
            await draw(workshop, job_id)
        await workshop.artifacts.put("fresh", "init", 0, b"bytes", mime="image/png", size=(8, 8))
        await sweeper(workshop).sweep()
        assert s3.folders == {"job2", "job3", "fresh"}
        workshop.clock.advance(hours=30)
        await sweeper(workshop, cap_bytes=size_bytes + 1).sweep()
        assert s3.folders == {"job3"}
        (artifact,) = await workshop.artifacts.of_job("job3")
        assert len(await workshop.artifacts.read(artifact)) == size_bytes


async def test_what_a_crash_left_of_videos_is_erased_once_it_is_old(workshop: Workshop):
    making = workshop.folder / "making"
    (making / "old").mkdir(parents=True)
    for name in ("old/whole.mp4", "old.mp4", "fresh.mp4"):
        (making / name).write_bytes(b"a film")
    for name, age_s in (("old", 2 * DAY), ("old.mp4", 2 * DAY), ("fresh.mp4", DAY // 2)):
        then = workshop.clock().timestamp() - age_s
        os.utime(making / name, (then, then))
    await sweeper(workshop).sweep()
    assert [one.name for one in making.iterdir()] == ["fresh.mp4"]


async def mark(workshop: Workshop, job_id: str, *, is_favourite: bool = True) -> None:
    change = favourites.mark
    assert await workshop.database.write(change, job_id, 0, is_favourite=is_favourite)


async def test_favourites_stay_with_their_words_until_the_mark_is_taken(workshop: Workshop):
    await draw(workshop, "job1")
    await draw(workshop, "job2")
    await mark(workshop, "job1")
    workshop.clock.advance(days=40)
    await sweeper(workshop).sweep()
    assert await kept(workshop) == ["job1"]
    assert (await workshop.job("job1")).spec
    await mark(workshop, "job1", is_favourite=False)
    await sweeper(workshop).sweep()
    assert await kept(workshop) == []
    assert (await workshop.job("job1")).spec == {}


async def test_over_the_cap_favourites_go_last(workshop: Workshop):
    size_bytes = await draw(workshop, "job1")
    await mark(workshop, "job1")
    workshop.clock.advance(days=1)
    await draw(workshop, "job2")
    workshop.clock.advance(days=2)
    await sweeper(workshop, cap_bytes=size_bytes + 1).sweep()
    assert await kept(workshop) == ["job1"]
    # A full disk would stop everybody else.
    await sweeper(workshop, cap_bytes=1).sweep()
    assert await kept(workshop) == []
