"""/limits words: the guild's word list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.access.requester import guild_of
from commands.errors import BadInput
from commands.kinds.image.read import ImageRequestForm, read
from commands.languages import marked, say
from commands.limits.rule_change import ManagersOnly, RuleEdit
from commands.options.slash import or_nothing
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.text import listed, quoted
from generation.errors import BadRequest, EngineAway, UnknownEngine
from jobs.errors import TooManyPictures
from jobs.rules.prompt_check import drawn_texts, find_adult_word, find_word, is_listed, shown_texts
from jobs.rules.words.wordlist import MAX_ENTRY, folds
from prompts import PromptError

if TYPE_CHECKING:
    from collections.abc import Callable

    from commands.kinds.view import OfferedEngines
    from commands.limits.rule_change import Ruling
    from storage.rules import Rules

Range = app_commands.Range
MAX_ENTRIES = 500
MAX_LIST = 2500
"""Characters of the list on its card."""

MAX_CHOICES = 25
CHANGES = ("add", "remove")
NOTHING_TO_LOOK_FOR = marked("it has no letter, digit or emoji to look for")


class Words(ManagersOnly):
    """What the guild does not draw."""

    def __init__(self, ruling: Ruling, engines: OfferedEngines) -> None:
        super().__init__(name="words", description="Words that are not drawn here.")
        self._ruling = ruling
        self._engines = engines

    @app_commands.command(name="add")
    async def add(self, interaction: Interaction[Any], entry: Range[str, 1, MAX_ENTRY]) -> None:
        """Add a word or a phrase, however it is written.

        Args:
            entry: A word or a phrase; case, accents and look-alike letters make no difference
        """
        entry = " ".join(entry.split())
        if not folds(entry):
            raise BadInput("entry", say(NOTHING_TO_LOOK_FOR))

        answer = say("“{entry}” is not drawn here any more.", entry=quoted(entry, MAX_ENTRY))
        change = RuleEdit(
            f"add “{entry}”",
            lambda rules: replace(rules, words=_with(rules.words, entry, "entry")),
            answer,
        )
        await self._ruling.apply(interaction, "limits words", change)

    @app_commands.command(name="remove")
    async def remove(self, interaction: Interaction[Any], entry: Range[str, 1, MAX_ENTRY]) -> None:
        """Take an entry off the list.

        Args:
            entry: The entry as the list has it
        """
        answer = say("“{entry}” is off the list.", entry=quoted(entry, MAX_ENTRY))
        change = RuleEdit(
            f"remove “{entry}”",
            lambda rules: replace(
                rules,
                words=_without(rules.words, entry, "entry", marked("“{entry}” is not on the list")),
            ),
            answer,
        )
        await self._ruling.apply(interaction, "limits words", change)

    @remove.autocomplete("entry")
    async def entries(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """The entries that have what is typed."""
        return await or_nothing(self._offered(interaction, typed, lambda rules: rules.words))

    @app_commands.command(name="except")
    @app_commands.choices(change=[app_commands.Choice(name=name, value=name) for name in CHANGES])
    async def excepting(
        self,
        interaction: Interaction[Any],
        phrase: Range[str, 1, MAX_ENTRY] | None = None,
        change: str = "add",
    ) -> None:
        """Let an innocent phrase pass this list and the built-in one; without a phrase, show all.

        Args:
            phrase: A phrase around the word, for example “kraken rum”; the word alone stays refused
            change: What to do with the phrase; add it, if you do not say
        """
        if phrase is None:
            await self._show_exceptions(interaction)
        elif change == "add":
            await self._add_exception(interaction, " ".join(phrase.split()))
        else:
            await self._remove_exception(interaction, phrase)

    @excepting.autocomplete("phrase")
    async def phrases(
        self, interaction: Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """The exceptions that have what is typed."""
        return await or_nothing(self._offered(interaction, typed, lambda rules: rules.exceptions))

    async def _offered(
        self, interaction: Interaction[Any], typed: str, of: Callable[[Rules], tuple[str, ...]]
    ) -> list[app_commands.Choice[str]]:
        guild = await self._ruling.rules.guild(guild_of(interaction))
        return _choices(of(guild.rules), typed)

    async def _add_exception(self, interaction: Interaction[Any], phrase: str) -> None:
        if not folds(phrase):
            raise BadInput("phrase", say(NOTHING_TO_LOOK_FOR))

        def edit(rules: Rules) -> Rules:
            if is_listed(rules, phrase):
                raise BadInput(
                    "phrase",
                    say("“{phrase}” itself is refused; take a phrase around it", phrase=phrase),
                )
            return replace(rules, exceptions=_with(rules.exceptions, phrase, "phrase"))

        answer = say(
            "“{phrase}” passes here now. A listed word outside it is still refused.",
            phrase=quoted(phrase, MAX_ENTRY),
        )
        change = RuleEdit(f"add “{phrase}”", edit, answer)
        await self._ruling.apply(interaction, "limits words except", change)

    async def _remove_exception(self, interaction: Interaction[Any], phrase: str) -> None:
        change = RuleEdit(
            f"remove “{phrase}”",
            lambda rules: replace(
                rules,
                exceptions=_without(
                    rules.exceptions, phrase, "phrase", marked("“{entry}” is no exception")
                ),
            ),
            say("“{phrase}” is no exception any more.", phrase=quoted(phrase, MAX_ENTRY)),
        )
        await self._ruling.apply(interaction, "limits words except", change)

    async def _show_exceptions(self, interaction: Interaction[Any]) -> None:
        guild = await self._ruling.rules.guild(guild_of(interaction))
        await answer_privately(interaction, note_card(_exceptions_text(guild.rules)))

    @app_commands.command(name="list")
    async def list(self, interaction: Interaction[Any]) -> None:
        """Show the list and its exceptions, to you alone."""
        guild = await self._ruling.rules.guild(guild_of(interaction))
        text = _listed(guild.rules.words) or say("The list is empty.")
        said = f"**{say('Words that are not drawn here')}**\n{text}"
        if guild.rules.exceptions:
            said = f"{said}\n{_exceptions_text(guild.rules)}"
        await answer_privately(interaction, note_card(said))

    @app_commands.command(name="test")
    async def test(self, interaction: Interaction[Any], text: Range[str, 1, 6000]) -> None:
        """Show which rule would stop a prompt.

        Args:
            text: What somebody might type
        """
        guild = await self._ruling.rules.guild(guild_of(interaction))
        shown, drawn = self._texts(text)
        word = find_word(guild.rules, [*shown, *drawn])
        adult = find_adult_word(drawn, guild.rules.exceptions)
        lines = [
            say("**Word list:** stopped by “{word}”.", word=quoted(word, MAX_ENTRY))
            if word
            else say("**Word list:** nothing in it."),
            say(
                "**Adult content:** “{adult}”, so in age-restricted channels only.",
                adult=quoted(adult, MAX_ENTRY),
            )
            if adult
            else say("**Adult content:** nothing in it."),
        ]
        await answer_privately(interaction, note_card("\n".join(lines)))

    def _texts(self, typed: str) -> tuple[list[str], list[str]]:
        """What a prompt would show and what it would draw; all of it where it cannot be read."""
        engines = self._engines
        try:
            order = read(ImageRequestForm(prompt=typed), engines.catalogue, engines.default.id)
        except (PromptError, BadRequest, UnknownEngine, EngineAway, TooManyPictures):
            return [typed], [typed]
        drawn = drawn_texts(order, lambda engine_id: engines.known.get(engine_id).emphasis)
        return shown_texts(order), drawn


def _with(entries: tuple[str, ...], entry: str, field: str) -> tuple[str, ...]:
    if len(entries) >= MAX_ENTRIES:
        raise BadInput(
            field, say("the list has {limit} already; remove one first", limit=MAX_ENTRIES)
        )
    return tuple(dict.fromkeys((*entries, entry)))


def _without(entries: tuple[str, ...], entry: str, field: str, otherwise: str) -> tuple[str, ...]:
    wanted = entry.strip().casefold()
    kept = tuple(known for known in entries if known.casefold() != wanted)
    if len(kept) == len(entries):
        raise BadInput(field, say(otherwise, entry=entry))
    return kept


def _choices(entries: tuple[str, ...], typed: str) -> list[app_commands.Choice[str]]:
    found = [entry for entry in entries if typed.casefold() in entry.casefold()]
    return [app_commands.Choice(name=entry, value=entry) for entry in found[:MAX_CHOICES]]


def _listed(entries: tuple[str, ...]) -> str:
    return listed([quoted(entry, MAX_ENTRY) for entry in sorted(entries)], " · ", MAX_LIST // 2)


def _exceptions_text(rules: Rules) -> str:
    phrases = _listed(rules.exceptions) or say("There are none.")
    return f"**{say('Phrases that pass all the same')}**\n{phrases}"
