"""Messages that are deleted while a press is under way: who pressed is told, nothing is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.studio import (
    Studio,
    answered,
    attachments,
    button,
    buttons,
    opened,
    shown,
    text_of,
)

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

WITHIN_S = 10
DELAY_S = 0.5
ANSWER = ("POST", "/interactions/{interaction_id}/{interaction_token}/callback")
EDIT = ("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
MODERATOR = "rowan"


async def times_asked(studio: Studio, request: tuple[str, str]) -> int:
    return (await studio.driver.report())["requests"].get(" ".join(request), 0)


async def until_asked(studio: Studio, request: tuple[str, str], more_than: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while await times_asked(studio, request) <= more_than:  # noqa: ASYNC110 - in another process
            await asyncio.sleep(0.02)


async def pressed(
    studio: Studio, card: dict[str, Any], label: str, request: tuple[str, str], **where: str
) -> Outcome:
    """What comes of a button whose message is deleted while that request is on its way."""
    asked = await times_asked(studio, request)
    method, route = request
    await studio.driver.fault(
        "delay", method=method, route=f"/{route.split('/')[1]}/", delay=DELAY_S
    )
    pressing = asyncio.create_task(studio.driver.click(card["id"], button(card, label), **where))
    await until_asked(studio, request, asked)
    await studio.driver.delete(card["id"], **where)
    return await pressing


async def told(studio: Studio, outcome: Outcome) -> str:
    """What a press was answered after its acknowledgement."""
    async with asyncio.timeout(WITHIN_S):
        while not outcome.followups:
            await asyncio.sleep(0.02)
            outcome = await studio.driver.interaction(outcome.id)
    (message,) = outcome.followups
    assert message["ephemeral"]
    return text_of(message)


async def test_a_private_card_comes_again(studio: Studio):
    card = shown(await studio.driver.invoke("settings"))
    again = await pressed(studio, card, "Turn mentions off", ANSWER)
    assert again.ephemeral
    assert shown(again)["id"] != card["id"]
    assert "Turn mentions on" in buttons(shown(again))


async def test_a_result_is_deleted_though_the_question_is_not_there_any_more(studio: Studio):
    card = await studio.result(await studio.imagine("a wren that goes"))
    question = shown(await studio.driver.click(card["id"], buttons(card)["Delete"]))
    outcome = await pressed(studio, question, "Delete", EDIT)
    assert "**Deleted.** Credits are not returned." in await told(studio, outcome)
    assert card["id"] not in [one["id"] for one in await studio.driver.messages()]


async def test_a_decision_counts_though_the_report_is_not_there_any_more(studio: Studio):
    moderator = {"member": MODERATOR, "channel": "gallery"}
    state = await studio.driver.state()
    place = next(one["id"] for one in state["channels"] if one["name"] == "gallery")
    await studio.driver.invoke("limits reports", {"channel": place}, member=MODERATOR)
    card = await studio.result(await studio.imagine("a wren that is reported"))
    form = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    field = opened(form)["components"][0]["component"]["custom_id"]
    sent = await studio.driver.submit(form.id, {field: "look at this"}, member="jun")
    await answered(studio.driver, sent)
    report = await studio.driver.wait_for_message(
        lambda one: card["id"] in text_of(one), channel="gallery"
    )
    outcome = await pressed(studio, report, "Remove and refund", EDIT, **moderator)
    assert "**Removed, 0.21 credits refunded** by" in await told(studio, outcome)
    await until_audited(studio, "remove and refund")


async def until_audited(studio: Studio, says: str) -> None:
    """Wait for a line of the audit log: it is written after the answer."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            if says in text_of(shown(await studio.driver.invoke("mod audit", member=MODERATOR))):
                return
            await asyncio.sleep(0.05)


async def test_an_order_whose_card_went_before_its_place_was_known_is_a_job(studio: Studio):
    asked = await times_asked(studio, ANSWER)
    await studio.driver.fault("drop_after", method="POST", route="/callback")
    await studio.driver.fault("delay", method="POST", route="/callback", delay=DELAY_S)
    ordering = asyncio.create_task(studio.imagine("a wren without a place"))
    await until_asked(studio, ANSWER, asked + 1)
    card = await studio.driver.wait_for_message(lambda one: "without a place" in text_of(one))
    await studio.driver.delete(card["id"], member=MODERATOR)
    await ordering
    again = await studio.driver.wait_for_message(
        lambda one: "without a place" in text_of(one) and bool(attachments(one)), within=20
    )
    assert again["id"] != card["id"]
    await studio.settled()
