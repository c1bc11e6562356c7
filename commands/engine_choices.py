"""What is offered while somebody types an engine, a size or an aspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands

if TYPE_CHECKING:
    from discord import Interaction

    from commands.tools import Tools

    Choices = list[app_commands.Choice[str]]

MAX_CHOICES = 25
ASPECTS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "21:9")


def engine_choices(tools: Tools, typed: str) -> Choices:
    """The engines whose name or id has what was typed."""
    return [
        app_commands.Choice(name=f"{engine.name} · {engine.id}"[:100], value=engine.id)
        for engine in tools.catalogue
        if typed.lower() in f"{engine.name} {engine.id}".lower()
    ][:MAX_CHOICES]


def aspect_choices(typed: str) -> Choices:
    """The usual aspects that have what was typed."""
    return [app_commands.Choice(name=aspect, value=aspect) for aspect in ASPECTS if typed in aspect]


def size_choices(tools: Tools, interaction: Interaction[Any], typed: str) -> Choices:
    """The sizes of the engine that is chosen beside it, else of the default one."""
    chosen = str(getattr(interaction.namespace, "engine", None))
    engine = tools.catalogue.get(chosen if chosen in tools.catalogue else tools.default_engine_id)
    sizes = dict.fromkeys(
        engine.size_for_aspect(*(int(side) for side in aspect.split(":"))) for aspect in ASPECTS
    )
    names = [f"{width}x{height}" for width, height in (*engine.sizes, *sizes)]
    matching = [name for name in dict.fromkeys(names) if typed.lower() in name]
    return [app_commands.Choice(name=name, value=name) for name in matching[:MAX_CHOICES]]
