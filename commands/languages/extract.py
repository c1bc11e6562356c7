"""Brings the file of every language up to date: `python -m commands.languages.extract`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from babel.messages.pofile import read_po, write_po

from commands.languages import FOLDER
from commands.languages.messages import template

if TYPE_CHECKING:
    from pathlib import Path

    from babel.messages.catalog import Catalog, Message


def main() -> None:
    """Add what is new to each file, drop what is gone, and say how many are left to translate."""
    messages = template()
    for path in sorted(FOLDER.glob("*.po")):
        missing = update(path, messages)
        sys.stdout.write(f"{path.name}: {missing} of {len(messages)} messages to translate\n")


def update(path: Path, messages: Catalog) -> int:
    """Bring one file up to date; how many messages have no translation yet."""
    with path.open("rb") as file:
        catalog = read_po(file, abort_invalid=True)
    # Otherwise the time of writing would change with every call.
    messages.creation_date = catalog.creation_date
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.update(messages, no_fuzzy_matching=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=0, sort_output=True, no_location=True, ignore_obsolete=True)
    return sum(not is_translated(message) for message in catalog if message.id)


def is_translated(message: Message) -> bool:
    """Whether a translation is there, in all of its forms."""
    return all(forms(message.string))


def forms(text: Any) -> tuple[str, ...]:
    """The forms of a message or of its translation: one, or as many as a number asks for."""
    return (text,) if isinstance(text, str) else tuple(text or ("",))


if __name__ == "__main__":
    main()
