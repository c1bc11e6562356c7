"""Every button pressed, and every form sent, that an earlier process has posted or opened."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from playground.world.messages import MessageFlag
from tests.chaos.clicks.members import Control, author_of, controls_on
from tests.chaos.clicks.verdicts import Before, complaint
from tests.driver.driver import DriveRefused
from tests.journeys.resilience.old_cards import (
    ACTIONS,
    LAST,
    OPENERS,
    OldCards,
    kept_answers,
    open_full_studio,
    until,
)
from tests.journeys.studio import opened, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from playground.world.messages import Message
    from tests.driver.driver import Outcome
    from tests.journeys.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(240)]

MODERATOR = "rowan"
GONE, BROKEN = "not possible any more", "went wrong"


class OldButtons:
    """Presses one button of every kind that a card has, as who it was posted for."""

    def __init__(self, studio: Studio) -> None:
        self.complaints: dict[str, list[str]] = {}
        self._studio = studio
        self._driver = studio.driver
        self._world = studio.playground.world
        self._controls: dict[str, Control] = {}
        self._forms: dict[str, tuple[Outcome, str]] = {}

    async def find(self, forms: dict[str, tuple[Outcome, str]]) -> None:
        """Choose a control for each action, on different cards where there are; open the forms."""
        offered: dict[str, list[Control]] = {}
        await until(lambda: not any(one.has(MessageFlag.LOADING) for one in self._messages()))
        for control in self._all():
            offered.setdefault(control.action, []).append(control)
        used: Counter[str] = Counter()
        for action in sorted(offered, key=lambda name: len(offered[name])):
            chosen = min(offered[action], key=lambda one: used[one.message.id])
            self._controls[action] = chosen
            used[chosen.message.id] += 1
        self._forms = dict(forms)
        for opener, form in OPENERS.items():
            if opener in self._controls and form not in self._forms:
                control = self._controls[opener]
                outcome = await self._use(control)
                if outcome.modal:
                    self._forms[form] = (outcome, self._presser(control))

    async def use_all(self) -> None:
        """Send the forms that are open, then press the buttons."""
        for form, (outcome, member) in self._forms.items():
            answers = kept_answers(opened(outcome))
            await self._judge(form, await self._driver.submit(outcome.id, answers, member=member))
        ordered = sorted(self._controls, key=lambda action: (action in LAST, action))
        for action in ordered:
            control = self._controls[action]
            before = Before.of(control.message)
            try:
                outcome = await self._use(control)
            except DriveRefused as refused:
                self.complaints[action] = [refused.sentence]
            else:
                await self._judge(action, outcome, before)

    def _all(self) -> Iterator[Control]:
        """What can be pressed, the newest first."""
        for message in self._messages():
            yield from (Control(message, component) for component in controls_on(message))

    def _messages(self) -> list[Message]:
        """What anybody sees, the newest first."""
        readers = [user.id for user in self._world.users.values() if not user.bot]
        seen = {
            message.id: message
            for channel in self._world.channels.values()
            for reader in readers
            for message in channel.messages.seen_by(reader, 1000)
        }
        return [message for _, message in sorted(seen.items(), reverse=True)]

    def _presser(self, control: Control) -> str:
        moderator = self._studio.playground.actions.member(MODERATOR)
        return author_of(control.message) or moderator.id

    async def _use(self, control: Control) -> Outcome:
        message, component = control
        custom_id = component["custom_id"]
        # A job that goes on after the restart shows for a moment that it does.
        await until(lambda: custom_id in {one["custom_id"] for one in controls_on(message)})
        who = {"member": self._presser(control), "channel": message.channel_id}
        if component["type"] == 2:
            return await self._driver.click(message.id, custom_id, **who)
        value = component["options"][0]["value"]
        return await self._driver.select(message.id, custom_id, [value], **who)

    async def _judge(self, action: str, outcome: Outcome, before: Before | None = None) -> None:
        interaction = self._studio.playground.interactions.find(outcome.id)
        assert interaction
        found = await complaint(self._world, interaction, action, before)
        answered = await self._driver.interaction(outcome.id)
        answers = [one for one in (answered.message, *answered.followups) if one]
        said = "\n".join(text_of(one) for one in answers if one.get("ephemeral"))
        wrong = [said] if GONE in said or BROKEN in said else []
        self.complaints[action] = [*([found] if found else []), *wrong]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Studio]:
    async with open_full_studio(tmp_path_factory.mktemp("studio")) as opened_studio:
        yield opened_studio


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def pressed(studio: Studio) -> dict[str, list[str]]:
    """What was wrong with each action that was asked for after the restart."""
    cards = OldCards(studio)
    await cards.lay_out()
    old = OldButtons(studio)
    await old.find(await cards.open_forms())
    await studio.restart()
    await old.use_all()
    return old.complaints


@pytest.mark.parametrize("action", ACTIONS)
async def test_it_works_after_a_restart(pressed: dict[str, list[str]], action: str):
    assert action in pressed, f"no card with it is laid out: {sorted(pressed)}"
    assert pressed[action] == []
