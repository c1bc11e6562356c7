"""What the bot of the page's tests shows: cards, selects and forms."""

from __future__ import annotations

import io
import time
from typing import Any

import discord
from discord import ui
from PIL import Image, ImageDraw

ENGINES = ("atelier-painter", "stable-diffusion-v1-5", "stable-diffusion-xl-1024-v1-0")
RED = 0xE67E22


def picture(number: int, size: tuple[int, int] = (768, 512)) -> bytes:
    """A small landscape that differs by number."""
    image = Image.new("RGB", size, (24 + 40 * number, 44, 92 - 12 * number))
    draw = ImageDraw.Draw(image)
    width, height = size
    draw.ellipse((width * 0.62, height * 0.12, width * 0.8, height * 0.39), fill=(250, 214, 120))
    draw.rectangle((0, height * 0.7, width, height), fill=(20, 30 + 20 * number, 44))
    draw.rectangle((width * 0.2, height * 0.25, width * 0.29, height * 0.75), fill=(196, 48, 40))
    data = io.BytesIO()
    image.save(data, "PNG")
    return data.getvalue()


def card(*parts: ui.Item[Any]) -> ui.LayoutView:
    """A card with the parts in one coloured container."""
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(*parts, accent_color=RED))
    return view


def row(*buttons: ui.Button[ui.LayoutView]) -> ui.ActionRow[ui.LayoutView]:
    return ui.ActionRow(*buttons)


def button(label: str, custom_id: str, style: discord.ButtonStyle, **more: Any) -> Any:
    return ui.Button(label=label, custom_id=custom_id, style=style, **more)


GREY, BLUE, DANGER = (
    discord.ButtonStyle.secondary,
    discord.ButtonStyle.primary,
    discord.ButtonStyle.danger,
)


def waiting_card(mention: str, prompt: str) -> ui.LayoutView:
    ready = int(time.time()) + 40
    return card(
        ui.TextDisplay(f"{mention} · {prompt}"),
        ui.TextDisplay("Read as: a red lighthouse ×1.5 · fog ×−0.5"),
        ui.TextDisplay(f"About 2 ahead · ready <t:{ready}:R>"),
        ui.TextDisplay("-# 0.49 credits held, charged only if the picture arrives"),
        row(button("Cancel", "cancel", GREY)),
    )


def result_card(mention: str, prompt: str, files: list[discord.File]) -> ui.LayoutView:
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for file in files:
        gallery.add_item(media=file, description=f"AI-generated: {prompt}")
    return card(
        ui.TextDisplay(f"{mention} · {prompt}"),
        gallery,
        ui.TextDisplay("768×512 · `atelier-painter` · seed `7` · 0.49 credits"),
        ui.TextDisplay("-# AI-generated · job k3f9"),
        row(
            button("Reroll", "reroll", BLUE),
            button("Edit", "edit", GREY),
            button("Vary", "vary", GREY, disabled=True),
        ),
        row(
            ui.Button(label="Download", url="https://example.org/picture.png"),
            button("Delete", "delete", DANGER),
        ),
    )


def hidden_card(files: list[discord.File]) -> ui.LayoutView:
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    for number, file in enumerate(files):
        gallery.add_item(media=file, description=f"Picture {number}", spoiler=number == 0)
    thumbnail: ui.Thumbnail[ui.LayoutView] = ui.Thumbnail(files[0], description="Small picture")
    section: ui.Section[ui.LayoutView] = ui.Section("Beside a picture", accessory=thumbnail)
    kept: ui.File[ui.LayoutView] = ui.File(files[0])
    return card(section, gallery, kept)


def refusal_card(prompt: str) -> ui.LayoutView:
    return card(
        ui.TextDisplay("**Not enough credits. Nothing was charged.**"),
        ui.TextDisplay("4 pictures at 1024×1024 cost 7.60; you have 5.10."),
        ui.TextDisplay("Refill: +25 in 2 days. Sooner: ask a moderator."),
        row(button("1 picture · 1.90", "one", BLUE), button("4 at 512×512 · 0.81", "four", GREY)),
        row(button("Edit prompt", "edit", GREY), button("Ask nobody", "nothing", GREY)),
        ui.TextDisplay(f"-# {discord.utils.escape_markdown(prompt)}"),
    )


def selects_card() -> ui.LayoutView:
    options = [
        discord.SelectOption(label="Painter", value="painter", description="Always here"),
        discord.SelectOption(label="Diffusion", value="diffusion"),
        discord.SelectOption(label="Turbo", value="turbo"),
    ]
    engine: ui.Select[Any] = ui.Select(custom_id="engine", placeholder="Engine", options=options)
    styles: ui.Select[Any] = ui.Select(
        custom_id="styles", placeholder="Up to two styles", options=options, max_values=2
    )
    parts: list[ui.Item[Any]] = [
        ui.ActionRow(engine),
        ui.ActionRow(styles),
        ui.ActionRow(ui.UserSelect[Any](custom_id="user", placeholder="A member")),
        ui.ActionRow(ui.RoleSelect[Any](custom_id="role", placeholder="A role")),
        ui.ActionRow(ui.ChannelSelect[Any](custom_id="channel", placeholder="A channel")),
    ]
    return card(
        ui.TextDisplay("## Settings\nWhat the next picture starts from."),
        ui.Separator(spacing=discord.SeparatorSpacing.large),
        *parts,
    )


class PromptForm(ui.Modal):
    """Every field that a modal may hold."""

    def __init__(self, prompt: str) -> None:
        super().__init__(title="Edit the prompt", timeout=60)
        self.prompt: ui.TextInput[Any] = ui.TextInput(
            custom_id="prompt", default=prompt, style=discord.TextStyle.paragraph, max_length=120
        )
        self.add_item(
            ui.Label(text="Prompt", description="Weights: fog::-0.5", component=self.prompt)
        )

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        await interaction.response.send_message(
            f"New prompt: {discord.utils.escape_markdown(self.prompt.value)}", ephemeral=True
        )


class FullForm(ui.Modal):
    """Selects, files, radio buttons and checkboxes."""

    def __init__(self) -> None:
        super().__init__(title="Everything", timeout=60)
        self.name: ui.TextInput[Any] = ui.TextInput(custom_id="name", max_length=20)
        self.size: Any = ui.RadioGroup(custom_id="size")
        self.size.add_option(label="Square", value="1:1", description="512×512")
        self.size.add_option(label="Wide", value="3:2")
        self.extras: Any = ui.CheckboxGroup(custom_id="extras", required=False)
        self.extras.add_option(label="Upscale", value="upscale")
        self.extras.add_option(label="Animate", value="animate")
        self.agree: Any = ui.Checkbox(custom_id="agree")
        self.picture: Any = ui.FileUpload(custom_id="picture", required=False, max_values=2)
        options = [discord.SelectOption(label=e, value=e) for e in ENGINES]
        self.engine: ui.Select[Any] = ui.Select(custom_id="engine", options=options)
        self.add_item(ui.Label(text="Name", component=self.name))
        self.add_item(ui.Label(text="Engine", component=self.engine))
        self.add_item(ui.Label(text="Size", component=self.size))
        self.add_item(ui.Label(text="Extras", component=self.extras))
        self.add_item(ui.Label(text="Reference", component=self.picture))

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        files = ", ".join(f"{a.filename} ({a.size})" for a in self.picture.values)
        words = [self.name.value, self.engine.values[0], self.size.value, self.extras.values, files]
        text = "|".join(map(str, words))
        await interaction.response.send_message(text)
