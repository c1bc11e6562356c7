"""Discord that fails: one card with the picture whatever happens, and exact books."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
import pytest_asyncio

from playground.world.permissions import Permission
from playground.world.world import STUDIO_ID
from tests.journeys.backend import Backend, drawn, serving_backend
from tests.journeys.resilience.places import Place
from tests.journeys.studio import Studio, attachments, button, buttons, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Generator

    from generation.wire import generation_pb2 as pb

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN_S = 10
EXPECTED = ("double_acknowledgement", "late_or_unknown_interaction")
BY_TOKEN = "PATCH /webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
BY_BOT = "PATCH /channels/{channel_id}/messages/{message_id}"


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
        problems = (await opened.driver.report())["problems"]
        assert [one for one in problems if one["kind"] not in EXPECTED] == []


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _calm(studio: Studio) -> AsyncGenerator[None]:
    """No fault outlives its test."""
    yield
    await studio.driver.clear_faults()


@pytest.fixture
def place(studio: Studio) -> Generator[Place]:
    place = Place(studio.playground.world)
    yield place
    place.restore()


async def order(studio: Studio, words: str, **options: Any) -> dict[str, Any]:
    outcome = await studio.imagine(words, **options)
    assert not outcome.ephemeral, outcome
    return shown(outcome)


async def cards_about(studio: Studio, words: str) -> list[dict[str, Any]]:
    everything = await studio.driver.messages()
    return [one for one in everything if not one.get("ephemeral") and words in text_of(one)]


async def with_picture(studio: Studio, words: str, count: int = 1) -> dict[str, Any]:
    """The one card about these words, once it has its pictures and is paid for."""
    await studio.driver.wait_for_message(
        lambda one: words in text_of(one) and bool(attachments(one)), within=WITHIN_S
    )
    await studio.settled()
    (card,) = await cards_about(studio, words)
    assert len(attachments(card)) == count
    assert "AI-generated" in text_of(card)
    return card


async def times_asked(studio: Studio, route: str) -> int:
    return (await studio.driver.report())["requests"].get(route, 0)


async def until_asked(studio: Studio, route: str, more_than: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while await times_asked(studio, route) <= more_than:  # noqa: ASYNC110 - in other processes
            await asyncio.sleep(0.02)


async def until_hidden(studio: Studio, card: dict[str, Any]) -> None:
    """Wait until Discord has refused the end of the job of a card."""
    job_id = buttons(card)["Cancel"].rpartition(":")[2]
    await studio.wait_until_said(f"job {job_id} could not be shown: Unavailable")


async def movement(studio: Studio, words: str) -> str:
    """What /credits says of the one job with these words, once it is closed."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            lines = [one for one in (await studio.settled()).splitlines() if words in one]
            if lines and "held **" not in lines[0]:
                assert len(lines) == 1
                return lines[0]
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("kind", "times"),
    [("500", 1), ("502", 1), ("503", 1), ("429", 2), ("drop", 2), ("drop_after", 1)],
)
async def test_a_result_arrives_once(studio: Studio, backend: Backend, kind: str, times: int):
    words = f"{kind} met by a fox".replace("_", " ")
    released = backend.hold_back()
    card = await order(studio, words)
    await studio.driver.fault(kind, method="PATCH", times=times, retry_after=0.3)
    released.set()
    assert (await with_picture(studio, words))["id"] == card["id"]
    assert "spent **0.21**" in await movement(studio, words)


@pytest.mark.parametrize("fault", [None, "503", "drop", "drop_after"])
async def test_a_deleted_card_is_posted_anew(studio: Studio, backend: Backend, fault: str | None):
    words = f"{fault} met by a hare".replace("_", " ")
    released = backend.hold_back()
    card = await order(studio, words)
    await studio.driver.delete(card["id"], member="rowan")
    if fault:
        await studio.driver.fault(fault, method="POST", route=f"/channels/{STUDIO_ID}/messages")
    released.set()
    again = await with_picture(studio, words)
    assert again["id"] != card["id"]
    rerolled = await studio.driver.click(again["id"], button(again, "Reroll"))
    await studio.result(rerolled)


async def test_progress_of_a_deleted_card_does_not_hide_the_pictures(
    studio: Studio, backend: Backend
):
    words = "an owl whose card went early"
    released = asyncio.Event()

    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield drawn(0)
        await released.wait()
        yield drawn(1)

    backend.engine.called.clear()
    backend.play(slow)
    card = await order(studio, words, count=2)
    await backend.engine.called.wait()
    asked = await times_asked(studio, BY_TOKEN)
    await studio.driver.delete(card["id"], member="rowan")
    await until_asked(studio, BY_TOKEN, asked)
    released.set()
    shown_card = await with_picture(studio, words, count=2)
    assert "1 of 2" not in text_of(shown_card)


async def test_late_progress_does_not_overwrite_the_result(studio: Studio, backend: Backend):
    words = "an owl on a slow line"
    released = asyncio.Event()

    async def slow(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        yield drawn(0)
        await released.wait()
        yield drawn(1)

    backend.play(slow)
    asked = await times_asked(studio, BY_TOKEN)
    await studio.driver.fault("delay", method="PATCH", delay=1)
    await order(studio, words, count=2)
    await until_asked(studio, BY_TOKEN, asked)
    released.set()
    await with_picture(studio, words, count=2)


async def test_cancel_while_the_result_is_on_its_way_is_too_late(studio: Studio, backend: Backend):
    words = "a heron that came anyway"
    released = backend.hold_back()
    card = await order(studio, words)
    asked = await times_asked(studio, BY_TOKEN)
    await studio.driver.fault("delay", method="PATCH", delay=1)
    released.set()
    await until_asked(studio, BY_TOKEN, asked)
    refused = await studio.driver.click(card["id"], buttons(card)["Cancel"])
    assert refused.ephemeral
    assert "not possible any more" in text_of(shown(refused))
    await with_picture(studio, words)
    assert "spent **0.21**" in await movement(studio, words)


@pytest.mark.parametrize("kind", ["500", "drop", "drop_after", "429"])
async def test_a_lost_acknowledgement_makes_one_job_with_one_card(
    studio: Studio, backend: Backend, kind: str
):
    words = f"{kind} met by a crow".replace("_", " ")
    backend.draw_at_once()
    await studio.driver.fault(kind, method="POST", route="/callback", retry_after=0.3)
    await studio.imagine(words)
    await with_picture(studio, words)
    assert "spent **0.21**" in await movement(studio, words)


async def test_an_order_is_cancelled_before_it_is_a_job(studio: Studio, backend: Backend):
    """The card is there, and the bot waits to hear so from Discord."""
    words = "a crow that changed its mind"
    backend.draw_at_once()
    await studio.driver.fault("drop_after", method="POST", route="/callback")
    await studio.driver.fault("delay", method="GET", route="/messages/@original", delay=1.5)
    ordering = asyncio.create_task(studio.imagine(words))
    card = await studio.driver.wait_for_message(lambda one: words in text_of(one))
    refused = await studio.driver.click(card["id"], buttons(card)["Cancel"], member="jun")
    assert "You need Manage Messages." in text_of(shown(refused))
    await studio.driver.click(card["id"], buttons(card)["Cancel"])
    await ordering
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
    )
    assert words not in await studio.settled()
    assert await cards_about(studio, words) == []


async def test_an_acknowledgement_that_comes_too_late_makes_no_job(
    studio: Studio, backend: Backend
):
    words = "a crow that is too late"
    backend.draw_at_once()
    # For both of its tries, and for one of an earlier order that a busy machine sends late.
    await studio.driver.fault("delay", method="POST", route="/callback", times=4, delay=3.2)
    outcome = await studio.imagine(words)
    assert outcome.state == "failed"
    await studio.driver.clear_faults()
    await studio.wait_until_said("came too late or twice; no job was made")
    assert await cards_about(studio, words) == []
    assert words not in await studio.settled()


async def test_after_the_tokens_end_the_card_is_edited_all_the_same(
    studio: Studio, backend: Backend
):
    words = "a slow snail"
    released = backend.hold_back()
    card = await order(studio, words)
    await studio.driver.advance(16 * 60)
    asked = await times_asked(studio, BY_BOT)
    released.set()
    assert (await with_picture(studio, words))["id"] == card["id"]
    assert await times_asked(studio, BY_BOT) == asked + 1


async def test_where_the_bot_may_not_post_any_more_nothing_is_charged(
    studio: Studio, backend: Backend, place: Place
):
    words = "a lapwing without a place"
    released = backend.hold_back()
    card = await order(studio, words)
    await studio.driver.delete(card["id"], member="rowan")
    place.deny(Permission.VIEW_CHANNEL)
    released.set()
    await studio.wait_until_said("could not be shown: Gone")
    assert "nothing spent" in await movement(studio, words)
    place.restore()
    assert await cards_about(studio, words) == []
    backend.draw_at_once()
    await order(studio, "a lapwing with a place")
    await with_picture(studio, "a lapwing with a place")


async def test_cancel_mends_the_card_of_a_thread_that_was_locked(
    studio: Studio, backend: Backend, place: Place
):
    words = "a lapwing behind a lock"
    released = backend.hold_back()
    card = await order(studio, words)
    place.lock()
    released.set()
    await until_hidden(studio, card)
    place.lock(is_locked=False)
    (dead,) = await cards_about(studio, words)
    assert attachments(dead) == []
    await studio.driver.click(dead["id"], buttons(dead)["Cancel"])
    assert (await with_picture(studio, words))["id"] == card["id"]
    assert "spent **0.21**" in await movement(studio, words)


async def test_a_card_of_a_thread_that_was_locked_is_found_again(
    studio: Studio, backend: Backend, place: Place
):
    words = "a lapwing that waits for its thread"
    released = backend.hold_back()
    card = await order(studio, words)
    place.lock()
    released.set()
    await until_hidden(studio, card)
    # What is to be shown later outlives the process.
    await studio.kill()
    place.lock(is_locked=False)
    await studio.start()
    await studio.driver.wait_for_message(
        lambda one: words in text_of(one) and bool(attachments(one)), within=60
    )
    assert (await with_picture(studio, words))["id"] == card["id"]
    assert "spent **0.21**" in await movement(studio, words)


async def test_cancel_mends_the_card_of_a_job_that_failed_behind_a_lock(
    studio: Studio, backend: Backend, place: Place
):
    words = "a lapwing that was never drawn"
    released = asyncio.Event()

    async def refuses(request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        await released.wait()
        await context.abort(grpc.StatusCode.INVALID_ARGUMENT, "no")
        yield drawn(0)

    backend.play(refuses)
    card = await order(studio, words)
    place.lock()
    released.set()
    await until_hidden(studio, card)
    place.lock(is_locked=False)
    assert "nothing spent" in await movement(studio, words)
    await studio.driver.click(card["id"], buttons(card)["Cancel"])
    mended = await studio.message(card["id"], lambda one: "Cancel" not in buttons(one))
    assert "Nothing was charged" in text_of(mended)


@pytest.mark.parametrize("times", [1, 3])
async def test_a_result_that_was_too_large_arrives(studio: Studio, backend: Backend, times: int):
    words = f"a whale in {times} parts"
    released = backend.hold_back()
    await order(studio, words)
    await studio.driver.fault("413", method="PATCH", times=times, code=40005)
    released.set()
    await with_picture(studio, words)
    assert "spent **0.21**" in await movement(studio, words)


async def test_a_channel_that_is_gone_costs_nothing(studio: Studio, backend: Backend, place: Place):
    words = "a lapwing in the void"
    released = backend.hold_back()
    await order(studio, words, channel="gallery")
    place.close("gallery")
    released.set()
    assert "nothing spent" in await movement(studio, words)
    place.restore()


async def test_a_member_deletes_a_card_twice(studio: Studio, backend: Backend):
    backend.draw_at_once()
    words = "a wren to forget"
    await order(studio, words)
    card = await with_picture(studio, words)
    asked = await studio.driver.click(card["id"], buttons(card)["Delete"])
    question = shown(asked)
    delete = buttons(question)["Delete"]
    await studio.driver.fault("delay", method="DELETE", delay=0.3)
    clicks = [studio.driver.click(question["id"], delete) for _ in range(2)]
    outcomes = await asyncio.gather(*clicks)
    # A complaint would come after the delayed one of the two.
    await asyncio.sleep(0.5)
    for outcome in outcomes:
        assert (await studio.driver.interaction(outcome.id)).followups == []
    assert await cards_about(studio, words) == []


async def test_thirty_jobs_of_two_members_at_once(studio: Studio, backend: Backend):
    backend.draw_at_once()
    orders = [
        studio.imagine(f"sparrow number {number}.", member=("mina", "jun")[number % 2])
        for number in range(30)
    ]
    outcomes = await asyncio.gather(*orders)
    assert [one for one in outcomes if one.state != "acknowledged" or one.ephemeral] == []
    for outcome in outcomes:
        assert len(attachments(await studio.result(outcome, within=30))) == 1
    for member in ("mina", "jun"):
        await studio.settled(member)
    cards = await cards_about(studio, "sparrow number")
    assert len({text_of(card).splitlines()[0] for card in cards}) == len(cards) == 30
