"""Edits of one picture of a result on the page, at the width of a desktop and of a phone."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image
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
    from playwright.async_api import FilePayload, Locator, Page


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser, needs_browser]


def newest_with(page: Page, text: str) -> Locator:
    """The newest message with that text."""
    return page.get_by_test_id("message").filter(has_text=text).last


async def offer_edits(page: Page, result: Locator, seed: int) -> Locator:
    """The card with what can be done to the only picture of a result."""
    await press(result, "Upscale")
    # What is made of such a card repeats its words, but not its select.
    select = page.get_by_test_id("select")
    offers = page.get_by_test_id("message").filter(has_text="Edit this picture", has=select)
    before = await offers.count()
    await press(newest_with(page, f"Picture 1, seed {seed} · 256×256"), "Edit")
    await expect(offers).to_have_count(before + 1)
    return offers.last


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
    offered = await offer_edits(page, result, wide)
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


@pytest.mark.parametrize("width", WIDTHS)
async def test_a_part_is_drawn_again_through_a_mask(page: Page, width: str):
    wide, high = WIDTHS[width]
    await page.set_viewport_size({"width": wide, "height": high})
    await page.reload()
    words = f"a quiet garden for the {width}"
    await type_command(page, f"/imagine prompt: {words} --seed {wide + 1} --size 256x256")
    result = page.get_by_test_id("message").filter(has_text=words).first
    await picture_is_shown(result)
    offered = await offer_edits(page, result, wide + 1)
    await choose(page, offered, "Draw a part again")
    async with form(page) as modal:
        async with page.expect_file_chooser() as chooser:
            await modal.get_by_test_id("modal-file").click()
        await (await chooser.value).set_files(mask())
        await expect(modal.get_by_test_id("modal-file-row")).to_contain_text("mask.png")
        field = modal.get_by_test_id("modal-input")
        await expect(field).to_have_value(f"{words} --size 256x256")
        await field.fill(f"an orange desert::2 fog::-0.5 for the {width}")
        await keep_screenshot(page, f"edit-mask-{width}.png")
    made = newest_with(page, "an orange desert::2")
    await picture_is_shown(made)
    await expect(made).to_contain_text("from a picture through a mask")
    await keep_screenshot(made, f"edit-masked-{width}.png")


def mask() -> FilePayload:
    """Black in its left half."""
    picture = Image.new("L", (256, 256), 255)
    picture.paste(0, (0, 0, 128, 256))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return {"name": "mask.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
