"""What the rules of a guild allow: whether a job may be, what it may cost, and why."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from jobs.rules.budget import hold_months, read_months
from jobs.rules.prompt_check import drawn_texts
from jobs.rules.table import PROPOSAL_RULES, RULES, USAGE_RULES, enforce, refusals
from jobs.rules.terms import Asker, refill_of, terms_of, tier_of
from jobs.rules.usage import Means, Proposal, usage_of
from storage import snapshot
from storage.ledger.accounts import Account
from storage.ledger.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from jobs.errors import JobError
    from jobs.orders.order import Order
    from jobs.rules.terms import Terms
    from jobs.rules.usage import Counts, Usage
    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore
    from storage.ledger.accounts import Balance, Policy
    from storage.ledger.ledger import Ledger
    from storage.ledger.pools import BudgetState, MonthLimit
    from storage.rules import Guild, Member, Rules, Standing
    from storage.snapshot import Snapshot

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Which rule gives a member which figure.

    `refill_by` is "member", "role" or "everyone"; `refill_role` and `tier_role` are role ids.
    `obstacles` are the errors that a job of theirs meets now, whatever its channel and price.
    """

    terms: Terms
    means: Means
    member: Member
    standing: Standing
    refill_by: str
    refill_role: int | None
    tier_role: int | None
    obstacles: tuple[JobError, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was read of a member at once; without a balance where something is due to them."""

    terms: Terms
    balance: Balance | None
    counts: Counts
    months: tuple[BudgetState, ...]


class Limits:
    """Checks jobs against the rules, first for a quick answer and then for good.

    `reads_emphasis` says of an engine's id whether it reads emphasis in what is sent to it, and
    `is_metered` whether it costs the operator money; without an id, whether any does.
    """

    def __init__(
        self,
        *,
        database: Database,
        ledger: Ledger,
        jobs: JobStore,
        now: Callable[[], datetime],
        default_ceiling_mc: int | None,
        reads_emphasis: Callable[[str], bool],
        is_metered: Callable[[str], bool],
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._jobs = jobs
        self._now = now
        self._default_ceiling_mc = default_ceiling_mc
        self._reads_emphasis = reads_emphasis
        self._is_metered = is_metered

    async def check(self, asker: Asker, order: Order, price_mc: int) -> Usage:
        """Refuse what the rules forbid, before anybody sees the job; what was looked at.

        Raises:
            JobError: the one of the first rule that refuses it.
        """
        asker = replace(asker, engine_id=order.engine_id)
        seen = await self._database.read(self._look, asker)
        drawn = tuple(drawn_texts(order, self._reads_emphasis))
        job = Proposal(
            terms=seen.terms, now=self._now(), price_mc=price_mc, order=order, drawn_texts=drawn
        )
        enforce(PROPOSAL_RULES, job)
        usage = usage_of(job, await self._means(seen))
        enforce(USAGE_RULES, usage)
        return usage

    async def check_showing(self, asker: Asker, order: Order) -> None:
        """Refuse to show a result where the rules would not let it be drawn, whatever it costs.

        Raises:
            JobError: the one of the first rule that refuses it.
        """
        terms = await self._database.read(self._terms, replace(asker, engine_id=order.engine_id))
        drawn = tuple(drawn_texts(order, self._reads_emphasis))
        shown = Proposal(terms=terms, now=self._now(), order=order, drawn_texts=drawn)
        enforce(PROPOSAL_RULES, shown)

    def admit(self, connection: Transaction, asker: Asker, price_mc: int) -> Terms:
        """The terms of a job, in the transaction that accepts it.

        Raises:
            JobError: the one of the first rule that refuses it, whatever was used before.
        """
        terms = self._terms(connection, asker)
        enforce(PROPOSAL_RULES, Proposal(terms=terms, now=self._now(), price_mc=price_mc))
        return terms

    def hold(self, connection: Transaction, job: Job, terms: Terms, reason: str) -> None:
        """Hold a job's credits, its row being there; the transaction's last statements.

        Opening the member's account locks it and so makes their jobs wait for one another: what is
        counted after it is exact, also with several processes.

        Raises:
            JobError: the one of the first rule that refuses the job for what was used before it.
        """
        account = Account(job.guild_id, job.member_id)
        balance = self._ledger.open(connection, account, terms.policy)
        proposal = Proposal(terms=terms, now=job.accepted_at, price_mc=job.price_mc)
        counts = self._counts(connection, terms, job.accepted_at)
        means = Means(balance=balance, **counts).without(job)
        enforce(USAGE_RULES, usage_of(proposal, means))
        self._ledger.hold(connection, account, job.price_mc, job.id, reason)
        hold_months(self._ledger, connection, job, terms)

    async def terms(self, guild_id: int, member_id: int, roles: frozenset[int]) -> Terms:
        """What would hold for a member's job, whether one is allowed or not."""
        asker = Asker(guild_id=guild_id, member_id=member_id, roles=roles)
        return await self._database.read(self._terms, asker)

    async def policy(self, guild_id: int, member_id: int, roles: frozenset[int]) -> Policy:
        """How a member's account is filled."""
        return (await self.terms(guild_id, member_id, roles)).policy

    async def account(self, asker: Asker) -> tuple[Terms, Balance]:
        """What holds for a member's jobs, and what they have, after what is due was paid."""
        seen = await self._database.read(self._look, asker)
        return seen.terms, (await self._means(seen)).balance

    async def account_with(
        self, asker: Asker, unit: Callable[[Transaction], T]
    ) -> tuple[Terms, Balance, T]:
        """The same, and what a unit reads on the same connection."""
        seen, found = await self._database.read(self._look_with, asker, unit)
        if seen.balance is None:
            balance = (await self._means(seen)).balance
            return seen.terms, balance, await self._database.read(unit)
        return seen.terms, seen.balance, found

    async def means(self, asker: Asker) -> Means:
        """What the member has used and has left."""
        return (await self._usage(asker)).means

    async def room(self, asker: Asker) -> int:
        """The most that a job of this member may cost now, in millicredits."""
        usage = await self._usage(asker)
        prices_mc = range(usage.means.balance.available_mc + 1)

        def is_refused(price_mc: int) -> bool:
            return any(refusals(RULES, replace(usage, price_mc=price_mc)))

        return max(0, bisect_left(prices_mc, True, key=is_refused) - 1)

    async def explain(self, asker: Asker) -> Explanation:
        """Which rule gives this member which figure, and what is in their way."""
        usage = await self._usage(replace(asker, channel_id=None), is_shown=True)
        rules, member = usage.rules, usage.terms.member
        _, refill_by, refill_role = refill_of(rules, member, asker.roles)
        _, tier_role = tier_of(rules, asker.roles)
        return Explanation(
            terms=usage.terms,
            means=usage.means,
            member=member,
            standing=member.standing_at(usage.now),
            refill_by=refill_by,
            refill_role=refill_role,
            tier_role=tier_role,
            obstacles=tuple(refusals(RULES, usage)),
        )

    async def months(self, guild_id: int, limits: Sequence[MonthLimit]) -> tuple[BudgetState, ...]:
        """How far the guild's month is spent, for each limit."""
        return await self._database.read(read_months, self._ledger, guild_id, limits)

    def month_limits(self, guild: Guild) -> tuple[MonthLimit, ...]:
        """What somebody set for the guild's months."""
        return guild.month_limits(self._default_ceiling_mc)

    def next_refill_at(self, rules: Rules) -> datetime:
        """When credits are refilled next."""
        return rules.calendar.next_start(self._now(), rules.period)

    def _terms(self, connection: Transaction, asker: Asker) -> Terms:
        return self._terms_in(snapshot.look(connection, asker.guild_id, asker.member_id), asker)

    def _terms_in(self, seen: Snapshot, asker: Asker) -> Terms:
        is_metered = self._is_metered(asker.engine_id)
        ceiling_mc = self._default_ceiling_mc
        return terms_of(seen.guild, seen.member, asker, ceiling_mc, is_metered=is_metered)

    async def _usage(self, asker: Asker, *, is_shown: bool = False) -> Usage:
        """What every job of the member meets, so one that costs nothing."""
        seen = await self._database.read(self._look, asker, is_shown=is_shown)
        means = await self._means(seen)
        return usage_of(Proposal(terms=seen.terms, now=self._now()), means)

    def _look(self, connection: Transaction, asker: Asker, *, is_shown: bool = False) -> _Seen:
        """All that is known of a member and their guild, without opening an account."""
        seen = snapshot.look(connection, asker.guild_id, asker.member_id)
        terms = self._terms_in(seen, asker)
        spent_mc = self._spent_today(connection, terms, self._now(), is_shown=is_shown)
        return _Seen(
            terms=terms,
            balance=self._ledger.settled(seen.account, terms.policy),
            counts={"open_jobs": seen.open_jobs, "spent_today_mc": spent_mc},
            months=read_months(connection, self._ledger, asker.guild_id, terms.month_limits),
        )

    def _look_with(
        self, connection: Transaction, asker: Asker, unit: Callable[[Transaction], T]
    ) -> tuple[_Seen, T]:
        return self._look(connection, asker), unit(connection)

    async def _means(self, seen: _Seen) -> Means:
        """What the member has, after what is due to them was paid."""
        account = Account(seen.terms.asker.guild_id, seen.terms.asker.member_id)
        balance = seen.balance or await self._database.write(
            self._ledger.open, account, seen.terms.policy
        )
        return Means(balance=balance, months=seen.months, **seen.counts)

    def _counts(self, connection: Transaction, terms: Terms, now: datetime) -> Counts:
        """What the member has used by now, behind the lock of their account."""
        asker = terms.asker
        open_jobs = self._jobs.count_open_of(connection, asker.guild_id, asker.member_id)
        return {
            "open_jobs": open_jobs,
            "spent_today_mc": self._spent_today(connection, terms, now),
        }

    def _spent_today(
        self, connection: Transaction, terms: Terms, now: datetime, *, is_shown: bool = False
    ) -> int:
        """What the member spent today; without a limit it is read only where it is shown."""
        if not is_shown and terms.rules.day_cap_mc is None:
            return 0
        today = terms.rules.calendar.start_of(now, Period.DAY)
        account = Account(terms.asker.guild_id, terms.asker.member_id)
        return self._ledger.spent_since(connection, account, today)
