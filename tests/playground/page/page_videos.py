"""What the bot of the page's tests does with films: a card that plays one, and its form."""

from __future__ import annotations

import io
import time
from typing import Any

import discord
from discord import app_commands, ui

from tests.playground.page.page_cards import BLUE, GREY, button, card, row
from tests.playground.videos import moving_picture, video

Interaction = discord.Interaction[Any]
ALT = "AI-generated: a sun that moves over a hill"
MOTIONS = ("Calm", "Lively", "Wild")


def video_card(line: str, url: str = "attachment://film.mp4") -> ui.LayoutView:
    """A card with a film and what can be done with it."""
    gallery: ui.MediaGallery[ui.LayoutView] = ui.MediaGallery()
    gallery.add_item(media=url, description=ALT)
    ready = int(time.time()) + 40
    return card(
        ui.TextDisplay(f"{line} · next one <t:{ready}:R>"),
        gallery,
        ui.TextDisplay("320×192 · 2 s at 24 frames a second · seed `7` · 2.40 credits"),
        ui.TextDisplay("-# AI-generated · job k3f9"),
        row(
            button("Extend", "extend", BLUE),
            button("Camera", "camera", GREY),
            button("GIF", "gif", GREY),
        ),
    )


class CameraForm(ui.Modal):
    """How the camera moves: selects with and without a default, a group, a box."""

    def __init__(self) -> None:
        super().__init__(title="Camera", timeout=60)
        motions = [discord.SelectOption(label=m, value=m, default=m == "Calm") for m in MOTIONS]
        self.motion: ui.Select[Any] = ui.Select(custom_id="motion", options=motions)
        ways = [discord.SelectOption(label=w, value=w) for w in ("Left", "Right")]
        self.pan: ui.Select[Any] = ui.Select(custom_id="pan", options=ways, required=False)
        self.zoom: Any = ui.RadioGroup(custom_id="zoom", required=False)
        self.zoom.add_option(label="In", value="in")
        self.zoom.add_option(label="Out", value="out")
        self.loop: Any = ui.Checkbox(custom_id="loop", default=True)
        self.words: ui.TextInput[Any] = ui.TextInput(
            custom_id="words", required=False, min_length=3, max_length=20
        )
        for text, field in (
            ("Motion", self.motion),
            ("Pan", self.pan),
            ("Zoom", self.zoom),
            ("Loop", self.loop),
            ("Words", self.words),
        ):
            self.add_item(ui.Label(text=text, component=field))

    async def on_submit(self, interaction: Interaction, /) -> None:
        words = [self.motion.values, self.pan.values, self.zoom.value, self.loop.value]
        told = "|".join(map(str, [*words, self.words.value]))
        await interaction.response.send_message(told, ephemeral=True)


@app_commands.command(description="Make a film from a picture")
async def animate(interaction: Interaction, image: discord.Attachment) -> None:
    """The card comes with its film at once."""
    view = video_card(f"{interaction.user.mention} · {image.filename} ({image.width} wide)")
    file = discord.File(io.BytesIO(video()), "film.mp4")
    await interaction.response.send_message(view=view, file=file)


@app_commands.context_menu(name="Animate")
async def animate_message(interaction: Interaction, message: discord.Message) -> None:
    """Say which files the message holds."""
    told = [f"{a.filename} {a.content_type} {a.width}×{a.height}" for a in message.attachments]
    await interaction.response.send_message(", ".join(told) or "Nothing", ephemeral=True)


async def on_video_button(interaction: Interaction, custom_id: str) -> bool:
    """Answer a button of the film's card; False when it is none."""
    match custom_id:
        case "extend":
            await interaction.response.edit_message(view=video_card("Longer and longer"))
        case "camera":
            await interaction.response.send_modal(CameraForm())
        case "gif":
            kinds = (("GIF", "sun.gif"), ("WEBP", "sun.webp"))
            files = [discord.File(io.BytesIO(moving_picture(k)), name) for k, name in kinds]
            await interaction.response.send_message(files=files)
        case _:
            return False
    return True
