"""Names that are one slip of the fingers away from what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

LONGEST = 24
"""Longer words are no slip of a name."""


def nearest_name(typed: str, names: Collection[str], other_names: Mapping[str, str]) -> str | None:
    """The only name to which one letter more, less, changed or exchanged leads; None otherwise.

    Names of one letter have no slips, and other names of two letters have none either.
    """
    if len(typed) > LONGEST:
        return None
    near = {name for name in names if is_one_slip(typed, name)}
    if not near:
        near = {
            name
            for other, name in other_names.items()
            if len(other) > 2 and is_one_slip(typed, other)
        }
    return near.pop() if len(near) == 1 and len(typed) > 1 else None


def is_one_slip(typed: str, name: str) -> bool:
    """Whether one letter was left out, added, changed or exchanged with the next one."""
    if len(typed) > len(name):
        typed, name = name, typed
    at = next(
        (
            place
            for place, (one, other) in enumerate(zip(typed, name, strict=False))
            if one != other
        ),
        len(typed),
    )
    if len(typed) < len(name):
        return typed[at:] == name[at + 1 :]
    return typed[at + 1 :] == name[at + 1 :] or (
        typed[at : at + 2] == name[at : at + 2][::-1] and typed[at + 2 :] == name[at + 2 :]
    )
