"""Films in a card: they play, can be sought in, and play on when the card changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from playground.drive.bodies import Posted
from tests.playground.page.page_cards import picture
from tests.playground.page.page_videos import ALT
from tests.playground.videos import video

if TYPE_CHECKING:
    from playwright.async_api import FilePayload, Locator

    from tests.playground.page.conftest import Rig, Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

STATE = """video => ({
  paused: video.paused, muted: video.muted, time: video.currentTime, wide: video.videoWidth,
  high: video.videoHeight, error: video.error?.message ?? null, ready: video.readyState,
  shape: video.clientWidth / video.clientHeight, length: video.duration, loop: video.loop,
  controls: video.controls,
})"""
PLAYED = """video => new Promise(done => {
  const from = video.currentTime;
  const step = () =>
    Math.abs(video.currentTime - from) > 0.2 ? done(true) : requestAnimationFrame(step);
  step();
})"""
LOADED = """video => video.readyState >= 2
  || new Promise(done => video.addEventListener("loadeddata", () => done(true), { once: true }))"""
SOUGHT = """video => new Promise(done => {
  video.pause();
  video.addEventListener("seeked", () => done(video.currentTime), { once: true });
  video.currentTime = 1.5;
})"""
COLOUR = """video => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const brush = canvas.getContext("2d");
  brush.drawImage(video, 0, 0);
  return [...brush.getImageData(2, 2, 1, 1).data];
}"""
WATCH = """video => {
  window.watched = video;
  window.stops = [];
  for (const type of ["pause", "emptied", "loadstart", "waiting", "abort"])
    video.addEventListener(type, () => window.stops.push(type));
}"""


async def animate(screen: Screen) -> Locator:
    """Use /animate with a picture; the card's video, its first frame loaded."""
    await screen.get("composer-input").focus()
    await screen.type("/animate")
    await screen.press("Tab")
    async with screen.page.expect_file_chooser() as chooser:
        await screen.press("Enter")
    data = picture(1, (96, 64))
    file: FilePayload = {"name": "sun.png", "mimeType": "image/png", "buffer": data}
    await (await chooser.value).set_files(file)
    await expect(screen.get("file-image").locator("img")).to_be_visible()
    await screen.press("Enter")
    await expect(screen.last).to_contain_text("sun.png (96 wide)")
    video = screen.last.get_by_test_id("video")
    await video.evaluate(LOADED)
    return video


async def test_a_video_shows_its_first_frame_and_waits(screen: Screen) -> None:
    video = await animate(screen)
    state: dict[str, Any] = await video.evaluate(STATE)
    assert (state["paused"], state["muted"], state["loop"]) == (True, False, True)
    assert (state["wide"], state["high"], state["error"]) == (320, 192, None)
    assert state["shape"] == pytest.approx(320 / 192, rel=0.02)
    assert state["time"] == 0
    red, _, blue, _ = await video.evaluate(COLOUR)
    assert blue > red
    await expect(video).to_have_attribute("aria-label", f"Video: {ALT}")
    await expect(screen.last.get_by_test_id("alt-text")).to_be_hidden()
    await screen.last.get_by_test_id("alt-tag").click()
    await expect(screen.last.get_by_test_id("alt-text")).to_have_text(ALT)


async def test_a_video_plays_and_can_be_sought_in(screen: Screen) -> None:
    video = await animate(screen)
    await screen.last.get_by_test_id("play-video").click()
    assert await video.evaluate(PLAYED)
    await expect(screen.last.get_by_test_id("play-video")).to_be_hidden()
    state: dict[str, Any] = await video.evaluate(STATE)
    assert (state["error"], state["controls"]) == (None, True)
    assert await video.evaluate(SOUGHT) == pytest.approx(1.5, abs=0.05)


async def test_an_edit_leaves_the_video_and_the_place_alone(screen: Screen) -> None:
    await animate(screen)
    video = await animate(screen)
    await screen.last.get_by_test_id("play-video").click()
    assert await video.evaluate(PLAYED)
    await video.evaluate(WATCH)
    scroller = screen.page.locator("#scroller")
    await scroller.evaluate("node => node.scrollTop -= 120")
    place = await scroller.evaluate("node => node.scrollTop")
    # A press with the mouse would bring the button into view first.
    extend = screen.last.get_by_test_id("button").filter(has_text="Extend")
    await extend.evaluate("button => button.click()")
    await expect(screen.last).to_contain_text("Longer and longer")
    assert await video.evaluate("video => video === window.watched")
    assert await video.evaluate(PLAYED)
    assert await screen.page.evaluate("window.stops") == []
    assert await scroller.evaluate("node => node.scrollTop") == place


async def test_an_edit_further_up_moves_nothing(screen: Screen, rig: Rig) -> None:
    actions = rig.playground.actions
    mina = actions.member("mina")
    gallery = actions.channel("gallery", mina)
    first = await rig.bot.get_partial_messageable(int(gallery.id)).send("one line")
    for number in range(40):
        actions.post(mina, gallery, Posted(f"line {number}", []))
    await screen.get("channel", "gallery").click()
    await expect(screen.last).to_contain_text("line 39")
    row = screen.get("message", "line 25")
    await row.evaluate("row => row.scrollIntoView({ block: 'start' })")
    place = await row.evaluate("row => row.getBoundingClientRect().top")
    await first.edit(content="\n".join(f"line {n} of many" for n in range(20)))
    await expect(screen.get("message", "19 of many")).to_be_attached()
    assert await row.evaluate("row => row.getBoundingClientRect().top") == pytest.approx(
        place, abs=1
    )


async def test_the_countdown_runs_by_itself(screen: Screen) -> None:
    await animate(screen)
    countdown = screen.last.locator("time[data-relative]")
    before = await countdown.text_content()
    assert before is not None
    await expect(countdown).to_have_text(before)
    await expect(countdown).not_to_have_text(before)
    await expect(countdown).to_contain_text("seconds")


async def test_the_form_about_the_camera(screen: Screen) -> None:
    await animate(screen)
    await screen.last.get_by_test_id("button").filter(has_text="Camera").click()
    modal = screen.get("modal")
    motion, pan = (modal.get_by_test_id("select").nth(number) for number in (0, 1))
    await expect(motion).to_have_text("Calm")
    await modal.get_by_test_id("modal-input").fill("no")
    await screen.get("modal-submit").click()
    await expect(screen.get("field-error", "at least 3")).to_be_visible()
    await modal.get_by_test_id("modal-input").fill("")
    await pan.click()
    await screen.get("select-option", "Left").click()
    await expect(pan).to_have_text("Left")
    await pan.click()
    await screen.get("select-option", "Left").click()
    await expect(pan).not_to_contain_text("Left")
    await screen.get("modal-submit").click()
    await expect(screen.last).to_contain_text("['Calm']|[]|None|True|")
    await screen.get("button", "Camera").last.click()
    await motion.click()
    await screen.get("select-option", "Wild").click()
    await pan.click()
    await screen.get("select-option", "Right").click()
    await modal.get_by_text("Out", exact=True).click()
    await modal.get_by_test_id("modal-checkbox").uncheck()
    await modal.get_by_test_id("modal-input").fill("slowly")
    await screen.get("modal-submit").click()
    await expect(screen.last).to_contain_text("['Wild']|['Right']|out|False|slowly")


async def test_moving_pictures_are_shown(screen: Screen) -> None:
    await animate(screen)
    await screen.last.get_by_test_id("button").filter(has_text="GIF").click()
    pictures = screen.last.get_by_test_id("gallery-item").locator("img")
    await expect(pictures).to_have_count(2)
    for number in range(2):
        await expect(pictures.nth(number)).to_have_js_property("complete", value=True)
        assert await pictures.nth(number).evaluate("img => img.naturalWidth") == 48


async def test_a_video_plays_in_a_tab_of_its_own(blank: Screen, rig: Rig) -> None:
    actions, cdn = rig.playground.actions, rig.playground.cdn
    place = actions.channel("studio", actions.member("mina"))
    await blank.open(rig.playground.url)
    await blank.page.goto(cdn.url(cdn.store(place.id, "film.bin", video())))
    player = blank.page.locator("video")
    await player.evaluate(LOADED)
    assert (await player.evaluate(STATE))["wide"] == 320
