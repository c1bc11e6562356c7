"""What was given for an option, checked and read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from commands.errors import BadInput
from commands.languages import say, say_name

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discord.app_commands import Choice

Given = TypeVar("Given")
Value = TypeVar("Value")


def check_choice(field: str, given: object, choices: Sequence[Choice[Any]]) -> None:
    """Refuse what is none of an option's choices.

    Raises:
        BadInput
    """
    if given not in [choice.value for choice in choices]:
        known = ", ".join(say_name("choice", choice.name) for choice in choices)
        raise BadInput(field, say("it must be one of {known}", known=known))


def read_with(read: Callable[[Given], Value], field: str, given: Given) -> Value:
    """What was given for an option, read by a function that raises ValueError with a sentence.

    Raises:
        BadInput
    """
    try:
        return read(given)
    except ValueError as error:
        # Not str(error), which is English only.
        raise BadInput(field, error.args[0]) from None
