"""What a job follows from is known in its order, and what follows from it the first ones first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, select

from storage.jobs import parents
from storage.jobs.jobs import JobState
from storage.ledger.accounts import Account
from storage.tables import jobs

if TYPE_CHECKING:
    from storage.database import Database, Transaction


async def test_parents_come_in_their_order_each_once(database: Database, add_child: Any):
    second, first = await add_child("second"), await add_child("first")
    await add_child("elsewhere", guild_id=9)
    blend = await add_child("blend", "first", "second", "first", "elsewhere", "gone")
    found = await database.read(parents.parents_of, [blend, first])
    assert found == {"blend": [first, second], "first": []}
    known = await database.read(parents.ids_of_parents, Account(1, 2))
    assert known == {"blend": ["first", "second", "elsewhere", "gone"]}


async def test_only_results_of_the_guild_are_children(database: Database, add_child: Any):
    alone, parent = await add_child("alone"), await add_child("parent")
    child = await add_child("child", "parent")
    later = await add_child("later", "parent")
    await add_child("failed", "alone", state=JobState.FAILED)
    await add_child("elsewhere", "alone", guild_id=9)
    known = [await database.read(parents.has_relatives, job) for job in (alone, parent, child)]
    assert known == [False, True, True]
    assert await database.read(parents.children_of, parent, 5) == [child, later]
    assert await database.read(parents.children_of, parent, 1) == [child]
    assert await database.read(parents.count_children, parent) == 2


async def test_what_is_forgotten_is_forgotten_alone(database: Database, add_child: Any):
    await add_child("parent")
    one, other = await add_child("one", "parent"), await add_child("other", "parent", "one")
    its = select(jobs.c.id).where(jobs.c.id == "one")
    await database.write(parents.forget, its)
    found = await database.read(parents.parents_of, [one, other])
    assert {child: len(several) for child, several in found.items()} == {"one": 0, "other": 2}


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_the_first_children_of_many_are_read_from_the_index(
    database: Database, add_child: Any
):
    """However many results follow from one, no more are read and none are sorted."""
    parent = await add_child("parent")
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    def plan(connection: Transaction) -> str:
        event.listen(connection, "before_cursor_execute", note)
        parents.children_of(connection, parent, 4)
        statement, values = asked[0]
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        return " ".join(step.detail for step in steps)

    told = await database.read(plan)
    assert "ix_parents_parent" in told
    assert "B-TREE" not in told
