"""A member right-clicks pictures in a real browser: recipe, who made it, draw from it, report it.

With ATELIER_SCREENSHOTS set to a folder, pictures of every stage are written there.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

import aiohttp
import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import expect

from tests.journeys.browser import WIDTHS, form, keep_screenshot, needs_browser, newest
from tests.journeys.studio import Studio, attachments
from tests.media.origins.files import INFOTEXT, png

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.timeout(120),
    needs_browser,
]


@pytest_asyncio.fixture(loop_scope="module", params=list(WIDTHS))
async def width(request: pytest.FixtureRequest, page: Page) -> str:
    wide, high = WIDTHS[request.param]
    await page.set_viewport_size({"width": wide, "height": high})
    return request.param


async def use(page: Page, message: Locator, entry: str) -> None:
    """Right-click a message, and take an entry of the bot's."""
    await message.click(button="right", position={"x": 150, "y": 30})
    await page.get_by_test_id("menu-apps").hover()
    await page.get_by_test_id("app-command").filter(has_text=entry).click()


def said(page: Page, text: str) -> Locator:
    return page.get_by_test_id("message").filter(has_text=text).last


async def test_a_file_tells_its_recipe(studio: Studio, page: Page, width: str):
    await studio.driver.post(
        f"How was this made? {width}", {"fox.png": png({"parameters": INFOTEXT})}
    )
    await use(page, said(page, f"How was this made? {width}"), "Recipe")
    card = newest(page)
    await expect(card).to_contain_text("Recipe in fox.png, written by AUTOMATIC1111")
    await keep_screenshot(page, f"menu-recipe-{width}.png")
    await keep_screenshot(card, f"menu-recipe-card-{width}.png")
    await card.get_by_test_id("button").filter(has_text="Draw it").click()
    async with form(page) as modal:
        await keep_screenshot(page, f"menu-draw-{width}.png")
        await expect(modal.locator("textarea").first).to_have_value(re.compile("a red fox"))
        await modal.locator("textarea").first.fill("a red fox --size 128x128")
    await expect(said(page, "a red fox --size 128x128")).to_contain_text("AI-generated")


async def test_a_copy_leads_to_who_made_it(studio: Studio, page: Page, width: str):
    drawn = await studio.result(await studio.imagine(f"an owl {width}", size="128x128"))
    async with aiohttp.ClientSession() as web, web.get(attachments(drawn)[0]["url"]) as answer:
        picture = Image.open(BytesIO(await answer.read())).convert("RGB")
    copy = BytesIO()
    picture.save(copy, "JPEG", quality=80)
    words = f"Who made this? {width}"
    await studio.driver.post(words, {"copy.jpg": copy.getvalue()}, member="rowan")
    await use(page, said(page, words), "Recipe")
    card = newest(page)
    await expect(card).to_contain_text("looks the same as a picture that @Mina made")
    await expect(card.get_by_test_id("button")).to_have_text(["Upscale", "Edit"])
    await keep_screenshot(page, f"menu-alike-{width}.png")


async def test_a_result_is_used_and_reported(studio: Studio, page: Page, width: str):
    await studio.result(await studio.imagine(f"two hens {width}", size="128x128", count=2))
    card = said(page, f"two hens {width}")
    await use(page, card, "Use as image")
    async with form(page) as modal:
        await keep_screenshot(page, f"menu-use-{width}.png")
        await expect(modal.locator("textarea").first).to_have_value(re.compile("two hens"))
        await expect(modal.get_by_test_id("select")).to_contain_text("Picture 1, left, seed")
        await modal.locator("textarea").first.fill(f"two geese {width} --size 128x128")
    await expect(said(page, f"two geese {width}")).to_contain_text("from a picture")
    await use(page, said(page, f"two hens {width}"), "Report")
    async with form(page) as modal:
        await modal.locator("textarea").first.fill("a feather is missing")
        await keep_screenshot(page, f"menu-report-{width}.png")
    await expect(newest(page)).to_contain_text("Reported.")
