"""Message components: walking them, and turning what an app sent into what Discord stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import IntEnum
from typing import Any, cast

from playground.wire import Json
from playground.world.messages import Attachment


class Kind(IntEnum):
    """Discord's component types."""

    ACTION_ROW = 1
    BUTTON = 2
    STRING_SELECT = 3
    TEXT_INPUT = 4
    USER_SELECT = 5
    ROLE_SELECT = 6
    MENTIONABLE_SELECT = 7
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT_DISPLAY = 10
    THUMBNAIL = 11
    MEDIA_GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


SELECTS = frozenset(
    {
        Kind.STRING_SELECT,
        Kind.USER_SELECT,
        Kind.ROLE_SELECT,
        Kind.MENTIONABLE_SELECT,
        Kind.CHANNEL_SELECT,
    }
)

LINK, PREMIUM = 5, 6
"""Button styles that send no interaction."""

Path = tuple[str | int, ...]


def children(component: Json) -> Iterator[tuple[Path, Json]]:
    """The components directly inside one, with their place in it."""
    nested = component.get("components")
    if isinstance(nested, list):
        for index, child in enumerate(cast("list[Any]", nested)):
            if isinstance(child, dict):
                yield ("components", index), cast("Json", child)
    for key in ("accessory", "component"):
        child = component.get(key)
        if isinstance(child, dict):
            yield (key,), cast("Json", child)


def walk(components: list[Json], path: Path = ("components",)) -> Iterator[tuple[Path, Json]]:
    """Every component, nested ones included, with its path in the body."""
    for index, component in enumerate(components):
        yield from _walk_one(component, (*path, index))


def _walk_one(component: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    yield path, component
    for place, child in children(component):
        yield from _walk_one(child, path + place)


def find(components: list[Json], custom_id: str) -> Json | None:
    """The component with this custom id."""
    for _, component in walk(components):
        if component.get("custom_id") == custom_id:
            return component
    return None


def texts(components: list[Json]) -> Iterator[str]:
    """What all the text displays say."""
    for _, component in walk(components):
        if component.get("type") == Kind.TEXT_DISPLAY:
            yield component["content"]


def media(components: list[Json]) -> Iterator[tuple[Path, Json]]:
    """Every media reference (an object with `url`) with its path."""
    for path, component in walk(components):
        kind = component.get("type")
        if kind == Kind.THUMBNAIL:
            yield (*path, "media"), component["media"]
        elif kind == Kind.FILE:
            yield (*path, "file"), component["file"]
        elif kind == Kind.MEDIA_GALLERY:
            for index, item in enumerate(component["items"]):
                yield (*path, "items", index, "media"), item["media"]


_FIELDS: dict[int, tuple[str, ...]] = {
    Kind.BUTTON: ("style", "custom_id", "label", "emoji", "url", "sku_id", "disabled"),
    Kind.TEXT_DISPLAY: ("content",),
}
_SELECT_FIELDS = ("custom_id", "placeholder", "options", "default_values", "channel_types")

Resolve = Callable[[Json, Path], tuple[Json, Attachment | None]]
"""Turns a media reference at a path into the media item that Discord shows, and its file."""


def stored(components: list[Json], resolve: Resolve) -> list[Json]:
    """The components as Discord gives them back: with ids, defaults and resolved media."""
    taken = {c["id"] for _, c in walk(components) if c.get("id")}
    numbers = (number for number in range(1, 10_000) if number not in taken)
    return [
        _store(component, ("components", index), numbers, resolve)
        for index, component in enumerate(components)
    ]


def _store(component: Json, path: Path, numbers: Iterator[int], resolve: Resolve) -> Json:
    kind = component["type"]
    result: Json = {"type": kind, "id": component.get("id") or next(numbers)}
    result.update(_own_fields(component, kind, path, resolve))
    for place, child in children(component):
        inner = _store(child, path + place, numbers, resolve)
        if place[0] == "components":
            result.setdefault("components", []).append(inner)
        else:
            result[str(place[0])] = inner
    return result


def _own_fields(component: Json, kind: int, path: Path, resolve: Resolve) -> Json:
    if kind in SELECTS:
        return _select_fields(component)
    if kind == Kind.CONTAINER:
        accent = component.get("accent_color")
        return {"accent_color": accent, "spoiler": bool(component.get("spoiler"))}
    if kind == Kind.SEPARATOR:
        divider = component.get("divider")
        spacing = component.get("spacing") or 1
        return {"divider": True if divider is None else divider, "spacing": spacing}
    if kind == Kind.THUMBNAIL:
        return _media_fields(component, (*path, "media"), resolve)
    if kind == Kind.FILE:
        return _file_fields(component, path, resolve)
    if kind == Kind.MEDIA_GALLERY:
        places = ((item, (*path, "items", n)) for n, item in enumerate(component["items"]))
        return {"items": [_media_fields(i, (*place, "media"), resolve) for i, place in places]}
    names = _FIELDS.get(kind, ())
    return {name: component[name] for name in names if component.get(name) is not None}


def _file_fields(component: Json, path: Path, resolve: Resolve) -> Json:
    media, attachment = resolve(component["file"], (*path, "file"))
    return {
        "file": media,
        "spoiler": bool(component.get("spoiler")),
        "name": None if attachment is None else attachment.filename,
        "size": None if attachment is None else len(attachment.data),
    }


def _media_fields(item: Json, path: Path, resolve: Resolve) -> Json:
    return {
        "media": resolve(item["media"], path)[0],
        "description": item.get("description"),
        "spoiler": bool(item.get("spoiler")),
    }


def _select_fields(component: Json) -> Json:
    fields = {n: component[n] for n in _SELECT_FIELDS if component.get(n) is not None}
    at_least, at_most = component.get("min_values"), component.get("max_values")
    fields["min_values"] = 1 if at_least is None else at_least
    fields["max_values"] = 1 if at_most is None else at_most
    if component.get("disabled"):
        fields["disabled"] = True
    return fields
