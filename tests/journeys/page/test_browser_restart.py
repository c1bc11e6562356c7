"""Every button and select of every kind of card, pressed on the page after a restart of the bot.

With ATELIER_SCREENSHOTS set to a folder, pictures of the cards and forms are written there.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest
from playwright.async_api import expect

from playground.world.messages import MessageFlag
from tests.chaos.clicks.members import author_of, controls_on
from tests.chaos.clicks.verdicts import Before, complaint, is_there
from tests.journeys.browser import WIDTHS, WITHIN_MS, keep_screenshot, needs_browser, open_page
from tests.journeys.resilience.old_cards import ACTIONS, LAST, OldCards, open_full_studio, until

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.async_api import Locator, Page, Response

    from playground.wire import Json
    from playground.world.messages import Message
    from tests.journeys.studio import Studio

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.campaign,
    pytest.mark.timeout(600),
    needs_browser,
]

MODERATOR = "rowan"
BY_MENU = {"used_as_image"}
"""Forms that no button opens."""

TURNING = {"help_topic", "history_page", "credits_page", "desk_audit"}
"""They put other controls in place of those of their card."""

TEXT, STRING_SELECT = 4, 3
TYPED = "a late wren"
SENT = re.compile(r"/(click|select|submit)$")
GONE = "not possible any more"
CUT_OFF = """() => {
  const width = document.documentElement.clientWidth;
  const parts = document.querySelectorAll("[data-testid=message] *, [data-testid=modal] *");
  const wide = [...parts].filter((part) => part.getBoundingClientRect().right > width + 1);
  const labels = [...document.querySelectorAll(".button-label")];
  const cut = labels.filter((label) => label.scrollWidth > label.clientWidth + 1);
  return [...new Set([...wide, ...cut].map((part) => part.textContent.slice(0, 80)))];
}"""
"""What stands out of the page, or is cut off in its button."""


class Control(NamedTuple):
    """A button, or one option of a select, on a message; an option has a value."""

    message: Message
    component: Json
    value: str = ""

    @property
    def custom_id(self) -> str:
        return self.component["custom_id"]

    @property
    def action(self) -> str:
        return self.custom_id.partition(":")[0]

    @property
    def name(self) -> str:
        """What it is, whatever the figures of its card are."""
        label = self.component.get("label") or self.component.get("placeholder") or ""
        return f"{self.action} “{re.sub(r'[0-9.]+', '#', label)}” {self.value.rstrip('0123456789')}"


class OldPage:
    """The page on which an earlier process of the bot has posted cards."""

    def __init__(self, studio: Studio, page: Page, width: str) -> None:
        self.pressed: set[str] = set()
        self.complaints: list[str] = []
        self._page = page
        self._width = width
        self._world = studio.playground.world
        self._interactions = studio.playground.interactions
        self._moderator = studio.playground.actions.member(MODERATOR).id
        self._shown: tuple[str, str] | None = None

    async def controls(self) -> list[Control]:
        """One of each kind of control on each kind of card, those that take away last."""
        await until(lambda: not any(one.has(MessageFlag.LOADING) for one in self._messages()))
        offered: dict[tuple[frozenset[str], str], list[Control]] = {}
        for message in self._messages():
            on_card = list(controls_on(message))
            card = frozenset(one["custom_id"].partition(":")[0] for one in on_card)
            for component in on_card:
                for option in component.get("options") or [{"value": ""}]:
                    control = Control(message, component, option["value"])
                    offered.setdefault((card, control.name), []).append(control)
        # On different cards where there are, for a press may change its card.
        used: Counter[str] = Counter()
        found: list[Control] = []
        for alike in sorted(offered.values(), key=len):
            found.append(min(alike, key=lambda one: used[one.message.id]))
            used[found[-1].message.id] += 1
        return sorted(found, key=self._turn)

    async def press(self, control: Control) -> None:
        """Press it if it is still there, and note what is wrong with what comes of it."""
        message, custom_id = control.message, control.custom_id
        on_card = [one["custom_id"] for one in controls_on(message)]
        if not is_there(self._world, message) or custom_id not in on_card:
            return
        await self._open(control)
        before = Before.of(message)
        card = self._page.locator(f'[data-testid="message"][data-id="{message.id}"]')
        button = card.locator(f'[data-custom-id="{custom_id}"]')
        async with self._page.expect_response(_is_sent) as answer:
            await button.click()
            if control.value:
                await self._choose(control.value)
        await self._judge(control.action, await answer.value, before)

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

    def _turn(self, control: Control) -> tuple[bool, tuple[str, str], bool]:
        return control.action in LAST, self._reader(control), control.action in TURNING

    def _reader(self, control: Control) -> tuple[str, str]:
        message = control.message
        return author_of(message) or self._moderator, message.channel_id

    async def _open(self, control: Control) -> None:
        """The channel of a card, as who it was posted for."""
        if self._shown == self._reader(control):
            return
        self._shown = self._reader(control)
        for key, value in zip(("member", "channel"), self._shown, strict=True):
            await self._page.evaluate(f"sessionStorage.setItem('atelier.{key}', '{value}')")
        await self._page.reload()
        await expect(self._page.get_by_test_id("message").last).to_be_visible()

    async def _choose(self, value: str) -> None:
        options = self._page.get_by_test_id("select-option")
        await options.and_(self._page.locator(f'[data-value="{value}"]')).click()

    async def _judge(self, action: str, answer: Response, before: Before | None = None) -> None:
        self.pressed.add(action)
        if answer.status != 200:
            self._complain(action, await answer.text())
            return
        interaction = self._interactions.find((await answer.json())["id"])
        assert interaction
        if wrong := await complaint(self._world, interaction, action, before):
            self._complain(action, wrong)
        if interaction.modal:
            await self._send(interaction.modal)
        for message in (interaction.original, *interaction.followups):
            if message and is_there(self._world, message):
                await self._is_shown(action, message)
        failures = self._page.get_by_test_id("component-failed").or_(
            self._page.locator(".toast-error")
        )
        for failure in await failures.all_inner_texts():
            self._complain(action, failure)

    async def _is_shown(self, action: str, message: Message) -> None:
        card = self._page.locator(f'[data-testid="message"][data-id="{message.id}"]')
        await expect(card).to_be_visible(timeout=WITHIN_MS)
        if GONE in str(message.components):
            self._complain(action, await card.inner_text())
        await self._check_layout(action)
        await keep_screenshot(card, f"restart-{self._width}-{action}.png")

    async def _send(self, modal: Json) -> None:
        """Send the open form; a word is typed, or something chosen, where nothing is."""
        action = modal["custom_id"].partition(":")[0]
        form = self._page.get_by_test_id("modal")
        await expect(form).to_be_visible()
        for part in modal["components"]:
            await self._fill(form, part.get("component") or {})
        await self._check_layout(action)
        await keep_screenshot(self._page, f"restart-{self._width}-form-{action}.png")
        async with self._page.expect_response(_is_sent) as answer:
            await form.get_by_test_id("modal-submit").click()
        await expect(form).to_be_hidden()
        await self._judge(action, await answer.value)

    async def _fill(self, form: Locator, part: Json) -> None:
        field = form.locator(f'[data-custom-id="{part.get("custom_id")}"]')
        options = part.get("options") or []
        if part.get("type") == TEXT and not (part.get("value") or "").strip():
            await field.fill(TYPED)
        if part.get("type") == STRING_SELECT and not any(one.get("default") for one in options):
            await field.click()
            await self._choose(options[0]["value"])

    async def _check_layout(self, action: str) -> None:
        for part in await self._page.evaluate(CUT_OFF):
            self._complain(action, f"cut off: {part}")

    def _complain(self, action: str, wrong: str) -> None:
        self.complaints.append(f"{action}: {wrong}")


def _is_sent(response: Response) -> bool:
    return SENT.search(response.url) is not None


@pytest.mark.parametrize("width", WIDTHS)
async def test_every_button_answers_on_the_page_after_a_restart(tmp_path: Path, width: str):
    async with open_full_studio(tmp_path) as studio, open_page(studio.playground.url) as page:
        wide, high = WIDTHS[width]
        await page.set_viewport_size({"width": wide, "height": high})
        await OldCards(studio).lay_out()
        old = OldPage(studio, page, width)
        controls = await old.controls()
        await studio.restart()
        for control in controls:
            await old.press(control)
        assert old.complaints == []
        assert sorted({*ACTIONS} - old.pressed - BY_MENU) == []
