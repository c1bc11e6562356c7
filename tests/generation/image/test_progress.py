"""Steps and previews beside the answers: told to a watch, and harmless whatever they are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from generation.headers import PREVIEWS, PROGRESS
from generation.image.pictures import MAX_PREVIEW_BYTES, PREVIEW_SIDE
from generation.image.progress import MAX_PREVIEWS, PreviewChecks, ProgressRelay, SampleProgress
from tests.generation.image.progress import jpeg, preview, said, step
from tests.generation.image.scripted import (
    REQUEST,
    ScriptedEngine,
    answer,
    answers,
    client,
    image,
    png,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from generation.request import ImageRequest
    from generation.wire import generation_pb2 as pb
    from tests.generation.image.scripted import Context


async def told_by(*given: pb.Answer, request: ImageRequest = REQUEST) -> list[SampleProgress]:
    """What a watch is told until the picture comes, which waits for the previews to be checked."""
    told: list[SampleProgress] = []

    async def script(_: pb.Request, context: Context) -> AsyncIterator[pb.Answer]:
        for one in given:
            yield one
        await asyncio.sleep(0.3)
        yield answer(image())

    async with serving(ScriptedEngine(script)) as host, client(host) as asking:
        pictures = [one async for one in asking.generate(request, "job-1", told.append)]
    assert [picture.index for picture in pictures] == [0]
    return told


async def test_steps_and_previews_are_told_and_are_no_pictures():
    told = await told_by(step(1), step(2), preview(), step(3))
    assert [one for one in told if not one.preview] == [
        SampleProgress(0, number, 30) for number in (1, 2, 3)
    ]
    (shown,) = (one.preview for one in told if one.preview)
    with Image.open(BytesIO(shown)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 64))


async def test_progress_is_asked_for_only_where_somebody_watches():
    engine = ScriptedEngine(answers(step(1), answer(image())))
    async with serving(engine) as host, client(host) as asking:
        assert len([one async for one in asking.generate(REQUEST, "1")]) == 1
        assert len([one async for one in asking.generate(REQUEST, "1", lambda _: None)]) == 1
    assert [metadata.get(PROGRESS) for metadata in engine.metadata] == [None, PREVIEWS]


@pytest.mark.parametrize(
    "given",
    [
        said(""),
        said("{"),
        said("7"),
        said("[" * 199),
        said('{"index": 0}'),
        said('{"index": 0, "step": true, "steps": 3}'),
        said('{"index": 0, "step": 4, "steps": 3}'),
        said('{"index": 0, "step": 0, "steps": 0}'),
        said('{"index": 1, "step": 1, "steps": 3}'),
        said('{"index": -1, "step": 1, "steps": 3}'),
        said('{"index": 0, "step": 1, "steps": 1e3}'),
        said('{"index": 0, "step": 1, "steps": 3, "more": "' + "x" * 1_000_000 + '"}'),
        preview(b"no picture"),
        preview(png()),
        preview(jpeg()[:-40]),
        preview(jpeg(1100)),
        preview(b"\xff\xd8" + bytes(MAX_PREVIEW_BYTES)),
        preview(index=1),
        preview(index=4_000_000_000),
    ],
)
async def test_what_is_not_as_it_should_be_is_passed_over(given: pb.Answer):
    assert await told_by(given) == []


async def test_of_a_thousand_previews_three_are_looked_at():
    told = await told_by(*(preview() for _ in range(1000)))
    assert len(told) == MAX_PREVIEWS


async def test_large_previews_are_made_small():
    (told,) = await told_by(preview(jpeg(1000)))
    with Image.open(BytesIO(told.preview)) as picture:
        assert picture.size == (PREVIEW_SIDE, PREVIEW_SIDE)


async def test_a_preview_that_is_checked_when_its_picture_is_there_is_dropped():
    goes_on = asyncio.Event()

    async def check(data: bytes) -> bytes:
        await goes_on.wait()
        return data

    told: list[SampleProgress] = []
    checks = PreviewChecks(check)
    relay = ProgressRelay(told.append, 2, checks)
    relay.read(preview())
    relay.read(preview(index=1))
    relay.note_drawn(0)
    goes_on.set()
    await asyncio.sleep(0.01)
    assert [one.index for one in told] == [1]
    relay.read(preview(index=1))
    relay.close()
    await asyncio.sleep(0.01)
    assert len(told) == 1
    await checks.close()


async def test_a_check_that_hangs_holds_no_picture_back():
    async def check(_: bytes) -> bytes:
        await asyncio.Event().wait()
        raise AssertionError

    engine = ScriptedEngine(answers(preview(), answer(image())))
    async with serving(engine) as host, client(host) as asking:
        asking._previews = PreviewChecks(check)  # pyright: ignore[reportPrivateUsage]
        drawn = [one async for one in asking.generate(REQUEST, "1", lambda _: None)]
    assert len(drawn) == 1


@given(text=st.text(max_size=300) | st.builds(str, st.dictionaries(st.text(), st.floats())))
def test_any_text_is_read_or_passed_over(text: str):
    told: list[SampleProgress] = []

    async def check(data: bytes) -> bytes:
        return data

    ProgressRelay(told.append, 3, PreviewChecks(check)).read(said(text))
    assert all(0 <= one.step <= one.steps and one.index < 3 for one in told)


async def test_each_picture_has_its_own_progress():
    request = replace(REQUEST, samples=2)
    told = await told_by(step(1, index=1), step(2, index=0), request=request)
    assert [(one.index, one.step) for one in told] == [(1, 1), (0, 2)]
