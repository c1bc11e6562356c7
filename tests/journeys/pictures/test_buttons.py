"""The buttons of a card, before and after a restart."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.driver.driver import Outcome
from tests.journeys.studio import (
    Studio,
    attachments,
    button,
    buttons,
    confirmed,
    delete,
    opened,
    shown,
    text_of,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

SMALL = {"size": "256x256"}


def typed(outcome: Outcome, text: str) -> dict[str, Any]:
    """The values of an edit form with another text."""
    names = [row["component"]["custom_id"] for row in opened(outcome)["components"]]
    return {name: text if number == 0 else "" for number, name in enumerate(names)}


async def card_of(studio: Studio, prompt: str, **options) -> dict[str, Any]:
    return await studio.result(await studio.imagine(prompt, **{**SMALL, **options}))


async def gone(studio: Studio, card: dict[str, Any]) -> None:
    """Wait until a message was deleted."""
    await studio.driver.wait_for(
        lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
    )


async def test_reroll_draws_another_picture_for_whoever_asks(studio: Studio):
    card = await card_of(studio, "a red boat --seed 5")
    outcome = await studio.driver.click(card["id"], button(card, "Reroll"), member="jun")
    again = await studio.result(outcome)
    assert "seed 5 ·" not in text_of(again)
    state = await studio.driver.state()
    jun = next(one["id"] for one in state["members"] if one["name"] == "Jun")
    assert f"<@{jun}> · a red boat" in text_of(again)


async def test_a_double_click_rerolls_once(studio: Studio):
    card = await card_of(studio, "a quiet harbour")
    reroll = button(card, "Reroll")
    clicks = await asyncio.gather(*(studio.driver.click(card["id"], reroll) for _ in range(3)))
    public = [one for one in clicks if not one.ephemeral]
    assert len(public) == 1
    await studio.result(public[0])
    found = [one for one in await studio.driver.messages() if "a quiet harbour" in text_of(one)]
    assert len(found) == 2


async def test_edit_opens_the_whole_prompt_and_draws_it_anew(studio: Studio):
    card = await card_of(studio, "a fox::1.5 snow::-0.5", seed=9, negative="text")
    form = await studio.driver.click(card["id"], buttons(card)["Edit"])
    held = opened(form)["components"][0]["component"]["value"]
    assert held == "a fox::1.5 snow::-0.5 --no text --size 256x256 --seed 9"
    outcome = await studio.driver.submit(form.id, typed(form, held.replace("fox", "hare")))
    edited = await studio.result(outcome)
    assert "a hare::1.5 snow::-0.5 --no text" in text_of(edited)
    assert "seed 9" in text_of(edited)


async def test_an_edit_with_a_mistake_is_refused_with_its_text(studio: Studio):
    card = await card_of(studio, "a fox")
    form = await studio.driver.click(card["id"], buttons(card)["Edit"])
    outcome = await studio.driver.submit(form.id, typed(form, "a fox::99"))
    assert outcome.ephemeral
    again = await studio.driver.click(shown(outcome)["id"], buttons(shown(outcome))["Edit"])
    assert opened(again)["components"][0]["component"]["value"] == "a fox::99"


async def test_delete_takes_card_and_files(studio: Studio):
    card = await card_of(studio, "a small secret")
    job_id = text_of(card).rpartition("job ")[2].split()[0]
    folder = studio.folder / "state" / "artifacts" / job_id
    assert list(folder.iterdir())
    refused = await studio.driver.click(card["id"], buttons(card)["Delete"], member="jun")
    assert "another member's" in text_of(shown(refused))
    asked = await studio.driver.click(card["id"], buttons(card)["Delete"])
    kept = await studio.driver.click(shown(asked)["id"], buttons(shown(asked))["Keep"])
    assert kept.state == "acknowledged"
    assert card["id"] in [one["id"] for one in await studio.driver.messages()]
    await delete(studio.driver, card)
    await gone(studio, card)
    assert not folder.exists() or not list(folder.iterdir())


async def test_a_moderator_may_delete(studio: Studio):
    card = await card_of(studio, "a loud poster")
    await delete(studio.driver, card, member="rowan")
    await gone(studio, card)


async def test_many_permutations_are_confirmed_with_their_price(studio: Studio):
    cheap = await studio.imagine("{red, blue, green} {fox, hare}", **SMALL)
    assert not cheap.ephemeral, "it costs 0.06 credits only"
    outcome = await studio.imagine("{red, blue, green} fox --size 1024x1024")
    assert outcome.ephemeral
    assert "3 pictures for " in text_of(shown(outcome))
    label = next(label for label in buttons(shown(outcome)) if label.startswith("Draw 3 · "))
    drawn = await studio.driver.click(shown(outcome)["id"], buttons(shown(outcome))[label])
    card = await studio.result(drawn, within=60)
    assert len(attachments(card)) == 3
    twice = await studio.driver.click(shown(outcome)["id"], buttons(shown(outcome))[label])
    assert twice.ephemeral


async def test_a_reroll_that_is_asked_about_twice_is_made_once(studio: Studio):
    driver = studio.driver
    asked = await studio.imagine("{a red, a blue, a green} hare", size="1024x1024")
    card = await studio.result(await confirmed(driver, asked), within=60)
    questions = [await driver.click(card["id"], button(card, "Reroll")) for _ in range(2)]
    assert all(question.ephemeral for question in questions)
    first, second = [await confirmed(driver, question) for question in questions]
    assert len(attachments(await studio.result(first, within=60))) == 3
    assert second.ephemeral
    assert "Already in progress" in text_of(shown(second))


async def test_more_pictures_than_a_message_holds_come_in_two(studio: Studio):
    card = await card_of(studio, "a fox", count=12, size="64x64")
    assert len(attachments(card)) == 10
    more = await studio.driver.wait_for_message(
        lambda one: "continued" in text_of(one) and one["id"] > card["id"]
    )
    assert len(attachments(more)) == 2
    await delete(studio.driver, card)
    await gone(studio, more)


async def test_one_picture_of_several_is_deleted(studio: Studio):
    card = await card_of(studio, "a fox", count=12, size="64x64", seed=40)
    more = await studio.driver.wait_for_message(
        lambda one: "continued" in text_of(one) and one["id"] > card["id"]
    )
    asked = await studio.driver.click(card["id"], buttons(card)["Delete"])
    question = shown(asked)
    assert list(buttons(question))[:2] == ["Delete all 12", "Keep"]
    await studio.restart()
    await studio.driver.click(question["id"], buttons(question)["Picture 2"])
    await studio.message(more["id"], lambda one: len(attachments(one)) == 1)
    left = await studio.message(card["id"], lambda one: "-2." not in str(attachments(one)))
    assert len(attachments(left)) == 10
    assert text_of(left).partition(" credits")[0] == text_of(card).partition(" credits")[0].replace(
        "seeds 40 to 51", "seeds 40, 42, 43, 44…"
    )


async def test_the_last_picture_takes_the_card_with_it(studio: Studio):
    card = await card_of(studio, "a wren", count=2, size="64x64")
    question = shown(await studio.driver.click(card["id"], buttons(card)["Delete"]))
    await studio.driver.click(question["id"], buttons(question)["Picture 1"])
    left = await studio.message(card["id"], lambda one: len(attachments(one)) == 1)
    question = shown(await studio.driver.click(left["id"], buttons(left)["Delete"]))
    assert list(buttons(question)) == ["Delete", "Keep"]
    await studio.driver.click(question["id"], buttons(question)["Delete"])
    await gone(studio, card)


async def test_a_repeated_interaction_makes_one_job(studio: Studio):
    outcome = await studio.imagine("a lonely tree", **SMALL)
    await studio.driver.replay(outcome.id)
    await studio.result(outcome)
    await asyncio.sleep(0.3)
    found = [one for one in await studio.driver.messages() if "a lonely tree" in text_of(one)]
    assert len(found) == 1


async def test_buttons_work_after_a_restart(studio: Studio):
    card = await card_of(studio, "a lasting thing")
    form = await studio.driver.click(card["id"], buttons(card)["Edit"])
    refusal = await studio.imagine("a fox::99")
    await studio.restart()
    rerolled = await studio.driver.click(card["id"], button(card, "Reroll"))
    await studio.result(rerolled)
    edited = await studio.driver.submit(form.id, typed(form, "a lasting word --size 256x256"))
    assert "a lasting word" in text_of(await studio.result(edited))
    redo = await studio.driver.click(shown(refusal)["id"], buttons(shown(refusal))["Edit"])
    assert opened(redo)["components"][0]["component"]["value"] == "a fox::99"
    question = shown(await studio.driver.click(card["id"], buttons(card)["Delete"]))
    await studio.restart()
    await studio.driver.click(question["id"], buttons(question)["Delete"])
    await gone(studio, card)
