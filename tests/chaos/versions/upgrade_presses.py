"""The buttons and forms that an old version posted, used when the new one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.chaos.versions.upgrade_orders import WITHIN_S, Card, has_film
from tests.driver.driver import DriveRefused
from tests.journeys.studio import (
    attachments,
    button,
    buttons,
    confirmed,
    opened,
    shown,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.chaos.versions.upgrade_orders import Posted
    from tests.driver.driver import Outcome
    from tests.journeys.studio import Studio

MAX_FAULT = 300


class Presses:
    """Presses them by the ids that the old version gave them; what goes wrong is kept as faults."""

    def __init__(self, studio: Studio, posted: Posted) -> None:
        self.faults: list[str] = []
        self.tried = 0
        self._studio = studio
        self._driver = studio.driver
        self._posted = posted

    async def answer_work(self) -> None:
        """Cancel some of the work, and answer the questions about lost starts."""
        await self._try(self._cancel_picture, self._cancel_film, self._start_again, self._leave)

    async def use_results(self) -> None:
        """Use what results, private answers and open forms offer."""
        await self._try(self._reroll, self._edit, self._submit_edit, self._report, self._delete)
        await self._try(self._submit_animate, self._extend, self._submit_camera, self._give_gif)
        await self._try(self._edit_morph, self._submit_morph, self._draw_quote)
        await self._try(self._redo, self._redo_morph, self._draw_many)
        await self._try(self._approve, self._decline, self._edit_cancelled)

    async def _try(self, *uses: Callable[[], Awaitable[None]]) -> None:
        for use in uses:
            self.tried += 1
            try:
                await use()
            except (AssertionError, DriveRefused, TimeoutError, KeyError, ValueError) as error:
                said = f"{type(error).__name__} {error}"[:MAX_FAULT]
                self.faults.append(f"{use.__name__.strip('_').replace('_', ' ')}: {said}")

    async def _cancel_picture(self) -> None:
        await self._cancel("cancelled picture")

    async def _cancel_film(self) -> None:
        await self._cancel("cancelled film")

    async def _cancel(self, name: str) -> None:
        card = self._posted.at_work[name]
        await self._press(card, "Cancel", member="jun")
        ended = await self._changed(card, lambda one: "**Cancelled.**" in text_of(one))
        assert "Nothing was charged" in text_of(ended), text_of(ended)

    async def _start_again(self) -> None:
        card = self._posted.at_work["film begun again"]
        await self._press(card, "Start again", member="rowan")
        await self._changed(card, lambda one: "Start again" not in buttons(one))

    async def _leave(self) -> None:
        card = self._posted.at_work["left film"]
        await self._press(card, "Leave it", member="rowan")
        ended = await self._changed(card, lambda one: "Leave it" not in buttons(one))
        assert not attachments(ended) or not has_film(ended), text_of(ended)

    async def _reroll(self) -> None:
        outcome = await self._press(self._posted.results["reroll"], "Reroll", member="jun")
        assert "to reroll" in text_of(await self._studio.result(outcome))

    async def _edit(self) -> None:
        form = await self._press(self._posted.results["edit"], "Edit")
        await self._edited(form, "to edit --size 64x64", "a hare --size 64x64")

    async def _submit_edit(self) -> None:
        form = self._posted.forms["edit"]
        await self._edited(form, "to edit --size 64x64", "a late hare --size 64x64")

    async def _edited(self, form: Outcome, held: str, typed: str) -> None:
        fields = values(form)
        name = next(iter(fields))
        assert fields[name] == held, fields
        outcome = await self._driver.submit(form.id, {**fields, name: typed})
        assert typed.partition(" --")[0] in text_of(await self._studio.result(outcome))

    async def _report(self) -> None:
        form = await self._press(self._posted.results["edit"], "Report", member="jun")
        said = dict.fromkeys(values(form), "it has no boat")
        outcome = await self._driver.submit(form.id, dict(said), member="jun")
        assert outcome.ephemeral, outcome

    async def _delete(self) -> None:
        card = self._posted.results["delete"]
        asked = await self._press(card, "Delete")
        question = shown(asked)
        await self._driver.click(question["id"], button(question, "Delete"))
        await self._driver.wait_for(
            lambda event: event.type == "message_delete" and event.data["id"] == card["id"]
        )

    async def _submit_animate(self) -> None:
        chosen = {"length": ["2"], "motion": ["calm"], "camera": ["none"], "fit": ["pad"]}
        asked = await self._driver.submit(self._posted.forms["animate"].id, dict(chosen))
        outcome = await confirmed(self._driver, asked)
        assert "motion 30" in text_of(await self._film(outcome))

    async def _extend(self) -> None:
        asked = await self._press(self._posted.results["film"], "Extend")
        outcome = await confirmed(self._driver, asked)
        assert "4 s · " in text_of(await self._film(outcome))

    async def _submit_camera(self) -> None:
        chosen = {"camera": ["zoom-in"], "strength": ["75"], "easing": ["linear"]}
        outcome = await self._driver.submit(self._posted.forms["film"].id, dict(chosen))
        assert "zoom in, 75 %, linear · free" in text_of(await self._film(outcome))

    async def _give_gif(self) -> None:
        await self._press(self._posted.results["film"], "GIF")
        await self._driver.wait_for_message(
            lambda one: any(file["content_type"] == "image/gif" for file in attachments(one)),
            within=WITHIN_S,
        )

    async def _edit_morph(self) -> None:
        form = await self._press(self._posted.results["morph"], "Edit")
        await self._requoted(form, "a hill --size 64x64", "9")

    async def _submit_morph(self) -> None:
        await self._requoted(self._posted.forms["morph"], "a hill --size 64x64", "10")

    async def _requoted(self, form: Outcome, first: str, frames: str) -> None:
        held = values(form)
        assert (held["first"], held["second"]) == (first, "a vale"), held
        outcome = await self._driver.submit(form.id, {**held, "frames": frames})
        assert text_of(shown(outcome)).startswith(f"**{frames} frames for"), outcome

    async def _draw_quote(self) -> None:
        card = self._posted.private["quote"]
        outcome = await self._press(card, "Draw")
        film = text_of(await self._film(outcome))
        assert "a dune --size 64x64 → a vale" in film, film
        again = await self._press(card, "Draw")
        assert again.ephemeral, "a quote was drawn twice"

    async def _redo(self) -> None:
        form = await self._press(self._posted.private["wrong"], "Edit")
        await self._edited(form, "a fox::99 --size 64x64", "a fox --size 64x64")

    async def _redo_morph(self) -> None:
        form = await self._press(self._posted.private["wrong morph"], "Edit")
        held = values(form)
        assert "a dune::99" in held["first"], held
        outcome = await self._driver.submit(form.id, {**held, "first": "a dune"})
        assert "frames for" in text_of(shown(outcome)), outcome

    async def _draw_many(self) -> None:
        outcome = await self._press(self._posted.private["many"], "Draw 6")
        assert len(attachments(await self._studio.result(outcome))) == 6

    async def _approve(self) -> None:
        outcome = await self._press(self._posted.results["approve"], "Animate")
        assert "to approve" in text_of(await self._film(outcome))

    async def _decline(self) -> None:
        card = self._posted.results["decline"]
        await self._press(card, "No film")
        left = await self._changed(card, lambda one: "No film" not in buttons(one))
        assert attachments(left), text_of(left)

    async def _edit_cancelled(self) -> None:
        """The card is the new version's, but the job's order is in the old one's words."""
        card = await self._studio.message(self._posted.at_work["cancelled picture"]["id"])
        form = await self._press(card, "Edit", member="jun")
        assert "held in vain" in str(values(form)), form

    async def _press(self, card: Card, label: str, member: str = "mina") -> Outcome:
        (custom_id,) = [one for name, one in buttons(card).items() if name.startswith(label)]
        return await self._driver.click(card["id"], custom_id, member=member)

    async def _changed(self, card: Card, fits: Callable[[Card], bool]) -> Card:
        return await self._studio.message(card["id"], fits, WITHIN_S)

    async def _film(self, outcome: Outcome) -> Card:
        return await self._changed(shown(outcome), has_film)


def values(form: Outcome) -> dict[str, Any]:
    """The values that a form of text fields shows, by the fields' names."""
    fields = [row["component"] for row in opened(form)["components"]]
    return {one["custom_id"]: one.get("value", "") for one in fields}
