"""The page in Chromium, on a playground with a real bot; one browser for each module."""

from __future__ import annotations

import asyncio
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route
from playwright.async_api import Browser, Page, async_playwright, expect

from playground.server import Playground
from tests.playground.page.page_bot import PageBot

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import ConsoleMessage, Locator, Request, ViewportSize

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
expect.set_options(timeout=5000)


@dataclass
class Rig:
    """A playground with its bot, and what was added to accounts through it."""

    playground: Playground
    bot: PageBot
    top_ups: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])


class Screen:
    """The page as the tests speak of it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def get(self, testid: str, text: str | None = None) -> Locator:
        """Everything with a test id, or what of it holds a text."""
        found = self.page.get_by_test_id(testid)
        return found if text is None else found.filter(has_text=text)

    @property
    def last(self) -> Locator:
        """The newest message."""
        return self.get("message").last

    async def type(self, text: str) -> None:
        """Type key by key into whatever has the focus."""
        await self.page.keyboard.type(text)

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def command(self, text: str) -> None:
        """Type a command into the empty composer and send it."""
        await self.get("composer-input").focus()
        await self.type(text)
        await self.press("Enter")

    async def open(self, address: str, channel: str = "studio") -> None:
        """Open the page in a channel and wait until it is ready."""
        await self.page.goto(f"{address}#{channel}")
        await expect(self.page.locator("html[data-ready]")).to_be_attached()

    async def act_as(self, member: str) -> None:
        """Switch the acting member."""
        await self.get("user-panel").click()
        await self.get("switch-member", member).click()
        await expect(self.get("user-panel", member)).to_be_visible()


class Tab:
    """A browser tab and what went wrong in it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []

    def note(self, line: ConsoleMessage) -> None:
        # A refused request is an answer like any other; the browser logs it as an error.
        if line.type in ("error", "warning") and not line.text.startswith("Failed to load"):
            self.complaints.append(f"{line.type}: {line.text}")

    def note_foreign(self, request: Request) -> None:
        address = yarl.URL(request.url)
        if address.scheme in ("http", "https") and address.host != "127.0.0.1":
            self.complaints.append(f"request: {request.url}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncGenerator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM HERE: the page is not tested (apt-get install chromium)")
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rig() -> AsyncGenerator[Rig]:
    top_ups: list[tuple[str, str, str]] = []

    async def top_up(guild: str, member: str, amount: str) -> None:
        top_ups.append((guild, member, amount))

    with pytest.MonkeyPatch.context() as patch:
        async with Playground(top_up=top_up) as playground:
            patch.setattr(Route, "BASE", playground.api_base)
            gateway = yarl.URL(playground.gateway_url)
            patch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
            bot = PageBot()
            running = asyncio.create_task(bot.start(playground.token))
            await asyncio.wait_for(bot.connected_once.wait(), 10)
            yield Rig(playground, bot, top_ups)
            await bot.close()
            with suppress(Exception):
                await running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tab(browser: Browser) -> AsyncGenerator[Tab]:
    """The one tab of the module: opening a page in it anew costs a third of a new context."""
    context = await browser.new_context(viewport=DESKTOP)
    page = await context.new_page()
    page.set_default_timeout(5000)
    tab = Tab(page)
    # Interception starts with the first listener, and not at once; a later one would come too late.
    page.on("filechooser", lambda _: None)
    page.on("pageerror", lambda error: tab.complaints.append(str(error)))
    page.on("console", tab.note)
    page.on("request", tab.note_foreign)
    yield tab
    await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def blank(tab: Tab) -> AsyncGenerator[Screen]:
    """The tab, empty; a complaint of the page or a request to another host is a failure."""
    tab.complaints.clear()
    yield Screen(tab.page)
    await tab.page.evaluate("sessionStorage.clear()")
    await tab.page.goto("about:blank")
    await tab.page.set_viewport_size(DESKTOP)
    assert tab.complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def screen(blank: Screen, rig: Rig) -> AsyncGenerator[Screen]:
    """The page open in #studio; the bot's answers are not held back."""
    rig.bot.go.set()
    await blank.open(rig.playground.url)
    yield blank
    assert rig.playground.report.payload(openapi=False)["problems"] == []
