"""A real bot with a command for each thing that the page can show."""

from __future__ import annotations

import asyncio
import io
from typing import Any, Literal

import discord
from discord import app_commands

from tests.playground.bots import Bot
from tests.playground.page.page_cards import (
    ENGINES,
    FullForm,
    PromptForm,
    hidden_card,
    picture,
    refusal_card,
    result_card,
    selects_card,
    waiting_card,
)
from tests.playground.page.page_desk import Desk, tell
from tests.playground.page.page_videos import animate, animate_message, on_video_button

Interaction = discord.Interaction[Any]

MARKDOWN = """# Heading
**bold** *italic* __under__ ~~gone~~ `code` ||hidden||
-# small print
> quoted
- one
- two
[a link](https://example.org/) <script>alert(1)</script> \\*plain\\*
```py
print("hello")
```"""


class PageBot(Bot):
    """The bot of the page's tests; `go` holds `/imagine` between its card and its pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.go = asyncio.Event()
        self.go.set()
        self.seen: list[dict[str, Any]] = []
        for command in (imagine, hello, silent, panel, form, think, pictures, animate):
            self.tree.add_command(command)
        self.tree.add_command(Credits())
        self.tree.add_command(Desk())
        for menu in (describe, account, tell, animate_message):
            self.tree.add_command(menu)

    async def on_interaction(self, interaction: Interaction) -> None:
        """Buttons and selects of every card, whatever message they are on."""
        if interaction.type is not discord.InteractionType.component:
            return
        data: Any = interaction.data
        self.seen.append({"custom_id": data["custom_id"], "values": data.get("values")})
        if await on_video_button(interaction, data["custom_id"]):
            return
        match data["custom_id"]:
            case "edit":
                await interaction.response.send_modal(PromptForm("a red lighthouse, fog"))
            case "delete":
                await interaction.response.defer()
                await interaction.delete_original_response()
            case "cancel":
                await interaction.response.edit_message(view=refusal_card("Cancelled."))
            case "reroll":
                await asyncio.sleep(0)
                await interaction.response.send_message("Rerolled", ephemeral=True)
            case "nothing":
                return
            case _:
                text = f"{data['custom_id']}: {', '.join(data.get('values') or [])}"
                await interaction.response.send_message(text, ephemeral=True)


@app_commands.command(description="Make a picture from words")
@app_commands.describe(
    prompt="What to paint; weights like fog::-0.5, options like --ar 3:2",
    engine="Which engine paints",
    count="How many pictures",
    seed="The same seed gives the same picture",
    style="A look to start from",
    image="A picture to start from",
    private="Only for your eyes",
)
async def imagine(
    interaction: Interaction,
    prompt: app_commands.Range[str, 1, 6000],
    engine: str | None = None,
    count: app_commands.Range[int, 1, 4] = 1,
    seed: app_commands.Range[int, 0, 4294967295] | None = None,
    style: Literal["Anime", "Photographic", "Pixel art"] | None = None,
    image: discord.Attachment | None = None,
    private: bool = False,
) -> None:
    bot: Any = interaction.client
    bot.seen.append({"prompt": prompt, "engine": engine, "count": count, "seed": seed})
    bot.seen[-1] |= {"style": style, "image": image and image.filename, "private": private}
    if "dragon" in prompt:
        await interaction.response.send_message(view=refusal_card(prompt), ephemeral=True)
        return
    mention = interaction.user.mention
    view = waiting_card(mention, prompt)
    await interaction.response.send_message(view=view, ephemeral=private)
    await bot.go.wait()
    files = [discord.File(io.BytesIO(picture(n)), f"picture-{n}.png") for n in range(count)]
    source = f" from {image.filename}" if image else ""
    card = result_card(mention, prompt + source, files)
    await interaction.edit_original_response(view=card, attachments=files)


@imagine.autocomplete("engine")
async def engines(_: Interaction, current: str) -> list[app_commands.Choice[str]]:
    found = [name for name in ENGINES if current.lower() in name]
    return [app_commands.Choice(name=name, value=name) for name in found]


@app_commands.command(description="Show what text can look like")
async def hello(interaction: Interaction) -> None:
    embed = discord.Embed(title="An embed", description="with **bold**", color=0x5865F2)
    embed.add_field(name="Field", value="value", inline=True).set_footer(text="footer")
    file = discord.File(io.BytesIO(b"notes"), "notes.txt")
    await interaction.response.send_message(MARKDOWN, embed=embed, file=file)
    await interaction.edit_original_response(content=MARKDOWN + "\nedited")


@app_commands.command(description="Never answers")
async def silent(_: Interaction) -> None:
    return


@app_commands.command(description="Think for a while")
async def think(interaction: Interaction) -> None:
    bot: Any = interaction.client
    await interaction.response.defer()
    await bot.go.wait()
    await interaction.edit_original_response(content="Thought about it.")


@app_commands.command(description="Settings with selects")
async def panel(interaction: Interaction) -> None:
    await interaction.response.send_message(view=selects_card(), ephemeral=True)


@app_commands.command(description="A form with every field")
async def form(interaction: Interaction) -> None:
    await interaction.response.send_modal(FullForm())


@app_commands.command(description="A gallery of any size, hidden behind a spoiler")
async def pictures(interaction: Interaction, count: app_commands.Range[int, 1, 10]) -> None:
    files = [discord.File(io.BytesIO(picture(n, (48, 32))), f"{n}.png") for n in range(count)]
    await interaction.response.send_message(view=hidden_card(files), files=files)


class Credits(app_commands.Group):
    """Accounts"""

    def __init__(self) -> None:
        super().__init__(name="credits", description="Accounts")

    @app_commands.command(description="Show your balance")
    async def show(self, interaction: Interaction) -> None:
        await interaction.response.send_message("You have 24.51 credits.", ephemeral=True)

    @app_commands.command(description="Give credits to a member")
    @app_commands.describe(member="Who receives them", amount="How many")
    async def gift(self, interaction: Interaction, member: discord.Member, amount: float) -> None:
        await interaction.response.send_message(f"{member.mention} received {amount:g} credits.")


@app_commands.context_menu(name="Describe picture")
async def describe(interaction: Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"Described {message.id}", ephemeral=True)


@app_commands.context_menu(name="Show account")
@app_commands.default_permissions(manage_messages=True)
async def account(interaction: Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"Account of {member.mention}", ephemeral=True)
