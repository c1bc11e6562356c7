"""Streams that go on, or break, after the last picture: the pictures are delivered all the same."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import grpc
import pytest

from generation.errors import GarbledAnswer, GenerationError
from generation.image.client import Timeouts
from generation.wire import generation_pb2 as pb
from tests.generation.image.scripted import (
    REQUEST,
    ScriptedEngine,
    answer,
    client,
    image,
    serving,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from generation.image.client import Picture
    from tests.generation.image.scripted import Context, Script

SHORT = Timeouts(verdict=timedelta(seconds=0.3))
REMARK = pb.Artifact(type=pb.ARTIFACT_TEXT, text="still here")


@asynccontextmanager
async def drawn(script: Script, samples: int = 1) -> AsyncGenerator[list[Picture]]:
    """The pictures of a script, and afterwards its call is over at the server."""
    engine = ScriptedEngine(script)
    asked = replace(REQUEST, samples=samples)
    async with serving(engine) as host, client(host, timeouts=SHORT) as asking, asyncio.timeout(10):
        yield [picture async for picture in asking.generate(asked, "job-1")]


def then(*answers: pb.Answer, ends: bool = False, repeats: pb.Answer | None = None) -> Script:
    """A script of those answers, after which the stream hangs, repeats itself or breaks."""

    async def script(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        for one in answers:
            yield one
        while repeats is not None:
            yield repeats
            await asyncio.sleep(0.02)
        if ends:
            await context.abort(grpc.StatusCode.INTERNAL, "late")
        await asyncio.Event().wait()

    return script


@pytest.mark.parametrize(
    "script",
    [
        then(answer(image())),
        then(answer(image()), answer(REMARK)),
        then(answer(image()), repeats=answer(REMARK)),
        then(answer(image()), repeats=answer()),
        then(answer(image()), repeats=answer(image(1, 8))),
        then(answer(image()), ends=True),
        then(answer(image()), answer(image(1, 8)), answer(image(2, 9)), ends=True),
    ],
    ids=["hangs", "a remark", "remarks", "keepalives", "more pictures", "breaks", "more, breaks"],
)
async def test_what_follows_the_last_picture_takes_nothing_away(script: Script) -> None:
    async with drawn(script) as pictures:
        assert [(picture.index, picture.finish) for picture in pictures] == [(0, "ok")]


async def test_the_call_is_closed() -> None:
    engine = ScriptedEngine(then(answer(image())))
    async with serving(engine) as host, client(host, timeouts=SHORT) as asking:
        assert len([one async for one in asking.generate(REQUEST, "job-1")]) == 1
        await asyncio.wait_for(engine.cancelled.wait(), 5)


async def test_a_verdict_after_the_last_picture_still_takes_it_back() -> None:
    async with drawn(then(answer(image()), answer(verdict(pb.ACTION_DISCARD)))) as pictures:
        assert [picture.finish for picture in pictures] == ["ok", "filtered"]


@pytest.mark.parametrize("ends", [True, False])
async def test_a_picture_that_the_engine_failed_on_is_no_longer_expected(*, ends: bool) -> None:
    failed = image(1, 8, finish_reason=pb.ERROR)
    async with drawn(then(answer(image()), answer(failed), ends=ends), samples=2) as pictures:
        assert [picture.index for picture in pictures] == [0]


FAILED = image(0, 7, finish_reason=pb.ERROR)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([FAILED, FAILED, image(1, 8)], [1]),
        ([FAILED, image(0, 7), image(1, 8)], [0, 1]),
        ([image(0, 7), FAILED, image(1, 8)], [0, 1]),
    ],
    ids=["told of twice", "drawn after all", "failed after all"],
)
async def test_one_that_failed_says_nothing_of_the_others(
    answers: list[pb.Artifact], expected: list[int]
) -> None:
    """The last picture takes longer than a verdict may."""

    async def script(request: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        for one in answers[:-1]:
            yield answer(one)
        await asyncio.sleep(3 * SHORT.verdict.total_seconds())
        yield answer(answers[-1])

    async with drawn(script, samples=2) as pictures:
        assert [picture.index for picture in pictures] == expected


async def test_a_stream_that_stays_open_after_failures_alone_is_over() -> None:
    failed = (answer(image(index, 7, finish_reason=pb.ERROR)) for index in range(2))
    with pytest.raises(GarbledAnswer, match="failed on every picture"):
        async with drawn(then(*failed), samples=2):
            pass


async def test_an_error_before_the_last_picture_is_one() -> None:
    with pytest.raises(GenerationError):
        async with drawn(then(answer(image()), ends=True), samples=2):
            pass
