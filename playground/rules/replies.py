"""Discord's rules for autocomplete answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.rules.fields import Fields, Path
from playground.wire import ErrorTree, Json

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHOICES = 25
STRING, INTEGER = 3, 4


def check_choices(asked: Json, data: Json, path: Path) -> list[Json]:
    """The choices for the focused option; refused where Discord would refuse them."""
    errors = ErrorTree()
    fields = Fields(errors, path, data)
    kind = next((o["type"] for o in _leaves(asked) if o.get("focused")), STRING)
    choices: list[Json] = []
    for choice in fields.objects("choices", 0, MAX_CHOICES):
        choice.text("name", 1, 100, required=True)
        choice_value(choice, kind)
        choices.append({"name": choice.data.get("name"), "value": choice.data.get("value")})
    errors.raise_if_any()
    return choices


def choice_value(choice: Fields, kind: int) -> None:
    """A choice's value has the type of its option."""
    if not choice.require("value"):
        return
    value: Any = choice.data["value"]
    if kind == STRING:
        choice.text("value", 0, 100)
    elif isinstance(value, bool) or not isinstance(value, int | float):
        choice.fault("value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not a number.')
    elif kind == INTEGER and not isinstance(value, int):
        choice.fault("value", "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')


def _leaves(data: Json) -> Iterator[Json]:
    for option in cast("list[Json]", data.get("options") or []):
        if "options" in option:
            yield from _leaves(option)
        else:
            yield option
