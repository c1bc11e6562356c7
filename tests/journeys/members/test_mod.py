"""Moderators with /mod: credits, standings, reports, refunds, and what the audit log says."""

from __future__ import annotations

import asyncio
import io
import re
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from PIL import Image

from tests.journeys.studio import (
    WITHIN_S,
    Studio,
    attachments,
    buttons,
    opened,
    shown,
    text_of,
    walk,
)

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODERATOR = "rowan"


def private(outcome: Outcome) -> str:
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


def figure(said: str) -> float:
    """The balance that a card tells."""
    found = re.search(r"You have (\d+\.\d\d)", said)
    assert found, said
    return float(found[1])


async def answered(
    studio: Studio, outcome: Outcome, channel: str = "studio", member: str = MODERATOR
) -> dict[str, Any]:
    """The private answer to a member, once it is there."""
    assert outcome.ephemeral, outcome
    awaited = shown(outcome)["id"]
    return await studio.driver.wait_for_message(
        lambda one: one["id"] == awaited and bool(text_of(one)),
        member=member,
        channel=channel,
        within=30,
    )


async def who(studio: Studio, name: str) -> str:
    members = (await studio.driver.state())["members"]
    return next(one["id"] for one in members if one["name"].lower() == name)


async def moderate(studio: Studio, what: str, member: str | None = None, **options: Any) -> str:
    """What /mod answers the moderator, privately; about a member if one is named."""
    if member:
        options["member"] = await who(studio, member)
    return private(await studio.driver.invoke(f"mod {what}", options, member=MODERATOR))


async def limits(studio: Studio, what: str, **options: Any) -> None:
    outcome = await studio.driver.invoke(f"limits {what}", options, member=MODERATOR)
    assert outcome.ephemeral, outcome


async def own_credits(studio: Studio, member: str) -> str:
    return private(await studio.driver.invoke("credits", member=member))


async def channel_id(studio: Studio, name: str) -> str:
    channels = (await studio.driver.state())["channels"]
    return next(one["id"] for one in channels if one["name"] == name)


def job_of(card: dict[str, Any]) -> str:
    found = re.search(r"· job (\w+)", text_of(card))
    assert found
    return found[1]


async def test_credits_are_granted_and_taken_but_never_below_zero(studio: Studio):
    before = figure(await own_credits(studio, "jun"))
    said = await moderate(studio, "grant", "jun", amount=7.5, reason="the contest")
    assert f"was given **7.50 credits** and has {before + 7.5:.2f} now" in said
    assert "grant **+7.50** · the contest" in await own_credits(studio, "jun")
    said = await moderate(studio, "remove-credits", "jun", amount=2.25, reason="by mistake")
    assert "**2.25 credits** taken" in said
    assert f"has {before + 5.25:.2f} now" in said
    said = await moderate(studio, "remove-credits", "jun", amount=1000, reason="all of it")
    assert f"**{before + 5.25:.2f} credits** taken" in said
    assert "You asked for 1000.00; that was all there was to take." in said
    assert "You have 0.00 credits" in await own_credits(studio, "jun")


async def test_what_is_held_cannot_be_taken(studio: Studio):
    await moderate(studio, "grant", "ada", amount=5, reason="to start with")
    taking = asyncio.create_task(
        moderate(studio, "remove-credits", "ada", amount=1000, reason="while they spend")
    )
    await asyncio.gather(*(studio.imagine("a fox --count 8", member="ada") for _ in range(2)))
    said = await taking
    assert "has 0.00 now" in said
    assert "You have 0.00 credits" in await studio.settled("ada")


async def test_every_bad_amount_is_answered(studio: Studio):
    said = await moderate(studio, "grant", "jun", amount=1.23456, reason="x")
    assert "That amount cannot be used." in said
    assert "three digits" in said
    bot = (await studio.driver.state())["application"]["id"]
    outcome = await studio.driver.invoke(
        "mod grant", {"member": bot, "amount": 1, "reason": "x"}, member=MODERATOR
    )
    assert "Bots have no credits" in private(outcome)


async def test_a_block_has_an_end_and_is_lifted(studio: Studio):
    said = await moderate(studio, "block", "mina", days=3, reason="spam")
    assert re.search(r"can't draw until <t:\d+:f>", said)
    refused = await studio.imagine("a fox")
    assert "You can't draw here until" in private(refused)
    assert re.search(r"until <t:\d+:f>", private(refused))
    said = await moderate(studio, "show", "mina")
    assert "can't draw until" in said
    assert "Their next job would be refused: You can't draw here until" in said
    assert "No special rules for" in await moderate(studio, "reset", "mina")
    await studio.result(await studio.imagine("a fox"))


async def test_whoever_is_allowed_stands_above_channels(studio: Studio):
    await limits(studio, "channels add", channel=await channel_id(studio, "gallery"))
    assert "draw in this channel" in private(await studio.imagine("a fox"))
    said = await moderate(studio, "exempt", "mina")
    assert "until a moderator resets it" in said
    await studio.result(await studio.imagine("a fox"))
    await moderate(studio, "reset", "mina")
    await limits(studio, "channels all")


async def test_show_says_which_rule_gives_which_figure(studio: Studio):
    said = await moderate(studio, "show", "ines")
    assert "Credits: 25.00" in said
    assert "Refill: 25.00 every week, as for everyone" in said
    assert re.search(r"Next: \+25\.00 <t:\d+:R>", said)
    assert "Starting credits among them: 25.00" in said
    assert "One job: no limit" in said
    assert "At once: 0 of 100 jobs" in said
    assert "Queue priority: normal" in said
    assert "starting credits" in said.partition("Recent activity")[2]


async def test_a_refund_is_given_once(studio: Studio):
    card = await studio.result(await studio.imagine("a heron"))
    before = await studio.settled()
    job = job_of(card)
    said = await moderate(studio, "refund", job=f" {job.upper()} ")
    assert f"**0.21 credits** of [job {job}](" in said
    assert "Nothing to refund" in await moderate(studio, "refund", job=job)
    after = await own_credits(studio, "mina")
    assert f"refund **+0.21** · a heron · [job {job}](" in after
    # Balances are rounded down, so 0.201 may show as 0.20.
    assert 0.199 < figure(after) - figure(before) < 0.211
    assert "no job of that id" in await moderate(studio, "refund", job="nothing")


async def test_a_right_click_removes_and_refunds_once(studio: Studio):
    card = await studio.result(await studio.imagine("a tower"))
    await studio.settled()
    menu = "Remove and refund"
    tried = [
        studio.driver.menu(menu, message=card["id"], member=MODERATOR),
        studio.driver.menu(menu, message=card["id"], member=MODERATOR),
    ]
    said = [text_of(await answered(studio, one)) for one in await asyncio.gather(*tried)]
    assert sum("**0.21 credits** went back" in one for one in said) == 1
    assert sum("nothing to refund" in one for one in said) == 1
    assert card["id"] not in [one["id"] for one in await studio.driver.messages()]
    history = await own_credits(studio, "mina")
    assert history.count(f"refund **+0.21** · a tower · [job {job_of(card)}](") == 1
    assert "remove and refund" in await moderate(studio, "audit")


async def test_only_a_result_can_be_removed(studio: Studio):
    outcome = await studio.driver.invoke("help", member=MODERATOR)
    said = private(
        await studio.driver.menu(
            "Remove and refund", message=shown(outcome)["id"], member=MODERATOR
        )
    )
    assert "It shows no result of mine" in said


async def test_a_report_reaches_the_moderators_once(studio: Studio):
    place = await channel_id(studio, "gallery")
    await limits(studio, "reports", channel=place)
    card = await studio.result(await studio.imagine("a wolf"))
    form = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    field = opened(form)["components"][0]["component"]["custom_id"]
    sent = await studio.driver.submit(form.id, {field: "not *here* @everyone"}, member="jun")
    assert "This server's moderators get it now" in text_of(
        await answered(studio, sent, member="jun")
    )
    told = await studio.driver.wait_for_message(
        lambda one: card["id"] in text_of(one), channel="gallery"
    )
    said = text_of(told)
    assert f"<@{await who(studio, 'jun')}> reported a picture" in said
    assert f"made by <@{await who(studio, 'mina')}>" in said
    assert r"not \*here\*" in said
    assert card["id"] in said
    assert not told["mentions"]
    assert "Prompt: a wolf" in said
    (picture,) = attachments(told)
    assert picture["content_type"] == "image/jpeg"
    (thumbnail,) = [one["accessory"] for one in walk(told["components"]) if one["type"] == 9]
    assert thumbnail["spoiler"]
    labels = ["Remove and refund", "Remove", "Dismiss", "Block member"]
    assert list(buttons(told)) == labels
    again = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    assert "You have already reported this" in private(again)
    for label in labels:
        refused = await decide(studio, told, label, "jun")
        assert "You need Timeout Members." in private(refused)
    blocked = await decided(studio, told, "Block member", "blocked")
    assert (
        f"**<@{await who(studio, 'mina')}> blocked** by <@{await who(studio, MODERATOR)}>, <t:"
        in (text_of(blocked))
    )
    assert list(buttons(blocked)) == labels[:3]
    assert attachments(blocked)
    assert "You can't draw here." in private(await studio.imagine("a lamb"))
    await moderate(studio, "reset", "mina")
    removed = await decided(studio, blocked, "Remove and refund", "Removed, 0.21 credits refunded")
    assert "blocked** by" in text_of(removed)
    assert not buttons(removed)
    assert not attachments(removed)
    assert card["id"] not in [one["id"] for one in await studio.driver.messages()]
    assert "refund **+0.21** · a wolf" in await own_credits(studio, "mina")
    await limits(studio, "reports")


async def test_a_report_is_dismissed_or_the_result_removed_without_a_refund(studio: Studio):
    await limits(studio, "reports", channel=await channel_id(studio, "gallery"))
    for label, says in (("Dismiss", "**Dismissed** by"), ("Remove", "**Removed** by")):
        card = await studio.result(await studio.imagine(f"to {label.lower()}"))
        told = await reported(studio, card)
        after = await decided(studio, told, label, says)
        shown_ids = [one["id"] for one in await studio.driver.messages()]
        assert (card["id"] in shown_ids) == (label == "Dismiss")
        assert list(buttons(after)) == ([] if label == "Dismiss" else ["Block member"])
    assert "refund **+0.21** · to remove" not in await own_credits(studio, "mina")
    await until_audited(studio, "dismiss report")
    await until_audited(studio, "**remove**")
    await limits(studio, "reports")


async def test_two_decisions_at_once_are_both_told_and_none_twice(studio: Studio):
    await limits(studio, "reports", channel=await channel_id(studio, "gallery"))
    card = await studio.result(await studio.imagine("a wolf for two"))
    told = await reported(studio, card)
    presses = ("Block member", "Remove", "Remove")
    made = await asyncio.gather(*(decide(studio, told, one, MODERATOR) for one in presses))
    after = await studio.driver.wait_for_message(
        lambda one: one["id"] == told["id"] and "blocked** by" in text_of(one) and not buttons(one),
        channel="gallery",
        member=MODERATOR,
    )
    assert text_of(after).count("**Removed** by") == 1
    assert await said_after(studio, made) == ["**Another moderator was faster.**"]
    await moderate(studio, "reset", "mina")
    await limits(studio, "reports")


async def said_after(studio: Studio, made: list[Outcome]) -> list[str]:
    """What some presses were answered privately after their acknowledgement."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            now = [await studio.driver.interaction(one.id) for one in made]
            if said := [text_of(message) for one in now for message in one.followups]:
                return said
            await asyncio.sleep(0.05)


async def until_audited(studio: Studio, says: str) -> None:
    """Wait for a line of the audit log: it is written after the answer."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            if says in await moderate(studio, "audit"):
                return
            await asyncio.sleep(0.05)


async def test_a_channel_for_reports_that_is_gone_leaves_them_to_the_operator(studio: Studio):
    place = await channel_id(studio, "read-only")
    outcome = await studio.driver.invoke("limits reports", {"channel": place}, member=MODERATOR)
    assert "I may not write in" in private(outcome)


async def reported(studio: Studio, card: dict[str, Any]) -> dict[str, Any]:
    """The report of a result, by Jun."""
    form = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    field = opened(form)["components"][0]["component"]["custom_id"]
    sent = await studio.driver.submit(form.id, {field: "look at this"}, member="jun")
    said = text_of(await answered(studio, sent, member="jun"))
    assert "This server's moderators get it now" in said
    return await studio.driver.wait_for_message(
        lambda one: card["id"] in text_of(one), channel="gallery"
    )


async def decide(studio: Studio, report: dict[str, Any], label: str, member: str) -> Outcome:
    return await studio.driver.click(
        report["id"], buttons(report)[label], member=member, channel="gallery"
    )


async def decided(studio: Studio, report: dict[str, Any], label: str, says: str) -> dict[str, Any]:
    """The report once its card says what the moderator did."""
    await decide(studio, report, label, MODERATOR)
    return await studio.driver.wait_for_message(
        lambda one: one["id"] == report["id"] and says in text_of(one),
        channel="gallery",
        member=MODERATOR,
    )


async def test_spending_comes_as_a_plot_and_a_table(studio: Studio, web: aiohttp.ClientSession):
    await studio.result(await studio.imagine("a plot of land"))
    await studio.settled()
    outcome = await studio.driver.invoke("mod report", {"days": 7}, member=MODERATOR)
    card = await answered(studio, outcome)
    assert "spent in the last 7 days" in text_of(card)
    assert f"1. <@{await who(studio, 'mina')}>" in text_of(card)
    files = {one["filename"]: one["url"] for one in attachments(card)}
    assert sorted(files) == ["spending-7-days.csv", "spending-7-days.png"]
    async with web.get(files["spending-7-days.png"]) as answer:
        assert Image.open(io.BytesIO(await answer.read())).width == 1200
    async with web.get(files["spending-7-days.csv"]) as answer:
        head, *rows = (await answer.text()).splitlines()
    assert head == "day,member_id,engine_id,credits,jobs"
    mina = await who(studio, "mina")
    assert any(mina in row and "atelier-painter" in row for row in rows)


async def test_the_audit_log_has_pages_and_a_channel(studio: Studio):
    await limits(studio, "audit", channel=await channel_id(studio, "gallery"))
    for number in range(11):
        await moderate(studio, "grant", "jun", amount=0.5, reason=f"no. {number}")
    told = await studio.driver.wait_for_message(
        lambda one: "no. 10" in text_of(one), channel="gallery"
    )
    assert "**grant**" in text_of(told)
    assert not told["mentions"]
    outcome = await studio.driver.invoke("mod audit", member=MODERATOR)
    first = shown(outcome)
    assert "no. 10" in text_of(first)
    assert "no. 0" not in text_of(first)
    older = await studio.driver.click(first["id"], buttons(first)["Older"], member=MODERATOR)
    second = shown(older)
    assert "no. 0" in text_of(second)
    newer = await studio.driver.click(second["id"], buttons(second)["Newer"], member=MODERATOR)
    assert "no. 10" in text_of(shown(newer))
    await limits(studio, "audit")
