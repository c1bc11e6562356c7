"""What Discord's client does with selects and modals: checks the values and builds the data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.drive.options import DriveError
from playground.world.components import Kind

if TYPE_CHECKING:
    from playground.drive.options import Resolver
    from playground.wire import Json


def selected(component: Json, values: Any, resolver: Resolver) -> list[str]:
    """The values of a select, checked against what it offers."""
    if not isinstance(values, list):
        raise DriveError("A list of values is needed.")
    chosen = [str(value) for value in cast("list[Any]", values)]
    if len(set(chosen)) != len(chosen):
        raise DriveError("A value can be chosen once only.")
    at_least, at_most = _bounds(component)
    if not at_least <= len(chosen) <= at_most:
        raise DriveError(f"Choose {at_least} to {at_most} values.")
    for value in chosen:
        if not _is_offered(component, value, resolver):
            raise DriveError(f"{value} is not offered.")
    return chosen


def _bounds(component: Json) -> tuple[int, int]:
    """How many values may be chosen; all the boxes of a group where it does not say."""
    at_least, at_most = component.get("min_values"), component.get("max_values")
    if not at_most:
        at_most = len(component["options"]) if component["type"] == Kind.CHECKBOX_GROUP else 1
    return (1 if at_least is None else at_least), at_most


def _is_offered(component: Json, value: str, resolver: Resolver) -> bool:
    kind = component["type"]
    if kind in (Kind.STRING_SELECT, Kind.RADIO_GROUP, Kind.CHECKBOX_GROUP):
        return value in [option["value"] for option in component["options"]]
    if kind == Kind.USER_SELECT:
        return resolver.user(value)
    if kind == Kind.ROLE_SELECT:
        return resolver.role(value)
    if kind == Kind.MENTIONABLE_SELECT:
        return resolver.user(value) or resolver.role(value)
    if kind == Kind.FILE_UPLOAD:
        return resolver.attachment(value)
    return resolver.place(value, component.get("channel_types"))


def modal_data(modal: Json, values: Json, resolver: Resolver) -> Json:
    """The interaction data of a submitted modal; missing values are empty."""
    fields = set(_custom_ids(modal))
    for custom_id in values:
        if custom_id not in fields:
            raise DriveError(f"The form has no field {custom_id}.")
    components = [_submitted(component, values, resolver) for component in modal["components"]]
    data: Json = {"custom_id": modal["custom_id"], "components": components}
    if resolver.data:
        data["resolved"] = resolver.data
    return data


def _custom_ids(modal: Json) -> list[str]:
    inner = [_inner(component) for component in modal["components"]]
    return [component["custom_id"] for component in inner if component is not None]


def _inner(component: Json) -> Json | None:
    if component["type"] == Kind.LABEL:
        return component["component"]
    if component["type"] == Kind.ACTION_ROW:
        return component["components"][0]
    return None


def _submitted(component: Json, values: Json, resolver: Resolver) -> Json:
    result: Json = {"type": component["type"], "id": component["id"]}
    inner = _inner(component)
    if inner is None:
        return result
    label = component.get("label") or inner.get("label") or inner["custom_id"]
    try:
        value = _value(inner, values.get(inner["custom_id"]), resolver)
    except DriveError as error:
        raise DriveError(f"{label}: {error.sentence}", error.status) from None
    field = {"type": inner["type"], "id": inner["id"], "custom_id": inner["custom_id"]} | value
    if component["type"] == Kind.LABEL:
        return result | {"component": field}
    return result | {"components": [field]}


def _value(component: Json, given: Any, resolver: Resolver) -> Json:
    kind = component["type"]
    if kind == Kind.TEXT_INPUT:
        return {"value": _text(component, given)}
    if kind == Kind.CHECKBOX:
        if given is not None and not isinstance(given, bool):
            raise DriveError("true or false is needed.")
        return {"value": bool(given)}
    required = component.get("required") is not False
    if kind == Kind.RADIO_GROUP:
        if given is None:
            if required:
                raise DriveError("this field is required.")
            return {"value": None}
        return {"value": selected(component, [given], resolver)[0]}
    values: Any = [] if given is None else given
    if values == [] and (not required or component.get("min_values") == 0):
        return {"values": []}
    if values == [] and kind == Kind.FILE_UPLOAD:
        raise DriveError("a file is required.")
    return {"values": selected(component, values, resolver)}


def _text(component: Json, given: Any) -> str:
    text = "" if given is None else given
    if not isinstance(text, str):
        raise DriveError("a text is needed.")
    required = component.get("required") is not False
    at_least, at_most = component.get("min_length") or 0, component.get("max_length") or 4000
    if not text:
        if required:
            raise DriveError("this field is required.")
        return ""
    if not at_least <= len(text) <= at_most:
        raise DriveError(f"the text must have {at_least} to {at_most} characters.")
    return text
