"""Discord's rules for modals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.rules.components import LARGEST_ID, MAX_TEXT, choice_option, select, string_select
from playground.rules.fields import Fields, Path
from playground.wire import ErrorTree, Json
from playground.world.components import SELECTS, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

MAX_TOP_LEVEL = 5
IN_LABEL = SELECTS | {
    Kind.TEXT_INPUT,
    Kind.FILE_UPLOAD,
    Kind.RADIO_GROUP,
    Kind.CHECKBOX_GROUP,
    Kind.CHECKBOX,
}


def check_modal(data: Json, path: Path) -> None:
    """Refuse a modal that Discord would refuse."""
    errors = ErrorTree()
    fields = Fields(errors, path, data)
    fields.text("title", 1, 45, required=True)
    fields.text("custom_id", 1, 100, required=True)
    _ModalRules().check(fields)
    errors.raise_if_any()


def shown_modal(data: Json) -> Json:
    """A checked modal as the member's client gets it: every component has an id."""
    numbers = iter(range(1, 1000))

    def numbered(component: Json) -> Json:
        shown = {key: value for key, value in component.items() if value is not None}
        shown["id"] = component.get("id") or next(numbers)
        if "component" in shown:
            shown["component"] = numbered(shown["component"])
        if "components" in shown:
            shown["components"] = [numbered(child) for child in shown["components"]]
        return shown

    components = [numbered(component) for component in data["components"]]
    return {"custom_id": data["custom_id"], "title": data["title"], "components": components}


class _ModalRules:
    def __init__(self) -> None:
        self._custom_ids: set[str] = set()
        self._by_type: dict[int, Callable[[Fields], None]] = {
            Kind.ACTION_ROW: self._row,
            Kind.LABEL: self._label,
            Kind.TEXT_DISPLAY: _text_display,
            Kind.TEXT_INPUT: _text_input,
            Kind.STRING_SELECT: _string_select,
            Kind.USER_SELECT: _select,
            Kind.ROLE_SELECT: _select,
            Kind.MENTIONABLE_SELECT: _select,
            Kind.CHANNEL_SELECT: _select,
            Kind.FILE_UPLOAD: _file_upload,
            Kind.RADIO_GROUP: _radio_group,
            Kind.CHECKBOX_GROUP: _checkbox_group,
            Kind.CHECKBOX: _checkbox,
        }

    def check(self, modal: Fields) -> None:
        allowed = (Kind.ACTION_ROW, Kind.TEXT_DISPLAY, Kind.LABEL)
        for component in modal.objects("components", 1, MAX_TOP_LEVEL, required=True):
            self._component(component, allowed)

    def _component(self, fields: Fields, allowed: Collection[int]) -> None:
        if not fields.choice("type", sorted(allowed), required=True):
            return
        fields.integer("id", 0, LARGEST_ID)
        fields.forbid("disabled", "Components in modals cannot be disabled")
        custom_id = fields.data.get("custom_id")
        if isinstance(custom_id, str):
            if custom_id in self._custom_ids:
                text = "Component custom id cannot be duplicated"
                fields.fault("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", text)
            self._custom_ids.add(custom_id)
        self._by_type[fields.data["type"]](fields)

    def _row(self, fields: Fields) -> None:
        for child in fields.objects("components", 1, 1, required=True):
            self._component(child, (Kind.TEXT_INPUT,))
            child.text("label", 1, 45, required=True)

    def _label(self, fields: Fields) -> None:
        fields.text("label", 1, 45, required=True)
        fields.text("description", 1, 100)
        inner = fields.inner("component", required=True)
        if inner is not None:
            self._component(inner, IN_LABEL)


def _text_display(fields: Fields) -> None:
    fields.text("content", 1, MAX_TEXT, required=True)


def _text_input(fields: Fields) -> None:
    fields.text("custom_id", 1, 100, required=True)
    fields.choice("style", (1, 2), required=True)
    fields.text("label", 1, 45)
    fields.text("placeholder", 0, 100)
    fields.boolean("required")
    fields.integer("min_length", 0, 4000)
    fields.integer("max_length", 1, 4000)
    most = fields.data.get("max_length")
    fields.text("value", 0, most if isinstance(most, int) and 0 < most <= 4000 else 4000)
    at_least = fields.data.get("min_length")
    if isinstance(at_least, int) and isinstance(most, int) and at_least > most:
        fields.fault("min_length", "TEXT_INPUT_RANGE", "min_length is above max_length")


def _select(fields: Fields) -> None:
    select(fields)
    fields.boolean("required")


def _string_select(fields: Fields) -> None:
    string_select(fields)
    fields.boolean("required")


def _file_upload(fields: Fields) -> None:
    fields.text("custom_id", 1, 100, required=True)
    fields.integer("min_values", 0, 10)
    fields.integer("max_values", 1, 10)
    fields.boolean("required")


def _radio_group(fields: Fields) -> None:
    _, defaults = _group(fields, at_least=2)
    if defaults > 1:
        fields.fault("options", "COMPONENT_SELECT_RANGE", "A radio group has one default at most")


def _checkbox_group(fields: Fields) -> None:
    count, defaults = _group(fields, at_least=1)
    fields.integer("min_values", 0, 10)
    fields.integer("max_values", 1, 10)
    at_most = fields.data.get("max_values")
    if not isinstance(at_most, int):
        at_most = count
    if at_most > count:
        text = f"max_values cannot exceed the number of options ({count})"
        fields.fault("max_values", "COMPONENT_SELECT_RANGE", text)
    if defaults > at_most:
        fields.fault("options", "COMPONENT_SELECT_RANGE", "More defaults than max_values")
    if fields.data.get("min_values") == 0 and fields.data.get("required") is not False:
        text = "min_values 0 needs required to be false"
        fields.fault("min_values", "COMPONENT_SELECT_RANGE", text)


def _group(fields: Fields, at_least: int) -> tuple[int, int]:
    """Check the options; how many there are, and how many are chosen from the start."""
    fields.text("custom_id", 1, 100, required=True)
    fields.boolean("required")
    values: set[object] = set()
    options = list(fields.objects("options", at_least, 10, required=True))
    for option in options:
        choice_option(option, values)
    return len(options), sum(bool(option.data.get("default")) for option in options)


def _checkbox(fields: Fields) -> None:
    fields.text("custom_id", 1, 100, required=True)
    fields.boolean("default")
