"""Favourites and lineage on the playground's page, at the width of a desktop and of a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.journeys.browser import (
    WIDTHS,
    WITHIN_MS,
    keep_screenshot,
    needs_browser,
    newest,
    picture_is_shown,
    press,
    type_command,
)

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, needs_browser]


def card(page: Page, *texts: str) -> Locator:
    """The newest message with all of the texts."""
    found = page.get_by_test_id("message")
    for text in texts:
        found = found.filter(has_text=text)
    return found.last


async def fits(page: Page, message: Locator) -> None:
    """Nothing of a message is wider than the page."""
    box = await message.bounding_box()
    assert box
    assert page.viewport_size
    assert box["x"] + box["width"] <= page.viewport_size["width"] + 1


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_favourite_is_found_again_and_its_lineage_is_drawn(page: Page, width: str):
    wide, high = WIDTHS[width]
    await page.set_viewport_size({"width": wide, "height": high})
    await page.reload()
    words = f"a stone bridge for the {width}"
    await type_command(page, f"/imagine prompt: {words} --seed {wide} --size 256x256")
    # Those that are made of it have its words too.
    result = page.get_by_test_id("message").filter(has_text=words).first
    await picture_is_shown(result)
    await press(result, "Upscale")
    private = card(page, f"Picture 1, seed {wide} · 256×256", "Only you can see this")
    await press(private, "Favourite")
    await expect(
        private.get_by_test_id("button").filter(has_text="Remove favourite")
    ).to_be_visible()
    await keep_screenshot(private, f"favourite-{width}.png")
    for label in ("Vary subtle", "Upscale ×2"):
        await press(private, label)
        told = "strength 35 %" if label == "Vary subtle" else "256×256 → 512×512"
        made = card(page, words, told)
        await picture_is_shown(made)
    await press(result, "Recipe")
    await press(card(page, "Recipe of"), "Lineage")
    tree = card(page, "what it comes from, and what was made of it")
    await expect(tree).to_contain_text("this one", timeout=WITHIN_MS)
    await picture_is_shown(tree)
    await fits(page, tree)
    await keep_screenshot(tree, f"lineage-{width}.png")
    await type_command(page, f"/history favourites:true words: {width}")
    found = newest(page)
    await expect(found).to_contain_text("Only favourites", timeout=WITHIN_MS)
    await expect(found).to_contain_text(words)
    await fits(page, found)
    await keep_screenshot(found, f"favourites-{width}.png")
