"""The card of a member's report: what moderators read and do, and afterwards who did what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import discord
from discord.ui import Section, TextDisplay, Thumbnail

from commands.languages import marked, say
from commands.ui.buttons import ID, Press
from commands.ui.cards import TROUBLE, Card
from commands.ui.instants import date
from commands.ui.job_links import linked, named_on_card
from commands.ui.text import alt_text, quoted
from jobs.orders.by_kind import order_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from storage.jobs.jobs import Job

MAX_REASON = 400
MAX_PROMPT = 600
PICTURE_FILE = "reported.jpg"
"""The name of the file with the picture that was reported."""

REMOVE, REMOVE_ONLY, DISMISS, BLOCK = "remove", "remove_only", "dismiss", "block_author"
LABELS = {
    REMOVE: marked("Remove and refund"),
    REMOVE_ONLY: marked("Remove"),
    DISMISS: marked("Dismiss"),
    BLOCK: marked("Block member"),
}
DANGEROUS = (REMOVE, REMOVE_ONLY)


def complaint_card(job: Job, reporter_id: int, reason: str, *, has_picture: bool = False) -> Card:
    """A member's report, for moderators."""
    order = order_of(job)
    lines = [
        say(
            "**{reporter} reported a picture made by {member}**",
            reporter=f"<@{reporter_id}>",
            member=f"<@{job.member_id}>",
        ),
        f"> {quoted(reason, MAX_REASON)}",
        say("Prompt: {prompt}", prompt=quoted(order.prompt or order.title, MAX_PROMPT)),
        linked(job),
    ]
    picture = f"attachment://{PICTURE_FILE}" if has_picture else ""
    return _card(["\n".join(lines)], picture, job.id, LABELS)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a moderator did about a report, and which buttons that settles."""

    did: str
    moderator_id: int
    at: datetime
    settles: Collection[str]
    keeps_picture: bool = False

    @property
    def line(self) -> str:
        """The line that is added to the card."""
        return say(
            "**{did}** by {moderator}, {at}",
            did=self.did,
            moderator=f"<@{self.moderator_id}>",
            at=date(self.at),
        )


def is_report(message: discord.Message, job: Job, reporter_id: int) -> bool:
    """Whether a message is the card of that member's report of that job, decided or not."""
    lines = next(_texts(message.components), "").splitlines()
    # Who reports their own picture is named as its author, too.
    named = 2 if reporter_id == job.member_id else 1
    return (
        len(lines) > 1
        and lines[0].count(f"<@{reporter_id}>") == named
        and job.id in named_on_card(lines[-1])
    )


def offered(message: discord.Message) -> list[str]:
    """The actions that the card of a report still offers."""
    return [action for action in _actions(message.components) if action in LABELS]


def decided_card(message: discord.Message, job_id: str, decision: Decision) -> Card:
    """The card of a report, also of an earlier version, with what was done about it."""
    left = [action for action in offered(message) if action not in decision.settles]
    files = [file.filename for file in message.attachments if decision.keeps_picture]
    picture = f"attachment://{files[0]}" if files else ""
    return _card([*_texts(message.components), decision.line], picture, job_id, left)


def _card(texts: Sequence[str], picture: str, job_id: str, actions: Collection[str]) -> Card:
    danger, plain = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
    buttons = [
        Press(action, job_id, say(LABELS[action]), danger if action in DANGEROUS else plain)
        for action in actions
    ]
    if not picture:
        return Card(*texts, buttons=buttons, colour=TROUBLE)
    description = alt_text(say("the reported picture"), 1, 1)
    thumbnail: Thumbnail[Any] = Thumbnail(picture, description=description, spoiler=True)
    first, *others = texts
    section: Section[Any] = Section(TextDisplay(first), accessory=thumbnail)
    return Card(section, *others, buttons=buttons, colour=TROUBLE)


def _texts(components: Sequence[Any]) -> Iterator[str]:
    for component in components:
        if content := getattr(component, "content", ""):
            yield str(content)
        yield from _texts(getattr(component, "children", ()))


def _actions(components: Sequence[Any]) -> Iterator[str]:
    for component in components:
        if found := ID.fullmatch(str(getattr(component, "custom_id", ""))):
            yield found["action"]
        yield from _actions(getattr(component, "children", ()))
