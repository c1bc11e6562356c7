"""The page of the playground in a real browser, as the journeys speak of it."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Error, Locator, async_playwright, expect

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Page

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
WITHIN_MS = 15_000
HIGH_PX = 1400
WIDTHS = {"desktop": (1280, 860), "phone": (390, 844)}
"""Widths and heights of the page, in pixels."""
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@asynccontextmanager
async def open_page(address: str) -> AsyncGenerator[Page]:
    """The page of a playground, ready to be used."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = await browser.new_page(viewport={"width": 1280, "height": 860})
        opened.set_default_timeout(WITHIN_MS)
        await opened.goto(address)
        await expect(opened.get_by_test_id("composer-input")).to_be_visible()
        yield opened
        await browser.close()


async def act_as(page: Page, member: str) -> None:
    """Switch the acting member."""
    await page.get_by_test_id("user-panel").click()
    await page.get_by_test_id("switch-member").filter(has_text=member).click()
    panel = page.get_by_test_id("user-panel").filter(has_text=member)
    await expect(panel).to_be_visible()


async def type_command(page: Page, text: str) -> None:
    await page.get_by_test_id("composer-input").click()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


def newest(page: Page) -> Locator:
    return page.get_by_test_id("message").last


async def press(message: Locator, label: str) -> None:
    await message.get_by_test_id("button").filter(has_text=label).click()


async def picture_is_shown(message: Locator, count: int = 1) -> None:
    pictures = message.get_by_test_id("gallery-item").locator("img")
    await expect(pictures).to_have_count(count, timeout=WITHIN_MS)
    for number in range(count):
        loaded = "img => img.complete && img.naturalWidth > 0"
        await expect(pictures.nth(number)).to_have_js_property("complete", value=True)
        assert await pictures.nth(number).evaluate(loaded)


async def keep_screenshot(what: Page | Locator, name: str) -> None:
    folder = os.environ.get("ATELIER_SCREENSHOTS")
    if not folder:
        return
    path, usual = f"{folder}/{name}", None
    if isinstance(what, Locator) and (usual := what.page.viewport_size):
        # The page's head stands over what is higher than the window.
        await what.page.set_viewport_size({"width": usual["width"], "height": HIGH_PX})
    try:
        await what.screenshot(path=path)
    except Error:
        # A card that changed meanwhile is another element.
        await what.screenshot(path=path)
    finally:
        if isinstance(what, Locator) and usual:
            await what.page.set_viewport_size(usual)


@asynccontextmanager
async def form(page: Page) -> AsyncGenerator[Locator]:
    """The open form; it is sent at the end."""
    modal = page.get_by_test_id("modal")
    await expect(modal).to_be_visible()
    yield modal
    await modal.get_by_test_id("modal-submit").click()
    await expect(modal).to_be_hidden()
