"""Results are looked at once, whatever they are, and found by their copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest_asyncio

from jobs.results.fingerprints import Fingerprints
from media.errors import BadPicture, Reason
from media.origins.fingerprint import NONE, fingerprint
from media.pool import MediaPool
from storage.jobs import fingerprints
from tests.jobs.harness import Workshop
from tests.media.origins.files import png

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from storage.jobs.artifacts import Artifact

PICTURE = png({})
SIZE = (64, 48)


@pytest_asyncio.fixture
async def workshop(tmp_path: Path) -> AsyncGenerator[Workshop]:
    async with Workshop(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture
async def pool() -> AsyncGenerator[MediaPool]:
    async with MediaPool() as opened:
        yield opened


async def keep(workshop: Workshop, position: int, data: bytes, mime: str = "image/png") -> Artifact:
    kept = await workshop.artifacts.put("job1", "result", position, data, mime=mime, size=SIZE)
    await workshop.database.write(workshop.artifacts.record, kept)
    return kept


async def delivered(workshop: Workshop) -> None:
    """A job whose own picture was looked at."""
    job = await workshop.run(await workshop.accept())
    for own in await workshop.artifacts.of_job(job.id):
        await workshop.database.write(fingerprints.note_seen, own, NONE)


async def unseen(workshop: Workshop) -> list[int]:
    found = await workshop.database.read(fingerprints.find_unseen, 99)
    return [artifact.position for artifact in found]


async def test_a_copy_is_found(workshop: Workshop, pool: MediaPool):
    await delivered(workshop)
    await keep(workshop, 1, PICTURE)
    prints = Fingerprints(workshop.database, workshop.artifacts, pool)
    seen = fingerprint(PICTURE)
    (alike,) = await prints.find_alike(workshop.guild_id, seen ^ 1, SIZE)
    assert (alike.job.id, alike.position, alike.distance) == ("job1", 1, 1)
    assert await prints.find_alike(workshop.guild_id, NONE, SIZE) == []
    assert await unseen(workshop) == []


async def test_what_cannot_be_looked_at_is_not_tried_again(workshop: Workshop, pool: MediaPool):
    await delivered(workshop)
    await keep(workshop, 1, b"no picture")
    await keep(workshop, 2, b"a film", "video/mp4")
    gone = await keep(workshop, 3, PICTURE)
    (workshop.folder / "artifacts" / gone.object_key).unlink()
    await keep(workshop, 4, PICTURE)
    await workshop.artifacts.withhold("job1", 4)
    prints = Fingerprints(workshop.database, workshop.artifacts, pool)
    assert await prints.look(99) == 4
    assert await unseen(workshop) == []
    assert await prints.look(99) == 0


class BusyPool(MediaPool):
    """No worker of it is ever free."""

    async def run(self, *_: Any, **__: Any) -> Any:
        raise BadPicture(Reason.BUSY)


async def test_where_no_worker_is_free_it_is_looked_at_later(workshop: Workshop):
    await delivered(workshop)
    kept = await keep(workshop, 1, PICTURE)
    prints = Fingerprints(workshop.database, workshop.artifacts, BusyPool())
    assert await prints.look(99) == 0
    assert await unseen(workshop) == [kept.position]
