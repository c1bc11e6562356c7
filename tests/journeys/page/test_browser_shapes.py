"""Shapes with their prices, and a blend of two results, on the page of the playground."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import ViewportSize, expect

from tests.journeys.browser import (
    WITHIN_MS,
    keep_screenshot,
    needs_browser,
    picture_is_shown,
    press,
    type_command,
)

if TYPE_CHECKING:
    from playwright.async_api import Page


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, needs_browser]

DESK: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 390, "height": 844}


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def desk(page: Page) -> None:
    await page.set_viewport_size(DESK)


async def test_choices_say_size_and_price(page: Page):
    await page.get_by_test_id("composer-input").click()
    await page.keyboard.type("/imagine prompt: a heron aspect: 16")
    choice = page.get_by_text("16:9 wide · 704×384 · 0.22")
    await expect(choice).to_be_visible(timeout=WITHIN_MS)
    await keep_screenshot(page, "shapes.png")
    await page.set_viewport_size(PHONE)
    await expect(choice).to_be_visible()
    await keep_screenshot(page, "shapes-phone.png")
    await choice.click()
    await page.keyboard.press("Enter")
    card = page.get_by_test_id("message").filter(has_text="704×384").last
    await picture_is_shown(card)
    await expect(card).to_contain_text("0.22 credits")


async def drawn(page: Page, words: str, seed: int) -> str:
    """The id of a job whose picture is shown."""
    await type_command(page, f"/imagine prompt: {words} --size 512x320 --seed {seed}")
    card = page.get_by_test_id("message").filter(has_text=f"seed {seed} ").last
    await picture_is_shown(card)
    found = re.search(r"job ([0-9a-z]+)", await card.inner_text())
    assert found
    return found[1]


async def test_two_results_are_blended(page: Page):
    first = await drawn(page, "a red desert at dusk", 31)
    second = await drawn(page, "a blue forest in the snow", 82)
    await type_command(page, f"/blend result1: {first} result2: {second} weights: 2, 1 seed: 5")
    blend = page.get_by_test_id("message").filter(has_text="blended from 2 pictures, 2 : 1")
    card = blend.filter(has=page.get_by_test_id("gallery-item")).last
    await picture_is_shown(card)
    await keep_screenshot(page, "blend.png")
    await press(card, "Recipe")
    recipe = page.get_by_test_id("message").filter(has_text=f"job {second}, picture 1").last
    await expect(recipe).to_contain_text("Only you can see this")
    await page.set_viewport_size(PHONE)
    await picture_is_shown(card)
    await card.scroll_into_view_if_needed()
    await keep_screenshot(page, "blend-phone.png")
    await recipe.scroll_into_view_if_needed()
    await keep_screenshot(page, "blend-recipe-phone.png")


async def test_one_picture_is_refused_in_one_sentence(page: Page):
    await type_command(page, "/blend result1: zzzz")
    refusal = page.get_by_test_id("message").filter(has_text="That result1 cannot be used").last
    await expect(refusal).to_contain_text("Only you can see this")
    await page.set_viewport_size(PHONE)
    await keep_screenshot(page, "blend-refused-phone.png")


async def test_no_option_is_broken_at_its_hyphens(page: Page):
    await page.set_viewport_size(PHONE)
    await type_command(page, "/help")
    await page.keyboard.press("Enter")
    card = page.get_by_test_id("message").filter(has_text="How is it read?").last
    await expect(card).to_contain_text("--strength", timeout=WITHIN_MS)
    lines = await card.get_by_test_id("container").evaluate(
        """card => {
            const found = [], walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
            while (walker.nextNode())
                for (const option of walker.currentNode.data.matchAll(/--[a-z]+/g)) {
                    const range = document.createRange();
                    range.setStart(walker.currentNode, option.index);
                    range.setEnd(walker.currentNode, option.index + option[0].length);
                    found.push(new Set([...range.getClientRects()].map(one => one.top)).size);
                }
            return found;
        }"""
    )
    assert len(lines) > 8
    assert set(lines) == {1}
