"""English sentences of the lower floors that can still be said in another language."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Sentence(str):
    """A finished English sentence, or a part of one, that knows what it was made of.

    `message` has the names of `values` in braces; without values it is taken as it is. It is a
    plain text to everybody but `commands.languages`, which says the message in a member's language;
    joined to other text it is only English.
    """

    __slots__ = ("message", "values")

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, /, **values: object) -> Sentence:
        """The sentence with its values."""
        made = super().__new__(cls, message.format(**values) if values else message)
        made.message, made.values = message, values
        return made


def message(text: str, /) -> str:
    """The text as it is: a message that sentences are made of elsewhere."""
    return text
