"""Composing commands: the list, the pills, the checks, files, and sending."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.playground.page.page_cards import picture
from tests.playground.videos import video

if TYPE_CHECKING:
    from playwright.async_api import FilePayload

    from tests.playground.page.conftest import Rig, Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

DROP = """(target, [name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  for (const type of ["dragenter", "dragover", "drop"]) {
    target.dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true }));
  }
}"""
PASTE = """(target, [name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type: "image/png" }));
  const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
  target.dispatchEvent(event);
}"""


def used(rig: Rig) -> dict[str, Any]:
    """The options that the bot's last /imagine received."""
    return rig.bot.seen[-1]


async def test_typed_through_text_runs_the_command(screen: Screen, rig: Rig) -> None:
    rig.bot.go.clear()
    await screen.type("/imagine prompt: a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7")
    await expect(screen.get("option-prompt")).to_have_text(
        "a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7"
    )
    await screen.press("Enter")
    await expect(screen.last.get_by_test_id("reply-line")).to_contain_text("Mina used /imagine")
    await expect(screen.last).to_contain_text("About 2 ahead · ready in")
    await expect(screen.get("live-region")).to_have_text(re.compile(r"^Atelier: @Mina .*ready in "))
    await expect(screen.get("live-region")).not_to_contain_text("<")
    assert used(rig)["prompt"] == "a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7"
    rig.bot.go.set()
    await expect(screen.last.locator("img")).to_have_attribute(
        "alt", "AI-generated: a red lighthouse::1.5 fog::-0.5 --ar 3:2 --seed 7"
    )
    await expect(screen.last).to_contain_text("(edited)")
    await expect(screen.get("live-region")).to_contain_text("Atelier: ")


async def test_option_names_typed_in_text_become_pills(screen: Screen, rig: Rig) -> None:
    await screen.type("/imagine a castle image::2, fog seed: 7 count: 2 style: Pixel art")
    await expect(screen.get("pill-style")).to_have_text("stylePixel art")
    await screen.press("Enter")
    await expect(screen.last.get_by_test_id("gallery-item")).to_have_count(2)
    wanted = {"prompt": "a castle image::2, fog", "seed": 7, "count": 2, "style": "Pixel art"}
    assert used(rig) | wanted == used(rig)


async def test_pasted_command_is_read_like_typed_text(screen: Screen, rig: Rig) -> None:
    await screen.page.keyboard.insert_text("/imagine prompt: two foxes\nseed: 12")
    await screen.press("Enter")
    await expect(screen.last.get_by_test_id("gallery-item")).to_have_count(1)
    assert (used(rig)["prompt"], used(rig)["seed"]) == ("two foxes", 12)


async def test_command_list_is_driven_by_keys(screen: Screen) -> None:
    await screen.type("/")
    await expect(screen.get("command-item")).to_have_count(10)
    await screen.type("cre")
    await expect(screen.get("command-item")).to_have_count(2)
    await screen.press("ArrowDown")
    await expect(screen.get("command-item", "/credits show")).to_have_attribute(
        "aria-selected", "true"
    )
    await screen.press("ArrowUp", "Tab")
    await expect(screen.get("command-chip")).to_have_text("/credits gift")
    await screen.press("Escape", "Escape")
    await expect(screen.get("composer-input")).to_be_focused()
    await expect(screen.get("suggestions")).to_be_hidden()


async def test_a_new_query_marks_its_first_command(screen: Screen) -> None:
    await screen.type("/")
    await expect(screen.get("command-item").first).to_have_attribute("data-command", "animate")
    await screen.type("ima")
    await expect(screen.get("command-item")).to_have_count(2)
    await screen.press("Tab")
    await expect(screen.get("command-chip")).to_have_text("/imagine")


async def test_subcommand_with_a_member_and_a_number(screen: Screen) -> None:
    await screen.type("/credits gift ju")
    await expect(screen.get("choice-item")).to_have_count(1)
    await screen.press("Enter")
    await screen.type("2.5")
    await screen.press("Enter")
    await expect(screen.last).to_contain_text("@Jun received 2.5 credits.")


async def test_command_without_options_is_sent_by_one_enter(screen: Screen) -> None:
    await screen.command("/credits show")
    await expect(screen.last).to_contain_text("You have 24.51 credits.")


async def test_send_runs_a_command_without_options(screen: Screen) -> None:
    await screen.type("/hello")
    await screen.get("send").click()
    await expect(screen.last).to_contain_text("edited")
    await expect(screen.get("live-region")).to_contain_text("gone code spoiler small print")
    await screen.type("/credits gift")
    await screen.get("send").click()
    await expect(screen.get("command-chip")).to_have_text("/credits gift")


async def test_autocomplete_choices_and_booleans(screen: Screen, rig: Rig) -> None:
    await screen.type("/imagine a cat engine: ")
    await expect(screen.get("choice-item")).to_have_count(3)
    await screen.type("xl")
    await expect(screen.get("choice-item")).to_have_count(1)
    await screen.press("Tab")
    await screen.type("priv")
    await screen.press("Enter")
    await screen.type("t")
    await screen.press("Enter", "Enter")
    await expect(screen.last).to_have_attribute("data-ephemeral", "true")
    wanted = {"engine": "stable-diffusion-xl-1024-v1-0", "private": True, "prompt": "a cat"}
    assert used(rig) | wanted == used(rig)


async def test_backspace_and_arrows_walk_through_the_pills(screen: Screen) -> None:
    await screen.type("/imagine a cat seed: 7")
    await screen.press("Backspace", "Backspace")
    await expect(screen.get("pill-seed")).to_have_count(0)
    await expect(screen.get("option-prompt")).to_be_focused()
    await screen.press("ArrowRight")
    await expect(screen.get("composer-tail")).to_be_focused()
    await screen.press("ArrowLeft")
    for _ in "a cat":
        await screen.press("Backspace")
    await screen.press("Backspace")
    await expect(screen.get("composer-input")).to_have_value("/imagine")


BAD = {
    "/imagine prompt: x count: 9": "count: The largest value is 4.",
    "/imagine prompt: x seed: seven": "seed: Enter a whole number.",
    "/imagine seed: 4": "prompt: This option is required.",
    "/imagine prompt: x style: Baroque": "style: Choose one of the listed values.",
    "/nonsense": "There is no command /nonsense.",
}


async def test_bad_values_are_told_before_sending(screen: Screen, rig: Rig) -> None:
    before = len(rig.bot.seen)
    for typed, complaint in BAD.items():
        await screen.command(typed)
        await expect(screen.get("complaint")).to_contain_text(complaint)
        await screen.press("Escape", "Escape")
    assert len(rig.bot.seen) == before


async def test_files_are_picked_dropped_and_pasted(screen: Screen, rig: Rig) -> None:
    data = picture(3, (96, 64))
    for way in ("pick", "drop", "paste"):
        await screen.type("/imagine a boat image: ")
        await expect(screen.get("drop-image")).to_be_visible()
        if way == "pick":
            async with screen.page.expect_file_chooser() as chooser:
                await screen.press("Enter")
            file: FilePayload = {"name": "pick.png", "mimeType": "image/png", "buffer": data}
            await (await chooser.value).set_files(file)
        else:
            script = DROP if way == "drop" else PASTE
            await screen.get("option-image").evaluate(script, [f"{way}.png", list(data)])
        await expect(screen.get("file-image")).to_contain_text(f"{way}.png")
        await screen.press("Enter")
        await expect(screen.last).to_contain_text(f"from {way}.png")


async def test_refused_command_comes_back_into_the_composer(screen: Screen, rig: Rig) -> None:
    await screen.type("/imagine prompt: a quiet harbour seed: 3")
    commands = rig.playground.registry
    known = commands.find(rig.playground.world.guild.id, 1, "imagine")
    assert known is not None
    known["default_member_permissions"] = "0"
    try:
        await screen.press("Enter")
        await expect(screen.get("complaint")).to_contain_text("may not use imagine")
        await expect(screen.get("option-prompt")).to_have_text("a quiet harbour")
        await expect(screen.get("option-seed")).to_have_text("3")
    finally:
        known["default_member_permissions"] = None


async def test_slash_starts_a_command_from_anywhere(screen: Screen) -> None:
    await screen.get("channel", "studio").focus()
    await screen.type("/he")
    await expect(screen.get("command-item", "/hello")).to_have_attribute("aria-selected", "true")


async def test_empty_channel_invites_to_try_an_example(screen: Screen) -> None:
    await screen.get("channel", "gallery").click()
    await expect(screen.get("welcome")).to_contain_text("A Discord on your own machine")
    await screen.get("example").first.click()
    await expect(screen.get("command-chip")).to_have_text("/imagine")
    await expect(screen.get("option-prompt")).to_contain_text("a red lighthouse::1.5")


async def test_a_message_with_files_and_a_menu_on_it(screen: Screen) -> None:
    data = picture(3, (96, 64))
    box = screen.get("composer-input")
    await box.evaluate(DROP, ["drop.png", list(data)])
    await box.evaluate(PASTE, ["paste.png", list(data)])
    await screen.get("composer-plus").click()
    async with screen.page.expect_file_chooser() as chooser:
        await screen.get("upload-file").click()
    file: FilePayload = {"name": "film.mp4", "mimeType": "video/mp4", "buffer": video()}
    await (await chooser.value).set_files(file)
    await expect(screen.get("draft-file")).to_have_count(3)
    await expect(screen.get("draft-file").locator("img")).to_have_count(2)
    await screen.get("draft-file", "paste.png").get_by_role("button").click()
    await expect(screen.get("draft-file")).to_have_count(2)
    await box.focus()
    await screen.type("Look at *this*")
    await screen.press("Enter")
    await expect(screen.get("draft-file")).to_have_count(0)
    await expect(screen.last.locator("em")).to_have_text("this")
    await expect(screen.last).to_have_attribute("aria-label", re.compile("^Mina, "))
    await expect(screen.last.get_by_test_id("gallery-item")).to_have_count(2)
    await expect(screen.last.get_by_test_id("video")).to_be_visible()
    await screen.last.click(button="right", position={"x": 300, "y": 20})
    await screen.get("menu-apps").hover()
    await screen.get("app-command", "Animate").click()
    told = "drop.png image/png 96×64, film.mp4 video/mp4 320×192"
    await expect(screen.last).to_contain_text(told)


async def test_a_message_may_be_files_alone_or_words_alone(screen: Screen) -> None:
    await screen.get("composer-input").evaluate(DROP, ["a.png", list(picture(1, (9, 9)))])
    await screen.get("send").click()
    await expect(screen.last.get_by_test_id("gallery-item")).to_have_count(1)
    await screen.command("Good evening")
    await expect(screen.last).to_contain_text("Good evening")
    await screen.last.click(button="right", position={"x": 300, "y": 10})
    await screen.get("menu-delete").click()
    await screen.get("confirm-yes").click()
    await expect(screen.last).not_to_contain_text("Good evening")


async def test_a_command_takes_over_the_messages_file(screen: Screen) -> None:
    await screen.get("composer-input").evaluate(DROP, ["sun.png", list(picture(1, (96, 64)))])
    await expect(screen.get("draft-file")).to_contain_text("sun.png")
    await screen.get("composer-input").focus()
    await screen.type("/animate")
    await screen.press("Tab")
    await expect(screen.get("file-image")).to_contain_text("sun.png")
    await screen.press("Enter")
    await expect(screen.last).to_contain_text("sun.png (96 wide)")


async def test_files_that_are_too_large_are_told_of(screen: Screen, rig: Rig) -> None:
    rig.playground.world.attachment_size_limit = 2048
    large = [*picture(1, (9, 9)), *bytes(2048)]
    try:
        await screen.type("/animate")
        await screen.press("Tab")
        await screen.get("option-image").evaluate(DROP, ["large.png", large])
        await expect(screen.get("file-image")).to_contain_text("larger than 2 KiB")
        await screen.get("file-image").get_by_role("button").click()
        await expect(screen.get("file-image")).to_have_count(0)
        await screen.get("option-image").evaluate(DROP, ["large.png", large])
        await screen.press("Enter")
        await expect(screen.get("complaint")).to_contain_text("image: That file is larger")
        await screen.press("Escape", "Escape")
        await screen.get("composer-input").evaluate(DROP, ["large.png", large])
        await screen.type("with words")
        await screen.press("Enter")
        await expect(screen.get("complaint")).to_contain_text("large.png: That file is larger")
        await expect(screen.get("composer-input")).to_have_value("with words")
        await screen.get("draft-file").get_by_role("button").click()
        await expect(screen.get("draft-file")).to_have_count(0)
    finally:
        rig.playground.world.attachment_size_limit = None
