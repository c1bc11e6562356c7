"""What the rules of a guild allow: who may order, what it may cost, and which rule says so."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jobs.errors import (
    Blocked,
    NotAdmitted,
    OverBudget,
    OverCeiling,
    OverDayCap,
    OverGuildBudget,
    OverJobCap,
    Paused,
    TooManyJobs,
    TooNew,
    WrongChannel,
    WrongRole,
)
from jobs.rules.prompt_check import check_words, drawn_texts
from storage.ledger.accounts import Account, NotEnough, OverLimit, Policy
from storage.ledger.periods import Period
from storage.ledger.pools import Pool
from storage.rules import Standing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from jobs.errors import JobError
    from jobs.orders.order import Order
    from storage.database import Database, Transaction
    from storage.jobs.jobs import Job, JobStore
    from storage.ledger.accounts import Balance
    from storage.ledger.ledger import Ledger
    from storage.ledger.pools import BudgetState, MonthLimit
    from storage.rules import Guild, Member, Rules, RuleStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and where; of a thread, `parent_channel_id` is the channel it is in."""

    guild_id: int
    member_id: int
    roles: frozenset[int] = frozenset()
    joined_at: datetime | None = None
    channel_id: int = 0
    parent_channel_id: int | None = None
    is_age_restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for a member's job, decided when it is accepted.

    `month_limits` are what the guild may spend in a month, none where nobody set a limit.
    """

    rules: Rules
    policy: Policy
    tier: int
    month_limits: tuple[MonthLimit, ...] = ()

    def apply(self, job: Job) -> Job:
        """The job with its tier, and what it is to hold of the guild's pools."""
        pools = {one.pool for one in self.month_limits}
        budget_mc, ceiling_mc = (
            job.price_mc if pool in pools else 0 for pool in (Pool.BUDGET, Pool.CEILING)
        )
        return replace(job, tier=self.tier, budget_mc=budget_mc, ceiling_mc=ceiling_mc)


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
            self.months, key=lambda one: (one.left_mc, -one.resets_at.timestamp()), default=None
        )


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

    `reads_emphasis` says of an engine's id whether it reads emphasis in what is sent to it.
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
    ) -> None:
        self._database = database
        self._rules = rules
        self._ledger = ledger
        self._jobs = jobs
        self._now = now
        self._default_ceiling_mc = default_ceiling_mc
        self._reads_emphasis = reads_emphasis

    async def check(self, asker: Asker, order: Order, price_mc: int) -> None:
        """Refuse what the rules forbid, before anybody sees the job.

        Raises:
            NotAdmitted, Paused, Blocked, WrongChannel, WrongRole, TooNew, ForbiddenWords,
            AdultContent, OverJobCap, TooManyJobs, OverDayCap, OverBudget, OverGuildBudget,
            OverCeiling
        """
        async with self._database.read() as connection:
            terms = await self._admitted(connection, asker)
        drawn = [] if asker.is_age_restricted else drawn_texts(order, self._reads_emphasis)
        check_words(order, terms.rules, drawn)
        _check_job_cap(terms.rules, price_mc)
        means = await self._means(asker, terms)
        if means.open_jobs >= terms.rules.open_jobs:
            raise TooManyJobs(means.open_jobs, terms.rules.open_jobs)
        self._check_day_cap(terms.rules, means.spent_today_mc, price_mc)
        if means.balance.available_mc < price_mc:
            raise self.over_budget(terms.policy, means.balance, price_mc)
        for month in sorted(means.months, key=lambda one: one.resets_at, reverse=True):
            if month.left_mc < price_mc:
                raise _over_month(month.pool, price_mc, month.left_mc, month.resets_at)

    async def admit(self, connection: Transaction, asker: Asker, price_mc: int) -> Terms:
        """The terms of a job, in the transaction that accepts it.

        Raises:
            NotAdmitted, Paused, Blocked, WrongChannel, WrongRole, TooNew, OverJobCap
        """
        terms = await self._admitted(connection, asker)
        _check_job_cap(terms.rules, price_mc)
        return terms

    async def hold(self, connection: Transaction, job: Job, terms: Terms, reason: str) -> None:
        """Hold a job's credits, its row being there; the transaction's last statements.

        The hold locks the member's account and so makes their jobs wait for one another: what is
        counted after it is exact, also with several processes.

        Raises:
            OverBudget, TooManyJobs, OverDayCap, OverGuildBudget, OverCeiling
        """
        account = Account(job.guild_id, job.member_id)
        price_mc = job.price_mc
        await self._ledger.open(connection, account, terms.policy)
        try:
            await self._ledger.hold(connection, account, price_mc, job.id, reason)
        except NotEnough as error:
            raise self.over_budget(terms.policy, error.balance, price_mc) from error
        open_jobs = await self._jobs.count_open_of(job.guild_id, job.member_id, connection)
        if open_jobs > terms.rules.open_jobs:
            raise TooManyJobs(open_jobs - 1, terms.rules.open_jobs)
        if terms.rules.day_cap_mc is not None:
            spent_mc = await self._spent_today(connection, account, terms.rules)
            self._check_day_cap(terms.rules, spent_mc - price_mc, price_mc)
        for limit in terms.month_limits if price_mc else ():
            await self._hold_month(connection, job, limit)

    async def terms(self, guild_id: int, member_id: int, roles: frozenset[int]) -> Terms:
        """What would hold for a member's job, whether one is allowed or not."""
        guild = await self._rules.guild(guild_id)
        return self._terms(guild, await self._rules.member(guild_id, member_id), roles)

    async def policy(self, guild_id: int, member_id: int, roles: frozenset[int]) -> Policy:
        """How a member's account is filled."""
        return (await self.terms(guild_id, member_id, roles)).policy

    async def means(self, asker: Asker) -> Means:
        """What the member has used and has left."""
        return await self._means(
            asker, await self.terms(asker.guild_id, asker.member_id, asker.roles)
        )

    async def room(self, asker: Asker) -> int:
        """The most that a job of this member may cost now, in millicredits."""
        terms = await self.terms(asker.guild_id, asker.member_id, asker.roles)
        means = await self._means(asker, terms)
        limits_mc = [means.balance.available_mc]
        if terms.rules.job_cap_mc is not None:
            limits_mc.append(terms.rules.job_cap_mc)
        if terms.rules.day_cap_mc is not None:
            limits_mc.append(terms.rules.day_cap_mc - means.spent_today_mc)
        limits_mc.extend(month.left_mc for month in means.months)
        return max(0, min(limits_mc))

    async def explain(self, asker: Asker) -> Explanation:
        """Which rule gives this member which figure, and what is in their way."""
        guild = await self._rules.guild(asker.guild_id)
        member = await self._rules.member(asker.guild_id, asker.member_id)
        terms = self._terms(guild, member, asker.roles)
        _, refill_by, refill_role = refill_of(guild.rules, member, asker.roles)
        _, tier_role = tier_of(guild.rules, asker.roles)
        return Explanation(
            terms=terms,
            means=await self._means(asker, terms),
            member=member,
            standing=member.standing_at(self._now()),
            refill_by=refill_by,
            refill_role=refill_role,
            tier_role=tier_role,
            obstacles=tuple(
                one
                for one in self._obstacles(guild, member, asker)
                if not isinstance(one, WrongChannel)
            ),
        )

    async def months(self, guild: Guild) -> tuple[BudgetState, ...]:
        """How far the guild's month is spent, for each limit that somebody set."""
        limits = guild.month_limits(self._default_ceiling_mc)
        return tuple([await self._ledger.month(guild.id, limit) for limit in limits])

    def next_refill_at(self, rules: Rules) -> datetime:
        """When credits are refilled next."""
        return rules.calendar.next_start(self._now(), rules.period)

    def over_budget(self, policy: Policy, balance: Balance, price_mc: int) -> OverBudget:
        """The refusal for want of credits, with the next refill."""
        refill = policy.next_refill(balance.available_mc, self._now())
        refills_at = refill.at if refill.amount_mc else None
        return OverBudget(
            price_mc, balance.available_mc, balance.held_mc, refill.amount_mc, refills_at
        )

    async def _admitted(self, connection: Transaction, asker: Asker) -> Terms:
        guild = await self._rules.guild(asker.guild_id, connection)
        member = await self._rules.member(asker.guild_id, asker.member_id, connection)
        for obstacle in self._obstacles(guild, member, asker):
            raise obstacle
        return self._terms(guild, member, asker.roles)

    def _obstacles(self, guild: Guild, member: Member, asker: Asker) -> list[JobError]:
        """What stands in the way of every job of this member here; the first one counts."""
        found: list[JobError] = []
        rules, now = guild.rules, self._now()
        standing = member.standing_at(now)
        if guild.ceiling(self._default_ceiling_mc) == 0:
            found.append(NotAdmitted())
        if rules.is_paused:
            found.append(Paused())
        if standing is Standing.BLOCKED:
            found.append(Blocked(member.until))
        if standing is Standing.ALLOWED:
            return found
        places = {asker.channel_id, asker.parent_channel_id}
        if rules.channels and places.isdisjoint(rules.channels):
            found.append(WrongChannel(rules.channels))
        if rules.roles and asker.roles.isdisjoint(rules.roles):
            found.append(WrongRole(rules.roles))
        if rules.min_age_days and asker.joined_at is not None:
            welcome_at = asker.joined_at + timedelta(days=rules.min_age_days)
            if now < welcome_at:
                found.append(TooNew(rules.min_age_days, welcome_at))
        return found

    def _terms(self, guild: Guild, member: Member, roles: frozenset[int]) -> Terms:
        return Terms(
            rules=guild.rules,
            policy=policy_of(guild.rules, member, roles),
            tier=tier_of(guild.rules, roles)[0],
            month_limits=guild.month_limits(self._default_ceiling_mc),
        )

    async def _means(self, asker: Asker, terms: Terms) -> Means:
        account, rules = Account(asker.guild_id, asker.member_id), terms.rules
        balance = await self._ledger.balance(account, terms.policy)
        async with self._database.read() as connection:
            open_jobs = await self._jobs.count_open_of(asker.guild_id, asker.member_id, connection)
            spent_mc = await self._spent_today(connection, account, rules)
        months = [await self._ledger.month(asker.guild_id, one) for one in terms.month_limits]
        return Means(
            balance=balance, open_jobs=open_jobs, spent_today_mc=spent_mc, months=tuple(months)
        )

    async def _spent_today(self, connection: Transaction, account: Account, rules: Rules) -> int:
        today = rules.calendar.start_of(self._now(), Period.DAY)
        return await self._ledger.spent_since(connection, account, today)

    def _check_day_cap(self, rules: Rules, spent_mc: int, price_mc: int) -> None:
        cap_mc = rules.day_cap_mc
        if cap_mc is not None and spent_mc + price_mc > cap_mc:
            tomorrow = rules.calendar.next_start(self._now(), Period.DAY)
            raise OverDayCap(price_mc, spent_mc, cap_mc, tomorrow)

    async def _hold_month(self, connection: Transaction, job: Job, limit: MonthLimit) -> None:
        try:
            await self._ledger.hold_month(connection, job.guild_id, limit, job.price_mc, job.id)
        except OverLimit as error:
            left_mc = error.balance.available_mc
            raise _over_month(limit.pool, job.price_mc, left_mc, error.resets_at) from error


def policy_of(rules: Rules, member: Member, roles: frozenset[int]) -> Policy:
    """How a member's account is filled: what is set for them, else by role, else for everyone."""
    return Policy(
        starting_mc=rules.starting_mc,
        refill_mc=refill_of(rules, member, roles)[0],
        period=rules.period,
        calendar=rules.calendar,
    )


def refill_of(rules: Rules, member: Member, roles: frozenset[int]) -> tuple[int, str, int | None]:
    """A member's refill, what it comes from (member, role or everyone), and the role."""
    if member.refill_mc is not None:
        return member.refill_mc, "member", None
    role = _largest(rules.role_refills_mc, roles)
    if role is not None:
        return rules.role_refills_mc[role], "role", role
    return rules.refill_mc, "everyone", None


def tier_of(rules: Rules, roles: frozenset[int]) -> tuple[int, int | None]:
    """A member's tier (0 is everybody's) and the role that gives it."""
    role = _largest(rules.role_tiers, roles)
    return (0, None) if role is None else (rules.role_tiers[role], role)


def _largest(figures: Mapping[int, int], roles: frozenset[int]) -> int | None:
    """The one of the roles with the largest figure."""
    return max(roles & figures.keys(), key=lambda role: figures[role], default=None)


def _over_month(pool: Pool, needed_mc: int, left_mc: int, resets_at: datetime) -> OverGuildBudget:
    kind = OverCeiling if pool is Pool.CEILING else OverGuildBudget
    return kind(needed_mc, left_mc, resets_at)


def _check_job_cap(rules: Rules, price_mc: int) -> None:
    if rules.job_cap_mc is not None and price_mc > rules.job_cap_mc:
        raise OverJobCap(price_mc, rules.job_cap_mc)
