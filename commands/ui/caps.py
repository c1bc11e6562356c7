"""The caps of a member's jobs: each with its option of `/limits caps`, its rule and its words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from discord.app_commands import Range

from commands.languages import say
from commands.ui.text import credits_of, jobs
from generation import credits as money

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobs.rules.usage import Means
    from storage.rules import Rules

MAX_OPEN_JOBS = 100
AMOUNT = Range[str, 1, 20]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap:
    """An option that sets a field of the rules.

    `read` raises ValueError for what it cannot read; `phrase` is the cap in the line of all caps,
    `of_member` its line on a member's card.
    """

    option: str
    type: Any
    help: str
    rule: str
    read: Callable[[Any], Any]
    phrase: Callable[[Rules], str]
    of_member: Callable[[Rules, Means], str]


CAPS = (
    Cap(
        option="per_job",
        type=AMOUNT,
        help="Credits that one job may cost, or none",
        rule="job_cap_mc",
        read=money.read_limit,
        phrase=lambda rules: say("{limit} for one job", limit=limit(rules.job_cap_mc)),
        of_member=lambda rules, _: say("One job: {limit}", limit=_at_most(rules.job_cap_mc)),
    ),
    Cap(
        option="per_day",
        type=AMOUNT,
        help="Credits that a member may spend in a day, or none",
        rule="day_cap_mc",
        read=money.read_limit,
        phrase=lambda rules: say("{limit} a day", limit=limit(rules.day_cap_mc)),
        of_member=lambda rules, means: say(
            "One day: {limit}; today {spent} are spent or held",
            limit=_at_most(rules.day_cap_mc),
            spent=money.price(means.spent_today_mc),
        ),
    ),
    Cap(
        option="open_jobs",
        type=Range[int, 1, MAX_OPEN_JOBS],
        help="Jobs of a member that may wait or run at a time",
        rule="open_jobs",
        read=int,
        phrase=lambda rules: say("{jobs} at a time", jobs=jobs(rules.open_jobs)),
        of_member=lambda rules, means: say(
            "At once: {open} of {limit} jobs", open=means.open_jobs, limit=rules.open_jobs
        ),
    ),
)


def caps_in_words(rules: Rules) -> str:
    """What a job and a day may cost, and how many jobs a member may have."""
    return say("{caps} for each member", caps=", ".join(cap.phrase(rules) for cap in CAPS))


def limit(amount_mc: int | None) -> str:
    """An amount as a limit."""
    return say("no limit") if amount_mc is None else credits_of(money.balance(amount_mc))


def budget_limit(amount_mc: int | None) -> str:
    """What a server may spend in a month."""
    return say("no limit") if amount_mc is None else say("{limit} a month", limit=limit(amount_mc))


def _at_most(amount_mc: int | None) -> str:
    if amount_mc is None:
        return say("no limit")
    return say("at most {amount}", amount=money.balance(amount_mc))
