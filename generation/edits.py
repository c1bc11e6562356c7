"""Edits: what is done to a given picture, beside drawing a part of it again from words.

Over the gooseai protocol the picture is the image artifact of the prompt, and `extras.edit` says
what is done: `{"action": "replace", "search": "the boat"}`, or for an outpaint
`{"action": "outpaint", "sides": [left, right, up, down]}`. The width and height of the image
parameters are those of the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from generation.errors import BadRequest
from sentences import Sentence

if TYPE_CHECKING:
    from google.protobuf.struct_pb2 import Value

    from generation.catalogue.engine import Engine
    from generation.request import ImageRequest
    from generation.wire import generation_pb2 as pb

EDIT_KEY = "edit"
"""The key in Request.extras under which the edit stands."""

MAX_SIDE_PX = 2000
"""The most that a picture grows at one side, as with Stability's outpaint."""

MAX_SEARCH = 1000
"""Characters of what is searched for."""

Sides = tuple[int, int, int, int]
"""By how many pixels a picture grows: left, right, up, down."""

NO_SIDES: Sides = (0, 0, 0, 0)
SIDE_NAMES = ("left", "right", "up", "down")


class EditAction(StrEnum):
    """What an engine may be able to do to a picture."""

    OUTPAINT = "outpaint"
    ERASE = "erase"
    REPLACE = "replace"
    RECOLOUR = "recolour"
    REMOVE_BACKGROUND = "remove-background"


SEARCHING = frozenset({EditAction.REPLACE, EditAction.RECOLOUR})
"""What finds by words the part that it changes."""

THROUGH_A_MASK = frozenset({EditAction.OUTPAINT, EditAction.ERASE})
"""What an engine that draws can do as well, as a picture with a mask."""


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done: `search` names what is replaced or recoloured, `sides` where a picture grows.

    The words of the request say what is there then, and its mask is black where it is erased.
    """

    action: EditAction
    search: str = ""
    sides: Sides = NO_SIDES


def encode_edit(edit: Edit) -> dict[str, Any]:
    """What stands in the extras for an edit."""
    search = {"search": edit.search} if edit.search else {}
    sides = {"sides": list(edit.sides)} if edit.sides != NO_SIDES else {}
    return {"action": edit.action.value, **search, **sides}


def decode_edit(message: pb.Request) -> Edit | None:
    """The edit that a message asks for; None where it asks for none.

    Raises:
        BadRequest: names what is wrong with it.
    """
    if EDIT_KEY not in message.extras.fields:
        return None
    fields = message.extras.fields[EDIT_KEY].struct_value.fields
    for name in fields:
        if name not in ("action", "search", "sides"):
            raise BadRequest("edit", Sentence("extras.edit has an unknown {name}", name=name[:40]))
    action = fields["action"].string_value if "action" in fields else ""
    if action not in frozenset(map(str, EditAction)):
        known = ", ".join(EditAction)
        raise BadRequest(
            "edit", Sentence("{name} is not one of {known}", name=action[:40] or "-", known=known)
        )
    search = fields["search"].string_value if "search" in fields else ""
    sides = _sides(fields["sides"]) if "sides" in fields else NO_SIDES
    return Edit(EditAction(action), search, sides)


def _sides(value: Value) -> Sides:
    figures = [entry.number_value for entry in value.list_value.values]
    if len(figures) != len(NO_SIDES) or any(figure % 1 for figure in figures):
        raise BadRequest(
            "sides", Sentence("extras.edit.sides is not [left, right, up, down] in pixels")
        )
    left, right, up, down = map(int, figures)
    return left, right, up, down


def validate_edit(request: ImageRequest, engine: Engine) -> None:
    """Whether the engine makes that edit of a picture.

    Raises:
        BadRequest: names the field, the figure and what would be right.
    """
    edit = request.edit
    if edit is None:
        raise BadRequest(
            "edit", Sentence("say in extras.edit what {engine} is to do", engine=engine.id)
        )
    if edit.action not in engine.edits:
        raise BadRequest(
            "edit",
            Sentence(
                "{engine} does no {action}; it does {known}",
                engine=engine.id,
                action=edit.action.value,
                known=", ".join(engine.edits),
            ),
        )
    if request.init_image is None:
        raise BadRequest(
            "image",
            Sentence("{engine} needs a picture to edit; send one as IMAGE", engine=engine.id),
        )
    if (request.mask is not None) != (edit.action is EditAction.ERASE):
        if edit.action is EditAction.ERASE:
            raise BadRequest("mask", Sentence("to erase needs a mask"))
        raise BadRequest("mask", Sentence("{action} takes no mask", action=edit.action.value))
    check_search(edit)
    check_sides(edit)


def check_search(edit: Edit) -> None:
    """Whether an edit says what it searches for, where it does search.

    Raises:
        BadRequest: it does not, or says too much.
    """
    if edit.action not in SEARCHING:
        if edit.search:
            raise BadRequest(
                "search",
                Sentence("{action} searches for nothing; leave it out", action=edit.action.value),
            )
        return
    if not edit.search.strip():
        raise BadRequest("search", Sentence("say what to look for in the picture"))
    if len(edit.search) > MAX_SEARCH:
        raise BadRequest(
            "search",
            Sentence(
                "{count:,} characters are more than the {most:,} of what is searched for",
                count=len(edit.search),
                most=MAX_SEARCH,
            ),
        )


def check_sides(edit: Edit) -> None:
    """Whether an outpaint has a side to grow at, and no other edit has one.

    Raises:
        BadRequest: names the side and the limit.
    """
    if edit.action is not EditAction.OUTPAINT:
        if edit.sides != NO_SIDES:
            raise BadRequest(
                "sides",
                Sentence("{action} lets no picture grow; leave them out", action=edit.action.value),
            )
        return
    for name, pixels in zip(SIDE_NAMES, edit.sides, strict=True):
        if not 0 <= pixels <= MAX_SIDE_PX:
            raise BadRequest(
                name,
                Sentence(
                    "{pixels} is outside 0 to {most:,} pixels", pixels=pixels, most=MAX_SIDE_PX
                ),
            )
    if edit.sides == NO_SIDES:
        raise BadRequest("sides", Sentence("one of left, right, up and down has to be above 0"))
