"""Writes the generated tables of the pages in docs: `python -m bot.readme`."""

from __future__ import annotations

import re
import sys
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from discord.app_commands import Command, Group

from bot.settings import Settings
from commands import describe
from commands.uploads import MAX_BYTES
from generation.catalogue.catalogue import load
from generation.catalogue.engine import EDIT, IMAGE, UPSCALE
from generation.credits import MILLICREDITS
from generation.pricing import picture_price_mc
from generation.request import figure
from generation.stability.operations import OPERATIONS
from media.verify import MAX_PHOTO_PIXELS, MAX_PIXELS
from quarantine.formats import ALL_FORMATS, HEIF_LIBRARY, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.catalogue.engine import Engine


DOCS = Path(__file__).parents[1] / "docs"


def main() -> None:
    """Bring the marked part of each page up to date."""
    _write("commands.md", "commands", _commands())
    _write("commands.md", "formats", _formats())
    _write("engines.md", "prices", _prices())
    _write("settings.md", "settings", _settings())


def _write(page: str, part: str, table: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    pattern = re.compile(rf"(<!-- {part} -->\n).*?(<!-- /{part} -->)", re.DOTALL)
    if not pattern.search(text):
        sys.exit(f"docs/{page} has no place for the generated part “{part}”.")
    text = pattern.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)
    (DOCS / page).write_text(text, encoding="utf-8")


def _commands() -> str:
    rows = ["| command | what it does | options |", "|---|---|---|"]
    discovered = describe()
    for command in sorted(leaves(discovered.commands), key=lambda command: command.qualified_name):
        options = " ".join(f"`{parameter.display_name}`" for parameter in command.parameters)
        rows.append(f"| `/{command.qualified_name}` | {command.description} | {options} |")
    return "\n".join(rows)


def leaves(commands: list[Any]) -> Iterator[Command[Any, ..., Any]]:
    """The slash commands with their subcommands, without groups and menus."""
    for command in commands:
        if isinstance(command, Group):
            yield from leaves(list(command.commands))
        elif isinstance(command, Command):
            yield cast("Command[Any, ..., Any]", command)


def _formats() -> str:
    return (
        f"An attached picture is {named(ALL_FORMATS)}, of at most {MAX_BYTES >> 20} MB and"
        f" {MAX_PIXELS // 1_000_000} megapixels, a JPEG of at most"
        f" {MAX_PHOTO_PIXELS // 1_000_000}. HEIC is read where the library `{HEIF_LIBRARY}` is"
        " installed (`pip install 'atelier[heic]'`; `make` and the Docker image bring it along);"
        " without it, it is refused by name. Of an animation the first frame counts."
    )


def _prices() -> str:
    rows = ["| engine | id | US cents a picture |", "|---|---|---|"]
    known = load()
    kinds = (known.of_kind(kind) for kind in (IMAGE, UPSCALE, EDIT))
    for engine in chain.from_iterable(kinds):
        if engine.is_rest and _is_used(engine):
            price_mc = picture_price_mc(engine, *engine.default_size, engine.default_steps)
            rows.append(f"| {engine.name} | `{engine.id}` | {figure(price_mc / MILLICREDITS)} |")
    return "\n".join(rows)


def _is_used(engine: Engine) -> bool:
    """Whether a command asks it: no upscale or edit that is begun and fetched later."""
    is_later = OPERATIONS[engine.endpoint].is_asynchronous
    return engine.kind == IMAGE or (not is_later and (engine.kind == UPSCALE or bool(engine.edits)))


def _settings() -> str:
    rows = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = "" if default is None or not str(default) else f"`{default}`"
        rows.append(f"| `{name.upper()}` | {shown} | {field.description} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
