"""Buttons of every kind, pressed on cards that an earlier process has posted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.generation.image.scripted import png
from tests.journeys.studio import Studio, attachments, buttons, confirmed, opened, shown, text_of

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(120)]

WITHIN_S = 60
FRAMES = 8

Card = dict[str, Any]


class Cards:
    """The cards of a process that has ended since."""

    def __init__(self, studio: Studio) -> None:
        self._driver = studio.driver
        self._studio = studio
        self._cards: dict[str, Card] = {}

    async def lay_out(self) -> None:
        state = await self._driver.state()
        mina = next(one["id"] for one in state["members"] if one["name"] == "Mina")
        for number in range(12):
            await self._driver.invoke(
                "mod grant",
                {"member": mina, "amount": 20, "reason": f"prize {number}"},
                member="rowan",
            )
        studio, driver = self._studio, self._driver
        file = await driver.upload("harbour.png", png(0, (900, 600)))
        asked = await driver.invoke("animate", {"image": file["id"]})
        video = await confirmed(driver, asked)
        self._cards["film"] = await studio.message(shown(video)["id"], _has_video, WITHIN_S)
        asked = await driver.invoke("animate", {"prompt": "a wren --seed 3"})
        self._cards["approval"] = await studio.result(asked)
        self._cards["picture"] = await studio.result(await studio.imagine("a heron"))
        self._cards["credits"] = shown(await driver.invoke("credits"))
        self._cards["audit"] = shown(await driver.invoke("mod audit", member="rowan"))
        walk = {"first": "a red fox", "second": "a grey owl", "frames": FRAMES, "size": "256x256"}
        self._cards["walk"] = shown(await driver.invoke("morph", walk))
        dear = await studio.imagine("a crowd --count 16 --size 1024x1024", member="jun")
        self._cards["refusal"] = shown(dear)

    async def press(self, card: str, label: str, member: str = "mina") -> Outcome:
        (custom_id,) = [
            one for name, one in buttons(self._cards[card]).items() if name.startswith(label)
        ]
        return await self._driver.click(self._cards[card]["id"], custom_id, member=member)


def _has_video(message: Card) -> bool:
    return any(one["filename"].endswith(".mp4") for one in attachments(message))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def cards(studio: Studio) -> Cards:
    cards = Cards(studio)
    await cards.lay_out()
    await studio.restart()
    return cards


@pytest.mark.parametrize(
    ("card", "label", "member"),
    [
        ("film", "Extend", "mina"),
        ("film", "GIF", "mina"),
        ("film", "WebP", "mina"),
        ("approval", "Keep only the picture", "mina"),
        ("picture", "Reroll", "mina"),
        ("credits", "Older", "mina"),
        ("audit", "Older", "rowan"),
        ("walk", "Draw", "mina"),
        ("refusal", "My credits", "jun"),
    ],
)
async def test_it_does_what_it_says(cards: Cards, card: str, label: str, member: str):
    outcome = await cards.press(card, label, member)
    assert outcome.state == "acknowledged"
    said = text_of(outcome.message) if outcome.message else ""
    assert "not possible any more" not in said
    assert "went wrong" not in said


@pytest.mark.parametrize(
    ("card", "label", "title"),
    [
        ("film", "Camera", "Camera"),
        ("picture", "Animate", "Animate"),
        ("picture", "Edit", "Edit the prompt"),
        ("picture", "Report", "Report this picture"),
    ],
)
async def test_it_opens_its_form(cards: Cards, card: str, label: str, title: str):
    assert opened(await cards.press(card, label))["title"] == title
