"""Discord's rules for application commands."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from playground.rules.fields import Fields, Path, is_object
from playground.rules.replies import choice_value
from playground.wire import ErrorTree, Json, Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CHAT_INPUT, USER, MESSAGE = 1, 2, 3
MAX_PER_SCOPE = {CHAT_INPUT: 100, USER: 15, MESSAGE: 15}
MAX_SIZE = 8000
MAX_OPTIONS = MAX_CHOICES = 25
SUBCOMMAND, GROUP, STRING, INTEGER, CHANNEL, NUMBER = 1, 2, 3, 4, 7, 10
OPTION_TYPES = tuple(range(1, 12))
LEAF_TYPES = tuple(range(3, 12))
CHANNEL_TYPES = (0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 14, 15, 16)
LOCALES = frozenset(
    (
        *("id", "da", "de", "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu"),
        *("nl", "no", "pl", "pt-BR", "ro", "fi", "sv-SE", "vi", "tr", "cs", "el", "bg", "ru"),
        *("uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko", "ar", "he"),
    )
)


def check_command(command: Any, path: Path) -> None:
    """Refuse a command that Discord would refuse."""
    errors = ErrorTree()
    if not is_object(command):
        errors.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
        errors.raise_if_any()
        return
    fields = Fields(errors, path, command)
    if fields.has("type"):
        fields.choice("type", tuple(MAX_PER_SCOPE))
    kind = command.get("type") or CHAT_INPUT
    _name(fields, must_be_plain=kind == CHAT_INPUT)
    if kind == CHAT_INPUT:
        _described(fields)
        _options(fields, OPTION_TYPES)
    else:
        fields.forbid("description", "Context menu commands have no description")
        fields.forbid("options", "Context menu commands have no options")
    _places(fields)
    errors.raise_if_any()
    if _size(command) > MAX_SIZE:
        text = f"Command exceeds maximum size ({MAX_SIZE})"
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)
        errors.raise_if_any()


def check_scope(commands: list[Json]) -> None:
    """Refuse a set of commands that Discord would refuse as a whole."""
    keys = Counter((command.get("type") or CHAT_INPUT, command["name"]) for command in commands)
    errors = ErrorTree()
    for index, command in enumerate(commands):
        if keys[command.get("type") or CHAT_INPUT, command["name"]] > 1:
            text = "Application command names must be unique"
            errors.add((index, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
    errors.raise_if_any()
    for kind, most in MAX_PER_SCOPE.items():
        if sum(key[0] == kind for key in keys) > most:
            text = f"Maximum number of application commands reached ({most})"
            raise Refusal(400, 30032, text)


def _name(fields: Fields, *, must_be_plain: bool) -> None:
    fields.text("name", 1, 32, required=True)
    translations = _translations(fields, "name_localizations", 1, 32)
    if not must_be_plain:
        return
    name: Any = fields.data.get("name")
    if isinstance(name, str) and not is_plain(name):
        fields.fault("name", "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
    for locale, text in translations:
        if not is_plain(text):
            path = (*fields.path, "name_localizations", locale)
            text = "Command name is invalid"
            fields.errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", text)


def is_plain(name: str) -> bool:
    """Whether a name has only letters, digits, - _ ' and no upper case, as slash commands must."""
    allowed = all(
        char in "-_'" or char.isalnum() or unicodedata.category(char).startswith("M")
        for char in name
    )
    return allowed and name == name.lower()


def _described(fields: Fields) -> None:
    fields.text("description", 1, 100, required=True)
    for _ in _translations(fields, "description_localizations", 1, 100):
        pass


def _translations(
    fields: Fields, name: str, at_least: int, at_most: int
) -> Iterator[tuple[str, str]]:
    inner = fields.inner(name)
    if inner is None:
        return
    for locale in list(inner.data):
        if locale not in LOCALES:
            inner.fault(locale, "APPLICATION_COMMAND_INVALID_LOCALE", "Unknown locale")
        inner.text(locale, at_least, at_most)
        if isinstance(inner.data[locale], str):
            yield locale, inner.data[locale]


def _places(fields: Fields) -> None:
    contexts = fields.items("contexts", 1, 3)
    installs = fields.items("integration_types", 1, 2)
    for name, values, allowed in (
        ("contexts", contexts, (0, 1, 2)),
        ("integration_types", installs, (0, 1)),
    ):
        if any(value not in allowed for value in values) or len(set(values)) != len(values):
            fields.fault(name, "BASE_TYPE_CHOICES", f"Values must be some of {allowed}.")
    if 2 in contexts and 1 not in installs:
        text = "Private channels need the user install"
        fields.fault("contexts", "APPLICATION_COMMAND_INVALID_CONTEXTS", text)
    needed: Any = fields.data.get("default_member_permissions")
    if needed is not None and not str(needed).isdecimal():
        text = "Permissions are a number"
        fields.fault("default_member_permissions", "BITFIELD_TYPE_CONVERT", text)
    fields.boolean("nsfw")
    fields.boolean("dm_permission")


def _options(fields: Fields, types: tuple[int, ...]) -> None:
    names: set[str] = set()
    kinds: set[int] = set()
    was_optional = False
    for option in fields.objects("options", 0, MAX_OPTIONS):
        if option.choice("type", types, required=True):
            _option(option)
            kinds.add(option.data["type"])
        # What is no text was refused as such.
        name = str(option.data.get("name"))
        if name in names:
            text = "Option names must be unique"
            option.fault("name", "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", text)
        names.add(name)
        if option.data.get("required") and was_optional:
            text = "Required options must be placed before non-required options"
            option.fault("required", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        was_optional = was_optional or not option.data.get("required")
    nested = kinds & {SUBCOMMAND, GROUP}
    if nested and kinds - nested:
        text = "Subcommands and other options cannot be mixed"
        fields.fault("options", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)


def _option(option: Fields) -> None:
    _name(option, must_be_plain=True)
    _described(option)
    kind = option.data["type"]
    if kind in (SUBCOMMAND, GROUP):
        _options(option, (SUBCOMMAND,) if kind == GROUP else LEAF_TYPES)
        option.forbid("required", "Subcommands are never required")
        if kind == GROUP and not option.data.get("options"):
            option.fault("options", "BASE_TYPE_REQUIRED", "This field is required")
        return
    option.forbid("options", "Only subcommands and groups have options")
    option.boolean("required")
    _choices(option, kind)
    _limits(option, kind)


def _choices(option: Fields, kind: int) -> None:
    if kind not in (STRING, INTEGER, NUMBER):
        option.forbid("choices", "This type of option has no choices")
        option.forbid("autocomplete", "This type of option has no autocomplete")
        return
    names: list[str] = []
    for choice in option.objects("choices", 0, MAX_CHOICES):
        choice.text("name", 1, 100, required=True)
        for _ in _translations(choice, "name_localizations", 1, 100):
            pass
        choice_value(choice, kind)
        names.append(str(choice.data.get("name")))
    if len(set(names)) != len(names):
        text = "Choice names must be unique"
        option.fault("choices", "APPLICATION_COMMAND_OPTIONS_CHOICES_NAME_ALREADY_EXISTS", text)
    if option.data.get("autocomplete") and names:
        text = "Autocomplete cannot be used with choices"
        option.fault("autocomplete", "APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE", text)


def _limits(option: Fields, kind: int) -> None:
    if kind == STRING:
        option.integer("min_length", 0, 6000)
        option.integer("max_length", 1, 6000)
        _ordered(option, "min_length", "max_length")
    elif kind in (INTEGER, NUMBER):
        _ordered(option, "min_value", "max_value")
    for name in ("min_length", "max_length"):
        if kind != STRING and option.has(name):
            option.fault(name, "APPLICATION_COMMAND_OPTIONS_LENGTH", "Only texts have a length")
    for name in ("min_value", "max_value"):
        if kind not in (INTEGER, NUMBER) and option.has(name):
            option.fault(name, "APPLICATION_COMMAND_OPTIONS_VALUE", "Only numbers have bounds")
    types = option.items("channel_types", 0, len(CHANNEL_TYPES))
    if types and (kind != CHANNEL or any(value not in CHANNEL_TYPES for value in types)):
        text = f"Values must be some of {CHANNEL_TYPES}, on channel options only."
        option.fault("channel_types", "BASE_TYPE_CHOICES", text)


def _ordered(option: Fields, low: str, high: str) -> None:
    least, most = option.data.get(low), option.data.get(high)
    if isinstance(least, int | float) and isinstance(most, int | float) and least > most:
        option.fault(low, "APPLICATION_COMMAND_OPTIONS_RANGE", f"{low} is above {high}")


def _size(command: Json) -> int:
    """Characters of all names, descriptions and values; of translations the longest counts."""
    options = cast("Iterable[Json]", command.get("options") or [])
    total = _longest(command, "name") + _longest(command, "description")
    return total + sum(_size(option) + _size_of_choices(option) for option in options)


def _size_of_choices(option: Json) -> int:
    if option["type"] not in (STRING, INTEGER, NUMBER):
        return 0
    choices = cast("Iterable[Json]", option.get("choices") or [])
    return sum(_longest(choice, "name") + len(str(choice["value"])) for choice in choices)


def _longest(item: Json, name: str) -> int:
    translations: Json = item.get(f"{name}_localizations") or {}
    return max(len(text) for text in (item.get(name) or "", *translations.values()))
