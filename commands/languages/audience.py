"""Who reads an answer, and so in which language it is: one member, or the whole server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.languages import note_in, speak, speaking

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from discord import Interaction


def speak_to_member(interaction: Interaction[Any]) -> None:
    """Answer the interaction in its member's language, and show cards in the server's."""
    speak(interaction.locale.value)
    note_in(locale_of(interaction, is_private=False))


def shown_to(
    interaction: Interaction[Any], *, is_private: bool = False
) -> AbstractContextManager[None]:
    """A block for a card that everybody sees, or its member alone."""
    return speaking(locale_of(interaction, is_private=is_private))


def locale_of(interaction: Interaction[Any], *, is_private: bool) -> str:
    """The language of what is private is its member's, of everything else the server's."""
    if is_private or interaction.guild_locale is None:
        return interaction.locale.value
    return interaction.guild_locale.value
