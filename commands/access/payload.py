"""What Discord checks of a command's options, checked again: here nothing relies on a client.

Every command is checked by its own description, so that no command has to say it twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from discord import AppCommandOptionType as Kind
from discord import AppCommandType
from discord.app_commands import Command, Group

from commands.errors import BadInput
from commands.languages import say
from commands.options.values import check_choice, read_with
from jobs.errors import TooLate
from jobs.ids import read_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from discord.app_commands import ContextMenu, Parameter

    Known = Command[Any, ..., Any] | Group | ContextMenu | None
    Find = Callable[[str, AppCommandType], Known]

MAX_NUMBER = 1 << 53
"""Discord's limit for integers; beyond it a client's numbers are not exact."""

MAX_TEXT = 6000
"""Discord's limit for a text without one of its own."""

MAX_FILE_BYTES = 1 << 40
RESOLVED = {
    Kind.user: ("users",),
    Kind.channel: ("channels",),
    Kind.role: ("roles",),
    Kind.mentionable: ("users", "roles"),
    Kind.attachment: ("attachments",),
}
"""Where the payload tells of what an option names."""

TARGETS = {AppCommandType.user: "users", AppCommandType.message: "messages"}
"""Where it tells of what an entry of a menu was used on."""


def check_payload(find: Find, data: Any, *, is_autocomplete: bool) -> None:
    """Whether a command can be called as the payload says.

    Raises:
        TooLate: there is no such command.
        BadInput: an option cannot be used.
    """
    if not isinstance(data, dict):
        raise TooLate
    data = cast("dict[str, Any]", data)
    name, kind = data.get("name"), data.get("type", AppCommandType.chat_input.value)
    if not isinstance(name, str) or kind not in (1, 2, 3):
        raise TooLate
    found, given = find(name, AppCommandType(kind)), _listed(data.get("options"))
    while isinstance(found, Group):
        if len(given) != 1 or given[0].get("type") not in (1, 2):
            raise TooLate
        found, given = (
            found.get_command(str(given[0].get("name"))),
            _listed(given[0].get("options")),
        )
    if found is None:
        raise TooLate
    resolved = _resolved(data.get("resolved"))
    if isinstance(found, Command):
        _check_all(found, given, resolved, is_autocomplete=is_autocomplete)
    elif str(data.get("target_id")) not in resolved[TARGETS[found.type]]:
        raise TooLate


def _check_all(
    command: Command[Any, ..., Any],
    given: list[dict[str, Any]],
    resolved: dict[str, dict[str, Any]],
    *,
    is_autocomplete: bool,
) -> None:
    known = {parameter.display_name: parameter for parameter in command.parameters}
    values = {str(option.get("name")): option for option in given}
    if len(values) != len(given) or not values.keys() <= known.keys():
        raise TooLate
    for file in resolved["attachments"].values():
        _check_file("file", file)
    for name, option in values.items():
        if is_autocomplete:
            # What is half typed need not be right yet.
            _check_text(name, option.get("value"), 0, MAX_TEXT)
        elif option.get("type") != known[name].type.value:
            raise BadInput(name, say("it is not of the kind that the command takes"))
        else:
            _check(known[name], option.get("value"), resolved)
    for name, parameter in known.items():
        if parameter.required and name not in values and not is_autocomplete:
            raise BadInput(name, say("it is missing"))


def _check(parameter: Parameter, value: Any, resolved: dict[str, dict[str, Any]]) -> None:
    name, least, most = parameter.display_name, parameter.min_value, parameter.max_value
    match parameter.type:
        case Kind.string:
            _check_text(name, value, least or 0, most if most is not None else MAX_TEXT)
        case Kind.integer | Kind.number:
            _check_number(name, value, parameter)
        case Kind.boolean:
            if not isinstance(value, bool):
                raise BadInput(name, say("it is neither yes nor no"))
        case _:
            _check_named(parameter, value, resolved)
    if parameter.choices:
        check_choice(name, value, parameter.choices)


def _check_text(name: str, value: Any, least: float, most: float) -> None:
    if not isinstance(value, str):
        raise BadInput(name, say("it is no text"))
    if not least <= len(value) <= most:
        raise BadInput(
            name,
            say(
                "it has {count:,} characters, not {least:,} to {most:,}",
                count=len(value),
                least=least,
                most=most,
            ),
        )
    if "\0" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise BadInput(name, say("it has characters that are none"))


def _check_number(name: str, value: Any, parameter: Parameter) -> None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole and (parameter.type is Kind.integer or not isinstance(value, float)):
        raise BadInput(name, say("it is no number that the command takes"))
    least = -MAX_NUMBER if parameter.min_value is None else parameter.min_value
    most = MAX_NUMBER if parameter.max_value is None else parameter.max_value
    # Nothing compares to what is no number, so that is refused here too.
    if not least <= value <= most:
        raise BadInput(
            name, say("it is not between {least:,} and {most:,}", least=least, most=most)
        )


def _check_named(parameter: Parameter, value: Any, resolved: dict[str, dict[str, Any]]) -> None:
    """A member, a role, a channel or a file: the payload tells of each that an option names."""
    name = parameter.display_name
    read_with(read_id, name, value if isinstance(value, str) else "")
    found = [
        resolved[group][value] for group in RESOLVED[parameter.type] if value in resolved[group]
    ]
    if not found:
        raise BadInput(name, say("Discord tells nothing of it"))
    if parameter.type is Kind.channel:
        types = [channel_type.value for channel_type in parameter.channel_types]
        if types and found[0].get("type") not in types:
            raise BadInput(name, say("it is a channel of another kind"))


def _check_file(name: str, file: dict[str, Any]) -> None:
    for fact in ("id", "url", "proxy_url", "filename"):
        _check_text(name, file.get(fact), 1, MAX_TEXT)
    for fact in ("size", "width", "height"):
        value: Any = file.get(fact)
        if value is None and fact != "size":
            continue
        if not (type(value) is int and 0 <= value <= MAX_FILE_BYTES):
            raise BadInput(name, say("its {fact} cannot be that of a file", fact=fact))


def _listed(value: Any) -> list[dict[str, Any]]:
    found = cast("list[Any]", value) if isinstance(value, list) else []
    if not all(isinstance(entry, dict) for entry in found):
        raise TooLate
    return cast("list[dict[str, Any]]", found)


def _resolved(value: Any) -> dict[str, dict[str, Any]]:
    told = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    groups = {group for names in RESOLVED.values() for group in names} | {*TARGETS.values()}
    return {group: _named(told.get(group)) for group in groups}


def _named(value: Any) -> dict[str, Any]:
    found = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    return {key: entry for key, entry in found.items() if isinstance(entry, dict)}
