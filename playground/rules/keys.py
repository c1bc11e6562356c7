"""Keys that Discord does not know: it ignores them, but a bot that sends one means something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.rules.fields import is_object
from playground.world.components import SELECTS, Kind, children

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playground.wire import Json

_MESSAGE = frozenset(
    (
        *("content", "embeds", "components", "attachments", "flags", "allowed_mentions", "tts"),
        *("nonce", "enforce_nonce", "message_reference", "sticker_ids", "poll", "username"),
        *("avatar_url", "thread_name", "applied_tags", "shared_client_theme"),
        # What answers to autocomplete and modals carry in the same place.
        *("choices", "custom_id", "title"),
    )
)
_COMMAND = frozenset(
    (
        *("id", "type", "name", "description", "options", "default_member_permissions"),
        *("name_localizations", "description_localizations", "dm_permission", "contexts"),
        *("integration_types", "nsfw", "handler", "default_permission"),
    )
)
_OPTION = frozenset(
    (
        *("type", "name", "description", "options", "required", "choices", "autocomplete"),
        *("name_localizations", "description_localizations", "channel_types", "file_types"),
        *("min_value", "max_value", "min_length", "max_length"),
    )
)
_SELECT = ("custom_id", "placeholder", "min_values", "max_values", "disabled", "required")
_BY_TYPE: dict[int, tuple[str, ...]] = {
    Kind.ACTION_ROW: ("components",),
    Kind.BUTTON: ("style", "label", "emoji", "custom_id", "url", "sku_id", "disabled"),
    Kind.TEXT_INPUT: (
        *("custom_id", "style", "label", "min_length", "max_length", "required", "value"),
        "placeholder",
    ),
    Kind.SECTION: ("components", "accessory"),
    Kind.TEXT_DISPLAY: ("content",),
    Kind.THUMBNAIL: ("media", "description", "spoiler"),
    Kind.MEDIA_GALLERY: ("items",),
    Kind.FILE: ("file", "spoiler"),
    Kind.SEPARATOR: ("divider", "spacing"),
    Kind.CONTAINER: ("components", "accent_color", "spoiler"),
    Kind.LABEL: ("label", "description", "component"),
    Kind.FILE_UPLOAD: ("custom_id", "min_values", "max_values", "required", "file_types"),
    Kind.RADIO_GROUP: ("custom_id", "options", "required"),
    Kind.CHECKBOX_GROUP: ("custom_id", "options", "min_values", "max_values", "required"),
    Kind.CHECKBOX: ("custom_id", "default"),
    **dict.fromkeys(SELECTS, (*_SELECT, "default_values", "options", "channel_types")),
}


_CARRY_MESSAGES = ("/messages", "/webhooks", "/interactions")


def unknown_keys(route: str, data: Any) -> list[str]:
    """Dotted paths of the keys in a request body that Discord does not document."""
    if data is None:
        return []
    if "/commands" in route:
        commands = cast("list[Any]", data) if isinstance(data, list) else [data]
        return list(_in_commands(commands))
    if is_object(data) and route.endswith("/callback"):
        data = data.get("data")
    if is_object(data) and any(part in route for part in _CARRY_MESSAGES):
        return list(_in_message(data))
    return []


def _in_message(data: Json) -> Iterator[str]:
    yield from (key for key in data if key not in _MESSAGE)
    for component in cast("list[Json]", data.get("components") or []):
        yield from _in_component(component, "components")


def _in_component(component: Json, path: str) -> Iterator[str]:
    known = _BY_TYPE.get(component["type"], ())
    for key in component:
        if key not in known and key not in ("type", "id"):
            yield f"{path}.{key}"
    for place, child in children(component):
        yield from _in_component(child, f"{path}.{place[0]}")


def _in_commands(commands: Iterable[Json]) -> Iterator[str]:
    for command in commands:
        yield from (key for key in command if key not in _COMMAND)
        yield from _in_options(command, "options")


def _in_options(holder: Json, path: str) -> Iterator[str]:
    for option in cast("list[Json]", holder.get("options") or []):
        yield from (f"{path}.{key}" for key in option if key not in _OPTION)
        yield from _in_options(option, f"{path}.options")
