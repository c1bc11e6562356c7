"""A member in a real browser, on the page of the playground, with the real bot.

With ATELIER_SCREENSHOTS set to a folder, the pictures of the README are written there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.journeys.browser import (
    WITHIN_MS,
    form,
    keep_screenshot,
    needs_browser,
    newest,
    picture_is_shown,
    press,
    type_command,
)

if TYPE_CHECKING:
    from playwright.async_api import Page


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, needs_browser]


async def test_a_member_types_and_gets_a_picture(page: Page):
    await type_command(page, "/imagine prompt: a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7")
    card = page.get_by_test_id("message").filter(has_text="seed 7").last
    await expect(card).to_contain_text("a red lighthouse::1.5 fog::-0.5", timeout=WITHIN_MS)
    await picture_is_shown(card)
    await expect(card.locator("img[alt='AI-generated: a red lighthouse']")).to_be_visible()
    await expect(card).to_contain_text("AI-generated · job")
    await keep_screenshot(page, "playground.png")


async def test_edit_draws_other_words(page: Page):
    await type_command(page, "/imagine prompt: a quiet harbour --seed 5 --size 256x256")
    card = page.get_by_test_id("message").filter(has_text="a quiet harbour").last
    await picture_is_shown(card)
    await press(card, "Edit")
    async with form(page) as modal:
        field = modal.get_by_test_id("modal-input").first
        await expect(field).to_have_value("a quiet harbour --size 256x256 --seed 5")
        await field.fill("a stormy harbour --size 256x256 --seed 5")
    edited = page.get_by_test_id("message").filter(has_text="a stormy harbour").last
    await picture_is_shown(edited)


async def test_a_mistake_can_be_mended(page: Page):
    await type_command(page, "/imagine prompt: a tower::1,5 mist")
    refusal = page.get_by_test_id("message").filter(has_text="I could not read that prompt").last
    await expect(refusal).to_contain_text("Only you can see this")
    await expect(refusal.locator("strong").filter(has_text="1,5")).to_be_visible()
    await press(refusal, "Edit")
    async with form(page) as modal:
        await modal.get_by_test_id("modal-input").first.fill("a tower::1.5 mist --size 256x256")
    await picture_is_shown(page.get_by_test_id("message").filter(has_text="a tower::1.5 mist").last)


async def test_four_pictures_then_reroll_and_delete(page: Page):
    await type_command(page, "/imagine prompt: a golden desert at dawn --count 4 --seed 20")
    card = page.get_by_test_id("message").filter(has_text="seeds 20 to 23").last
    await expect(card).to_be_visible(timeout=WITHIN_MS)
    await picture_is_shown(card, 4)
    await keep_screenshot(card.get_by_test_id("container"), "card.png")
    before = await page.get_by_test_id("message").count()
    await press(card, "Reroll")
    await expect(page.get_by_test_id("message")).to_have_count(before + 1)
    await picture_is_shown(newest(page), 4)
    await press(newest(page), "Delete")
    question = page.get_by_test_id("message").filter(has_text="for good?").last
    await expect(question).to_contain_text("Only you can see this")
    await keep_screenshot(question, "delete.png")
    await press(question, "Delete all 4")
    await expect(question).to_have_count(0)
    await expect(page.get_by_test_id("message")).to_have_count(before + 1)


async def test_credits_and_help_are_private(page: Page):
    for command, says in (("/credits", "You have"), ("/help", "How is it read?")):
        await type_command(page, command)
        await page.keyboard.press("Enter")
        answer = page.get_by_test_id("message").filter(has_text=says).last
        await expect(answer).to_contain_text("Only you can see this")
    await keep_screenshot(page, "help.png")


async def test_permutations_are_confirmed(page: Page):
    await type_command(page, "/imagine prompt: {red, blue, green} fox --size 1024x1024")
    question = page.get_by_test_id("message").filter(has_text="3 pictures for").last
    await press(question, "Draw 3")
    card = page.get_by_test_id("message").filter(has_text="AI-generated · job").last
    await picture_is_shown(card, 3)


async def test_one_picture_of_three_is_made_larger_and_varied(page: Page):
    await type_command(page, "/imagine prompt: a clear stream --count 3 --seed 40 --size 256x256")
    card = page.get_by_test_id("message").filter(has_text="seeds 40 to 42").last
    await picture_is_shown(card, 3)
    await card.get_by_test_id("select").click()
    await page.get_by_test_id("select-option").filter(has_text="Picture 2, top right").click()
    private = page.get_by_test_id("message").filter(has_text="Picture 2, top right, seed 41").last
    await expect(private).to_contain_text("Only you can see this", timeout=WITHIN_MS)
    await expect(private).to_contain_text("to 512×512 by")
    await keep_screenshot(page, "one-picture.png")
    await press(private, "Upscale ×2 · 0.20")
    larger = page.get_by_test_id("message").filter(has_text="upscaled 256×256 → 512×512").last
    await picture_is_shown(larger)
    await keep_screenshot(page, "upscaled.png")
    # A result that replies to it repeats its words.
    private = page.get_by_test_id("message").filter(has_text="Only you can see this").last
    await press(private, "Vary strong")
    varied = page.get_by_test_id("message").filter(has_text="from a picture, strength 70 %").last
    await picture_is_shown(varied, 3)
    await keep_screenshot(page, "varied.png")
