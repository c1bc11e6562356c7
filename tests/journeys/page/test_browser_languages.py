"""A member who chooses another language on the page of the playground, with the real bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.journeys.browser import (
    WIDTHS,
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
    from collections.abc import AsyncGenerator

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


@pytest_asyncio.fixture(loop_scope="module", params=list(WIDTHS))
async def korean(request: pytest.FixtureRequest, page: Page) -> AsyncGenerator[str]:
    """The client of a member that is set to Korean, on a screen of the width that it gives."""
    await page.get_by_test_id("language").select_option("ko")
    wide, high = WIDTHS[request.param]
    await page.set_viewport_size({"width": wide, "height": high})
    yield request.param
    wide, high = WIDTHS["desktop"]
    await page.set_viewport_size({"width": wide, "height": high})
    await page.get_by_test_id("language").select_option("en-US")


async def test_commands_are_found_and_typed_in_korean(page: Page, korean: str):
    await page.get_by_test_id("composer-input").click()
    await page.keyboard.type("/")
    commands = page.get_by_test_id("command-item")
    await expect(commands.and_(page.locator("[data-command=imagine]"))).to_contain_text("/그리기")
    await keep_screenshot(page, f"korean-commands-{korean}.png")
    await page.keyboard.type("그리")
    await expect(commands).to_have_count(1)
    await expect(commands).to_contain_text("글로 이미지를 생성해요.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("command-chip")).to_have_text("/그리기")
    await expect(page.get_by_test_id("pill-prompt")).to_contain_text("프롬프트")
    await page.keyboard.type("안개 낀 등대 크기: 256x256 시드: 7 ")
    await expect(page.get_by_test_id("option-size")).to_have_text("256x256")
    await keep_screenshot(page, f"korean-options-{korean}.png")
    await page.keyboard.press("Enter")
    card = newest(page)
    await expect(card.get_by_test_id("reply-line")).to_contain_text("/그리기")
    await picture_is_shown(card)
    await expect(card).to_contain_text("seed 7")
    await keep_screenshot(page, f"korean-result-{korean}.png")


async def test_choices_are_picked_in_korean(page: Page, korean: str):
    await page.get_by_test_id("composer-input").click()
    await page.keyboard.type("/도움말 주제: ")
    choices = page.get_by_test_id("choice-item")
    await expect(choices.filter(has_text="영상")).to_have_count(1)
    await keep_screenshot(page, f"korean-choices-{korean}.png")
    await page.keyboard.type("영상")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(newest(page)).to_contain_text("프롬프트에서 프롬프트로", timeout=WITHIN_MS)
    await expect(newest(page).get_by_test_id("reply-line")).to_contain_text("/도움말")
    await keep_screenshot(page, f"korean-help-{korean}.png")


async def test_menus_and_refusals_are_in_korean(page: Page, korean: str, studio: Studio):
    await studio.driver.post("a fox sleeps under a birch")
    message = newest(page)
    await expect(message).to_contain_text("birch")
    await message.click(button="right", position={"x": 150, "y": 30})
    await page.get_by_test_id("menu-apps").hover()
    recipe = page.get_by_test_id("app-command").filter(has_text="레시피")
    await expect(recipe).to_be_in_viewport(ratio=1)
    await keep_screenshot(page, f"korean-menu-{korean}.png")
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await type_command(page, "/imagine 프롬프트: a fox --size 100x100")
    await expect(newest(page)).to_contain_text("가장 가까운 크기는", timeout=WITHIN_MS)
    await keep_screenshot(page, f"korean-refusal-{korean}.png")


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
