"""Names and descriptions of the commands in every language, as Discord shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from commands.languages import LANGUAGES, find

if TYPE_CHECKING:
    from collections.abc import Mapping
    from gettext import NullTranslations

    from discord import Locale

DEFAULT = "en-US"
"""Has its own entry, so that no fallback of Discord's takes another language's for it."""

CONTEXTS = {
    Location.command_name: "command",
    Location.group_name: "command",
    Location.parameter_name: "option",
    Location.choice_name: "choice",
}
"""What a name is the name of; descriptions are messages like all others."""


class CommandTranslator(app_commands.Translator):
    """Translates what the library asks about a command, for each of Discord's locales."""

    def __init__(self, languages: Mapping[str, NullTranslations] = LANGUAGES) -> None:
        self._languages = languages

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """The text in that locale; None where it has no translation."""
        if locale.value == DEFAULT:
            return string.message
        language, name_of = find(locale.value, self._languages), CONTEXTS.get(context.location)
        translated = (
            language.pgettext(name_of, string.message)
            if name_of
            else language.gettext(string.message)
        )
        return translated if translated != string.message else None
