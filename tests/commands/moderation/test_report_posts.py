"""Reports that are passed on though their card cannot be shown any more."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, MagicMock

import pytest
from sqlalchemy import update

from commands.moderation.report_posts import HELD_UP_FOR, MOST_AT_A_TIME, ReportPosts
from jobs.records import JobRecords
from storage.jobs.complaints import Complaints
from storage.tables import jobs
from tests.jobs.harness import Workshop

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Transaction

CHANNEL_ID = 77


def posts_of(workshop: Workshop) -> tuple[ReportPosts, AsyncMock]:
    """What passes reports on in a server with a channel for them, and what tells the operator."""
    records = JobRecords(workshop.database, workshop.store, workshop.artifacts, workshop.settlement)
    complaints = Complaints(workshop.clock)
    services: Any = SimpleNamespace(
        database=workshop.database, records=records, complaints=complaints
    )
    guild = SimpleNamespace(rules=SimpleNamespace(report_channel_id=CHANNEL_ID))
    rules: Any = SimpleNamespace(guild=AsyncMock(return_value=guild))
    thumbnails: Any = SimpleNamespace(of_job=AsyncMock(return_value=None))
    tell_operator = AsyncMock()
    return ReportPosts(services, rules, thumbnails, tell_operator), tell_operator


def a_client() -> tuple[Any, AsyncMock]:
    """A client whose channel for reports is empty, and what posts there."""
    client = MagicMock()
    channel = client.get_partial_messageable.return_value
    channel.history.return_value.__aiter__.return_value = []
    channel.send = AsyncMock()
    return client, channel.send


@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_each_report_is_passed_on_once(tmp_path: Path, *, is_forgotten: bool):
    async with Workshop(tmp_path) as workshop:
        job = await workshop.accept()
        complaints = Complaints(workshop.clock)

        def unit(connection: Transaction) -> None:
            for member_id in range(1, MOST_AT_A_TIME + 2):
                complaints.add(connection, job.id, member_id, f"reason {member_id}")
            if is_forgotten:
                connection.execute(update(jobs).values(spec={}, message_id=None))

        await workshop.database.write(unit)
        workshop.clock.advance(seconds=(HELD_UP_FOR + timedelta(seconds=1)).total_seconds())
        reports, tell_operator = posts_of(workshop)
        client, send = a_client()
        assert await reports.repeat(client) == MOST_AT_A_TIME
        assert await reports.repeat(client) == 1
        assert await reports.repeat(client) == 0
        told = tell_operator if is_forgotten else send
        assert told.await_count == MOST_AT_A_TIME + 1
        assert (send if is_forgotten else tell_operator).await_count == 0
        if is_forgotten:
            happened, details = tell_operator.await_args_list[0].args
            assert happened == f"job {job.id} in server {job.guild_id} was reported by 1"
            assert details.endswith("\nreason 1")
