"""The private card of a result's lineage: the drawn tree, and its results as links below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord.ui import MediaGallery

from commands.languages import marked, say
from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.job_links import linked
from commands.ui.text import clamp, listed
from media.lineage import Box, Row, lanes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.jobs.jobs import Job

MAX_ALT = 1024
MAX_LIST = 2400
TREE_FILE = "lineage.png"
WORDS = {
    "image": marked("picture"),
    "video": marked("film"),
    "morph": marked("morph"),
    "upscale": marked("upscale"),
    "blend": marked("blend"),
    "edit": marked("edit"),
}
EM_SPACE = "\u2003"


@dataclass(frozen=True, slots=True)
class Branch:
    """A result in the graph as a member may see it, or how many are left out there.

    `parents` are the places of those that it follows from, `others` how many of them are not there.
    Without a `job` it is nobody they may know of, or `more` results that are not listed; `picture`
    is a small one of it, as PNG or JPEG, where it may be shown.
    """

    parents: Sequence[int] = ()
    job: Job | None = None
    picture: bytes | None = None
    is_asked: bool = False
    is_own: bool = False
    others: int = 0
    more: int = 0

    @property
    def row(self) -> Row:
        """How it is drawn."""
        if self.more:
            return Row(f"+{self.more}", None, self.parents)
        if self.job is None:
            return Row("", Box.HIDDEN, self.parents)
        box = Box.ERASED if self.picture is None else Box.PICTURE
        return Row(self.job.id, box, self.parents, self.picture, self.is_asked)

    @property
    def noun(self) -> str:
        """What it is."""
        if self.more:
            return say("and {count} more", count=self.more)
        if self.job is None:
            return say("a result that only its author sees")
        return say("edit") if self.job.spec.get("uses_mask") else say(WORDS[self.job.kind])

    def told_parents(self, branches: Sequence[Branch]) -> list[str]:
        """Which results it follows from, where those are several."""
        if not self.parents or len(self.parents) + self.others < 2:
            return []
        named = [branches[place] for place in self.parents]
        results = [one.job.id if one.job else one.noun for one in named]
        if self.others:
            results.append(say("and {count} more", count=self.others))
        return [say("from {results}", results=", ".join(results))]


def lineage_button(job_id: str) -> Press:
    """The button that shows where a result comes from, and what was made of it."""
    return Press("lineage", job_id, say("Lineage"))


def lineage_card(branches: Sequence[Branch], *, has_earlier: bool, has_tree: bool) -> Card:
    """The tree, whose picture is attached where it could be drawn, and its results as links."""
    told = [say("-# … earlier results come before these")] if has_earlier else []
    places = lanes([branch.parents for branch in branches])
    told += [_line(branch, lane, branches) for branch, lane in zip(branches, places, strict=True)]
    alt = _alt(branches, places)
    item = discord.MediaGalleryItem(f"attachment://{TREE_FILE}", description=alt)
    tree: list[MediaGallery[Any]] = [MediaGallery(item)] if has_tree else []
    title = say("**Lineage** · what it comes from, and what was made of it")
    return Card(title, *tree, listed(told, "\n", MAX_LIST))


def _line(branch: Branch, lane: int, branches: Sequence[Branch]) -> str:
    """A line of the list, as far to the right as its place in the drawing."""
    indent = EM_SPACE * (lane - 1) + "↳ " if branch.parents else EM_SPACE * lane
    if branch.job is None:
        return f"{indent}{branch.noun}"
    parts = [f"{indent}{branch.noun} {linked(branch.job)}", *branch.told_parents(branches)]
    if not branch.is_own:
        parts.append(f"<@{branch.job.member_id}>")
    if branch.is_asked:
        parts.append(f"**{say('this one')}**")
    return " · ".join(parts)


def _alt(branches: Sequence[Branch], places: Sequence[int]) -> str:
    """The graph in words, for a screen reader."""
    told: list[str] = []
    for branch, lane in zip(branches, places, strict=True):
        parts = [f"{lane + 1}. {branch.noun}"]
        if branch.job:
            parts += [branch.job.id, *branch.told_parents(branches)]
        told.append(" ".join(parts + ([f"({say('this one')})"] if branch.is_asked else [])))
    said = say("Tree of results, each with its level: {results}", results="; ".join(told))
    return clamp(said, MAX_ALT)
