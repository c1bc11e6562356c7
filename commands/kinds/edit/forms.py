"""The choice of what is done to one picture, and the forms for what that needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord.ui import Modal, Select

from commands.kinds.edit.cards import NAMES
from commands.kinds.image.edits import AREAS, MASK, TRANSPARENT
from commands.languages import marked, say, say_name
from commands.ui.modals import (
    answers,
    choice_field,
    custom_id,
    file_field,
    optional_choice_field,
    parse_submit,
    prompt_fields,
    text_field,
)
from generation import credits as money
from generation.edits import MAX_SEARCH, NO_SIDES, EditAction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction
    from discord.ui import Label

    from commands.kinds.edit.form import EditForm
    from commands.kinds.edit.offers import EditOffer
    from generation.edits import Sides

CHOOSE_ACTION = "edit_choose"
"""The select of what is done; its value is an action, or `INPAINT`."""

INPAINT = "inpaint"
FORM_ACTIONS = {
    INPAINT: "edit_inpaint",
    EditAction.OUTPAINT: "edit_outpaint",
    EditAction.ERASE: "edit_erase",
    EditAction.REPLACE: "edit_replace",
    EditAction.RECOLOUR: "edit_recolour",
}
"""What sending each form does; removing a background needs none."""

REDONE_ACTION = "edit_redone"
"""What sending the form with the words of a draft does."""

AREA = "area"
EARLIER_WORDS = "words"
"""The field of the words in forms that an earlier version opened."""

ALL_AROUND = "lrud"
DIRECTIONS = {
    ALL_AROUND: marked("All around"),
    "lr": marked("Left and right"),
    "ud": marked("Up and down"),
    "l": marked("Left"),
    "r": marked("Right"),
    "u": marked("Up"),
    "d": marked("Down"),
}
PERCENTS = (10, 25, 50, 100)
USUAL_PERCENT = "25"


def edit_select(draft_id: str, offers: Sequence[EditOffer], *, has_inpaint: bool) -> Select[Any]:
    """A choice of what is done to the picture of a draft, each with its price."""
    options = [
        discord.SelectOption(
            label=f"{say(NAMES[offer.action])} · {money.price(offer.price_mc)}",
            value=offer.action.value,
        )
        for offer in offers
    ]
    if has_inpaint:
        name = say("Draw a part again")
        options.insert(0, discord.SelectOption(label=name, value=INPAINT))
    return Select(
        custom_id=f"{CHOOSE_ACTION}:{draft_id}",
        placeholder=say("What to do with this picture"),
        options=options,
    )


def edit_form(chosen: str, draft_id: str, words: str) -> Modal:
    """The form of what was chosen; `words` are those of the picture.

    Raises:
        KeyError: it has no form.
    """
    title = say("Draw a part again") if chosen == INPAINT else say(NAMES[EditAction(chosen)])
    form = Modal(title=title, custom_id=custom_id(FORM_ACTIONS[chosen], draft_id))
    match chosen:
        case EditAction.OUTPAINT:
            fields = [*_side_fields(), *_text_fields(EditAction.OUTPAINT)]
        case EditAction.ERASE:
            fields = _part_fields(say("Black where the picture is erased, white where it stays"))
        case EditAction.REPLACE | EditAction.RECOLOUR:
            fields = _text_fields(EditAction(chosen))
        case _:
            black = say("Black where the picture may change, white where it stays")
            there = say("What should be there instead")
            part = _part_fields(black)
            fields = [*part, *prompt_fields(words, there, beside=len(part))]
    return _filled(form, fields)


def redo_form(draft_id: str, kept: EditForm) -> Modal:
    """The form with the texts of an edit that was refused or asked about."""
    title = say(NAMES[kept.action])
    form = Modal(title=title, custom_id=custom_id(REDONE_ACTION, draft_id))
    return _filled(form, _text_fields(kept.action, kept.search, kept.whole_words))


def _filled(form: Modal, fields: Sequence[Label[Any]]) -> Modal:
    for field in fields:
        form.add_item(field)
    form.stop()
    return form


def _part_fields(black: str) -> list[Label[Any]]:
    """Which part changes: by its name, or by a mask that is black there."""
    hint = say("Choose an area, or attach a mask")
    return [
        optional_choice_field(say("Which part"), AREA, _areas(), hint),
        file_field(say("Or a mask of your own"), MASK, black),
    ]


def _side_fields() -> list[Label[Any]]:
    directions = [(name, say(label)) for name, label in DIRECTIONS.items()]
    shares = [(f"{part}", say("{percent} % of its size", percent=part)) for part in PERCENTS]
    return [
        choice_field(say("In which direction"), "direction", directions),
        choice_field(say("How far"), "share", shares, USUAL_PERCENT),
    ]


def _text_fields(action: EditAction, search: str = "", words: str = "") -> list[Label[Any]]:
    """What an outpaint, a replacement or a recolouring is told in words."""
    if action is EditAction.OUTPAINT:
        there = say("What is to be seen there, if you like")
        return prompt_fields(words, there, is_required=False)
    is_recolour = action is EditAction.RECOLOUR
    what = say("What is to be recoloured") if is_recolour else say("What is to be replaced")
    there = say("Its new colour") if is_recolour else say("What should be there instead")
    return [
        text_field(what, "search", search, is_required=True, most=MAX_SEARCH),
        *prompt_fields(words, there, beside=1),
    ]


def typed_words(interaction: Interaction[Any]) -> str:
    """The words that a form says."""
    _, _, text = parse_submit(interaction)
    return text or answers(interaction.data).get(EARLIER_WORDS, "")


def sides_of_answers(said: Mapping[str, str], size: tuple[int, int]) -> Sides:
    """The sides in pixels that a form of a picture of that size says; none where it says none."""
    direction, share = said.get("direction", ""), said.get("share", "")
    if direction not in DIRECTIONS or share not in map(str, PERCENTS):
        return NO_SIDES
    across, along = (max(1, length * int(share) // 100) for length in size)
    left, right = (across if side in direction else 0 for side in "lr")
    up, down = (along if side in direction else 0 for side in "ud")
    return left, right, up, down


def _areas() -> list[tuple[str, str]]:
    """The areas that have a name."""
    return [
        (str(area), say_name("choice", label))
        for area, label in AREAS.items()
        if area not in (MASK, TRANSPARENT)
    ]
