"""What a guild's rules give a member: how the account is filled, the tier, the month's limit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.ledger.accounts import Policy
from storage.ledger.pools import Pool
from storage.rules import Admission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from storage.jobs.jobs import Job
    from storage.ledger.pools import MonthLimit
    from storage.rules import Guild, Member, Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and where; of a thread, `parent_channel_id` is the channel it is in.

    `channel_id` is None where a question is about all channels, `engine_id` is empty where it is
    about all engines.
    """

    guild_id: int
    member_id: int
    roles: frozenset[int] = frozenset()
    joined_at: datetime | None = None
    channel_id: int | None = 0
    parent_channel_id: int | None = None
    is_age_restricted: bool = False
    engine_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What holds for a member's job, decided when it is accepted.

    `ceiling_mc` is what the operator lets the guild spend in a month, None where that is without
    limit; `month_limits` are what holds for the guild's months, none where nobody set a limit.
    `is_metered` says that what the job makes costs the operator money.
    """

    asker: Asker
    member: Member
    rules: Rules
    policy: Policy
    tier: int
    ceiling_mc: int | None
    month_limits: tuple[MonthLimit, ...] = ()
    is_metered: bool = True

    def apply(self, job: Job) -> Job:
        """The job with its tier, and what it is to hold of the guild's pools."""
        pools = {limit.pool for limit in self.month_limits}
        budget_mc, ceiling_mc = (
            job.price_mc if pool in pools else 0 for pool in (Pool.BUDGET, Pool.CEILING)
        )
        return replace(
            job,
            tier=self.tier,
            budget_mc=budget_mc,
            ceiling_mc=ceiling_mc,
            is_metered=self.is_metered,
        )


def terms_of(
    guild: Guild,
    member: Member,
    asker: Asker,
    default_ceiling_mc: int | None,
    *,
    is_metered: bool = True,
) -> Terms:
    """What the guild's rules say of a member with these roles.

    `is_metered` says that the engine costs the operator money: else no ceiling holds, though a
    guild that is refused stays so.
    """
    ceiling_mc = guild.ceiling(default_ceiling_mc)
    month_limits = guild.month_limits(default_ceiling_mc)
    if not is_metered and guild.admission is not Admission.REFUSED:
        ceiling_mc = None
        month_limits = tuple(limit for limit in month_limits if limit.pool is not Pool.CEILING)
    return Terms(
        asker=asker,
        member=member,
        rules=guild.rules,
        policy=policy_of(guild.rules, member, asker.roles),
        tier=tier_of(guild.rules, asker.roles)[0],
        ceiling_mc=ceiling_mc,
        month_limits=month_limits,
        is_metered=is_metered,
    )


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
