"""What the page shows and what can be pressed: cards, menus, forms, selects, and who sees what."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import aiohttp
import pytest
from playwright.async_api import expect

from playground.server import Playground
from tests.playground.page.page_cards import picture

if TYPE_CHECKING:
    from playwright.async_api import FilePayload, Route

    from tests.playground.page.conftest import Rig, Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

UNNAMED = """() => [...document.querySelectorAll("button, a, input, textarea, img, [role]")]
  .filter((node) => node.offsetParent && !(node.getAttribute("aria-label") || node.alt
    || node.getAttribute("aria-labelledby") || node.labels?.length || node.textContent.trim()
    || node.getAttribute("aria-hidden") || node.matches("img[alt='']")))
  .map((node) => node.outerHTML)"""


RENDERED = """async (texts) => {
  const { renderMarkdown } = await import("/web/js/messages/richtext.js");
  const names = { user: () => null, role: () => null, channel: () => null };
  let slowest = 0;
  const tags = texts.flatMap((text) => {
    const box = document.createElement("div");
    const start = performance.now();
    box.append(...renderMarkdown(text, names));
    slowest = Math.max(slowest, performance.now() - start);
    return [...box.querySelectorAll("*")].map((node) => node.tagName);
  });
  return [slowest, [...new Set(tags)]];
}"""

# A picture that loads makes its row higher; a scroll event of before comes in between.
GROWN = """async () => {
  const scroller = document.querySelector("#scroller");
  document.querySelector("#messages").lastElementChild.style.paddingBottom = "900px";
  scroller.dispatchEvent(new Event("scroll"));
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
}"""


async def test_private_refusal_its_form_and_its_end(screen: Screen, rig: Rig) -> None:
    await screen.command("/imagine prompt: a dragon")
    private = screen.last
    await expect(private).to_contain_text("Not enough credits. Nothing was charged.")
    await expect(private).to_contain_text("Only you can see this · Dismiss message")
    await private.get_by_test_id("button").filter(has_text="Edit prompt").click()
    prompt = screen.get("modal-input")
    await expect(prompt).to_have_value("a red lighthouse, fog")
    await expect(screen.get("modal")).to_contain_text("21/120")
    await prompt.fill("")
    await screen.get("modal-submit").click()
    await expect(screen.get("field-error")).to_have_text("This field is required.")
    await prompt.fill("a *green* dragon")
    await screen.get("modal-submit").click()
    await expect(screen.get("modal")).to_have_count(0)
    await expect(screen.last).to_contain_text("New prompt: a *green* dragon")
    before = await screen.get("message").count()
    await screen.act_as("Jun")
    await expect(screen.get("message", "Not enough credits")).to_have_count(0)
    await screen.act_as("Mina")
    await expect(screen.get("message")).to_have_count(before)
    await screen.get("message", "Not enough").last.get_by_test_id("dismiss").click()
    await expect(screen.get("message")).to_have_count(before - 1)


async def test_pictures_in_a_grid_open_in_full_size(screen: Screen) -> None:
    await screen.command("/imagine prompt: boats count: 4")
    await expect(screen.last.get_by_test_id("gallery")).to_have_attribute("data-count", "4")
    await screen.last.get_by_test_id("gallery-item").nth(1).click()
    box = screen.get("lightbox")
    await expect(box).to_contain_text("2 of 4")
    await screen.press("ArrowRight")
    await expect(box).to_contain_text("3 of 4")
    await expect(box.locator("img")).to_have_attribute("alt", "AI-generated: boats")
    await screen.press("Escape")
    await expect(box).to_have_count(0)


async def test_spoilers_thumbnails_and_files(screen: Screen) -> None:
    await screen.command("/pictures count: 7")
    card = screen.last
    await expect(card.get_by_test_id("gallery-item")).to_have_count(7)
    await card.get_by_role("button", name="Spoiler").click()
    await expect(card.get_by_role("button", name="Spoiler")).to_have_count(0)
    await expect(card.get_by_test_id("thumbnail").locator("img")).to_have_attribute(
        "alt", "Small picture"
    )
    await expect(card.get_by_test_id("file")).to_contain_text("0.png")


async def test_buttons_answer_and_a_card_can_go(screen: Screen, rig: Rig) -> None:
    await screen.command("/imagine prompt: a cat")
    card = screen.last
    await expect(card.get_by_test_id("button").filter(has_text="Vary")).to_be_disabled()
    link = card.get_by_test_id("link-button")
    assert await link.get_attribute("href") == "https://example.org/picture.png"
    await card.get_by_test_id("button").filter(has_text="Reroll").click()
    await expect(screen.last).to_contain_text("Rerolled")
    shown = await screen.get("gallery").count()
    await screen.get("button", "Delete").last.click()
    await expect(screen.get("gallery")).to_have_count(shown - 1)


async def test_selects_of_every_kind(screen: Screen, rig: Rig) -> None:
    await screen.command("/panel")
    await expect(screen.last.get_by_test_id("select")).to_have_count(5)
    panel = screen.page.locator(f"[data-id='{await screen.last.get_attribute('data-id')}']")
    wanted = [("Painter",), ("Painter", "Turbo"), ("Jun",), ("@Moderator",), ("gallery",)]
    for number, names in enumerate(wanted):
        await panel.get_by_test_id("select").nth(number).click()
        for name in names:
            await screen.get("select-option", name).click()
        if len(names) > 1:
            await screen.press("Escape")
        await expect(screen.last).to_contain_text(f"{SELECTS[number]}: ")
        assert len(rig.bot.seen[-1]["values"]) == len(names)


SELECTS = ["engine", "styles", "user", "role", "channel"]


async def test_form_with_every_field(screen: Screen) -> None:
    await screen.command("/form")
    await screen.get("modal-submit").click()
    await expect(screen.get("field-error", "required")).to_have_count(3)
    await screen.get("modal-input").fill("Ada")
    await screen.get("modal").get_by_test_id("select").click()
    await screen.get("select-option", "v1-5").click()
    await screen.get("modal").get_by_text("Wide").click()
    await screen.get("modal").get_by_text("Upscale").click()
    async with screen.page.expect_file_chooser() as chooser:
        await screen.get("modal-file").click()
    data = picture(1, (32, 32))
    file: FilePayload = {"name": "ref.png", "mimeType": "image/png", "buffer": data}
    await (await chooser.value).set_files(file)
    await screen.get("modal-submit").click()
    await expect(screen.last).to_contain_text(
        f"Ada|stable-diffusion-v1-5|3:2|['upscale']|ref.png ({len(data)})"
    )
    await expect(screen.get("modal")).to_have_count(0)
    await screen.command("/form")
    await expect(screen.get("modal")).to_be_visible()
    await screen.press("Escape")
    await expect(screen.get("modal")).to_have_count(0)


async def test_text_is_rendered_and_never_parsed_as_html(screen: Screen) -> None:
    await screen.command("/hello")
    content = screen.last.get_by_test_id("message-content")
    await expect(content).to_contain_text("<script>alert(1)</script> *plain*")
    for selector, text in {
        "strong": "bold",
        "em": "italic",
        "u": "under",
        "s": "gone",
        "code": "code",
        ".heading-1": "Heading",
        ".subtext": "small print",
        "blockquote": "quoted",
        "pre": 'print("hello")',
        "a[href='https://example.org/']": "a link",
    }.items():
        await expect(content.locator(selector).first).to_contain_text(text)
    assert await content.locator("script").count() == 0
    await expect(content.locator(".spoiler-inner")).to_have_css("opacity", "0")
    await content.get_by_role("button", name="Spoiler").click()
    await expect(content.locator(".spoiler-inner")).to_have_css("opacity", "1")
    await expect(screen.last.get_by_test_id("embed")).to_contain_text("An embed")
    await expect(screen.last.get_by_test_id("file")).to_contain_text("notes.txt")


async def test_context_menus_on_messages_and_members(screen: Screen) -> None:
    await screen.command("/hello")
    await expect(screen.last).to_contain_text("edited")
    await screen.last.click(button="right", position={"x": 300, "y": 40})
    await expect(screen.get("menu-delete")).to_have_count(0)
    await screen.press("ArrowRight", "Enter")
    await expect(screen.last).to_contain_text("Described ")
    await expect(screen.last.get_by_test_id("reply-line")).to_contain_text("used Describe picture")
    await screen.act_as("Rowan")
    await screen.get("member", "Jun").click(button="right")
    await screen.get("menu-apps").hover()
    await screen.get("app-command", "Show account").click()
    await expect(screen.last).to_contain_text("Account of @Jun")
    await screen.get("message", "Heading").last.click(button="right", position={"x": 300, "y": 40})
    before = await screen.get("message", "Heading").count()
    await screen.get("menu-delete").click()
    await screen.get("confirm-yes").click()
    await expect(screen.get("message", "Heading")).to_have_count(before - 1)


async def test_bot_that_does_not_answer(screen: Screen) -> None:
    await screen.command("/imagine prompt: a dragon")
    nothing = screen.last.get_by_test_id("button").filter(has_text="Ask nobody")
    await nothing.click()
    await expect(nothing).to_have_attribute("aria-busy", "true")
    await screen.command("/silent")
    await expect(screen.last).to_contain_text("Sending command…")
    await expect(screen.get("component-failed")).to_contain_text("This interaction failed")
    await expect(screen.get("no-answer")).to_contain_text("The application did not respond")
    await expect(screen.last).to_contain_text("Only you can see this")


async def test_thinking_then_the_answer(screen: Screen, rig: Rig) -> None:
    rig.bot.go.clear()
    await screen.command("/think")
    await expect(screen.last.get_by_test_id("thinking")).to_have_text("Atelier is thinking…")
    rig.bot.go.set()
    await expect(screen.last).to_contain_text("Thought about it.")
    await expect(screen.get("live-region")).to_have_text("Atelier: Thought about it.")


async def test_list_stays_at_the_bottom_when_something_grows(screen: Screen) -> None:
    for _ in range(2):
        await screen.command("/hello")
        await expect(screen.last).to_contain_text("edited")
    assert await screen.page.evaluate(GROWN) < 2


async def test_other_channels_are_marked_unread(screen: Screen, rig: Rig) -> None:
    await screen.get("channel", "gallery").click()
    actions, world = rig.playground.actions, rig.playground.world
    mina = actions.member("mina")
    await actions.invoke(mina, actions.channel("studio", mina), "hello", {})
    assert world.guild is not None
    await expect(screen.get("channel", "studio")).to_contain_text("new messages")
    await screen.get("channel", "studio").click()
    await expect(screen.get("channel", "studio")).not_to_contain_text("new messages")


async def test_direct_message_opens_a_channel_of_its_own(screen: Screen, rig: Rig) -> None:
    mina = rig.playground.actions.member("mina")
    user = await rig.bot.fetch_user(int(mina.id))
    await user.send("Ready in <t:1:R>: </imagine:1>")
    await expect(screen.get("channel", "Atelier")).to_contain_text("new messages")
    await screen.get("channel", "Atelier").click()
    await expect(screen.last).to_contain_text("years ago")
    await screen.get("command-mention").click()
    await expect(screen.get("command-chip")).to_have_text("/imagine")
    await screen.act_as("Jun")
    await expect(screen.page.locator(".header-name")).to_have_text("studio")
    await screen.get("channel", "Atelier").click()
    await expect(screen.get("message")).to_have_count(0)


async def test_hostile_text_stays_text_and_is_read_quickly(screen: Screen) -> None:
    runs = [
        mark * 1300 for mark in ("*", "_", "`", "||", "~~", "[a](", "> ", "- ", "<@", "**a _b ")
    ]
    words = ["<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "<b>**a**</b>", "\\<i>"]
    slowest, tags = await screen.page.evaluate(RENDERED, runs + words)
    assert slowest < 1000
    assert set(tags) <= {"P", "EM", "STRONG", "U", "S", "CODE", "SPAN", "BLOCKQUOTE", "UL", "LI"}


async def test_top_up_goes_to_the_acting_member(screen: Screen, rig: Rig) -> None:
    await screen.act_as("Jun")
    await screen.get("top-up").click()
    await expect(screen.get("toast")).to_contain_text("25 credits added to Jun's account.")
    jun = rig.playground.actions.member("jun")
    assert rig.top_ups[-1] == (rig.playground.world.guild.id, jun.id, "25")


async def test_narrow_screens_and_names_of_controls(screen: Screen) -> None:
    await screen.command("/imagine prompt: a cat count: 2")
    await expect(screen.last.get_by_test_id("gallery-item")).to_have_count(2)
    assert await screen.page.evaluate(UNNAMED) == []
    await screen.page.set_viewport_size({"width": 380, "height": 720})
    await expect(screen.get("channel", "gallery")).to_be_hidden()
    wide = await screen.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 380
    await screen.get("burger").click()
    await screen.get("channel", "gallery").click()
    await expect(screen.get("channel", "gallery")).to_be_hidden()
    await expect(screen.page.locator(".header-name")).to_have_text("gallery")


async def test_selects_fit_a_narrow_screen(screen: Screen) -> None:
    await screen.page.set_viewport_size({"width": 390, "height": 720})
    await screen.command("/panel")
    for select in await screen.last.get_by_test_id("select").all():
        await select.click()
        await expect(screen.get("select-list")).to_be_visible()
        for one in (select, screen.get("select-list")):
            box = await one.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            assert box["y"] + box["height"] <= 720
        await screen.press("Escape")


async def test_what_comes_before_the_page_listens_is_shown(blank: Screen) -> None:
    asked, go = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        asked.set()
        await go.wait()
        await route.continue_()

    async with Playground() as playground:
        await blank.page.route("**/drive/events*", hold)
        await blank.page.goto(f"{playground.url}#studio")
        await asyncio.wait_for(asked.wait(), 5)
        channel = next(one for one in playground.world.channels.values() if one.name == "studio")
        headers = {"Authorization": f"Bot {playground.token}"}
        address = f"{playground.api_base}/channels/{channel.id}/messages"
        async with aiohttp.request("POST", address, json={"content": "hi"}, headers=headers):
            go.set()
        await expect(blank.last).to_contain_text("hi")
        await blank.page.unroute_all(behavior="wait")


async def test_playground_that_comes_and_goes(blank: Screen) -> None:
    playground = Playground()
    await playground.start()
    await blank.open(playground.url)
    await expect(blank.get("banner")).to_contain_text("Atelier is offline.")
    await expect(blank.get("top-up")).to_have_count(0)
    await blank.type("/")
    await expect(blank.get("suggestions")).to_contain_text("No commands are registered yet.")
    port = int(playground.url.rsplit(":", 1)[1].strip("/"))
    await playground.stop()
    await expect(blank.get("banner")).to_contain_text("Reconnecting…")
    async with Playground(port=port):
        await expect(blank.get("banner")).to_contain_text("Atelier is offline.")
