"""What is offered while somebody types an engine, or what only some engines have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands

from generation.abilities import find_able
from generation.catalogue.catalogue import IMAGE
from prompts import PromptError, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discord import Interaction

    from commands.kinds.view import OfferedEngines
    from commands.options.slash import Suggest
    from generation.catalogue.catalogue import Engine
    from generation.edits import EditAction

    Choices = list[app_commands.Choice[str]]

MAX_CHOICES = 25


class EngineSuggestions:
    """Suggests engines, and the kinds of control pictures that they follow."""

    def __init__(self, engines: OfferedEngines) -> None:
        self._engines = engines

    async def engine(self, _: Interaction[Any], typed: str) -> Choices:
        """The engines whose name or id has what was typed."""
        return _named(self._engines.catalogue, typed)

    async def masking_engine(self, _: Interaction[Any], typed: str) -> Choices:
        """The engines that take masks, and whose name or id has what was typed."""
        return _named((engine for engine in self._engines.catalogue if engine.mask), typed)

    async def blending_engine(self, _: Interaction[Any], typed: str) -> Choices:
        """The engines that blend pictures, and whose name or id has what was typed."""
        return _named(self._engines.blenders, typed)

    def editor(self, action: EditAction) -> Suggest:
        """What suggests the engines that do that to a picture."""

        async def suggest(_: Interaction[Any], typed: str) -> Choices:
            return _named(self._engines.editors_for(action), typed)

        return suggest

    async def control_kind(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The kinds of control pictures of the engine that is chosen beside it."""
        engine = chosen_engine(self._engines, interaction)
        kinds = engine.controls if engine else ()
        return [
            app_commands.Choice(name=kind[:100], value=kind[:100])
            for kind in kinds
            if typed.strip().lower() in kind
        ][:MAX_CHOICES]


def _named(engines: Iterable[Engine], typed: str) -> Choices:
    """The engines whose name or id has what was typed."""
    return [
        app_commands.Choice(name=f"{engine.name} · {engine.id}"[:100], value=engine.id)
        for engine in engines
        if typed.lower() in f"{engine.name} {engine.id}".lower()
    ][:MAX_CHOICES]


def chosen_engine(
    engines: OfferedEngines, interaction: Interaction[Any], preferred: str = ""
) -> Engine | None:
    """The engine that would draw what is typed so far.

    That is the one beside it or in the prompt, else the preferred or the default one, or the first
    of the same service that can start from the picture that is attached.
    """
    typed = interaction.namespace
    named = getattr(typed, "engine", None) or _in_prompt(str(getattr(typed, "prompt", "")))
    if engine := engines.catalogue.find(str(named)):
        return engine
    usual = engines.catalogue.find(preferred)
    default = usual if usual and usual.kind == IMAGE else engines.find_default()
    if default is None:
        return None
    return find_able(
        default,
        engines.catalogue,
        has_image=hasattr(typed, "image"),
        has_mask=hasattr(typed, "mask"),
    )


def _in_prompt(text: str) -> str | None:
    try:
        return parse(text).options.engine
    except PromptError:
        return None
