"""/history, /show and /jobs: getting back to what was made, and going on with it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.backend import Backend, serving_backend
from tests.journeys.databases import DATABASES, studio_on
from tests.journeys.studio import (
    WITHIN_S,
    Studio,
    attachments,
    button,
    buttons,
    opened,
    shown,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]


@pytest_asyncio.fixture(loop_scope="module", scope="module", params=DATABASES)
async def studio(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Studio]:
    async with studio_on(request.param, tmp_path_factory.mktemp("studio")) as opened_studio:
        yield opened_studio


async def drawn(studio: Studio, prompt: str, **who: str) -> dict[str, Any]:
    card = await studio.imagine(f"{prompt} --size 256x256", **who)
    channel = who.get("channel")
    result = await studio.driver.wait_for_message(
        lambda one: one["id"] == shown(card)["id"] and bool(attachments(one)), channel=channel
    )
    # The job is over a moment after its result is shown.
    await studio.settled(who.get("member", "mina"))
    return result


HERON = "AI-generated: a blue heron at a regatta"


def job_of(card: dict[str, Any]) -> str:
    return text_of(card).rpartition("job ")[2].split()[0]


async def settled(studio: Studio, outcome: Outcome, said: str = "") -> dict[str, Any]:
    """The private card once it says that."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            now = await studio.driver.interaction(outcome.id)
            message = now.message or {}
            if not message.get("thinking") and said in text_of({"components": [], **message}):
                return message
            await asyncio.sleep(0.05)


async def listed(studio: Studio, **options: Any) -> dict[str, Any]:
    member = options.pop("member", "jun")
    channel = options.pop("channel", None)
    outcome = await studio.driver.invoke("history", options, member=member, channel=channel)
    assert outcome.ephemeral
    return await settled(studio, outcome, "Your results")


async def pressed(
    studio: Studio, card: dict[str, Any], label: str, said: str, **who: str
) -> dict[str, Any]:
    """What a private card becomes by one of its buttons."""
    await studio.driver.click(card["id"], button(card, label), **{"member": "jun", **who})
    return await private(studio, card["id"], said, **who)


async def private(studio: Studio, message_id: str, said: str, **who: str) -> dict[str, Any]:
    member = who.get("member", "jun")
    async with asyncio.timeout(WITHIN_S):
        while True:
            for one in await studio.driver.messages(who.get("channel"), member=member):
                if one["id"] == message_id and said in text_of(one):
                    return one
            await asyncio.sleep(0.05)


async def test_results_are_listed_with_pictures_and_filters(studio: Studio):
    for number in range(6):
        await drawn(studio, f"a regatta number{number} @everyone **loud**", member="jun")
    await drawn(studio, "a blue heron at a regatta", member="jun")
    await drawn(studio, "a blue owl at a regatta", member="mina")
    first = await listed(studio, words="regatta")
    assert len(attachments(first)) == 5
    assert "a blue heron" in text_of(first)
    assert "picture · Painter (demo) · " in text_of(first)
    assert f"'{HERON}'" in str(first["components"])
    assert "a blue owl" not in text_of(first)
    assert "\\*\\*loud\\*\\*" in text_of(first)
    assert "Newer" not in buttons(first)
    second = await pressed(studio, first, "Older", "number0")
    assert len(attachments(second)) == 2
    back = await pressed(studio, second, "Newer", "a blue heron")
    assert len(attachments(back)) == 5
    only = await listed(studio, words="BLUE regatta")
    assert "Only “BLUE regatta”" in text_of(only)
    assert len(attachments(only)) == 1
    assert "Nothing yet." in text_of(await listed(studio, words="regatta unicorn"))
    assert "Nothing yet." in text_of(await listed(studio, kind="morph"))


async def test_a_result_is_opened_and_gone_on_with_also_after_a_restart(studio: Studio):
    await drawn(studio, "a green kite --seed 5", member="jun")
    page = await listed(studio, words="kite")
    card = await pressed(studio, page, "Open 1", "AI-generated")
    assert len(attachments(card)) == 1
    await studio.restart()
    form = await studio.driver.click(card["id"], buttons(card)["Edit"], member="jun")
    held = opened(form)["components"][0]["component"]
    assert held["value"] == "a green kite --size 256x256 --seed 5"
    sent = await studio.driver.submit(
        form.id, {held["custom_id"]: "a green kite at dusk --size 64x64"}, member="jun"
    )
    assert "a green kite at dusk" in text_of(await studio.result(sent))
    again = await studio.driver.click(card["id"], button(card, "Reroll"), member="jun")
    await studio.result(again)
    told = await studio.driver.click(card["id"], button(card, "Recipe"), member="jun")
    assert "Recipe of" in text_of(shown(told))
    listed_again = await pressed(studio, card, "Back to the list", "Your results")
    assert "green kite" in text_of(listed_again)


async def told_of(studio: Studio, outcome: Outcome, said: str) -> None:
    """Wait until a private message after the answer says that."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            now = await studio.driver.interaction(outcome.id)
            if any(said in text_of(one) for one in now.followups):
                return
            await asyncio.sleep(0.05)


async def test_a_result_is_posted_and_its_copy_works_and_goes_with_it(studio: Studio):
    original = await drawn(studio, "a lone lantern --seed 6", member="jun")
    outcome = await studio.driver.invoke(
        "show", {"id": f"job {job_of(original)}"}, member="jun", channel="gallery"
    )
    card = await settled(studio, outcome, "a lone lantern")
    posting = await studio.driver.click(
        card["id"], button(card, "Post here"), member="jun", channel="gallery"
    )
    await told_of(studio, posting, "Posted")
    copy = await studio.driver.wait_for_message(
        lambda one: "a lone lantern" in text_of(one) and not one.get("ephemeral"),
        channel="gallery",
    )
    assert len(attachments(copy)) == 1
    assert "Post here" not in buttons(copy)
    told = await studio.driver.click(
        copy["id"], button(copy, "Recipe"), member="mina", channel="gallery"
    )
    assert "Recipe of" in text_of(shown(told))
    removed = await studio.driver.menu(
        "Remove and refund", message=copy["id"], member="rowan", channel="gallery"
    )
    assert removed.ephemeral
    for gone in (copy, original):
        await studio.driver.wait_for(
            lambda event, gone=gone: (
                event.type == "message_delete" and event.data["id"] == gone["id"]
            )
        )
    assert "lantern" not in text_of(await listed(studio))


async def test_what_was_drawn_for_adults_is_shown_in_such_channels_only(studio: Studio):
    there = await drawn(studio, "a nude study", member="jun", channel="after-dark")
    page = await listed(studio)
    assert "nude" not in text_of(page)
    assert "age-restricted channel" in text_of(page)
    refused = await studio.driver.click(page["id"], button(page, "Open 1"), member="jun")
    assert "drawn in an age-restricted channel" in text_of(shown(refused))
    refused = await studio.driver.invoke("show", {"id": job_of(there)}, member="jun")
    assert "drawn in an age-restricted channel" in text_of(shown(refused))
    member = (await studio.driver.state(member="jun"))["members"]
    (jun,) = [one["id"] for one in member if one["name"] == "Jun"]
    for channel, is_told in (("studio", False), ("after-dark", True)):
        spent = await studio.driver.invoke("credits", member="jun", channel=channel)
        told = await studio.driver.invoke(
            "mod show", {"member": jun}, member="rowan", channel=channel
        )
        for card in (shown(spent), shown(told)):
            assert job_of(there) in text_of(card)
            assert ("nude study" in text_of(card)) == is_told
    page = await listed(studio, channel="after-dark", words="nude")
    assert len(attachments(page)) == 1


async def test_others_results_lead_to_their_message_only(studio: Studio):
    card = await drawn(studio, "a guarded garden", member="mina")
    told = await studio.driver.invoke("show", {"id": job_of(card)}, member="jun")
    assert card["id"] in text_of(shown(told))
    assert "garden" not in text_of(shown(told))
    none = await studio.driver.invoke("show", {"id": "zzzzzzzz"}, member="jun")
    assert "This server has no job of that id" in text_of(shown(none))


async def test_ids_are_suggested_to_whom_they_belong(studio: Studio):
    card = await drawn(studio, "a paper crane", member="mina")
    own = await studio.driver.autocomplete("show", "id", {"id": "crane"}, member="mina")
    assert own == [
        {"name": f"{job_of(card)} · a paper crane --size 256x256", "value": job_of(card)}
    ]
    assert await studio.driver.autocomplete("show", "id", {"id": "crane"}, member="jun") == []
    asked = await studio.driver.autocomplete(
        "mod refund", "job", {"job": job_of(card)}, member="rowan"
    )
    assert [one["value"] for one in asked] == [job_of(card)]


@pytest.mark.parametrize("again", [False, True], ids=["at once", "after a restart"])
async def test_jobs_under_way_are_listed_and_cancelled(tmp_path: Any, again: bool):
    backend: Backend
    async with (
        serving_backend() as backend,
        Studio(tmp_path, STABILITY_HOST=f"127.0.0.1:{backend.port}") as studio,
    ):
        backend.hold_back()
        card = shown(await studio.imagine("a *slow* snail"))
        await backend.draws(1)
        listed_jobs = await studio.driver.invoke("jobs")
        jobs = shown(listed_jobs)
        assert "a \\*slow\\* snail" in text_of(jobs)
        assert "running since" in text_of(jobs)
        assert card["id"] in text_of(jobs)
        if again:
            await studio.restart()
        await studio.driver.click(jobs["id"], button(jobs, "Cancel 1"))
        await studio.message(card["id"], lambda one: "Cancelled." in text_of(one))
        await studio.settled()
        after = await studio.driver.invoke("jobs")
        assert "Nothing waits or runs" in text_of(shown(after))
