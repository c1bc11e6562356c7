"""The vocabulary of Discord's form errors: checks on the fields of one JSON object."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeGuard, cast

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from playground.wire import ErrorTree, Json

Path = tuple[str | int, ...]
_WEB_ADDRESS = re.compile(r"https?://[^\s/$.?#].\S*", re.IGNORECASE)


def is_object(value: object) -> TypeGuard[Json]:
    """Whether a value is a JSON object."""
    return isinstance(value, dict)


class Fields:
    """Checks the fields of one object and records faults under its path."""

    def __init__(self, errors: ErrorTree, path: Path, data: Json) -> None:
        self.errors = errors
        self.path = path
        self.data = data

    def fault(self, name: str, code: str, message: str) -> None:
        """Record a fault of one field."""
        self.errors.add((*self.path, name), code, message)

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return self.data.get(name) is not None

    def require(self, name: str) -> bool:
        """Record a fault when a field is missing."""
        if not self.has(name):
            self.fault(name, "BASE_TYPE_REQUIRED", "This field is required")
            return False
        return True

    def forbid(self, name: str, why: str) -> None:
        """Record a fault when a field is given at all."""
        if self.data.get(name) not in (None, [], "", False):
            self.fault(name, "BASE_TYPE_NOT_ALLOWED", why)

    def text(
        self, name: str, at_least: int = 0, at_most: int = 6000, *, required: bool = False
    ) -> None:
        """A text of so many characters."""
        if not self._present(name, required=required):
            return
        value = self.data[name]
        if not isinstance(value, str):
            self.fault(name, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        elif len(value) > at_most and not at_least:
            message = f"Must be {at_most} or fewer in length."
            self.fault(name, "BASE_TYPE_MAX_LENGTH", message)
        elif not at_least <= len(value) <= at_most:
            message = f"Must be between {at_least} and {at_most} in length."
            self.fault(name, "BASE_TYPE_BAD_LENGTH", message)

    def integer(self, name: str, low: int, high: int, *, required: bool = False) -> None:
        """A whole number within bounds."""
        if not self._present(name, required=required):
            return
        value = self.data[name]
        if not isinstance(value, int) or isinstance(value, bool):
            self.fault(name, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
        elif value > high:
            message = f"int value should be less than or equal to {high}."
            self.fault(name, "NUMBER_TYPE_MAX", message)
        elif value < low:
            message = f"int value should be greater than or equal to {low}."
            self.fault(name, "NUMBER_TYPE_MIN", message)

    def boolean(self, name: str) -> None:
        """True or false."""
        if self.has(name) and not isinstance(self.data[name], bool):
            self.fault(name, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.")

    def choice(self, name: str, allowed: Collection[int], *, required: bool = False) -> bool:
        """One of the allowed numbers; whether it is."""
        if not self._present(name, required=required):
            return False
        value = self.data[name]
        if isinstance(value, bool) or value not in allowed:
            numbers = ", ".join(str(int(number)) for number in allowed)
            self.fault(name, "BASE_TYPE_CHOICES", f"Value must be one of ({numbers}).")
            return False
        return True

    def items(self, name: str, at_least: int, at_most: int, *, required: bool = False) -> list[Any]:
        """A list of so many items; an empty list when it is faulty."""
        if not self._present(name, required=required):
            return []
        value = self.data[name]
        if not isinstance(value, list):
            self.fault(name, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        items = cast("list[Any]", value)
        if not at_least <= len(items) <= at_most:
            message = f"Must be between {at_least} and {at_most} in length."
            self.fault(name, "BASE_TYPE_BAD_LENGTH", message)
        return items

    def objects(
        self, name: str, at_least: int, at_most: int, *, required: bool = False
    ) -> Iterator[Fields]:
        """The checks for every object in a list of so many."""
        for index, item in enumerate(self.items(name, at_least, at_most, required=required)):
            path = (*self.path, name, index)
            if is_object(item):
                yield Fields(self.errors, path, item)
            else:
                message = "Only dictionaries may be used in a DictType"
                self.errors.add(path, "DICT_TYPE_CONVERT", message)

    def inner(self, name: str, *, required: bool = False) -> Fields | None:
        """The checks for one nested object."""
        if not self._present(name, required=required):
            return None
        value = self.data[name]
        if not is_object(value):
            self.fault(name, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return None
        return Fields(self.errors, (*self.path, name), value)

    def web_address(self, name: str, *schemes: str, at_most: int = 2048) -> None:
        """An http(s) address, or one with a scheme of the given ones."""
        self.text(name, 1, at_most)
        value = self.data.get(name)
        if not isinstance(value, str) or value.startswith(schemes):
            return
        if not _WEB_ADDRESS.fullmatch(value):
            self.fault(name, "URL_TYPE_INVALID_URL", "Not a well formed URL.")

    def _present(self, name: str, *, required: bool) -> bool:
        return self.require(name) if required else self.has(name)
