"""Results that are taken away while their job waits for its author, or for Discord."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import AsyncMock, MagicMock

import pytest

from commands.errors import StillAtWork
from commands.moderation.removal import Removal
from jobs.records import JobRecords
from jobs.rules.grants import Grants
from jobs.videos import Videos
from storage.jobs.jobs import JobState
from storage.jobs.segments import Segments
from tests.commands.interactions import an_interaction
from tests.generation.stability.service import hangs_up
from tests.jobs.harness import Workshop
from tests.jobs.kinds.paid.harness import SEED, PaidWorkshop

if TYPE_CHECKING:
    from pathlib import Path

    from commands.moderation.removal import Removed
    from storage.jobs.jobs import Job


async def remove(workshop: Workshop, job: Job, *, refunds: bool = True) -> tuple[Removed, Any]:
    """Take a result away: what became of it, and the channel that was asked."""
    videos = Videos(
        engines_now=list,
        database=workshop.database,
        artifacts=workshop.artifacts,
        segments=Segments(workshop.clock),
        estimate=workshop.estimate,
        now=workshop.clock,
    )
    records = JobRecords(workshop.database, workshop.store, workshop.artifacts, workshop.settlement)
    jobs: Any = SimpleNamespace(records=records)
    grants = Grants(workshop.database, workshop.ledger, workshop.rules)
    accounts: Any = SimpleNamespace(grants=grants)
    rules: Any = SimpleNamespace(database=workshop.database, store=workshop.rules)
    interaction = an_interaction(workshop.guild_id)
    interaction.client = MagicMock()
    channel = interaction.client.get_partial_messageable.return_value
    channel.get_partial_message.return_value.delete = AsyncMock()
    removal = Removal(jobs, accounts, rules, videos)
    return await removal.take_away(interaction, job, refunds=refunds), channel


async def test_a_picture_beside_a_question_is_taken_away(tmp_path: Path):
    async with PaidWorkshop(tmp_path) as workshop:
        workshop.service.by_seed[str(SEED + 1)] = [hangs_up]
        is_asked = asyncio.Event()

        async def note() -> None:
            is_asked.set()

        workshop.board.on_question = note
        job = await workshop.accept_pictures()
        running = asyncio.create_task(workshop.run(job))
        await is_asked.wait()
        removed, channel = await remove(workshop, await workshop.job())
        assert (await running).state is JobState.DELIVERED
        assert removed.refunded_mc == 3_000
        assert removed.is_gone
        channel.get_partial_message.assert_called_once_with(100)
        assert await workshop.artifacts.of_job(job.id) == []


async def test_what_discord_has_not_taken_yet_is_taken_away(tmp_path: Path):
    async with Workshop(tmp_path) as workshop:
        workshop.board.is_discord_away = True
        job = await workshop.run(await workshop.accept())
        removed, _ = await remove(workshop, job)
        assert removed.refunded_mc == 0
        assert (await workshop.job()).state is JobState.FAILED
        workshop.board.is_discord_away = False
        workshop.clock.advance(days=2)
        assert await workshop.redelivery.sweep() == 0


async def test_what_is_really_at_work_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("jobs.records.BETWEEN_LOOKS_S", 0)
    async with PaidWorkshop(tmp_path) as workshop:
        job = await workshop.accept_pictures()
        await workshop.steps.generate(job.id)
        with pytest.raises(StillAtWork):
            await remove(workshop, await workshop.job())
