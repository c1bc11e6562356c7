"""Jobs are taken out of a queue in turn, never more of a member than may be at work."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from storage.database import Database
from storage.job_engine.claims import Claimant, EngineClaims
from tests.databases import migrated_postgres
from tests.postgres import needs_postgres
from tests.storage.sql import execute, rows

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from sqlalchemy import Connection

ME = Claimant(executor="here", application="atelier", version="1", format="portable_json")
QUEUE = "images-0"
TABLE = """
create table {} (
    workflow_uuid text primary key, status text, name text, queue_name text,
    queue_partition_key text, executor_id text, owner_xid text, application_version text,
    application_name text, serialization text, priority integer, recovery_attempts integer,
    created_at bigint, started_at_epoch_ms bigint, updated_at bigint
)
"""
ADD = """
insert into {} values (
    :id, :status, 'image', :queue, :member, null, null, :version, :application, :format, 0, 0,
    :at, null, null
)
"""
USUAL = {"queue": QUEUE, "version": "1", "application": "atelier", "format": ME.format}
Row = tuple[str, str]
"""Of a member, and how far it is; its place in a list says how old it is."""

ROWS = st.lists(
    st.tuples(st.sampled_from("abcd"), st.sampled_from(["ENQUEUED", "PENDING", "SUCCESS"])),
    max_size=25,
)


@contextmanager
def holding(jobs: Sequence[Row], **others: str) -> Generator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text(TABLE.format("workflow_status")))
        for number, (member, status) in enumerate(jobs):
            add(connection, number, member, status, **others)
        yield connection
    engine.dispose()


def add(connection: Connection, number: int, member: str, status: str, **others: str) -> None:
    values = {"id": f"{member}-{number}", "member": member, "status": status, "at": number}
    connection.execute(text(ADD.format("workflow_status")), {**USUAL, **values, **others})


def claim(connection: Connection, most: int = 8, of_member: int = 2) -> list[str]:
    claims = EngineClaims(ME, is_sqlite=True)
    return [job.job_id for job in claims.claim(connection, QUEUE, most, of_member)]


def expected(jobs: Sequence[Row], most: int, of_member: int) -> set[str]:
    at_work = Counter(member for member, status in jobs if status == "PENDING")
    waiting: defaultdict[str, list[int]] = defaultdict(list)
    for number, (member, status) in enumerate(jobs):
        if status == "ENQUEUED":
            waiting[member].append(number)
    turns = [
        (at_work[member] + nth, number, member)
        for member, numbers in waiting.items()
        for nth, number in enumerate(numbers, start=1)
        if at_work[member] + nth <= of_member
    ]
    return {f"{member}-{number}" for _, number, member in sorted(turns)[:most]}


@given(ROWS, st.integers(1, 10), st.integers(1, 4))
def test_members_take_turns(jobs: list[Row], most: int, of_member: int):
    with holding(jobs) as connection:
        assert set(claim(connection, most, of_member)) == expected(jobs, most, of_member)


def test_what_was_claimed_is_said_in_the_row():
    with holding([("a", "ENQUEUED")]) as connection:
        claims = EngineClaims(ME, is_sqlite=True)
        (job,) = claims.claim(connection, QUEUE, 1, 1)
        assert (job.job_id, job.kind, job.member, job.attempts) == ("a-0", "image", "a", 1)
        columns = "status, executor_id, owner_xid, recovery_attempts"
        row = connection.execute(text(f"select {columns} from workflow_status")).one()
        assert tuple(row) == ("PENDING", "here", job.token, 1)
        assert claims.claim(connection, QUEUE, 1, 1) == []


@pytest.mark.parametrize(
    "others",
    [{"queue": "films"}, {"version": "2"}, {"application": "other"}, {"format": "py_pickle"}],
)
def test_rows_of_others_are_left_and_hold_up_nobody(others: dict[str, str]):
    with holding([("a", "ENQUEUED")] * 3, **others) as connection:
        assert claim(connection, most=1) == []
        add(connection, 9, "b", "ENQUEUED")
        assert claim(connection, most=1) == ["b-9"]


@pytest.fixture
async def shared() -> AsyncGenerator[Database]:
    async with migrated_postgres() as url:
        opened = await Database.open(url)
        await execute(opened, "create schema dbos")
        await execute(opened, TABLE.format("dbos.workflow_status"))
        yield opened
        await opened.close()


@pytest.mark.postgres
@needs_postgres
async def test_processes_that_claim_at_once_keep_to_the_limit(shared: Database):
    def fill(connection: Connection) -> None:
        for number in range(30):
            values = {"id": f"{number}", "member": "ab"[number % 2], "status": "ENQUEUED"}
            statement = text(ADD.format("dbos.workflow_status"))
            connection.execute(statement, {**USUAL, **values, "at": number})

    await shared.write(fill)
    claims = EngineClaims(ME, is_sqlite=False)
    taken = await asyncio.gather(*(shared.write(claims.claim, QUEUE, 3, 4) for _ in range(8)))
    assert Counter(job.member for jobs in taken for job in jobs) == {"a": 4, "b": 4}
    found = await rows(shared, "select count(*) from dbos.workflow_status where status='PENDING'")
    assert found[0][0] == 8
