"""What members do with their credits: look, turn pages, ask for prices, give them away."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.studio import Studio, buttons, shown, text_of

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


async def who(studio: Studio, name: str) -> str:
    members = (await studio.driver.state())["members"]
    return next(one["id"] for one in members if one["name"].lower() == name)


async def moderate(studio: Studio, command: str, **options: Any) -> None:
    outcome = await studio.driver.invoke(command, options, member=MODERATOR)
    assert outcome.ephemeral, outcome


async def give(studio: Studio, giver: str, receiver: str, amount: float | None) -> Outcome:
    options: dict[str, Any] = {"gift": await who(studio, receiver)}
    if amount is not None:
        options["amount"] = amount
    return await studio.driver.invoke("credits", options, member=giver)


async def test_the_balance_comes_with_the_next_refill(studio: Studio):
    said = private(await studio.driver.invoke("credits", member="ines"))
    assert re.match(r"\*\*You have \d+\.\d\d credits\.\*\*\n", said)
    assert re.search(r"Next refill: \+25\.00 <t:\d+:R>", said)
    assert "grant **+25.00** · starting credits" in said


async def test_history_has_pages(studio: Studio):
    ada = await who(studio, "ada")
    for number in range(12):
        await moderate(studio, "mod grant", member=ada, amount=0.5, reason=f"no. {number}")
    first = shown(await studio.driver.invoke("credits", member="ada"))
    assert "no. 11" in text_of(first)
    assert "no. 1\n" not in text_of(first) + "\n"
    older = await studio.driver.click(first["id"], buttons(first)["Older"], member="ada")
    second = shown(older)
    assert second["id"] == first["id"]
    assert "page 2" in text_of(second)
    assert "no. 1\n" in text_of(second)
    assert "starting credits" in text_of(second)
    assert "Older" not in buttons(second)
    newer = await studio.driver.click(second["id"], buttons(second)["Newer"], member="ada")
    assert "no. 11" in text_of(shown(newer))


async def test_a_job_is_one_line_of_the_history(studio: Studio):
    await studio.result(await studio.imagine("a kingfisher"))
    said = await studio.settled()
    assert len(re.findall("a kingfisher", said)) == 1
    assert re.search(r"spent \*\*0\.21\*\* · a kingfisher · \[job \w+\]\(https://", said)


async def test_a_quote_costs_nothing(studio: Studio):
    said = private(await studio.driver.invoke("credits", {"quote": "a fox --count 4"}))
    assert "As a film (`/animate`): 2 s 20.00 · 4 s 40.00" in said
    assert "As a morph (`/morph`): " in said
    assert "**That would cost 0.81 credits.** Nothing was charged." in said
    assert "4 pictures at 512×512" in said
    refused = private(await studio.driver.invoke("credits", {"quote": "a fox --size 9x9"}))
    assert "That size does not work" in refused or "I could not read" in refused


async def test_a_quote_is_what_is_charged_with_defaults_and_styles(studio: Studio):
    ada = {"member": "ada"}
    await studio.driver.invoke("settings", {"count": 3, "aspect": "3:2"}, **ada)
    style = {"name": "noir", "text": "film grain --steps 20"}
    await studio.driver.invoke("style save", style, **ada)
    prompt = "a heron --style noir"
    said = private(await studio.driver.invoke("credits", {"quote": prompt}, **ada))
    price = re.search(r"would cost ([\d.]+) credits", said)
    assert price, said
    assert "3 pictures at 576×384, 20 steps" in said
    card = text_of(await studio.result(await studio.imagine(prompt, **ada)))
    assert f"{price[1]} credits" in card
    plain = private(await studio.driver.invoke("credits", {"quote": "a heron"}, **ada))
    # A morph takes no defaults.
    assert "As a morph (`/morph`): 8 frames 1.6" in plain


async def test_gifts_are_off_until_moderators_allow_them(studio: Studio):
    assert "Gifts are off" in private(await give(studio, "mina", "jun", 1))
    await moderate(studio, "limits gifts", allowed=True)
    said = private(await studio.driver.invoke("credits", member="jun"))
    giftable = f"{figure(said) - 25:.2f}"
    assert f"You can give away {giftable}; starting credits stay with you." in said
    refused = private(await give(studio, "jun", "mina", 1000)).replace("\\", "")
    assert f"You can give away {giftable}; starting credits stay with you." in refused
    await moderate(studio, "limits gifts", allowed=False)


async def test_a_gift_moves_credits_and_tells_the_receiver(studio: Studio):
    jun, rowan = await who(studio, "jun"), await who(studio, "rowan")
    await moderate(studio, "limits gifts", allowed=True)
    await moderate(studio, "mod grant", member=rowan, amount=3, reason="a contest")
    given = await give(studio, "rowan", "jun", 2.5)
    card = shown(given)
    assert not given.ephemeral
    assert text_of(card) == f"<@{rowan}> gave <@{jun}> **2.50 credits**."
    assert [one["id"] for one in card["mentions"]] == [jun]
    said = private(await studio.driver.invoke("credits", member="rowan"))
    assert figure(said) == 25.5
    assert "gift **−2.50** · to Jun" in said
    said = private(await studio.driver.invoke("credits", member="jun"))
    assert "gift **+2.50** · from Rowan" in said
    more = private(await give(studio, "rowan", "jun", 0.51))
    assert "You can give away 0.50; starting credits stay with you" in more.replace("\\", "")
    await moderate(studio, "limits gifts", allowed=False)


async def test_two_gifts_at_once_never_give_more_than_there_is(studio: Studio):
    ines = await who(studio, "ines")
    await moderate(studio, "limits gifts", allowed=True)
    await moderate(studio, "mod grant", member=ines, amount=3, reason="a contest")
    outcomes = await asyncio.gather(*(give(studio, "ines", "jun", 2) for _ in range(4)))
    assert sum(not one.ephemeral for one in outcomes) == 1
    assert figure(private(await studio.driver.invoke("credits", member="ines"))) == 26
    await moderate(studio, "limits gifts", allowed=False)


async def test_what_is_no_gift_is_refused(studio: Studio):
    await moderate(studio, "limits gifts", allowed=True)
    bot = (await studio.driver.state())["application"]["id"]
    nobody = await studio.driver.invoke("credits", {"gift": bot, "amount": 1})
    assert "Only members of this server have credits" in private(nobody)
    assert "yours already" in private(await give(studio, "mina", "mina", 1))
    assert "How many credits? Add `amount`." in private(await give(studio, "mina", "jun", None))
    alone = await studio.driver.invoke("credits", {"amount": 1})
    assert "Who gets them? Add `gift`." in private(alone)
    await moderate(studio, "limits gifts", allowed=False)


async def test_the_mention_after_long_jobs_can_be_switched_off(studio: Studio):
    card = shown(await studio.driver.invoke("credits"))
    off = await studio.driver.click(card["id"], buttons(card)["Mention me after long jobs: on"])
    card = shown(off)
    on = await studio.driver.click(card["id"], buttons(card)["Mention me after long jobs: off"])
    assert "Mention me after long jobs: on" in buttons(shown(on))
