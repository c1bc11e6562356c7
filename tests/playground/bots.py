"""An unmodified discord.py client with one of every kind of interaction."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import discord
from discord import app_commands, ui
from PIL import Image

Interaction = discord.Interaction[Any]


def picture(width: int = 6, height: int = 4) -> bytes:
    """A small PNG."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


class Bot(discord.Client):
    """A client whose command tree is synced when it starts."""

    def __init__(self, intents: discord.Intents | None = None) -> None:
        super().__init__(intents=intents or discord.Intents(guilds=True))
        self.tree: app_commands.CommandTree[Bot] = app_commands.CommandTree(self)
        self.connected_once = asyncio.Event()
        self.resumed = asyncio.Event()

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def on_connect(self) -> None:
        self.connected_once.set()

    async def on_resumed(self) -> None:
        self.resumed.set()


class Buttons(ui.View):
    """A button that edits its message, one that is dead, and two selects."""

    def __init__(self) -> None:
        super().__init__(timeout=None)

    @ui.button(label="Again", custom_id="again")
    async def again(self, interaction: Interaction, button: ui.Button[Buttons]) -> None:
        await interaction.response.edit_message(content="again!")

    @ui.button(label="Dead", custom_id="dead", disabled=True)
    async def dead(self, interaction: Interaction, button: ui.Button[Buttons]) -> None:
        raise AssertionError("a disabled button was pressed")

    @ui.select(
        custom_id="colours",
        max_values=2,
        options=[discord.SelectOption(label=name) for name in ("red", "green", "blue")],
    )
    async def colours(self, interaction: Interaction, select: ui.Select[Buttons]) -> None:
        await interaction.response.send_message(",".join(select.values), ephemeral=True)

    @ui.select(cls=ui.UserSelect[Any], custom_id="who")
    async def who(self, interaction: Interaction, select: ui.UserSelect[Buttons]) -> None:
        await interaction.response.send_message(select.values[0].display_name)


class Form(ui.Modal):
    """A form with labels: a text, a select and a file."""

    prompt: ui.Label[Form] = ui.Label(text="Prompt", component=ui.TextInput(max_length=50))
    engine: ui.Label[Form] = ui.Label(
        text="Engine",
        component=ui.Select(options=[discord.SelectOption(label="painter")]),
    )
    file: ui.Label[Form] = ui.Label(text="Picture", component=ui.FileUpload(required=False))

    def __init__(self) -> None:
        super().__init__(title="Edit the prompt", custom_id="form")

    async def on_submit(self, interaction: Interaction, /) -> None:
        text = self.prompt.component.value  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        chosen = self.engine.component.values  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        files = self.file.component.values  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        names = [file.filename for file in files]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        await interaction.response.send_message(f"{text} {chosen} {names}")


class Card(ui.LayoutView):
    """A Components V2 card: text, a gallery of two files, a file, a section and a row."""

    def __init__(self, files: list[discord.File]) -> None:
        super().__init__(timeout=None)
        gallery: ui.MediaGallery[Card] = ui.MediaGallery()
        for file in files:
            gallery.add_item(media=file, description="a teal field")
        thumbnail: ui.Thumbnail[Card] = ui.Thumbnail(files[0])
        button: ui.Button[Card] = ui.Button(label="Again", custom_id="card:again")
        self.add_item(
            ui.Container(
                ui.TextDisplay("**A picture**"),
                gallery,
                ui.Section("a section", accessory=thumbnail),
                ui.Separator(),
                ui.ActionRow(button),
                accent_colour=0x00FF00,
            )
        )


def studio() -> Bot:
    """A bot with one command of every kind."""
    bot = Bot()
    _add_plain(bot)
    _add_pictures(bot)
    _add_replies(bot)
    _add_menus(bot)
    return bot


def _add_plain(bot: Bot) -> None:
    @bot.tree.command(description="Greet somebody")
    @app_commands.choices(tone=[app_commands.Choice(name="Kind", value="kind")])
    async def greet(  # pyright: ignore[reportUnusedFunction]
        interaction: Interaction,
        name: app_commands.Range[str, 1, 10],
        times: app_commands.Range[int, 1, 3] = 1,
        tone: str = "kind",
        who: discord.Member | None = None,
    ) -> None:
        whom = who.display_name if who else name
        await interaction.response.send_message(f"{tone} hello {whom} x{times}")

    async def engines(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}-{n}", value=f"{typed}-{n}") for n in range(3)]

    @bot.tree.command(description="Choose an engine")
    @app_commands.autocomplete(engine=engines)
    async def engine(interaction: Interaction, engine: str) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message(engine)

    @bot.tree.command(description="Only for moderators")
    @app_commands.default_permissions(manage_guild=True)
    async def moderate(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message("moderated", ephemeral=True)

    @bot.tree.command(description="For age-restricted channels", nsfw=True)
    async def adults(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message("ok")

    credit: app_commands.Group = app_commands.Group(name="credits", description="The account")

    @credit.command(description="Give credits")
    async def gift(interaction: Interaction, amount: int) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message(f"gave {amount}")

    bot.tree.add_command(credit)


def _add_pictures(bot: Bot) -> None:
    @bot.tree.command(description="Send an upload back")
    async def echo(interaction: Interaction, file: discord.Attachment) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message(file=await file.to_file())

    @bot.tree.command(description="A card with pictures")
    async def card(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer()
        files = [discord.File(io.BytesIO(picture()), f"p{n}.png") for n in range(2)]
        await interaction.edit_original_response(view=Card(files), attachments=files)


def _add_replies(bot: Bot) -> None:
    @bot.tree.command(description="Defer, fill, follow up")
    async def slow(interaction: Interaction, private: bool = False) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer(ephemeral=private)
        await interaction.edit_original_response(content="done")
        await interaction.followup.send("and more", ephemeral=private)

    @bot.tree.command(description="Defer, then only follow up")
    async def lazy(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.defer()
        await interaction.followup.send("first")
        await interaction.followup.send("second")

    @bot.tree.command(description="Buttons and selects")
    async def buttons(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message("press", view=Buttons())

    @bot.tree.command(description="A form")
    async def form(interaction: Interaction) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_modal(Form())


def _add_menus(bot: Bot) -> None:
    @bot.tree.context_menu(name="Quote this")
    async def quote(interaction: Interaction, message: discord.Message) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message(f"> {message.content}", ephemeral=True)

    @bot.tree.context_menu(name="Wave")
    async def wave(interaction: Interaction, member: discord.Member) -> None:  # pyright: ignore[reportUnusedFunction]
        await interaction.response.send_message(f"{member.display_name} o/")
