"""What is offered while somebody types an aspect or a size: each with its size and its price."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from discord import app_commands

from commands.languages import say
from commands.options.engines import MAX_CHOICES, chosen_engine
from commands.ui.facts import size as size_in_words
from generation import credits as money
from generation.abilities import find_blending
from generation.pricing import masked_price_mc, picture_price_mc
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from discord import Interaction

    from commands.kinds.view import OfferedEngines
    from commands.options.slash import Suggest
    from commands.studio.member_preferences import MemberPreferences
    from generation.catalogue.catalogue import Engine

    Choices = list[app_commands.Choice[str]]
    Size = tuple[int, int]

ASPECTS = ((1, 1), (3, 2), (2, 3), (4, 3), (3, 4), (16, 9), (9, 16), (21, 9))
LARGER = 2
"""How many times as wide and high the second size of each aspect is, where the engine draws it."""

_ASPECT = re.compile(r"\s*(\d{1,4})\s*[:/]\s*(\d{1,4})\s*")
_SIZE = re.compile(r"\s*(\d{1,5})\s*[x×*]\s*(\d{1,5})\s*", re.IGNORECASE)


class ShapeSuggestions:
    """Suggests shapes of the engine that would draw, with the price of one picture.

    Without an engine beside them, that is what the member prefers, or the default. Where the price
    `is_of_frames`, each of them costs as much as a picture; `is_of_blends` leaves out engines that
    blend none.
    """

    def __init__(
        self,
        engines: OfferedEngines,
        preferences: MemberPreferences | None,
        *,
        is_of_frames: bool = False,
        is_of_blends: bool = False,
    ) -> None:
        self._engines = engines
        self._preferences = preferences
        self._is_of_frames = is_of_frames
        self._is_of_blends = is_of_blends

    @property
    def by_option(self) -> Mapping[str, Suggest]:
        """The suggestions by the name of the option."""
        return {"aspect": self.aspect, "size": self.size}

    async def aspect(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The usual aspects that have what was typed, and that aspect itself."""
        engine = await self._engine(interaction)
        if engine is None:
            return []
        aspects = list(engine.aspects or ASPECTS)
        if own := _pair(_ASPECT, typed):
            aspects.append(own)
        labels: dict[str, str] = {}
        for across, down in aspects:
            size, value = engine.size_for_aspect(across, down), f"{across}:{down}"
            facts = (size_in_words(*size), self._price(engine, size, interaction))
            labels[value] = " · ".join((f"{value} {_shape(across, down)}", *facts))
        return _matching(labels, typed)

    async def size(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The sizes of the engine that have what was typed, and the one that is nearest to it."""
        engine = await self._engine(interaction)
        if engine is None:
            return []
        sizes = list(_sizes(engine))
        if own := _pair(_SIZE, typed):
            nearest = engine.nearest_size(*own)
            sizes.append(nearest)
            typed = _value(nearest)
        labels = {
            _value(size): f"{size_in_words(*size)} · {self._price(engine, size, interaction)}"
            for size in sizes
        }
        return _matching(labels, typed)

    async def _engine(self, interaction: Interaction[Any]) -> Engine | None:
        usual = None
        if self._preferences is not None:
            with suppress(DatabaseUnavailable):
                usual = (await self._preferences.chosen(interaction)).values.engine
        engine = chosen_engine(self._engines, interaction, usual or "")
        if self._is_of_blends and engine is not None and not engine.blends:
            return find_blending(self._engines.find_default(), self._engines.blenders)
        return engine

    def _price(self, engine: Engine, size: Size, interaction: Interaction[Any]) -> str:
        """The price of one picture of that size, at the engine's usual number of steps."""
        if engine.mask_price and hasattr(interaction.namespace, "mask"):
            price_mc = masked_price_mc(engine)
        else:
            price_mc = picture_price_mc(engine, *size, engine.default_steps)
        price = money.price(price_mc)
        return say("{price} a frame", price=price) if self._is_of_frames else price


def _sizes(engine: Engine) -> Iterable[Size]:
    """What the engine draws of each aspect, in its usual size and in a larger one."""
    if engine.sizes:
        return engine.sizes
    usual = [engine.size_for_aspect(*aspect) for aspect in ASPECTS]
    larger = [engine.nearest_size(LARGER * width, LARGER * height) for width, height in usual]
    return dict.fromkeys([*usual, *larger])


def _shape(across: int, down: int) -> str:
    if across == down:
        return say("square")
    return say("wide") if across > down else say("tall")


def _value(size: Size) -> str:
    return f"{size[0]}x{size[1]}"


def _pair(pattern: re.Pattern[str], typed: str) -> Size | None:
    """The two figures of an aspect or a size that was typed to its end."""
    found = pattern.fullmatch(typed)
    if found is None:
        return None
    pair = int(found[1]), int(found[2])
    return pair if all(pair) else None


def _matching(labels: Mapping[str, str], typed: str) -> Choices:
    wanted = typed.strip().lower()
    return [
        app_commands.Choice(name=label, value=value)
        for value, label in labels.items()
        if wanted in value or wanted in label.lower()
    ][:MAX_CHOICES]
