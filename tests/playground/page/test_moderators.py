"""What moderators see and members do not: privileged commands, pickers, files, pings, servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect

if TYPE_CHECKING:
    from tests.playground.page.conftest import Rig, Screen

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_members_are_not_offered_what_they_may_not_use(screen: Screen) -> None:
    await screen.type("/desk")
    await expect(screen.get("suggestions")).to_contain_text("No command is called /desk")
    await screen.press("Escape")
    await screen.act_as("Ada")
    await expect(screen.get("user-panel")).to_contain_text("Administrator")
    await screen.get("composer-input").focus()
    await screen.type("/desk")
    await expect(screen.get("command-item")).to_have_count(2)


async def test_pickers_for_roles_channels_and_members(screen: Screen) -> None:
    await screen.act_as("Rowan")
    await screen.get("composer-input").focus()
    await screen.type("/desk rules put ")
    await expect(screen.get("command-chip")).to_have_text("/desk rules put")
    await expect(screen.get("choice-item", "Administrator")).to_be_visible()
    await screen.type("Pain")
    await screen.press("Tab")
    await expect(screen.get("option-role")).to_have_text("@Painter")
    await expect(screen.get("choice-item")).to_have_count(4)
    await screen.type("gall")
    await screen.press("Tab")
    await screen.type("Jun")
    await screen.press("Tab")
    await screen.type("0.5 word: ab")
    await expect(screen.get("choice-item")).to_have_count(2)
    await screen.press("ArrowDown", "ArrowDown", "Tab", "Enter")
    await expect(screen.last).to_contain_text("Painter gallery jun 0.5 2")
    await expect(screen.last).to_contain_text("Only you can see this")


async def test_a_private_card_with_a_plot_and_a_table(screen: Screen) -> None:
    await screen.act_as("Rowan")
    await screen.command("/desk report")
    await expect(screen.last.get_by_test_id("gallery-item").locator("img")).to_have_count(1)
    await expect(screen.last.get_by_test_id("file")).to_contain_text("report.csv")
    await expect(screen.last.get_by_test_id("file")).to_contain_text("38 bytes")
    await screen.act_as("Mina")
    await expect(screen.get("file", "report.csv")).to_have_count(0)


async def test_a_reply_pings_only_whom_it_may(screen: Screen) -> None:
    await screen.command("/imagine prompt: fog")
    await expect(screen.last.locator("img")).to_have_count(1)
    await screen.act_as("Rowan")
    await screen.last.click(button="right", position={"x": 300, "y": 30})
    await screen.get("menu-apps").hover()
    await screen.get("app-command", "Tell the author").click()
    await expect(screen.last.locator(".reply-text")).to_contain_text("fog")
    await expect(screen.last).not_to_contain_class("mentioned")
    await screen.act_as("Mina")
    await expect(screen.last).to_contain_text("@Mina @Rowan ready")
    await expect(screen.last).to_contain_class("mentioned")


async def test_another_server(screen: Screen, rig: Rig) -> None:
    guild = rig.playground.world.found_guild()
    rig.playground.gateway.tell_of_guild(guild)
    try:
        await screen.page.reload()
        await screen.page.locator('[data-testid="server"][data-name="Atelier 2"]').click()
        await expect(screen.page.locator(".guild-name")).to_have_text("Atelier 2")
        await screen.command("/credits show")
        await expect(screen.last).to_contain_text("24.51 credits")
        assert rig.bot.get_guild(int(guild.id))
    finally:
        rig.playground.world.leave_guild(guild)
        rig.playground.gateway.tell_of_leaving(guild)
