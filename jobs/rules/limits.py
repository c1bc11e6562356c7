"""What the rules of a guild allow: whether a job may be, what it may cost, and why."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jobs.rules.budget import hold_months, read_months
from jobs.rules.prompt_check import drawn_texts
from jobs.rules.table import PROPOSAL_RULES, RULES, USAGE_RULES, enforce, refusals
from jobs.rules.terms import Asker, refill_of, terms_of, tier_of
from jobs.rules.usage import Means, Proposal, usage_of
from storage.ledger.accounts import Account
from storage.ledger.periods import Period

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jobs.errors import JobError
    from jobs.orders.order import Order
    from jobs.rules.terms import Terms
    from jobs.rules.usage import Counts, Usage
    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore
    from storage.ledger.accounts import Policy
    from storage.ledger.ledger import Ledger
    from storage.ledger.pools import BudgetState
    from storage.rules import Guild, Member, Rules, RuleStore, Standing


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


class Limits:
    """Checks jobs against the rules, first for a quick answer and then for good.

    `reads_emphasis` says of an engine's id whether it reads emphasis in what is sent to it, and
    `is_metered` whether it costs the operator money; without an id, whether any does.
    """

    def __init__(
        self,
        *,
        database: Database,
        rules: RuleStore,
        ledger: Ledger,
        jobs: JobStore,
        now: Callable[[], datetime],
        default_ceiling_mc: int | None,
        reads_emphasis: Callable[[str], bool],
        is_metered: Callable[[str], bool],
    ) -> None:
        self._database = database
        self._rules = rules
        self._ledger = ledger
        self._jobs = jobs
        self._now = now
        self._default_ceiling_mc = default_ceiling_mc
        self._reads_emphasis = reads_emphasis
        self._is_metered = is_metered

    async def check(self, asker: Asker, order: Order, price_mc: int) -> None:
        """Refuse what the rules forbid, before anybody sees the job.

        Raises:
            JobError: the one of the first rule that refuses it.
        """
        asker = replace(asker, engine_id=order.engine_id)
        async with self._database.read() as connection:
            terms = await self._terms(connection, asker)
        drawn = tuple(drawn_texts(order, self._reads_emphasis))
        job = Proposal(
            terms=terms, now=self._now(), price_mc=price_mc, order=order, drawn_texts=drawn
        )
        enforce(PROPOSAL_RULES, job)
        enforce(USAGE_RULES, usage_of(job, await self._means(terms)))

    async def admit(self, connection: Transaction, asker: Asker, price_mc: int) -> Terms:
        """The terms of a job, in the transaction that accepts it.

        Raises:
            JobError: the one of the first rule that refuses it, whatever was used before.
        """
        terms = await self._terms(connection, asker)
        enforce(PROPOSAL_RULES, Proposal(terms=terms, now=self._now(), price_mc=price_mc))
        return terms

    async def hold(self, connection: Transaction, job: Job, terms: Terms, reason: str) -> None:
        """Hold a job's credits, its row being there; the transaction's last statements.

        Opening the member's account locks it and so makes their jobs wait for one another: what is
        counted after it is exact, also with several processes.

        Raises:
            JobError: the one of the first rule that refuses the job for what was used before it.
        """
        account = Account(job.guild_id, job.member_id)
        balance = await self._ledger.open(connection, account, terms.policy)
        proposal = Proposal(terms=terms, now=job.accepted_at, price_mc=job.price_mc)
        counts = await self._counts(connection, terms, job.accepted_at)
        means = Means(balance=balance, **counts).without(job)
        enforce(USAGE_RULES, usage_of(proposal, means))
        await self._ledger.hold(connection, account, job.price_mc, job.id, reason)
        await hold_months(self._ledger, connection, job, terms)

    async def terms(self, guild_id: int, member_id: int, roles: frozenset[int]) -> Terms:
        """What would hold for a member's job, whether one is allowed or not."""
        async with self._database.read() as connection:
            asker = Asker(guild_id=guild_id, member_id=member_id, roles=roles)
            return await self._terms(connection, asker)

    async def policy(self, guild_id: int, member_id: int, roles: frozenset[int]) -> Policy:
        """How a member's account is filled."""
        return (await self.terms(guild_id, member_id, roles)).policy

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

    async def months(self, guild: Guild) -> tuple[BudgetState, ...]:
        """How far the guild's month is spent, for each limit that somebody set."""
        limits = guild.month_limits(self._default_ceiling_mc)
        return await read_months(self._ledger, guild.id, limits)

    def next_refill_at(self, rules: Rules) -> datetime:
        """When credits are refilled next."""
        return rules.calendar.next_start(self._now(), rules.period)

    async def _terms(self, connection: Transaction, asker: Asker) -> Terms:
        guild = await self._rules.guild(asker.guild_id, connection)
        member = await self._rules.member(asker.guild_id, asker.member_id, connection)
        is_metered = self._is_metered(asker.engine_id)
        return terms_of(guild, member, asker, self._default_ceiling_mc, is_metered=is_metered)

    async def _usage(self, asker: Asker, *, is_shown: bool = False) -> Usage:
        """What every job of the member meets, so one that costs nothing."""
        async with self._database.read() as connection:
            terms = await self._terms(connection, asker)
        means = await self._means(terms, is_shown=is_shown)
        return usage_of(Proposal(terms=terms, now=self._now()), means)

    async def _means(self, terms: Terms, *, is_shown: bool = False) -> Means:
        account = Account(terms.asker.guild_id, terms.asker.member_id)
        balance = await self._ledger.balance(account, terms.policy)
        async with self._database.read() as connection:
            counts = await self._counts(connection, terms, self._now(), is_shown=is_shown)
        months = await read_months(self._ledger, terms.asker.guild_id, terms.month_limits)
        return Means(balance=balance, months=months, **counts)

    async def _counts(
        self, connection: Transaction, terms: Terms, now: datetime, *, is_shown: bool = False
    ) -> Counts:
        """What the member has used; a figure without a limit is read only where it is shown."""
        guild_id, member_id = terms.asker.guild_id, terms.asker.member_id
        open_jobs = await self._jobs.count_open_of(guild_id, member_id, connection)
        spent_mc = 0
        if is_shown or terms.rules.day_cap_mc is not None:
            today = terms.rules.calendar.start_of(now, Period.DAY)
            account = Account(guild_id, member_id)
            spent_mc = await self._ledger.spent_since(connection, account, today)
        return {"open_jobs": open_jobs, "spent_today_mc": spent_mc}
