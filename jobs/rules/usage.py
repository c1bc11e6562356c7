"""What the rules look at: a job that is proposed, and what its member and guild have used."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from datetime import datetime

    from jobs.orders.order import Order
    from jobs.rules.terms import Terms
    from storage.jobs.jobs import Job
    from storage.ledger.accounts import Balance
    from storage.ledger.pools import BudgetState
    from storage.rules import Rules


class Counts(TypedDict):
    """What is counted of a member's jobs."""

    open_jobs: int
    spent_today_mc: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a member has used and has left at this moment, in millicredits."""

    balance: Balance
    open_jobs: int
    spent_today_mc: int
    months: tuple[BudgetState, ...] = ()

    @property
    def budget(self) -> BudgetState | None:
        """What leaves the guild least in this month; None where nobody set a limit."""
        return min(
            self.months,
            key=lambda month: (month.left_mc, -month.resets_at.timestamp()),
            default=None,
        )

    def without(self, job: Job) -> Means:
        """The figures as they were before a job whose row is there, but not its hold."""
        return replace(
            self,
            open_jobs=self.open_jobs - 1,
            spent_today_mc=self.spent_today_mc - job.price_mc,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A job that a member asks for, under the terms of this moment, in millicredits.

    `order` is None where a question is about every job, or where its words were looked at before;
    `drawn_texts` are those of its texts that its engine draws.
    """

    terms: Terms
    now: datetime
    price_mc: int = 0
    order: Order | None = None
    drawn_texts: tuple[str, ...] = ()

    @property
    def rules(self) -> Rules:
        """The guild's rules."""
        return self.terms.rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage(Proposal):
    """A proposed job with what was used before it; the job itself is not among that."""

    means: Means


def usage_of(proposal: Proposal, means: Means) -> Usage:
    """The proposal, together with what was used before it."""
    return Usage(
        terms=proposal.terms,
        now=proposal.now,
        price_mc=proposal.price_mc,
        order=proposal.order,
        drawn_texts=proposal.drawn_texts,
        means=means,
    )
