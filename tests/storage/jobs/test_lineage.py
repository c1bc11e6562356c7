"""The tree of results: each in its place, bounded in depth and breadth, closed where it must be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from storage.jobs import lineage
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.database import Database
    from storage.jobs.jobs import Job, JobStore
    from storage.jobs.lineage import Lineage
    from tests.storage.conftest import Clock

OTHER = 3


@pytest.fixture
async def add(
    database: Database, store: JobStore, clock: Clock, make_job: Callable[..., Job]
) -> Callable[..., Any]:
    """Adds a result that follows from another one, later than those before it."""

    async def added(job_id: str, parent_id: str | None = None, **values: Any) -> Job:
        clock.advance(minutes=1)
        delivered = {"state": JobState.DELIVERED, "accepted_at": clock()}
        job = make_job(job_id, parent_id=parent_id, **{**delivered, **values})
        assert await database.write(store.add, job)
        return job

    return added


def is_open(job: Job) -> bool:
    return job.member_id == 2 or not job.is_private


async def tree_of(database: Database, job: Job) -> Lineage:
    return await database.read(lineage.lineage_of, job, is_open)


def drawn(found: Lineage) -> list[str]:
    """The tree as lines: a dash for each step down, and how many more there are."""
    return [
        "-" * one.depth + one.job.id + (f" +{one.more}" if one.more else "")
        for one in found.relatives
    ]


async def test_a_tree_has_what_it_comes_from_and_what_was_made_of_it(database: Database, add: Any):
    await add("root")
    job = await add("job", "root", kind="upscale")
    await add("sibling", "root")
    await add("first", "job", kind="video")
    await add("second", "job")
    await add("below", "first", kind="video")
    await add("failed", "job", state=JobState.FAILED)
    await add("elsewhere", "job", guild_id=9)
    found = await tree_of(database, job)
    assert drawn(found) == ["root", "-job", "--first", "---below", "--second"]
    assert not found.has_earlier


async def test_only_what_has_relatives_has_a_tree(database: Database, add: Any):
    alone, parent = await add("alone"), await add("parent")
    child = await add("child", "parent")
    await add("failed", "alone", state=JobState.FAILED)
    known = [await database.read(lineage.has_relatives, job) for job in (alone, parent, child)]
    assert known == [False, True, True]
    assert drawn(await tree_of(database, alone)) == ["alone"]


async def test_it_is_bounded_in_depth_and_breadth(
    database: Database, add: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lineage, "MOST_COUNTED", 7)
    parent = ""
    for number in range(12):
        parent = (await add(f"line{number:02d}", parent or None)).id
    middle = await database.read(_by_id, "line06")
    found = await tree_of(database, middle)
    assert [one.job.id for one in found.relatives] == [
        f"line{number:02d}" for number in range(2, 10)
    ]
    assert found.has_earlier
    assert found.relatives[-1].more == 1
    for number in range(9):
        await add(f"wide{number}", "line06")
    found = await tree_of(database, middle)
    # The one that was made first has made more itself.
    assert drawn(found)[4:] == [
        *("----line06 +3", "-----line07", "------line08", "-------line09 +1"),
        *("-----wide0", "-----wide1", "-----wide2"),
    ]


async def test_a_wide_family_leaves_room_for_no_more(database: Database, add: Any):
    root = await add("root")
    for number in range(4):
        await add(f"child{number}", "root")
        for below in range(3):
            await add(f"below{number}{below}", f"child{number}")
    found = await tree_of(database, root)
    assert len(found.relatives) == 1 + lineage.MAX_DESCENDANTS
    listed = {one.job.id: one.more for one in found.relatives}
    assert listed["child0"] == 0
    assert (listed["child1"], listed["child2"], listed["child3"]) == (2, 3, 3)


async def test_what_is_closed_ends_its_branch(database: Database, add: Any):
    hidden: dict[str, Any] = {"member_id": OTHER, "is_private": True}
    await add("before")
    await add("secret", "before", **hidden)
    job = await add("job", "secret")
    await add("shared", "job", member_id=OTHER)
    await add("private", "job", **hidden)
    await add("within", "private", member_id=OTHER)
    found = await tree_of(database, job)
    assert drawn(found) == ["secret", "-job", "--shared", "--private"]
    assert not found.has_earlier


async def test_a_circle_ends(database: Database, store: JobStore, add: Any, clock: Clock):
    """Nothing makes one; a row that was changed by hand must not keep a thread busy."""
    one = await add("one", "two")
    await add("two", "one", accepted_at=clock() + timedelta(days=1))
    assert len((await tree_of(database, one)).relatives) <= lineage.MAX_ANCESTORS + 4


def _by_id(connection: Any, job_id: str) -> Job:
    from storage.jobs.history import jobs_of_guild

    (job,) = jobs_of_guild(connection, 1, [job_id])
    return job
