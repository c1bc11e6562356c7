"""The private cards of a result's recipe, and of its prompt to be copied."""

from __future__ import annotations

import io
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import discord
from discord.ui import File

from commands.kinds.view import SourcePicture
from commands.languages import say, say_name
from commands.ui.cards import Card
from commands.ui.job_links import linked
from commands.ui.text import code_block, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord.ui import Select

    from commands.kinds.view import Recipe
    from commands.ui.buttons import Press
    from storage.jobs.jobs import Job

PROMPT_FILE = "prompt.txt"
MAX_BLOCK = 1000
"""Characters of a prompt that a card shows to be copied; a longer one is a file."""

MAX_BLOCK_BYTES = 3000
MAX_VALUE = 300
MAX_VALUES, MAX_CHANGES = 1400, 600
"""Characters of all values and of all changes; a link to a job has about 90."""

NO_SOURCES: Mapping[str, Job] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Followed:
    """A job that another one follows from, and its recipe where the two are compared."""

    job: Job
    recipe: Recipe | None


@dataclass(frozen=True, slots=True)
class WaysOn:
    """What can be done with a result from a private card: buttons, and a choice of one picture."""

    buttons: Sequence[Press] = ()
    select: Select[Any] | None = None


NO_WAYS_ON = WaysOn()


def recipe_card(
    job: Job,
    recipe: Recipe,
    followed: Sequence[Followed] = (),
    *,
    sources: Mapping[str, Job] = NO_SOURCES,
    lead: str = "",
    ways_on: WaysOn = NO_WAYS_ON,
) -> Card:
    """Every setting, what to paste, and what changed; the `lead` says why it is this result.

    `sources` are the jobs that recipes name by their ids, of those that the reader may know of.
    """
    values = [
        f"**{name}** · {_shown(value, sources, MAX_VALUE)}" for name, value in recipe.values.items()
    ]
    notes = "\n".join(f"-# {note}" for note in recipe.notes)
    return Card(
        lead,
        f"**{say('Recipe of {job}', job=linked(job))}**\n{listed(values, chr(10), MAX_VALUES)}",
        *to_copy(
            recipe.paste,
            say("The same again, for `/{command}`:", command=say_name("command", recipe.command)),
        ),
        notes,
        _changes(recipe, followed, sources) if followed else "",
        buttons=ways_on.buttons,
        select=ways_on.select,
    )


def copy_card(prompt: str) -> Card:
    """A prompt as it was typed."""
    return Card(*to_copy(prompt, say("The prompt:")))


def text_file(prompt: str) -> list[discord.File]:
    """The file that a card with that prompt has beside it; none where the card shows it."""
    if _fits(prompt):
        return []
    return [discord.File(io.BytesIO(prompt.encode(errors="replace")), filename=PROMPT_FILE)]


def to_copy(prompt: str, said: str) -> list[str | File[Any]]:
    """A prompt in a block, or as the file of `text_file`; nothing where there is none."""
    if not prompt:
        return []
    if _fits(prompt):
        return [f"{said}\n{code_block(prompt)}"]
    return [said, File(f"attachment://{PROMPT_FILE}")]


def _fits(prompt: str) -> bool:
    return len(prompt) <= MAX_BLOCK and len(prompt.encode(errors="replace")) <= MAX_BLOCK_BYTES


def _shown(value: str | SourcePicture, sources: Mapping[str, Job], limit: int) -> str:
    if not isinstance(value, SourcePicture):
        return quoted(value, limit)
    job = sources.get(value.job_id)
    if job is None:
        return say("a result that only its author sees")
    return say("{job}, picture {number}", job=linked(job), number=value.number)


def _changes(recipe: Recipe, followed: Sequence[Followed], sources: Mapping[str, Job]) -> str:
    """What is different in a result from the one that it follows, or which it is made from."""
    where = ", ".join(linked(one.job) for one in followed)
    before = followed[0].recipe
    if before is None:
        return say("Made from {job}", job=where)
    lines = _different(before.values, recipe.values, sources)
    if not lines:
        return say("Nothing changed against {job}", job=where)
    head = say("Changed against {job}", job=where)
    return f"**{head}**\n{listed(lines, chr(10), MAX_CHANGES)}"


def _different(
    before: Mapping[str, str | SourcePicture],
    after: Mapping[str, str | SourcePicture],
    sources: Mapping[str, Job],
) -> Sequence[str]:
    def shown(value: str | SourcePicture | None) -> str:
        return say("none") if value is None else _shown(value, sources, MAX_VALUE // 2)

    names = dict.fromkeys([*before, *after])
    return [
        f"{name}: {shown(before.get(name))} → {shown(after.get(name))}"
        for name in names
        if before.get(name) != after.get(name)
    ]
