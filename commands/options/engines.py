"""What is offered while somebody types an engine, a size or an aspect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from discord import Interaction

    from commands.kinds.view import OfferedEngines
    from commands.options.slash import Suggest
    from generation.catalogue.catalogue import Engine

    Choices = list[app_commands.Choice[str]]

MAX_CHOICES = 25
ASPECTS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "21:9")


class EngineSuggestions:
    """Suggests engines, and the sizes and aspects that they draw."""

    def __init__(self, engines: OfferedEngines) -> None:
        self._engines = engines

    @property
    def by_option(self) -> Mapping[str, Suggest]:
        """The suggestions by the name of the option."""
        return {"engine": self.engine, "aspect": self.aspect, "size": self.size}

    async def engine(self, _: Interaction[Any], typed: str) -> Choices:
        """The engines whose name or id has what was typed."""
        return _named(self._engines.catalogue, typed)

    async def masking_engine(self, _: Interaction[Any], typed: str) -> Choices:
        """The engines that take masks, and whose name or id has what was typed."""
        return _named((engine for engine in self._engines.catalogue if engine.mask), typed)

    async def aspect(self, _: Interaction[Any], typed: str) -> Choices:
        """The usual aspects that have what was typed."""
        return [
            app_commands.Choice(name=aspect, value=aspect) for aspect in ASPECTS if typed in aspect
        ]

    async def control_kind(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The kinds of control pictures of the engine that is chosen beside it."""
        engine = chosen_engine(self._engines, interaction)
        kinds = engine.controls if engine else ()
        return [
            app_commands.Choice(name=kind[:100], value=kind[:100])
            for kind in kinds
            if typed.strip().lower() in kind
        ][:MAX_CHOICES]

    async def size(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The sizes of the engine that is chosen beside it, else of the default one."""
        engine = chosen_engine(self._engines, interaction)
        if engine is None:
            return []
        sizes = dict.fromkeys(
            engine.size_for_aspect(*(int(side) for side in aspect.split(":"))) for aspect in ASPECTS
        )
        names = [f"{width}x{height}" for width, height in (*engine.sizes, *sizes)]
        matching = [name for name in dict.fromkeys(names) if typed.lower() in name]
        return [app_commands.Choice(name=name, value=name) for name in matching[:MAX_CHOICES]]


def _named(engines: Iterable[Engine], typed: str) -> Choices:
    """The engines whose name or id has what was typed."""
    return [
        app_commands.Choice(name=f"{engine.name} · {engine.id}"[:100], value=engine.id)
        for engine in engines
        if typed.lower() in f"{engine.name} {engine.id}".lower()
    ][:MAX_CHOICES]


def chosen_engine(engines: OfferedEngines, interaction: Interaction[Any]) -> Engine | None:
    """The engine that is chosen beside what is typed, else the default one."""
    chosen = str(getattr(interaction.namespace, "engine", None))
    return engines.catalogue.find(chosen) or engines.find_default()
