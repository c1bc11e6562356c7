"""Moderators and members in a real browser: rules, refusals, a member looked at, and gifts.

With ATELIER_SCREENSHOTS set to a folder, pictures of the cards are written there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.browser import (
    WITHIN_MS,
    act_as,
    form,
    keep_screenshot,
    needs_browser,
    newest,
    picture_is_shown,
    press,
    type_command,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import Locator, Page

    from tests.journeys.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, needs_browser]


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _no_rules(studio: Studio) -> AsyncGenerator[None]:
    """No test leaves a rule behind."""
    yield
    await studio.driver.invoke("limits caps", {"per_job": "none"}, member="rowan")


async def answer(page: Page, command: str, says: str) -> Locator:
    """The private answer to a command."""
    await type_command(page, command)
    found = page.get_by_test_id("message").filter(has_text=says).last
    await expect(found).to_contain_text("Only you can see this", timeout=WITHIN_MS)
    return found


async def picture(page: Page, words: str) -> Locator:
    """A small result of the acting member's."""
    await type_command(page, f"/imagine prompt: {words} --size 256x256 --seed 3")
    card = page.get_by_test_id("message").filter(has_text=f"· {words}").last
    await picture_is_shown(card)
    return card


async def open_channel(page: Page, name: str) -> None:
    await page.locator(f'[data-testid="channel"][data-name="{name}"]').click()
    await expect(page.locator(".header-name")).to_have_text(name)


async def test_setup_is_one_form(page: Page):
    await act_as(page, "Rowan")
    await type_command(page, "/limits setup")
    async with form(page) as modal:
        fields = modal.get_by_test_id("modal-input")
        await expect(fields.first).to_have_value("25 a week")
        await fields.first.fill("40 a week")
        await fields.last.fill("900")
        await keep_screenshot(modal, "limits-setup.png")
    done = page.get_by_test_id("message").filter(has_text="Done.").last
    await expect(done).to_contain_text("900")
    await expect(done).to_contain_text("Only you can see this")
    shown = await answer(page, "/limits show", "Refill")
    await keep_screenshot(shown, "limits-show.png")


async def test_a_rule_refuses_with_a_cheaper_button(page: Page):
    await act_as(page, "Rowan")
    await answer(page, "/limits caps per_job: 0.5", "Caps")
    await act_as(page, "Mina")
    refusal = await answer(
        page, "/imagine prompt: a paper boat --size 512x512 --count 4", "Nothing was charged"
    )
    await keep_screenshot(refusal, "refusal.png")
    await press(refusal, "2 pictures")
    await picture_is_shown(page.get_by_test_id("message").filter(has_text="· a paper boat").last, 2)


async def test_mod_explains_a_member(page: Page):
    await act_as(page, "Rowan")
    shown = await answer(page, "/mod show member: Mina", "@Mina")
    await keep_screenshot(shown, "mod-show.png")


async def test_the_report_draws_a_plot_with_a_table(page: Page):
    await act_as(page, "Jun")
    await picture(page, "a copper owl")
    await act_as(page, "Rowan")
    report = await answer(page, "/mod report", ".csv")
    await picture_is_shown(report)
    await expect(report.get_by_test_id("file")).to_contain_text(".csv")
    await keep_screenshot(report, "mod-report.png")


async def test_a_gift_is_refused_until_moderators_allow_it(page: Page):
    await act_as(page, "Rowan")
    await answer(page, "/mod grant member: Mina amount: 5 reason: the contest", "5.00")
    await answer(page, "/limits gifts allowed: True", "ifts")
    await act_as(page, "Mina")
    await type_command(page, "/credits gift: Jun amount: 2")
    given = page.get_by_test_id("message").filter(has_text="@Jun").last
    await expect(given).to_contain_text("2.00", timeout=WITHIN_MS)
    await keep_screenshot(given, "gift.png")
    own = await answer(page, "/credits", "You have")
    await expect(own).to_contain_text("gift")
    await keep_screenshot(own, "credits.png")


async def test_a_report_reaches_the_moderators_who_remove_and_refund(page: Page):
    await act_as(page, "Rowan")
    await answer(page, "/limits reports channel: gallery", "Reported pictures")
    await act_as(page, "Mina")
    card = await picture(page, "a crooked mask")
    await act_as(page, "Jun")
    card = page.get_by_test_id("message").filter(has_text="· a crooked mask").last
    await press(card, "Report")
    async with form(page) as modal:
        await modal.get_by_test_id("modal-input").first.fill("it frightens me")
    await expect(newest(page)).to_contain_text("Reported")
    await act_as(page, "Rowan")
    await open_channel(page, "gallery")
    complaint = newest(page)
    await expect(complaint).to_contain_text("it frightens me")
    await keep_screenshot(complaint, "report.png")
    await complaint.get_by_test_id("message-link").click()
    await expect(page.locator(".header-name")).to_have_text("studio")
    await expect(page.locator(f'[data-id="{await card.get_attribute("data-id")}"]')).to_be_focused()
    await open_channel(page, "gallery")
    await press(complaint, "Remove and refund")
    await expect(complaint).to_contain_text("credits refunded by @Rowan")
    await expect(complaint.get_by_test_id("button")).to_have_text(["Block member"])
    await open_channel(page, "studio")
    gone = page.get_by_test_id("message").filter(has_text="· a crooked mask")
    await expect(gone).to_have_count(0)


async def test_remove_and_refund_from_the_menu(page: Page):
    await act_as(page, "Mina")
    card = await picture(page, "a broken clock")
    await card.click(button="right", position={"x": 300, "y": 30})
    await page.get_by_test_id("menu-apps").hover()
    commands = page.get_by_test_id("app-command")
    await expect(commands).to_have_count(4)
    await expect(commands.filter(has_text="Remove and refund")).to_have_count(0)
    await page.keyboard.press("Escape")
    await act_as(page, "Rowan")
    card = page.get_by_test_id("message").filter(has_text="· a broken clock").last
    await card.click(button="right", position={"x": 300, "y": 30})
    await page.get_by_test_id("menu-apps").hover()
    await keep_screenshot(page, "menu.png")
    await page.get_by_test_id("app-command").filter(has_text="Remove and refund").click()
    removed = newest(page)
    await expect(removed).to_contain_text("Only you can see this")
    await expect(removed).to_contain_text("went back to @Mina")
    gone = page.get_by_test_id("message").filter(has_text="· a broken clock")
    await expect(gone).to_have_count(0)
    await keep_screenshot(removed, "removed.png")
