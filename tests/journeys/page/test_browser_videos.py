"""A member makes films in a real browser, on the page of the playground, with the real bot.

With ATELIER_SCREENSHOTS set to a folder, pictures of every stage are written there.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.inference.orders import painted, png
from tests.journeys.browser import (
    WITHIN_MS,
    form,
    keep_screenshot,
    needs_browser,
    newest,
    open_page,
    picture_is_shown,
    press,
    type_command,
)
from tests.journeys.studio import WITHIN_S

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from playwright.async_api import FilePayload, Locator, Page

    from tests.journeys.studio import Studio

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.browser,
    pytest.mark.timeout(120),
    needs_browser,
]

VIDEO_WITHIN_MS = 60_000
LOADED = """video => video.readyState >= 2
  || new Promise(done => video.addEventListener("loadeddata", () => done(true), { once: true }))"""
PLAYED = """video => new Promise(done => {
  const from = video.currentTime;
  const step = () =>
    Math.abs(video.currentTime - from) > 0.2 ? done(true) : requestAnimationFrame(step);
  step();
})"""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page(studio: Studio) -> AsyncGenerator[Page]:
    state = await studio.driver.state()
    mina = next(one["id"] for one in state["members"] if one["name"] == "Mina")
    where = ("--guild", state["guild"]["id"], "--member", mina)
    status, said = await studio.operator("credits", "grant", *where, "--amount", "500")
    assert status == 0, said
    async with open_page(studio.playground.url) as opened:
        # Else each `expect_file_chooser` switches choosing off again, and the next one may be late.
        opened.on("filechooser", lambda _: None)
        yield opened


@pytest.fixture(scope="module")
def file() -> FilePayload:
    """A picture that is no film's shape."""
    data = png(painted("a quiet harbour at dawn, sailing boats", width=960, height=640))
    return {"name": "harbour.png", "mimeType": "image/png", "buffer": data}


async def choose_file(page: Page, file: FilePayload) -> None:
    """Type /animate and choose the file that it starts from."""
    await page.get_by_test_id("composer-input").click()
    await page.keyboard.type("/animate image: ")
    async with page.expect_file_chooser() as chooser:
        await page.keyboard.press("Enter")
    await (await chooser.value).set_files(file)
    await expect(page.get_by_test_id("file-image").locator("img")).to_be_visible()


async def video_of(card: Locator) -> Locator:
    """The film of a card, its first frame loaded."""
    video = card.get_by_test_id("video")
    await expect(video).to_be_visible(timeout=VIDEO_WITHIN_MS)
    await video.evaluate(LOADED)
    return video


async def length_of(video: Locator) -> float:
    return await video.evaluate("video => video.duration")


def by_id(page: Page, message_id: str | None) -> Locator:
    """One message, whatever comes after it."""
    return page.locator(f'[data-testid="message"][data-id="{message_id}"]')


async def fresh(page: Page, says: str | re.Pattern[str]) -> Locator:
    """The newest message once it says something."""
    await expect(newest(page)).to_contain_text(says, timeout=WITHIN_MS)
    return by_id(page, await newest(page).get_attribute("data-id"))


async def say_yes(page: Page, says: str, label: str) -> None:
    """Press the button of a question about a price."""
    # A card that answers a question shows its text as well.
    # The newest before it may be private as well, or answer such a question and repeat it.
    question = await fresh(page, re.compile(f"{re.escape(says)}.*Only you can see this", re.DOTALL))
    await press(question, label)


async def available(page: Page) -> str:
    """What /credits says one has, once nothing is held."""
    await type_command(page, "/credits")
    await page.keyboard.press("Enter")
    card = await fresh(page, "You have")
    text = await card.inner_text()
    found = re.search(r"You have ([\d.]+)", text)
    assert found, text
    return found[1] + (" and more held" if "is held" in text else "")


async def test_a_chosen_file_becomes_a_video_that_plays(page: Page, file: FilePayload):
    await choose_file(page, file)
    await keep_screenshot(page, "film-1-composer.png")
    await page.keyboard.press("Enter")
    await say_yes(page, "A film of 2 s", "Animate · 20.00")
    card = await fresh(page, "20.00 credits reserved; charged only when the film is delivered")
    await picture_is_shown(card)
    countdown = card.locator("time[data-relative]")
    await expect(countdown).to_contain_text("second")
    await keep_screenshot(card, "film-2-waiting.png")
    video = await video_of(card)
    await keep_screenshot(card, "film-3-card.png")
    await card.get_by_test_id("play-video").click()
    assert await video.evaluate(PLAYED)
    assert await video.evaluate("video => [video.videoWidth, video.videoHeight]") == [1024, 576]
    assert await video.evaluate("video => video.error") is None
    await keep_screenshot(page, "film-4-playing.png")
    await press(card, "GIF")
    given = await fresh(page, "The film as GIF, for you alone")
    await picture_is_shown(given)
    await keep_screenshot(given, "film-4-gif.png")


async def test_words_are_drawn_and_approved_before_the_video(page: Page):
    await type_command(page, "/animate prompt: a red lighthouse at dusk --seed 7")
    picture = await fresh(page, "a red lighthouse at dusk")
    await keep_screenshot(picture, "film-5-drawing.png")
    await expect(picture).to_contain_text("Make the film from this picture?", timeout=WITHIN_MS)
    await picture_is_shown(picture)
    await keep_screenshot(picture, "film-6-approval.png")
    await press(picture, "Animate · 20.00")
    card = await fresh(page, "20.00 credits reserved; charged only when the film is delivered")
    await expect(picture).not_to_contain_text("Make the film")
    await picture_is_shown(picture)
    await keep_screenshot(picture, "film-7-approved.png")
    await video_of(card)
    await keep_screenshot(card.get_by_test_id("container"), "film.png")


async def test_a_video_is_extended_twice_and_panned(page: Page, file: FilePayload):
    await choose_file(page, file)
    await page.keyboard.press("Enter")
    await say_yes(page, "A film of 2 s", "Animate · 20.00")
    card = await fresh(page, "20.00 credits reserved")
    for length_s in (4, 6):
        await video_of(card)
        await press(card, "Extend · 20.00")
        await say_yes(page, "2 s more for 20.00 credits?", "Extend · 20.00")
        card = await fresh(page, "20.00 credits reserved")
        await keep_screenshot(card, f"film-8-extending-{length_s}.png")
        assert await length_of(await video_of(card)) == pytest.approx(length_s, rel=0.05)
    await keep_screenshot(card, "film-9-extended.png")
    await press(card, "Camera")
    async with form(page) as modal:
        await keep_screenshot(page, "film-10-camera.png")
        await expect(modal.get_by_test_id("select").first).to_have_text("Pan left")
        await modal.get_by_test_id("select").first.click()
        await page.get_by_test_id("select-option").filter(has_text="Pan right").click()
    moved = await fresh(page, "Free")
    assert await length_of(await video_of(moved)) == pytest.approx(6, rel=0.05)
    await expect(moved).to_contain_text("pan right, 50 %, smooth · free")
    await keep_screenshot(moved, "film-11-panned.png")


async def test_a_cancelled_video_gives_its_credits_back(page: Page, file: FilePayload):
    before = await available(page)
    await choose_file(page, file)
    await page.keyboard.type("length: 10")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await say_yes(page, "A film of 10 s", "Animate · 100.00")
    card = await fresh(page, "100.00 credits reserved")
    async with asyncio.timeout(WITHIN_S):
        # The card comes a moment before the job.
        while not (await available(page)).endswith("and more held"):
            pass
    await press(card, "Cancel")
    await expect(card).to_contain_text("Cancelled. Nothing was charged.")
    await keep_screenshot(card, "film-12-cancelled.png")
    async with asyncio.timeout(WITHIN_S):
        # A job that runs gives its credits back when it has stopped.
        while await available(page) != before:
            pass


async def test_a_message_is_animated_from_its_menu(page: Page, file: FilePayload):
    await page.get_by_test_id("composer-plus").click()
    async with page.expect_file_chooser() as chooser:
        await page.get_by_test_id("upload-file").click()
    await (await chooser.value).set_files(file)
    await expect(page.get_by_test_id("draft-file").locator("img")).to_be_visible()
    await page.get_by_test_id("composer-input").click()
    await page.keyboard.type("Look at our harbour")
    await page.keyboard.press("Enter")
    message = await fresh(page, "Look at our harbour")
    await message.click(button="right", position={"x": 400, "y": 20})
    await page.get_by_test_id("menu-apps").hover()
    await keep_screenshot(page, "film-13-menu.png")
    await page.get_by_test_id("app-command").filter(has_text="Animate").click()
    async with form(page) as modal:
        await keep_screenshot(page, "film-14-form.png")
        await modal.get_by_test_id("select").nth(1).click()
        await keep_screenshot(page, "film-15-form-open.png")
        await page.get_by_test_id("select-option").filter(has_text="Calm").click()
    await say_yes(page, "motion 30", "Animate · 20.00")
    card = await fresh(page, "20.00 credits reserved")
    await video_of(card)
    await expect(card).to_contain_text("harbour.png")
    await keep_screenshot(card, "film-16-from-message.png")
