"""A member who chooses another language on the page of the playground, with the real bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.journeys.browser import (
    WITHIN_MS,
    act_as,
    keep_screenshot,
    needs_browser,
    newest,
    picture_is_shown,
    press,
    type_command,
)

if TYPE_CHECKING:
    from playwright.async_api import Page, ViewportSize

    from tests.journeys.studio import Studio

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, needs_browser]

PHONE: ViewportSize = {"width": 390, "height": 844}


async def test_a_member_reads_what_is_private_in_their_language(page: Page, studio: Studio):
    await page.get_by_test_id("language").select_option("ko")
    await type_command(page, "/help")
    await page.keyboard.press("Enter")
    help_ = page.get_by_test_id("message").filter(has_text="어떻게 읽히나요?").last
    await expect(help_).to_contain_text("가중치", timeout=WITHIN_MS)
    await keep_screenshot(page, "korean-help.png")
    await type_command(page, "/imagine prompt: 안개 낀 등대::2 배::-0.5 --seed 7 --size 256x256")
    card = page.get_by_test_id("message").filter(has_text="Copy prompt").last
    await picture_is_shown(card)
    await expect(card).to_contain_text("AI-generated · job")
    await press(card, "Recipe")
    recipe = page.get_by_test_id("message").filter(has_text="레시피").last
    await expect(recipe).to_contain_text("시드", timeout=WITHIN_MS)
    await keep_screenshot(page, "korean-recipe.png")
    await press(card, "Edit")
    modal = page.get_by_test_id("modal")
    await expect(modal).to_contain_text("프롬프트 수정")
    await keep_screenshot(page, "korean-form.png")
    await page.keyboard.press("Escape")
    await expect(modal).to_be_hidden()


async def test_another_member_keeps_theirs(page: Page):
    await page.get_by_test_id("language").select_option("ko")
    await act_as(page, "Jun")
    await expect(page.get_by_test_id("language")).to_have_value("en-US")
    await type_command(page, "/credits")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("You have", timeout=WITHIN_MS)
    await act_as(page, "Mina")
    await expect(page.get_by_test_id("language")).to_have_value("ko")
    await page.get_by_test_id("language").select_option("en-US")


async def test_cards_are_in_the_servers_language_on_a_phone(page: Page, studio: Studio):
    await studio.driver.change_guild(locale="ko")
    try:
        await type_command(page, "/imagine prompt: a paper boat --seed 9 --size 256x256")
        card = page.get_by_test_id("message").filter(has_text="시드 9").last
        await picture_is_shown(card)
        await expect(card).to_contain_text("AI 생성 · 작업")
        await page.set_viewport_size(PHONE)
        await keep_screenshot(page, "korean-phone.png")
    finally:
        await studio.driver.change_guild(locale="en-US")
        await page.set_viewport_size({"width": 1280, "height": 860})
