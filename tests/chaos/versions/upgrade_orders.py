"""What the old version is asked for before an upgrade: results, work that is not done, forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.chaos.versions.upgrade_engines import CAUGHT, HELD, HELD_SEEDS, LOST_SEEDS
from tests.generation.image.scripted import png
from tests.journeys.studio import Studio, attachments, buttons, confirmed, shown

if TYPE_CHECKING:
    from tests.driver.driver import Outcome

WITHIN_S = 60
PICTURES = 6
"""So many held ones of one member that some of them wait in line."""

Card: TypeAlias = dict[str, Any]


@dataclass(slots=True)
class Posted:
    """What the old version posted, by names: cards of results and of work, answers to one member
    alone, and the forms that were left open.
    """

    results: dict[str, Card] = field(default_factory=dict[str, Card])
    at_work: dict[str, Card] = field(default_factory=dict[str, Card])
    private: dict[str, Card] = field(default_factory=dict[str, Card])
    forms: dict[str, Any] = field(default_factory=dict[str, Any])


class Orders:
    """Places the orders."""

    def __init__(self, studio: Studio) -> None:
        self.posted = Posted()
        self._studio = studio
        self._driver = studio.driver

    async def finish_some(self) -> None:
        """Wait for results, for private answers and for open forms."""
        results = self.posted.results
        for name in ("reroll", "edit", "delete", "animate"):
            results[name] = await self._studio.result(await self._imagine(f"to {name}"))
        results["film"] = await self._film(await self._animate(1))
        results["morph"] = await self._film(await self._draw(await self._quote("a hill")))
        for name in ("approve", "decline"):
            outcome = await self._driver.invoke("animate", {"prompt": f"to {name}"})
            results[name] = await self._studio.result(outcome)
        self.posted.private = {
            "quote": shown(await self._quote("a dune")),
            "wrong morph": shown(await self._quote("a dune::99")),
            "wrong": shown(await self._imagine("a fox::99")),
            "many": shown(await self._imagine("{red, blue, green} {fox, hare}")),
        }
        opening = {"edit": "Edit", "animate": "Animate", "film": "Camera", "morph": "Edit"}
        for name, button in opening.items():
            custom_id = buttons(results[name])[button]
            self.posted.forms[name] = await self._driver.click(results[name]["id"], custom_id)

    async def begin_some(self) -> None:
        """Order what the engines hold back, and wait for the questions about lost starts."""
        begun = {f"picture {n}": await self._imagine(f"{HELD} {n}") for n in range(PICTURES)}
        begun["cancelled picture"] = await self._imagine(f"{HELD} in vain", member="jun")
        begun["caught picture"] = await self._imagine(CAUGHT, member="ines")
        begun["morph"] = await self._draw(await self._quote(f"a {HELD} hill"))
        begun["film"] = await self._animate(HELD_SEEDS[0])
        begun["film of two parts"] = await self._animate(HELD_SEEDS[10], length=4)
        begun["cancelled film"] = await self._animate(HELD_SEEDS[20], member="jun")
        begun["film begun again"] = await self._animate(LOST_SEEDS[0], member="rowan")
        begun["left film"] = await self._animate(LOST_SEEDS[10], member="rowan")
        cards = self.posted.at_work = {name: shown(one) for name, one in begun.items()}
        for name in ("film begun again", "left film"):
            cards[name] = await self._studio.message(
                cards[name]["id"], lambda one: "Start again" in buttons(one), WITHIN_S
            )

    async def _imagine(self, prompt: str, member: str = "mina") -> Outcome:
        options = {"prompt": prompt, "size": "64x64"}
        return await self._driver.invoke("imagine", options, member=member)

    async def _animate(self, seed: int, length: int = 2, member: str = "mina") -> Outcome:
        file = await self._driver.upload("wren.png", png(seed % 256, (900, 600)), member=member)
        options = {"image": file["id"], "seed": seed, "length": length}
        asked = await self._driver.invoke("animate", options, member=member)
        return await confirmed(self._driver, asked, member=member)

    async def _quote(self, first: str) -> Outcome:
        options = {"first": first, "second": "a vale", "size": "64x64", "frames": 8}
        return await self._driver.invoke("morph", options)

    async def _draw(self, quoted: Outcome) -> Outcome:
        card = shown(quoted)
        (custom_id,) = [one for name, one in buttons(card).items() if name.startswith("Draw")]
        return await self._driver.click(card["id"], custom_id)

    async def _film(self, outcome: Outcome) -> Card:
        return await self._studio.message(shown(outcome)["id"], has_film, WITHIN_S)


def has_film(card: Card) -> bool:
    """Whether a card shows a finished film."""
    return any(one["filename"].endswith(".mp4") for one in attachments(card))
