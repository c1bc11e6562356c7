"""Commands for moderators, with the kinds of option that members' commands do not use."""

from __future__ import annotations

import io
from typing import Any

import discord
from discord import app_commands

from tests.playground.page.page_cards import picture

Interaction = discord.Interaction[Any]
CSV = b"day,member,spent\n2026-11-20,Mina,1.90\n"


class Desk(app_commands.Group):
    """A desk with groups of its own."""

    rules = app_commands.Group(name="rules", description="Who may do what")

    def __init__(self) -> None:
        super().__init__(
            name="desk",
            description="People",
            default_permissions=discord.Permissions(moderate_members=True),
        )

    @rules.command(description="Set a rule")
    async def put(
        self,
        interaction: Interaction,
        role: discord.Role,
        place: discord.TextChannel,
        whom: discord.Member | discord.Role,
        share: app_commands.Range[float, 0, 1],
        word: str = "",
    ) -> None:
        text = f"{role.name} {place.name} {whom.name} {share:g} {word}"
        await interaction.response.send_message(text, ephemeral=True)

    @put.autocomplete("word")
    async def words(self, _: Interaction, current: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{current}{end}", value=end) for end in ("1", "2")]

    @app_commands.command(description="What was spent")
    async def report(self, interaction: Interaction) -> None:
        view = discord.ui.LayoutView()
        view.add_item(
            discord.ui.Container[Any](
                discord.ui.TextDisplay("Spending of the last 30 days"),
                discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://plot.png")),
                discord.ui.File("attachment://report.csv"),
            )
        )
        files = [
            discord.File(io.BytesIO(picture(3, (480, 240))), "plot.png"),
            discord.File(io.BytesIO(CSV), "report.csv"),
        ]
        await interaction.response.send_message(view=view, files=files, ephemeral=True)


@app_commands.context_menu(name="Tell the author")
@app_commands.default_permissions(moderate_members=True)
async def tell(interaction: Interaction, message: discord.Message) -> None:
    """Reply to a message; of the two who are named only one is pinged."""
    mina = next(iter(message.mentions), interaction.user)
    text = f"{mina.mention} {interaction.user.mention} ready"
    await interaction.response.send_message("Told.", ephemeral=True)
    allowed = discord.AllowedMentions(users=[mina], replied_user=False)
    await message.reply(text, allowed_mentions=allowed)
