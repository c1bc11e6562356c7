"""/limits words: the guild's word list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.errors import BadInput
from commands.limiting.ruling import ManagersOnly
from commands.reading import Ask, read
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.text import listed, quoted
from generation.errors import BadRequest, UnknownEngine
from jobs.errors import TooManyPictures
from jobs.wording import drawn_texts, find_adult_word, find_word, shown_texts
from jobs.wordlist import MAX_ENTRY, folds
from prompts import PromptError

if TYPE_CHECKING:
    from commands.limiting.ruling import Ruling
    from storage.rules import Rules

Range = app_commands.Range
MAX_ENTRIES = 500
MAX_LIST = 2500
"""Characters of the list on its card."""

MAX_CHOICES = 25


class Words(ManagersOnly):
    """What the guild does not draw."""

    def __init__(self, ruling: Ruling) -> None:
        super().__init__(name="words", description="Words that are not drawn here.")
        self._ruling = ruling

    @app_commands.command(name="add")
    async def add(self, interaction: Interaction[Any], entry: Range[str, 1, MAX_ENTRY]) -> None:
        """Add a word or a phrase, however it is written.

        Args:
            entry: A word or a phrase; case, accents and look-alike letters make no difference
        """
        entry = " ".join(entry.split())
        if not folds(entry):
            raise BadInput("entry", "it has no letter, digit or emoji to look for")

        def edit(rules: Rules) -> Rules:
            if len(rules.words) >= MAX_ENTRIES:
                raise BadInput("entry", f"the list has {MAX_ENTRIES} already; remove one first")
            return replace(rules, words=tuple(dict.fromkeys((*rules.words, entry))))

        await self._ruling.change(
            interaction,
            "limits words",
            f"add “{entry}”",
            edit,
            f"“{quoted(entry, MAX_ENTRY)}” is not drawn here any more.",
        )

    @app_commands.command(name="remove")
    async def remove(self, interaction: Interaction[Any], entry: Range[str, 1, MAX_ENTRY]) -> None:
        """Take an entry off the list.

        Args:
            entry: The entry as the list has it
        """
        wanted = entry.strip().casefold()

        def edit(rules: Rules) -> Rules:
            kept = tuple(word for word in rules.words if word.casefold() != wanted)
            if len(kept) == len(rules.words):
                raise BadInput("entry", f"“{entry}” is not on the list")
            return replace(rules, words=kept)

        await self._ruling.change(
            interaction,
            "limits words",
            f"remove “{entry}”",
            edit,
            f"“{quoted(entry, MAX_ENTRY)}” is off the list.",
        )

    @remove.autocomplete("entry")
    async def entries(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """The entries that have what is typed."""
        guild = await self._ruling.tools.rules.guild(interaction.guild_id or 0)
        found = [word for word in guild.rules.words if typed.casefold() in word.casefold()]
        return [app_commands.Choice(name=word, value=word) for word in found[:MAX_CHOICES]]

    @app_commands.command(name="list")
    async def list(self, interaction: Interaction[Any]) -> None:
        """Show the list, to you alone."""
        guild = await self._ruling.tools.rules.guild(interaction.guild_id or 0)
        entries = [quoted(word, MAX_ENTRY) for word in sorted(guild.rules.words)]
        text = listed(entries, " · ", MAX_LIST) or "The list is empty."
        await answer_privately(interaction, note_card(f"**Words that are not drawn here**\n{text}"))

    @app_commands.command(name="test")
    async def test(self, interaction: Interaction[Any], text: Range[str, 1, 6000]) -> None:
        """Show which rule would stop a prompt.

        Args:
            text: What somebody might type
        """
        guild = await self._ruling.tools.rules.guild(interaction.guild_id or 0)
        shown, drawn = self._texts(text)
        word = find_word(guild.rules.words, shown)
        adult = find_adult_word(drawn)
        lines = [
            f"**Word list:** stopped by “{quoted(word, MAX_ENTRY)}”."
            if word
            else "**Word list:** nothing in it.",
            f"**Adult content:** “{quoted(adult, MAX_ENTRY)}”, so in age-restricted channels only."
            if adult
            else "**Adult content:** nothing in it.",
        ]
        await answer_privately(interaction, note_card("\n".join(lines)))

    def _texts(self, typed: str) -> tuple[list[str], list[str]]:
        """What a prompt would show and what it would draw; all of it where it cannot be read."""
        tools = self._ruling.tools
        try:
            order = read(Ask(prompt=typed), tools.catalogue, tools.default_engine_id)
        except (PromptError, BadRequest, UnknownEngine, TooManyPictures):
            return [typed], [typed]
        drawn = drawn_texts(order, lambda engine_id: tools.catalogue.get(engine_id).emphasis)
        return shown_texts(order), drawn
