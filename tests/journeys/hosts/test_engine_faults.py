"""An engine that filters, answers garbage, is slow, down or gone: no credit is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio

from generation.wire import generation_pb2 as pb
from tests.generation.image.scripted import answer, answers, fails, image, png
from tests.journeys.backend import SIZE, Backend, drawn, serving_backend
from tests.journeys.hosts.test_hosts import status
from tests.journeys.studio import WITHIN_S, Studio, attachments, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    async with Studio(folder, STABILITY_HOST=f"127.0.0.1:{backend.port}") as opened:
        yield opened
        status, said = await opened.operator("ledger", "verify")
        assert status == 0, said
        assert await opened.problems() == []
        assert not [line for line in opened.said if "Traceback" in line], opened.said


async def order(studio: Studio, **options: Any) -> dict[str, Any]:
    outcome = await studio.imagine("a curious walrus", **options)
    assert not outcome.ephemeral
    assert outcome.message
    return outcome.message


async def spent(studio: Studio) -> str:
    """The line with the balance, once no job holds credits."""
    return (await studio.settled()).splitlines()[0]


async def failed(studio: Studio, card: dict[str, Any], says: str) -> dict[str, Any]:
    """The card once it says so; it shows no prompt, and its author can edit the whole of it."""
    shown = await studio.message(card["id"], lambda one: says in text_of(one))
    text = text_of(shown)
    assert "walrus" not in text
    assert "Nothing was charged" in text
    form = await studio.driver.click(shown["id"], buttons(shown)["Edit"])
    assert form.modal
    assert form.modal["components"][0]["component"]["value"] == "a curious walrus"
    return shown


async def test_a_filtered_prompt_is_said_without_the_prompt(studio: Studio, backend: Backend):
    before = await spent(studio)
    refused = pb.Artifact(type=pb.ARTIFACT_TEXT, finish_reason=pb.FILTER, text="no")
    backend.play(answers(answer(refused)))
    card = await failed(studio, await order(studio), "refused this prompt")
    other = await studio.driver.click(card["id"], buttons(card)["Edit"], member="jun")
    assert other.ephemeral
    assert await spent(studio) == before


async def test_a_filtered_picture_of_a_batch_is_not_charged(studio: Studio, backend: Backend):
    blurred = image(1, seed=8, data=png(1, SIZE), finish_reason=pb.FILTER)
    backend.play(answers(drawn(0), answer(blurred), drawn(2)))
    card = await order(studio, count=3)
    shown = await studio.message(card["id"], lambda one: bool(attachments(one)))
    assert len(attachments(shown)) == 2
    assert "1 picture is missing and not charged" in text_of(shown)
    assert "0.41 credits" in text_of(shown)


@pytest.mark.parametrize(
    "artifact",
    [
        image(data=b"this is no picture"),
        image(data=png(0, SIZE)[:-40]),
        image(data=png(0, (64, 64))),
    ],
    ids=["garbage", "truncated", "wrong size"],
)
async def test_garbage_is_refused_after_a_few_tries(
    studio: Studio, backend: Backend, artifact: pb.Artifact
):
    before = await spent(studio)
    backend.play(answers(answer(artifact)))
    asked = len(backend.engine.requests)
    await failed(studio, await order(studio), "something else than a picture")
    assert len(backend.engine.requests) == asked + 3
    assert await spent(studio) == before


async def test_a_bad_request_names_the_reason(studio: Studio, backend: Backend):
    backend.play(fails(grpc.StatusCode.INVALID_ARGUMENT, "size: too large for today"))
    await failed(studio, await order(studio), "oo large for today")


async def test_a_wrong_key_wakes_the_operator_and_is_off_until_the_next_check(
    tmp_path: Path, backend: Backend
):
    # A studio of its own, since its host is off for a minute.
    async with Studio(tmp_path, STABILITY_HOST=f"127.0.0.1:{backend.port}") as studio:
        before = await spent(studio)
        backend.play(fails(grpc.StatusCode.UNAUTHENTICATED, "bad key"))
        await failed(studio, await order(studio), "operator has been told")
        assert await spent(studio) == before
        await studio.wait_until_said("Unauthorized")
        refused = await studio.imagine("a curious walrus")
        assert refused.ephemeral
        assert "switched off at the moment" in text_of(shown(refused))
        # A look of the operator's is a check.
        await status(studio)
        backend.draw_at_once()
        assert attachments(await studio.result(await studio.imagine("a curious walrus")))


async def test_an_engine_that_is_away_keeps_the_job(studio: Studio, backend: Backend):
    await backend.stop()
    card = await order(studio)
    waiting = await studio.message(card["id"], lambda one: "since <t:" in text_of(one))
    assert "reserved; charged only when" in text_of(waiting)
    backend.play(answers(drawn(0)))
    await backend.start()
    shown = await studio.message(card["id"], lambda one: bool(attachments(one)), within=40)
    assert "0.21 credits" in text_of(shown)


async def test_cancelling_reaches_the_engine_and_gives_back_the_credits(
    studio: Studio, backend: Backend
):
    async def hang(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        while True:
            yield pb.Answer()
            await asyncio.sleep(0.05)

    before = await spent(studio)
    backend.engine.cancelled.clear()
    backend.play(hang)
    card = await order(studio)
    backend.engine.called.clear()
    await backend.engine.called.wait()
    other = await studio.driver.click(card["id"], buttons(card)["Cancel"], member="jun")
    assert other.ephemeral
    await studio.driver.click(card["id"], buttons(card)["Cancel"])
    async with asyncio.timeout(WITHIN_S):
        await backend.engine.cancelled.wait()
    await failed(studio, card, "Cancelled")
    assert await spent(studio) == before


async def test_a_kill_in_the_middle_loses_and_doubles_nothing(studio: Studio, backend: Backend):
    released = asyncio.Event()

    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield drawn(0)
        await released.wait()
        yield drawn(1)

    backend.engine.called.clear()
    backend.play(slow)
    card = await order(studio, count=2)
    await backend.engine.called.wait()
    await studio.message(card["id"], lambda one: "1 of 2 pictures" in text_of(one))
    await studio.kill()
    released.set()
    await studio.start()
    shown = await studio.message(card["id"], lambda one: bool(attachments(one)))
    assert len(attachments(shown)) == 2
    cards = [one for one in await studio.driver.messages() if one["id"] == card["id"]]
    assert len(cards) == 1


async def test_progress_is_shown_while_pictures_arrive(studio: Studio, backend: Backend):
    released = asyncio.Event()

    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield drawn(0)
        await released.wait()
        yield drawn(1)

    backend.play(slow)
    card = await order(studio, count=2)
    await studio.message(card["id"], lambda one: "▰▱  1 of 2 pictures" in text_of(one))
    released.set()
    await studio.message(card["id"], lambda one: len(attachments(one)) == 2)
