"""What is found after a campaign: in the books, in the channel and at the engine."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, func, select

from playground.world import payloads
from playground.world.messages import REPLY
from playground.world.world import STUDIO_ID
from storage.tables import accounts, closes, entries, jobs
from tests.journeys.studio import attachments, text_of, walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.server import Playground

OVER = {"delivered", "failed", "cancelled"}
WAITS = ("cancel:", "resend:")
MAX_SHOWN = 80
_JOB = re.compile(r"job (\w{8})\b")
_SUBJECT = re.compile(r"^[a-z_]+:(\w{8})$")


@dataclass(slots=True)
class Findings:
    """Figures, and every sentence that must not be said of a campaign."""

    figures: dict[str, Any] = field(default_factory=dict[str, Any])
    faults: list[str] = field(default_factory=list[str])

    def blame(self, sentence: str, found: Sequence[Any] | set[Any]) -> None:
        """A fault with up to five examples, where anything was found."""
        if found:
            some = ", ".join(str(one) for one in sorted(found, key=str)[:5])
            self.faults.append(f"{len(found)} {sentence}: {some}")

    def table(self) -> str:
        """The figures as lines, and the faults under them."""
        width = max(len(name) for name in self.figures)
        lines = [f"{name.ljust(width)}  {value}" for name, value in self.figures.items()]
        return "\n".join([*lines, *(f"FAULT: {one}" for one in self.faults)])


def states(database: Engine) -> dict[str, str]:
    """The state of every job, by its id."""
    with database.connect() as connection:
        found = connection.execute(select(jobs.c.id, jobs.c.state)).all()
    return {row.id: row.state for row in found}


def held_mc(database: Engine) -> int:
    """Millicredits that are still held."""
    with database.connect() as connection:
        return int(connection.execute(select(func.sum(accounts.c.held_mc))).scalar_one() or 0)


def look(
    database: Engine,
    messages: Sequence[dict[str, Any]],
    acknowledged: set[str],
    taken: set[str],
) -> Findings:
    """Compare books and channel.

    `acknowledged` are the jobs whose cards members saw, `taken` those whose pictures a moderator
    deleted.
    """
    findings = Findings()
    known = states(database)
    findings.figures |= {
        "jobs accepted": len(known),
        "jobs by state": dict(Counter(known.values())),
    }
    findings.blame("jobs lost (not over)", {one for one in known if known[one] not in OVER})
    look_at_books(findings, database, known)
    _look_at_the_channel(findings, messages, known, taken)
    dead = acknowledged - set(known)
    findings.figures["orders that died before they were accepted"] = len(dead)
    return findings


def public_messages(playground: Playground) -> list[dict[str, Any]]:
    """Everything in the channel that counts, but for what one member alone sees."""
    seen = playground.world.channels[STUDIO_ID].messages.page(1_000_000)
    return [
        payloads.message(playground.world, playground.cdn, one)
        for one in seen
        if one.visible_to is None
    ]


def look_at_books(findings: Findings, database: Engine, known: dict[str, str]) -> None:
    """Compare what was charged with what was delivered, for every job."""
    revenue = select(entries.c.job_id, func.count(), func.sum(entries.c.amount_mc)).where(
        entries.c.account == "revenue", entries.c.kind == "settle"
    )
    with database.connect() as connection:
        charged = {
            job_id: (count, int(amount))
            for job_id, count, amount in connection.execute(revenue.group_by(entries.c.job_id))
        }
        closed = {
            row.job_id: (row.delivered_mc, row.released_mc)
            for row in connection.execute(select(closes))
        }
        prices = {
            row.id: row.price_mc for row in connection.execute(select(jobs.c.id, jobs.c.price_mc))
        }
        total = connection.execute(select(func.sum(entries.c.amount_mc))).scalar_one()
    held = held_mc(database)
    findings.figures |= {"charges": len(charged), "ledger sum": int(total), "held": held}
    twice = {one for one, (count, _) in charged.items() if count > 1}
    findings.blame("jobs charged twice", twice)
    wrong = {
        one
        for one in known
        if charged.get(one, (0, 0))[1] != closed.get(one, (0, 0))[0]
        or sum(closed.get(one, (-1, 0))) != prices[one]
    }
    findings.blame("jobs whose close does not fit the charge", wrong)
    priced = {one for one in known if prices[one]}
    free = {one for one in priced if (known[one] == "delivered") != bool(charged.get(one))}
    findings.blame("jobs delivered free, or charged without delivery", free)
    if held:
        findings.faults.append(f"{held} millicredits are still held")
    if total:
        findings.faults.append(f"the entries sum to {total}, not to 0")


def _look_at_the_channel(
    findings: Findings,
    messages: Sequence[dict[str, Any]],
    known: dict[str, str],
    taken: set[str],
) -> None:
    by_job: dict[str, list[dict[str, Any]]] = defaultdict(list)
    replies: Counter[tuple[str, str]] = Counter()
    others: Counter[str] = Counter()
    for message in messages:
        # Cards that answer a button are replies too, without a text beside the card.
        if message["type"] == REPLY and message["content"]:
            replies[message["message_reference"]["message_id"], message["content"]] += 1
        elif (job_id := job_of(message)) is not None:
            by_job[job_id].append(message)
        else:
            others[text_of(message).partition("\n")[2][:MAX_SHOWN]] += 1
    waiting = {
        f"{one} {known.get(one)} ({text_of(card)[:MAX_SHOWN]})"
        for one, shown in by_job.items()
        for card in shown
        if waits(card)
    }
    pictures = {
        one: sum(bool(attachments(card)) for card in shown) for one, shown in by_job.items()
    }
    findings.figures |= {
        "messages in the channel": len(messages),
        "messages with pictures": sum(pictures.values()),
        "replies that mention the author": sum(replies.values()),
        "cards without a job": dict(others),
    }
    twice = {one for one, count in replies.items() if count > 1}
    findings.blame("cards whose author was told the same twice", twice)
    findings.blame("jobs with more than one message", {j for j, m in by_job.items() if len(m) > 1})
    findings.blame("stale waiting cards", waiting)
    findings.blame("cards of jobs that were never accepted", set(by_job) - set(known))
    delivered = {one for one, state in known.items() if state == "delivered"}
    empty = {one for one in delivered - taken if not pictures.get(one)}
    findings.blame("delivered jobs without pictures", empty)
    undelivered = {f"{j} {known.get(j)}" for j, n in pictures.items() if n and j not in delivered}
    findings.blame("jobs with pictures that were not delivered", undelivered)


def job_of(message: dict[str, Any]) -> str | None:
    """The job that a card shows."""
    if found := _JOB.search(text_of(message)):
        return found[1]
    for one in walk(message["components"]):
        if found := _SUBJECT.match(one.get("custom_id") or ""):
            return found[1]
    return None


def waits(message: dict[str, Any]) -> bool:
    """Whether a card still promises something."""
    ids = [one.get("custom_id") or "" for one in walk(message["components"])]
    return any(one.startswith(WAITS) for one in ids) or "Looking at" in text_of(message)
