"""Discord's rules for the components of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.wire import Refusal
from playground.world.components import LINK, PREMIUM, SELECTS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from playground.rules.fields import Fields

MAX_COMPONENTS = 40
MAX_TEXT = 4000
MAX_TEXT_BYTES = 10_170
MAX_MEDIA = 64
MAX_ROWS = 5
LARGEST_ID = 2**31 - 1
COLORS = 0xFFFFFF

TOP_LEVEL_V2 = frozenset(
    {
        Kind.ACTION_ROW,
        Kind.SECTION,
        Kind.TEXT_DISPLAY,
        Kind.MEDIA_GALLERY,
        Kind.FILE,
        Kind.SEPARATOR,
        Kind.CONTAINER,
    }
)
IN_CONTAINER = TOP_LEVEL_V2 - {Kind.CONTAINER}
IN_ROW = SELECTS | {Kind.BUTTON}


class ComponentRules:
    """One check of a message's components; what spans several of them is counted along."""

    def __init__(self, attachments: Collection[str], *, v2: bool) -> None:
        self._attachments = attachments
        self._v2 = v2
        self._count = 0
        self._characters = 0
        self._bytes = 0
        self._media = 0
        self._custom_ids: set[str] = set()
        self._ids: set[int] = set()
        self._by_type: dict[int, Callable[[Fields], None]] = {
            Kind.ACTION_ROW: self._row,
            Kind.BUTTON: _button,
            Kind.STRING_SELECT: string_select,
            Kind.USER_SELECT: select,
            Kind.ROLE_SELECT: select,
            Kind.MENTIONABLE_SELECT: select,
            Kind.CHANNEL_SELECT: select,
            Kind.SECTION: self._section,
            Kind.TEXT_DISPLAY: self._text_display,
            Kind.THUMBNAIL: self._thumbnail,
            Kind.MEDIA_GALLERY: self._gallery,
            Kind.FILE: self._file,
            Kind.SEPARATOR: _separator,
            Kind.CONTAINER: self._container,
        }

    def check(self, message: Fields) -> None:
        """Record every fault; beyond two undocumented bounds Discord answers 500, and so do we."""
        allowed = TOP_LEVEL_V2 if self._v2 else {Kind.ACTION_ROW}
        most = MAX_COMPONENTS if self._v2 else MAX_ROWS
        for component in message.objects("components", 0, most):
            self._component(component, allowed)
        if self._count > MAX_COMPONENTS:
            text = f"The total number of components cannot exceed {MAX_COMPONENTS}"
            message.fault("components", "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
        if self._characters > MAX_TEXT:
            text = f"The total length of all text cannot exceed {MAX_TEXT}"
            message.fault("components", "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
        over = self._bytes > MAX_TEXT_BYTES or self._media > MAX_MEDIA
        if over and not message.errors:
            raise Refusal(500, 0, "500: Internal Server Error")

    def _component(self, fields: Fields, allowed: Collection[int]) -> None:
        self._count += 1
        if not fields.choice("type", sorted(allowed), required=True):
            return
        fields.integer("id", 0, LARGEST_ID)
        self._note_ids(fields)
        self._by_type[fields.data["type"]](fields)

    def _note_ids(self, fields: Fields) -> None:
        custom_id, number = fields.data.get("custom_id"), fields.data.get("id")
        if isinstance(custom_id, str):
            if custom_id in self._custom_ids:
                text = "Component custom id cannot be duplicated"
                fields.fault("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", text)
            self._custom_ids.add(custom_id)
        if isinstance(number, int) and number:
            if number in self._ids:
                fields.fault("id", "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
            self._ids.add(number)

    def _row(self, fields: Fields) -> None:
        inside: list[Any] = []
        for child in fields.objects("components", 1, 5, required=True):
            self._component(child, IN_ROW)
            inside.append(child.data.get("type"))
        if len(inside) > 1 and any(kind in SELECTS for kind in inside):
            text = "A select fills its whole row"
            fields.fault("components", "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)

    def _section(self, fields: Fields) -> None:
        for child in fields.objects("components", 1, 3, required=True):
            self._component(child, {Kind.TEXT_DISPLAY})
        accessory = fields.inner("accessory", required=True)
        if accessory is not None:
            self._component(accessory, {Kind.BUTTON, Kind.THUMBNAIL})

    def _container(self, fields: Fields) -> None:
        fields.integer("accent_color", 0, COLORS)
        fields.boolean("spoiler")
        for child in fields.objects("components", 1, MAX_COMPONENTS, required=True):
            self._component(child, IN_CONTAINER)

    def _text_display(self, fields: Fields) -> None:
        fields.text("content", 1, MAX_TEXT, required=True)
        content = fields.data.get("content")
        if isinstance(content, str):
            self._characters += len(content)
            self._bytes += len(content.encode())

    def _thumbnail(self, fields: Fields) -> None:
        fields.text("description", 1, 1024)
        fields.boolean("spoiler")
        self._reference(fields.inner("media", required=True))

    def _gallery(self, fields: Fields) -> None:
        for item in fields.objects("items", 1, 10, required=True):
            item.text("description", 1, 1024)
            item.boolean("spoiler")
            self._reference(item.inner("media", required=True))

    def _file(self, fields: Fields) -> None:
        fields.boolean("spoiler")
        file = fields.inner("file", required=True)
        self._reference(file)
        url = None if file is None else file.data.get("url")
        if file is not None and isinstance(url, str) and "attachment" not in url:
            text = "A file component shows an attachment of its own message"
            file.fault("url", "UNFURLED_MEDIA_ITEM_ATTACHMENT_REQUIRED", text)

    def _reference(self, media: Fields | None) -> None:
        self._media += 1
        if media is None or not media.require("url"):
            return
        media.web_address("url", "attachment://")
        url = media.data["url"]
        if not isinstance(url, str) or not url.startswith("attachment://"):
            return
        name = url.removeprefix("attachment://")
        if name not in self._attachments:
            code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
            media.fault("url", code, f"The referenced attachment {name} was not found")


def _button(fields: Fields) -> None:
    fields.text("custom_id", 1, 100)
    fields.text("label", 0, 80)
    fields.boolean("disabled")
    emoji(fields)
    if not fields.choice("style", (1, 2, 3, 4, LINK, PREMIUM), required=True):
        return
    style = fields.data["style"]
    if style == LINK:
        fields.require("url")
        fields.web_address("url", "discord://", at_most=512)
        fields.forbid("custom_id", "A link button has no custom_id")
    elif style == PREMIUM:
        fields.require("sku_id")
        for name in ("custom_id", "label", "url", "emoji"):
            fields.forbid(name, f"A premium button has no {name}")
    else:
        fields.require("custom_id")
        fields.forbid("url", "Only link buttons have a url")
    if style != PREMIUM and not fields.data.get("label") and not fields.has("emoji"):
        fields.fault("label", "BUTTON_COMPONENT_REQUIRED_LABEL_OR_EMOJI", "A label is needed")


def emoji(fields: Fields) -> None:
    """An emoji: a custom one by id, or a real one as its name."""
    inner = fields.inner("emoji")
    if inner is None or inner.has("id"):
        return
    inner.text("name", 1, 32, required=True)
    name = inner.data.get("name")
    if isinstance(name, str) and name.isascii():
        inner.fault("name", "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")


def select(fields: Fields, most: int = 25) -> None:
    """What every select has; `most` is how many values there are to choose from."""
    fields.text("custom_id", 1, 100, required=True)
    fields.text("placeholder", 0, 150)
    fields.boolean("disabled")
    fields.integer("min_values", 0, 25)
    fields.integer("max_values", 1, 25)
    at_least, at_most = _bounds(fields)
    if at_least > at_most:
        fields.fault("min_values", "COMPONENT_SELECT_RANGE", "min_values is above max_values")
    if fields.has("max_values") and at_most > most:
        text = f"max_values cannot exceed the number of options ({most})"
        fields.fault("max_values", "COMPONENT_SELECT_RANGE", text)
    chosen = fields.items("default_values", 0, 25)
    if len(chosen) > at_most:
        fields.fault("default_values", "COMPONENT_SELECT_RANGE", "More defaults than max_values")


def string_select(fields: Fields) -> None:
    """A select over given options."""
    values: set[object] = set()
    defaults = 0
    options = list(fields.objects("options", 1, 25, required=True))
    for option in options:
        choice_option(option, values)
        defaults += bool(option.data.get("default"))
    select(fields, len(options))
    if defaults > _bounds(fields)[1]:
        fields.fault("options", "COMPONENT_SELECT_RANGE", "More defaults than max_values")


def choice_option(option: Fields, values: set[object]) -> None:
    """One option of a string select, a radio group or a checkbox group."""
    option.text("label", 1, 100, required=True)
    option.text("value", 1, 100, required=True)
    option.text("description", 0, 100)
    option.boolean("default")
    emoji(option)
    value = option.data.get("value")
    if isinstance(value, str):
        if value in values:
            text = "The specified option value is already used"
            option.fault("value", "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
        values.add(value)


def _bounds(fields: Fields) -> tuple[int, int]:
    def number(name: str) -> int:
        value = fields.data.get(name)
        return value if isinstance(value, int) else 1

    return number("min_values"), number("max_values")


def _separator(fields: Fields) -> None:
    fields.boolean("divider")
    fields.choice("spacing", (1, 2))
