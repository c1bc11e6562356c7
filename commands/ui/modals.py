"""The prompt as a form; what comes back says by its custom id what it is for."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, cast

import discord
from discord.ui import FileUpload, Label, Modal, Select, TextInput

from commands.languages import say
from commands.ui.buttons import ID
from commands.ui.text import clamp
from commands.upload import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

MAX_INPUT = 4000
"""Discord's limit for one text input; a longer prompt is shown in several."""

MAX_FIELDS = 5
"""Discord's limit for one form."""

PROMPT_FIELDS = tuple(f"prompt{number}" for number in range(MAX_FIELDS))
"""The names of the fields of a prompt, in the order of its pieces."""

MAX_LABEL = 100
ROOM_TO_TYPE = 500
MAX_COMPLAINT = 400


def prompt_modal(
    action: str,
    subject: str,
    text: str,
    choices: Sequence[Label[Any]] = (),
    *,
    title: str = "",
    is_required: bool = True,
) -> Modal:
    """A form prefilled with the whole prompt; the choices stand below it.

    The custom id carries the action and the subject, so that it works after a restart, and a
    random part: discord.py would hand one member's form to another one with the same id. The
    form is never registered with the library; the client reads it from the raw interaction.
    """
    form = Modal(title=title or say("Edit the prompt"), custom_id=custom_id(action, subject))
    prompt = prompt_fields(text, is_required=is_required, beside=len(choices))
    for item in (*prompt, *choices):
        form.add_item(item)
    form.stop()
    return form


def prompt_fields(
    text: str, label: str = "", *, is_required: bool = True, beside: int = 0
) -> list[Label[Any]]:
    """The field that has the prompt in it, or several where it is longer than one takes.

    The form has `beside` other fields.
    """
    first, *others = _pieces(text, MAX_FIELDS - beside)
    prompt, *names = PROMPT_FIELDS
    continued = say("Prompt, continued")
    return [
        text_field(label or say("Prompt"), prompt, first, is_required=is_required),
        *(
            text_field(continued, name, piece, is_required=False)
            for name, piece in zip(names, others, strict=False)
        ),
    ]


def choice_field(
    text: str, name: str, options: Sequence[tuple[str, str]], default: str = "", *, about: str = ""
) -> Label[Any]:
    """A select with values and their labels; the default, or the first, is chosen beforehand."""
    chosen = default or options[0][0]
    select = Select[Any](custom_id=name, options=_options(options, chosen))
    return Label(text=text, description=about or None, component=select)


def optional_choice_field(
    text: str, name: str, options: Sequence[tuple[str, str]], placeholder: str
) -> Label[Any]:
    """A select of which nothing has to be chosen, and nothing is beforehand."""
    select = Select[Any](
        custom_id=name,
        options=_options(options),
        placeholder=placeholder,
        min_values=0,
        required=False,
    )
    return Label(text=text, component=select)


def file_field(text: str, name: str, about: str) -> Label[Any]:
    """A field for one file, which may be left empty."""
    upload = FileUpload[Any](custom_id=name, required=False, min_values=0, max_values=1)
    return Label(text=text, description=about, component=upload)


def _options(options: Sequence[tuple[str, str]], chosen: str = "") -> list[discord.SelectOption]:
    return [
        discord.SelectOption(label=clamp(label, MAX_LABEL), value=value, default=value == chosen)
        for value, label in options
    ]


def report_modal(action: str, subject: str, text: str = "") -> Modal:
    """A form that asks what is wrong with a result; its custom id is like the prompt's."""
    form = Modal(title=say("Report this picture"), custom_id=custom_id(action, subject))
    form.add_item(
        text_field(
            say("What is wrong with it?"), "prompt0", text, is_required=True, most=MAX_COMPLAINT
        )
    )
    form.stop()
    return form


def parse_submit(interaction: Interaction[Any]) -> tuple[str, str, str]:
    """The action, the subject and the text of a form; the first two are empty for a foreign id."""
    data: Any = interaction.data
    found = ID.fullmatch(str(data.get("custom_id")).rpartition(":")[0])
    said = answers(data)
    text = "".join(said.get(name, "") for name in PROMPT_FIELDS)
    return (found["action"], found["subject"], text) if found else ("", "", text)


def answers(data: Any) -> dict[str, str]:
    """What a form says, by the names of its fields; of a select, the first that was chosen.

    Nothing is taken for granted: whatever is of another shape is left out.
    """
    return {name: chosen[0] for name, chosen in all_answers(data).items()}


def all_answers(data: Any) -> dict[str, list[str]]:
    """The same with everything that was chosen in each select."""
    found: dict[str, list[str]] = {}
    for field in _fields(data):
        name, chosen = field.get("custom_id"), _list(field.get("values", [field.get("value")]))
        texts = [text for text in chosen if isinstance(text, str)]
        if texts and isinstance(name, str):
            found[name] = texts
    return found


def attached_file(data: Any, name: str) -> Upload | None:
    """The file of a field of that name; None where it is empty."""
    chosen = answers(data).get(name)
    found = _object(_object(_object(data.get("resolved")).get("attachments")).get(chosen))
    if not found:
        return None
    return Upload(
        url=str(found.get("url")),
        filename=str(found.get("filename")),
        size=_number(found.get("size")) or 0,
        content_type=str(found.get("content_type") or ""),
        width=_number(found.get("width")),
        height=_number(found.get("height")),
    )


def field_names(data: Any) -> set[str]:
    """The names of the form's fields, also of those where nothing was typed or chosen."""
    names = (field.get("custom_id") for field in _fields(data))
    return {name for name in names if isinstance(name, str)}


def _fields(data: Any) -> list[dict[str, Any]]:
    found: list[Any] = []
    for row in _list(data.get("components")):
        if isinstance(row, dict):
            known = cast("dict[str, Any]", row)
            found += [known.get("component"), *_list(known.get("components"))]
    return [cast("dict[str, Any]", field) for field in found if isinstance(field, dict)]


def _object(value: Any) -> dict[Any, Any]:
    return cast("dict[Any, Any]", value) if isinstance(value, dict) else {}


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _list(value: Any) -> list[Any]:
    return cast("list[Any]", value) if isinstance(value, list) else []


def custom_id(action: str, subject: str) -> str:
    """An id that says what a form is for, and that no other form has."""
    return f"{action}:{subject}:{secrets.token_hex(4)}"


def text_field(
    text: str, custom_id: str, default: str, *, is_required: bool, most: int = MAX_INPUT
) -> Label[Any]:
    """A field for a text of several lines, which has the default in it.

    It takes `most` characters, or a default that is longer up to Discord's limit: a form whose
    text is longer than its field takes is refused as a whole.
    """
    shown = default[:MAX_INPUT]
    field: TextInput[Any] = TextInput(
        custom_id=custom_id,
        style=discord.TextStyle.paragraph,
        default=shown or None,
        max_length=max(most, len(shown)),
        required=is_required,
    )
    return Label(text=text, component=field)


def _pieces(text: str, most: int) -> list[str]:
    """The text for at most so many fields, with room to type; what is longer than all is cut."""
    pieces: list[str] = []
    while len(text) > MAX_INPUT and len(pieces) < most - 1:
        cut = _cut(text)
        pieces.append(text[:cut])
        text = text[cut:]
    pieces.append(text)
    if len(pieces) == 1 < most and len(text) > MAX_INPUT - ROOM_TO_TYPE:
        pieces.append("")
    return pieces


def _cut(text: str) -> int:
    """Where to split a text that is too long: between two characters that no client trims away."""
    for cut in range(MAX_INPUT, MAX_INPUT // 2, -1):
        if not text[cut - 1].isspace() and not text[cut].isspace():
            return cut
    return MAX_INPUT
