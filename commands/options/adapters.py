"""What is offered while somebody types a LoRA or the word of a textual inversion in a prompt.

Discord replaces the whole option by what is chosen, and takes at most 100 characters of it: nothing
is offered at the end of a longer prompt.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from discord import app_commands

from commands.options.engines import MAX_CHOICES, chosen_engine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from discord import Interaction

    from commands.kinds.view import OfferedEngines

    Choices = list[app_commands.Choice[str]]

MAX_VALUE = 100
"""The longest text that Discord takes as a choice."""

LEAST_LETTERS = 2
"""Of a word, before words that begin like it are offered."""

_LORA_TAIL = re.compile(r"<(?ai:lora|lyco):([^<>:]*)$")
_WORD_TAIL = re.compile(r"[\w.-]+$")


class AdapterSuggestions:
    """Suggests the adapters of the engine that is chosen, or of the default one."""

    def __init__(self, engines: OfferedEngines) -> None:
        self._engines = engines

    async def prompt(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The prompt with its unfinished end completed; nothing where it ends otherwise."""
        engine = chosen_engine(self._engines, interaction)
        if engine is None:
            return []
        if (lora := _LORA_TAIL.search(typed)) is not None:
            names = _matching(engine.loras, lora[1].strip())
            return _choices(typed[: lora.start()], [f"<lora:{name}:1>" for name in names])
        word = _WORD_TAIL.search(typed)
        if word is None or len(word[0]) < LEAST_LETTERS:
            return []
        words = [one for one in engine.embeddings if one.lower().startswith(word[0].lower())]
        return _choices(typed[: word.start()], words)


def _matching(names: Iterable[str], typed: str) -> list[str]:
    """The names that have what was typed, those that begin with it first."""
    wanted = typed.lower()
    having = [name for name in names if wanted in name.lower()]
    return sorted(having, key=lambda name: not name.lower().startswith(wanted))


def _choices(before: str, endings: Iterable[str]) -> Choices:
    texts = [before + ending for ending in endings]
    fitting = [text for text in texts if len(text) <= MAX_VALUE]
    return [app_commands.Choice(name=text, value=text) for text in fitting[:MAX_CHOICES]]
