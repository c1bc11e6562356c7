"""Names and descriptions of the commands in every language, as Discord shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from commands.languages import LANGUAGES, find, speaking

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
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


def said(label: Callable[[], str]) -> app_commands.locale_str:
    """A name that is put together, so that no file can have it: `label` says it in a language."""
    return app_commands.locale_str(label(), label=label)


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
        if label := string.extras.get("label"):
            with speaking(locale.value, self._languages):
                translated = str(label())
        else:
            translated = self._find(string.message, locale, CONTEXTS.get(context.location))
        return translated if translated != string.message else None

    def _find(self, message: str, locale: Locale, name_of: str | None) -> str:
        language = find(locale.value, self._languages)
        return language.pgettext(name_of, message) if name_of else language.gettext(message)
