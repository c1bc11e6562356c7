"""The rules, one function each, in the order in which they are asked.

A rule gives the error that refuses a job, or None; of two jobs that differ in price alone it
never refuses the cheaper one only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from jobs.errors import (
    Blocked,
    JobError,
    NotAdmitted,
    OverBudget,
    OverDayCap,
    OverJobCap,
    Paused,
    TooManyJobs,
    TooNew,
    WrongChannel,
    WrongRole,
)
from jobs.rules.budget import guild_month
from jobs.rules.prompt_check import refused_words
from storage.ledger.periods import Period
from storage.rules import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jobs.rules.usage import Proposal, Usage

T = TypeVar("T", bound="Proposal")


def admission(job: Proposal) -> JobError | None:
    """The operator has let the guild in."""
    if job.terms.ceiling_mc != 0:
        return None
    return NotAdmitted(job.terms.asker.guild_id)


def pause(job: Proposal) -> JobError | None:
    """Moderators have not paused the studio."""
    return Paused() if job.rules.is_paused else None


def block(job: Proposal) -> JobError | None:
    """Moderators have not blocked the member."""
    member = job.terms.member
    return Blocked(member.until) if member.standing_at(job.now) is Standing.BLOCKED else None


def channel(job: Proposal) -> JobError | None:
    """The channel, or that of the thread, is one of the guild's."""
    channels, asker = job.rules.channels, job.terms.asker
    if _stands_above(job) or not channels or asker.channel_id is None:
        return None
    is_allowed = asker.channel_id in channels or asker.parent_channel_id in channels
    return None if is_allowed else WrongChannel(channels)


def role(job: Proposal) -> JobError | None:
    """The member has one of the roles."""
    roles = job.rules.roles
    if _stands_above(job) or not roles or not job.terms.asker.roles.isdisjoint(roles):
        return None
    return WrongRole(roles)


def age(job: Proposal) -> JobError | None:
    """The member joined the guild long enough ago."""
    days, joined_at = job.rules.min_age_days, job.terms.asker.joined_at
    if _stands_above(job) or not days or joined_at is None:
        return None
    welcome_at = joined_at + timedelta(days=days)
    return TooNew(days, welcome_at) if job.now < welcome_at else None


def words(job: Proposal) -> JobError | None:
    """No word is on the guild's list, none is adult outside the channels for that."""
    if job.order is None:
        return None
    is_age_restricted = job.terms.asker.is_age_restricted
    return refused_words(job.order, job.rules, job.drawn_texts, is_age_restricted=is_age_restricted)


def job_cap(job: Proposal) -> JobError | None:
    """One job costs no more than that."""
    cap_mc = job.rules.job_cap_mc
    return None if cap_mc is None or job.price_mc <= cap_mc else OverJobCap(job.price_mc, cap_mc)


def open_jobs(usage: Usage) -> JobError | None:
    """The member has no more jobs than that waiting or running."""
    count, limit = usage.means.open_jobs, usage.rules.open_jobs
    return TooManyJobs(count, limit) if count >= limit else None


def day_cap(usage: Usage) -> JobError | None:
    """The member spends no more than that in a day of the guild's calendar."""
    cap_mc, spent_mc = usage.rules.day_cap_mc, usage.means.spent_today_mc
    if cap_mc is None or spent_mc + usage.price_mc <= cap_mc:
        return None
    tomorrow = usage.rules.calendar.next_start(usage.now, Period.DAY)
    return OverDayCap(usage.price_mc, spent_mc, cap_mc, tomorrow)


def credit(usage: Usage) -> JobError | None:
    """The member has the credits."""
    balance = usage.means.balance
    if usage.price_mc <= balance.available_mc:
        return None
    refill = usage.terms.policy.next_refill(balance.available_mc, usage.now)
    return OverBudget(
        usage.price_mc,
        balance.available_mc,
        balance.held_mc,
        refill.amount_mc,
        refill.at if refill.amount_mc else None,
    )


def _stands_above(job: Proposal) -> bool:
    """Whether moderators let the member draw in every channel, without a role and however new."""
    return job.terms.member.standing_at(job.now) is Standing.ALLOWED


PROPOSAL_RULES: tuple[Callable[[Proposal], JobError | None], ...] = (
    admission,
    pause,
    block,
    channel,
    role,
    age,
    words,
    job_cap,
)
"""What can be said without looking at what was used; nothing is read or opened for the refused."""

USAGE_RULES: tuple[Callable[[Usage], JobError | None], ...] = (
    open_jobs,
    day_cap,
    credit,
    guild_month,
)
"""What depends on other jobs, so it is asked again under the lock that makes it exact."""

RULES = (*PROPOSAL_RULES, *USAGE_RULES)


def refusals(rules: Iterable[Callable[[T], JobError | None]], job: T) -> Iterator[JobError]:
    """The errors of the rules that refuse the job, in their order."""
    return (error for rule in rules if (error := rule(job)) is not None)


def enforce(rules: Iterable[Callable[[T], JobError | None]], job: T) -> None:
    """Raise what the first rule refuses the job for."""
    for error in refusals(rules, job):
        raise error
