"""Moderators in a real browser, on the page of the playground, with the real bot.

With ATELIER_SCREENSHOTS set to a folder, pictures of the cards are written there.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright, expect

from tests.journeys.studio import Studio
from tests.journeys.test_browser import ARGUMENTS, CHROMIUM, WITHIN_MS, form, press

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Locator, Page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(studio: Studio) -> AsyncGenerator[Page]:
    """The page, after two members have drawn and a moderator has let gifts in."""
    mina = await who(studio, "Mina")
    for member, prompt in (("mina", "a red lighthouse"), ("jun", "a fox"), ("mina", "a heron")):
        await studio.result(await studio.imagine(prompt, member=member))
    await studio.settled()
    await studio.driver.invoke("limits gifts", {"allowed": True}, member="rowan")
    grant = {"member": mina, "amount": 12.5, "reason": "won the contest"}
    await studio.driver.invoke("desk grant", grant, member="rowan")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = await browser.new_page(viewport={"width": 1280, "height": 1500})
        opened.set_default_timeout(WITHIN_MS)
        await opened.goto(studio.playground.url)
        await expect(opened.get_by_test_id("composer-input")).to_be_visible()
        yield opened
        await browser.close()


async def who(studio: Studio, name: str) -> str:
    members = (await studio.driver.state())["members"]
    return next(one["id"] for one in members if one["name"] == name)


async def act_as(page: Page, name: str) -> None:
    await page.get_by_test_id("user-panel").click()
    await page.get_by_test_id("switch-member").filter(has_text=name).click()
    await expect(page.get_by_test_id("user-panel")).to_contain_text(name)


async def type_command(page: Page, text: str) -> None:
    await page.get_by_test_id("composer-input").click()
    await page.keyboard.type(text)
    await page.keyboard.press("Enter")


def newest(page: Page) -> Locator:
    return page.get_by_test_id("message").last


async def keep(what: Page | Locator, name: str) -> None:
    folder = os.environ.get("ATELIER_SCREENSHOTS")
    if folder:
        await what.screenshot(path=f"{folder}/{name}")


async def test_a_member_sees_their_credits(page: Page):
    await act_as(page, "Mina")
    await type_command(page, "/credits")
    await expect(newest(page)).to_contain_text("Next refill: +25.00")
    await expect(newest(page)).to_contain_text("You can give away 12.50")
    await keep(newest(page), "credits.png")
    await press(newest(page), "Mention me after long jobs: on")
    await expect(newest(page)).to_contain_text("Mention me after long jobs: off")
    await press(newest(page), "Mention me after long jobs: off")


async def test_a_member_reports_and_a_moderator_removes(page: Page):
    await act_as(page, "Jun")
    card = page.get_by_test_id("message").filter(has_text="a heron").last
    await press(card, "Report")
    async with form(page) as modal:
        await modal.get_by_test_id("modal-input").first.fill("this is my own picture")
        await keep(page, "report-form.png")
    await expect(newest(page)).to_contain_text("Reported.")


async def test_a_moderator_sees_rules_and_spending(page: Page, studio: Studio):
    await act_as(page, "Rowan")
    await type_command(page, "/desk report days: 30")
    await expect(newest(page)).to_contain_text("spent in the last 30 days", timeout=40_000)
    picture = newest(page).get_by_test_id("gallery-item").locator("img")
    await expect(picture).to_have_js_property("complete", value=True)
    assert await picture.evaluate("img => img.naturalWidth") == 1200
    await expect(newest(page)).to_contain_text("spending-30-days.csv")
    await keep(newest(page), "desk-report.png")
    await type_command(page, "/desk audit")
    await expect(newest(page)).to_contain_text("won the contest")
    await keep(newest(page), "desk-audit.png")
    await studio.driver.invoke("desk show", {"member": await who(studio, "Mina")}, member="rowan")
    await expect(newest(page)).to_contain_text("by the rule for everyone")
    await keep(newest(page), "desk-show.png")
    await keep(page, "desk-page.png")
