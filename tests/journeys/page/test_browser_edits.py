"""Edits of one picture of a result on the page, at the width of a desktop and of a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

from tests.journeys.browser import (
    WIDTHS,
    WITHIN_MS,
    form,
    keep_screenshot,
    needs_browser,
    picture_is_shown,
    press,
    type_command,
)

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, needs_browser]


def newest_with(page: Page, text: str) -> Locator:
    """The newest message with that text."""
    return page.get_by_test_id("message").filter(has_text=text).last


async def choose(page: Page, card: Locator, label: str) -> None:
    """Choose what is done to the picture."""
    await card.get_by_test_id("select").click()
    await page.get_by_test_id("select-option").filter(has_text=label).click()


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_picture_is_cut_out_and_grows(page: Page, width: str):
    wide, high = WIDTHS[width]
    await page.set_viewport_size({"width": wide, "height": high})
    await page.reload()
    words = f"a lone tower for the {width}"
    await type_command(page, f"/imagine prompt: {words} --seed {wide} --size 256x256")
    result = page.get_by_test_id("message").filter(has_text=words).first
    await picture_is_shown(result)
    await press(result, "Upscale")
    await press(newest_with(page, f"Picture 1, seed {wide} · 256×256"), "Edit")
    offered = page.get_by_test_id("message").filter(has=page.get_by_test_id("select")).last
    await expect(offered).to_be_visible()
    await keep_screenshot(page, f"edit-{width}.png")
    await choose(page, offered, "Remove the background · 0.10")
    cut_out = newest_with(page, "background removed")
    await expect(cut_out).to_be_visible(timeout=WITHIN_MS)
    await picture_is_shown(cut_out)
    await choose(page, offered, "Extend beyond the edges · 0.10")
    async with form(page):
        await keep_screenshot(page, f"edit-form-{width}.png")
    grown = newest_with(page, "256×256 → ")
    await picture_is_shown(grown)
    await keep_screenshot(grown, f"edit-extended-{width}.png")
