"""A request that is sent again after a crash: the log says whether it is paid for twice."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generation.headers import JOURNAL
from generation.image.client import Endpoint, ImageClient
from generation.request import ImageRequest, TextPrompt
from generation.wire import generation_pb2 as pb
from inference.options import Options
from inference.server import serve
from jobs.kinds.image import ImageKind
from jobs.steps import MAX_STARTS
from storage.jobs.jobs import JobState
from tests.generation.image.scripted import answer, image
from tests.jobs.harness import ENGINE_ID, Workshop

if TYPE_CHECKING:
    from tests.generation.image.scripted import Script

REQUEST = ImageRequest(
    "atelier-painter", (TextPrompt("a fox"),), 256, 256, seed=7, steps=10, cfg_scale=7.0
)


def telling(journal: str | None) -> Script:
    async def script(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        if journal:
            await context.send_initial_metadata(((JOURNAL, journal),))
        yield answer(image())

    return script


@pytest.mark.parametrize(
    ("journal", "level", "says"),
    [
        ("hit", logging.INFO, "answered from the journal"),
        ("miss", logging.INFO, "drawn again"),
        (None, logging.WARNING, "may be charged twice"),
    ],
)
async def test_a_repeat_after_a_crash_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, journal: str | None, level: int, says: str
):
    caplog.set_level(logging.INFO, "jobs.kinds.sampling")
    async with Workshop(tmp_path) as workshop:
        workshop.engine.scripts = [telling(journal)]
        job = await workshop.accept()
        # As a process leaves it that dies after it has asked.
        await workshop.database.write(workshop.store.start, job.id)
        await workshop.database.write(workshop.store.note_asked, job.id, f"{job.id}-0")
        assert (await workshop.run(job)).state is JobState.DELIVERED
        assert workshop.engine.requests[-1].request_id == f"{job.id}-0"
    (record,) = [one for one in caplog.records if "asked again" in one.message]
    assert (record.levelno, says in record.message) == (level, True)


async def test_a_first_request_is_recorded_and_no_repeat(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "jobs.kinds.sampling")
    async with Workshop(tmp_path) as workshop:
        asked: list[str | None] = []

        async def script(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
            asked.append((await workshop.job()).request_id)
            yield answer(image())

        workshop.engine.scripts = [script]
        await workshop.run(await workshop.accept())
    assert asked == ["job1-0"]
    assert "asked again" not in caplog.text


async def test_a_job_that_ended_while_it_waited_for_its_slot_is_no_repeat(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "jobs.kinds.sampling")
    async with Workshop(tmp_path) as workshop:
        workshop.environment = replace(workshop.environment, slotted_engines={ENGINE_ID})
        steps = workshop.steps_of(ImageKind(workshop.sampling))
        job = await workshop.accept()
        # As a process leaves it that dies before the engine has a slot for the job.
        started = await workshop.database.write(
            workshop.store.start, job.id, f"{job.id}-0", {ENGINE_ID}
        )
        assert started is not None
        assert started.request_id is None
        assert (await workshop.run(job, steps)).request_id == f"{job.id}-0"
    assert "asked again" not in caplog.text


async def test_our_own_server_answers_a_repeat_from_its_journal():
    async with (
        serve(Options(grpc_port=0, http_port=0, workers=1)) as running,
        ImageClient(Endpoint(running.grpc_address)) as client,
    ):

        async def draw(request_id: str) -> tuple[str, bytes]:
            (picture,) = [one async for one in client.generate(REQUEST, request_id)]
            return picture.journal, picture.png

        first = await draw("job1-0")
        again = await draw("job1-0")
        assert (first[0], again[0], first[1] == again[1]) == ("miss", "hit", True)
        assert [(await draw(""))[0] for _ in range(2)] == ["miss", "miss"]


async def test_a_job_that_ends_every_process_is_given_up(tmp_path: Path):
    async with Workshop(tmp_path) as workshop:
        job = await workshop.accept()
        for _ in range(MAX_STARTS):
            await workshop.database.write(workshop.store.start, job.id)
        assert (await workshop.run(job)).state is JobState.FAILED
        assert workshop.engine.requests == []
        assert (await workshop.balance()).held_mc == 0
