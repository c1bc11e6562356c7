"""The form of a morph between prompts: its texts, its frames and their rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord.ui import Label, Modal, TextInput

from commands.languages import marked, say
from commands.ui.modals import MAX_INPUT, custom_id

if TYPE_CHECKING:
    from collections.abc import Mapping


TEXTS = {
    "first": marked("First prompt"),
    "second": marked("Second prompt"),
    "third": marked("Third prompt"),
}
FIGURES = {"frames": marked("Frames"), "fps": marked("Frames per second")}
OPTIONAL = "third"
MAX_FIGURE = 6


def morph_form(action: str, subject: str, values: Mapping[str, str]) -> Modal:
    """A form with those values; like the form of a prompt it is read from the raw interaction."""
    form = Modal(title=say("Edit the morph"), custom_id=custom_id(action, subject))
    for name, label in TEXTS.items():
        form.add_item(_input(name, label, values[name], discord.TextStyle.paragraph, MAX_INPUT))
    for name, label in FIGURES.items():
        form.add_item(_input(name, label, values[name], discord.TextStyle.short, MAX_FIGURE))
    form.stop()
    return form


def _input(name: str, label: str, value: str, style: discord.TextStyle, most: int) -> Label[Any]:
    field: TextInput[Any] = TextInput(
        custom_id=name,
        style=style,
        default=value[:most] or None,
        max_length=most,
        required=name != OPTIONAL,
    )
    return Label(text=say(label), component=field)
