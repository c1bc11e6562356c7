"""English sentences of the lower floors that can still be said in another language."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = re.compile(r"(?:[^{}]|\{[a-z_]+(?::,?(?:\.\d)?[fg]?)?\})*")
"""A message whose placeholders are names, with the usual forms of a figure.

They reach no attributes of values, and have no widths that would fill the memory.
"""


class Sentence(str):
    """A finished English sentence, or a part of one, that knows what it was made of.

    `message` has the names of `values` in braces; without values it is taken as it is. It is a
    plain text to everybody but `commands.languages`, which says the message in a member's language;
    joined to other text it is only English.
    """

    __slots__ = ("message", "values")

    message: str
    values: Mapping[str, object]

    def __new__(cls, message: str, /, **values: object) -> Self:
        """The sentence with its values."""
        made = super().__new__(cls, message.format(**values) if values else message)
        made.message, made.values = message, values
        return made

    def to_json(self) -> dict[str, Any]:
        """Its message and values as plain data: texts, figures and sentences in the same form."""
        return {"message": self.message, "values": {n: _plain(v) for n, v in self.values.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        """What `to_json` gave.

        Raises:
            ValueError: its message could do more with values than show them.
        """
        values = {
            name: cls.from_json(cast("dict[str, Any]", value)) if isinstance(value, dict) else value
            for name, value in kept["values"].items()
        }
        if values and not FORM.fullmatch(kept["message"]):
            raise ValueError("a message has other placeholders than names of values")
        return cls(kept["message"], **values)


def _plain(value: object) -> Any:
    if isinstance(value, Sentence):
        return value.to_json()
    return value if isinstance(value, str | int | float) else str(value)


def message(text: str, /) -> str:
    """The text as it is: a message that sentences are made of elsewhere."""
    return text
