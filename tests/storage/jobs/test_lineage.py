"""The graph of results: each after its parents, bounded all around, closed where it must be."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from media.lineage import lanes
from storage.jobs import lineage, parents
from storage.jobs.jobs import JobState
from storage.jobs.lineage import Lineage

if TYPE_CHECKING:
    from storage.database import Database
    from storage.jobs.jobs import Job
    from tests.storage.conftest import Clock

OTHER = 3


def is_open(job: Job) -> bool:
    return job.member_id == 2 or not job.is_private


async def tree_of(database: Database, job: Job) -> Lineage:
    return await database.read(lineage.lineage_of, job, is_open)


def drawn(found: Lineage) -> list[str]:
    """The graph as lines: a dash for each lane to the left, and how many are left out."""
    places = {one.job.id: at for at, one in enumerate(found.relatives) if one.job}
    parents = [
        [places[one] for one in each.parent_ids if one in places] for each in found.relatives
    ]
    return [
        "-" * lane + (one.job.id if one.job else f"+{one.more}")
        for lane, one in zip(lanes(parents), found.relatives, strict=True)
    ]


def listed(found: Lineage) -> list[str]:
    return [one.job.id for one in found.relatives if one.job]


async def test_a_tree_has_what_it_comes_from_and_what_was_made_of_it(
    database: Database, add_child: Any
):
    await add_child("root")
    job = await add_child("job", "root", kind="upscale")
    await add_child("sibling", "root")
    await add_child("first", "job", kind="video")
    await add_child("second", "job")
    await add_child("below", "first", kind="video")
    await add_child("failed", "job", state=JobState.FAILED)
    await add_child("elsewhere", "job", guild_id=9)
    found = await tree_of(database, job)
    assert drawn(found) == ["root", "-job", "--first", "---below", "--second"]
    assert not found.has_earlier


async def test_what_has_no_relatives_is_alone(database: Database, add_child: Any):
    assert drawn(await tree_of(database, await add_child("alone"))) == ["alone"]


async def test_it_is_bounded_in_depth_and_breadth(
    database: Database, add_child: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parents, "MOST_COUNTED", 7)
    parent = ""
    for number in range(12):
        parent = (await add_child(f"line{number:02d}", *filter(None, [parent]))).id
    middle = await database.read(_by_id, "line06")
    found = await tree_of(database, middle)
    assert listed(found) == [f"line{number:02d}" for number in range(2, 10)]
    assert found.has_earlier
    assert drawn(found)[-1] == "--------+1"
    for number in range(9):
        await add_child(f"wide{number}", "line06")
    found = await tree_of(database, middle)
    # The one that was made first has made more itself.
    assert drawn(found)[4:] == [
        *("----line06", "-----line07", "------line08", "-------line09", "--------+1"),
        *("-----wide0", "-----wide1", "-----wide2", "-----+3"),
    ]


async def test_a_wide_family_leaves_room_for_no_more(database: Database, add_child: Any):
    root = await add_child("root")
    for number in range(4):
        await add_child(f"child{number}", "root")
        for below in range(3):
            await add_child(f"below{number}{below}", f"child{number}")
    found = await tree_of(database, root)
    assert len(listed(found)) == 1 + lineage.MAX_DESCENDANTS
    left_out = {one.parent_ids: one.more for one in found.relatives if one.job is None}
    assert left_out == {("child1",): 2, ("child2",): 3, ("child3",): 3}


async def test_a_blend_comes_after_all_that_it_was_made_of(database: Database, add_child: Any):
    await add_child("ground")
    await add_child("first", "ground")
    await add_child("second")
    await add_child("third", member_id=OTHER)
    blend = await add_child("blend", "first", "second", "third", "first", kind="blend")
    await add_child("again", "blend", kind="blend")
    found = await tree_of(database, blend)
    assert drawn(found) == [
        *("ground", "-first", "--second", "---third", "----blend", "-----again"),
    ]
    assert found.relatives[4].parent_ids == ("first", "second", "third")
    for name in ("first", "second", "third"):
        assert "blend" in listed(await tree_of(database, await database.read(_by_id, name)))


async def test_the_others_of_a_blend_stand_beside_it(database: Database, add_child: Any):
    """Also those that were made of each other; of more than there is room for it is told."""
    job = await add_child("job")
    other = await add_child("other", "job")
    await add_child("blend", "job", "other", kind="blend")
    await add_child("far")
    await add_child("mixed", "blend", "far", kind="blend")
    assert drawn(await tree_of(database, job)) == [
        *("job", "-other", "--blend", "---far", "----mixed"),
    ]
    assert drawn(await tree_of(database, other)) == [
        *("job", "-other", "--blend", "---far", "----mixed"),
    ]
    for number in range(5):
        await add_child(f"side{number}")
    wide = [f"side{number}" for number in range(5)]
    await add_child("wide", "mixed", *wide[:3], kind="blend")
    await add_child("wider", "mixed", *wide[2:], kind="blend")
    found = await tree_of(database, await database.read(_by_id, "mixed"))
    assert [one for one in listed(found) if one in wide] == ["side0", "side1", "side2"]
    assert found.relatives[-1].parent_ids == ("mixed", "side2", "side3", "side4")


async def test_a_large_family_of_blends_is_bounded(database: Database, add_child: Any):
    layers = [[f"j{depth}{number}" for number in range(4)] for depth in range(7)]
    for depth, layer in enumerate(layers):
        for name in layer:
            await add_child(name, *(layers[depth - 1] if depth else ()), kind="blend")
    found = await tree_of(database, await database.read(_by_id, "j30"))
    most = 1 + lineage.MAX_ANCESTORS + lineage.MAX_DESCENDANTS + lineage.MAX_BESIDE
    assert len(listed(found)) == len(set(listed(found))) <= most
    assert found.has_earlier
    for at, one in enumerate(found.relatives):
        later = listed(Lineage(found.relatives[at:], has_earlier=False))
        assert not set(one.parent_ids) & set(later)


async def test_what_is_closed_ends_its_branch(database: Database, add_child: Any):
    hidden: dict[str, Any] = {"member_id": OTHER, "is_private": True}
    await add_child("before")
    await add_child("secret", "before", **hidden)
    job = await add_child("job", "secret")
    await add_child("shared", "job", member_id=OTHER)
    await add_child("private", "job", **hidden)
    await add_child("within", "private", member_id=OTHER)
    found = await tree_of(database, job)
    assert drawn(found) == ["secret", "-job", "--shared", "--private"]
    assert not found.has_earlier


async def test_what_is_closed_tells_nothing_of_what_else_it_was_made_of(
    database: Database, add_child: Any
):
    job = await add_child("job")
    await add_child("mine")
    await add_child("secret", member_id=OTHER, is_private=True)
    await add_child(
        "blend", "job", "mine", "secret", kind="blend", member_id=OTHER, is_private=True
    )
    found = await tree_of(database, job)
    assert [one.parent_ids for one in found.relatives] == [(), ("job",)]


async def test_a_circle_ends(database: Database, add_child: Any, clock: Clock):
    """Nothing makes one; a row that was changed by hand must not keep a thread busy."""
    one = await add_child("one", "two", "one")
    await add_child("two", "one", accepted_at=clock() + timedelta(days=1))
    assert sorted(listed(await tree_of(database, one))) == ["one", "two"]


def _by_id(connection: Any, job_id: str) -> Job:
    from storage.jobs.history import jobs_of_guild

    (job,) = jobs_of_guild(connection, 1, [job_id])
    return job
