"""The private cards of what a member has made and of what is under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from discord.ui import Section, TextDisplay, Thumbnail

from commands.access.visible_results import NOT_HERE
from commands.languages import marked, say
from commands.ui.buttons import Press
from commands.ui.cards import Card
from commands.ui.instants import since
from commands.ui.job_links import linked
from commands.ui.text import alt_text, credits_of, listed, quoted
from generation import credits as money
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.jobs.jobs import Job

MAX_HEADING = 150
STATES = {
    JobState.WAITING: marked("waiting since {when}"),
    JobState.RUNNING: marked("running since {when}"),
    JobState.DELIVERING: marked("being delivered since {when}"),
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A result in a list: its heading, empty where it may not be shown, and its picture's file.

    `title` is what the picture shows, in words; `engine` what made it.
    """

    job: Job
    heading: str
    title: str
    noun: str
    engine: str
    picture: str


@dataclass(frozen=True, slots=True)
class HistoryCursors:
    """What the buttons of a page go on with; empty where there is nothing more."""

    newer: str = ""
    older: str = ""


def history_card(
    entries: Sequence[HistoryEntry],
    openers: Sequence[str],
    cursors: HistoryCursors,
    filters: Sequence[str],
) -> Card:
    """A page of one's own results; `openers` are what the button of each is about."""
    head = f"**{say('Your results')}**"
    if filters:
        chosen = " · ".join(quoted(one, 60) for one in filters)
        head = f"{head}\n{say('-# Only {filters}', filters=chosen)}"
    if not entries:
        turns = _turns(cursors)
        nothing = (
            say("Nothing among these; older ones may follow.")
            if cursors.older
            else say("Nothing yet.")
        )
        return Card(
            f"{head}\n{nothing}",
            buttons=turns,
        )
    opens = [
        Press("history_open", subject, say("Open {number}", number=number))
        for number, subject in enumerate(openers, start=1)
    ]
    parts = [_entry(number, entry) for number, entry in enumerate(entries, start=1)]
    return Card(
        head,
        *parts,
        buttons=opens,
        further=_turns(cursors),
    )


def _turns(cursors: HistoryCursors) -> list[Press]:
    turns: list[Press] = []
    if cursors.newer:
        turns.append(Press("history_page", cursors.newer, say("Newer")))
    if cursors.older:
        turns.append(Press("history_page", cursors.older, say("Older")))
    return turns


def _entry(number: int, entry: HistoryEntry) -> str | Section[Any]:
    job = entry.job
    said = quoted(entry.heading, MAX_HEADING) if entry.heading else f"-# {say(NOT_HERE)}"
    facts = f"-# {say(entry.noun)} · {quoted(entry.engine, 60)} · {since(job.accepted_at)}"
    text = f"**{number}** · {said}\n{facts} · {linked(job)}"
    if not entry.picture:
        return text
    description = alt_text(entry.title, 1, 1)
    thumbnail: Thumbnail[Any] = Thumbnail(f"attachment://{entry.picture}", description=description)
    return Section(TextDisplay(text), accessory=thumbnail)


def elsewhere_card(job: Job, buttons: Sequence[Press] = ()) -> Card:
    """Where another member's result, or one's own without files, is shown."""
    if job.is_private:
        # Nothing leads to what its author alone sees.
        told = say(
            "Job {job_id} is yours alone; `/jobs` shows it while it waits or runs.", job_id=job.id
        )
        return Card(told, buttons=buttons)
    told = say(
        "{member} made {job} in {channel}.",
        member=f"<@{job.member_id}>",
        job=linked(job),
        channel=f"<#{job.channel_id}>",
    )
    return Card(told, buttons=buttons)


def open_jobs_card(found: Sequence[tuple[Job, str]], *, has_more: bool) -> Card:
    """A member's jobs that wait or run, each with its heading."""
    head = f"**{say('Your jobs')}**"
    if not found:
        return Card(f"{head}\n{say('Nothing waits or runs. `/history` has what is done.')}")
    lines = [
        f"**{number}** · {quoted(heading, MAX_HEADING)}\n-# {_state(job)} · {linked(job)}"
        f" · {say('{price} reserved', price=credits_of(money.price(job.price_mc)))}"
        for number, (job, heading) in enumerate(found, start=1)
    ]
    if has_more:
        lines.append(say("-# More of them follow when these are done."))
    can_stop = (JobState.WAITING, JobState.RUNNING)
    buttons = [
        Press("jobs_cancel", job.id, say("Cancel {number}", number=number))
        for number, (job, _) in enumerate(found, start=1)
        if job.state in can_stop and job.cancelled_at is None
    ]
    refresh = [Press("jobs_refresh", "own", say("Refresh"))]
    return Card(
        f"{head}\n{listed(lines, chr(10), 2500)}",
        buttons=buttons,
        further=refresh,
    )


def _state(job: Job) -> str:
    if job.cancelled_at is not None:
        return say("being cancelled")
    began_at = job.started_at or job.accepted_at
    return say(STATES[job.state], when=since(began_at))
