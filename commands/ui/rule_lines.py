"""A guild's rules in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.ui.caps import caps_in_words
from commands.ui.instants import since
from commands.ui.text import listed
from generation import credits as money
from storage.ledger.pools import Pool
from storage.rules import Period

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.ledger.pools import BudgetState
    from storage.rules import Guild, Rules

MAX_LIST = 500
"""Characters of a list of roles or channels."""

EVERY = {Period.DAY: "every day", Period.WEEK: "every week", Period.MONTH: "every month"}


def rule_lines(
    guild: Guild, months: Sequence[BudgetState], ceiling_mc: int | None, next_refill: datetime
) -> list[str]:
    """Every rule of a guild, one line each."""
    rules = guild.rules
    paused = ["**Paused:** nobody can draw until `/limits resume`."] if rules.is_paused else []
    closed = [
        "**Not approved yet:** the operator of this bot lets this server in with"
        f" `/operator admit server:{guild.id} ceiling:500`."
    ]
    return [
        *(closed if ceiling_mc == 0 else []),
        *paused,
        f"**New members** start with {_credits(rules.starting_mc)}.",
        f"**Refill:** {refill(rules)}; the next one {since(next_refill)}.",
        *_by_role(rules),
        f"**Caps:** {caps_in_words(rules)}.",
        f"**Channels:** {channels(rules)}. **Roles:** {roles(rules)}. {age(rules)}",
        f"**Word list:** {_words(rules)}. Adult content: age-restricted channels only.",
        f"**Gifts** between members: {'allowed' if rules.allows_gifts else 'not allowed'}."
        f" **Animating** other members' pictures:"
        f" {'allowed' if rules.allows_others_pictures else 'not allowed'}.",
        *_months(months),
        f"**Notification channels:** {_channels_told(rules)}.",
    ]


def refill(rules: Rules) -> str:
    """What everyone gets, and when."""
    return f"{_credits(rules.refill_mc)} {EVERY[rules.period]} (time zone {rules.timezone})"


def reports(rules: Rules) -> str:
    """Who gets what members report."""
    channel = rules.report_channel_id
    return f"<#{channel}>" if channel else "the operator of this bot"


def channels(rules: Rules) -> str:
    """Where members may draw."""
    return _mentions("<#{}>", rules.channels) or "all"


def roles(rules: Rules) -> str:
    """Who may draw."""
    return _mentions("<@&{}>", rules.roles) or "all"


def age(rules: Rules) -> str:
    """How long somebody must have been a member."""
    if not rules.min_age_days:
        return "New members may draw at once."
    days = "1 day" if rules.min_age_days == 1 else f"{rules.min_age_days} days"
    return f"Members may draw after {days}."


def ceiling(ceiling_mc: int) -> str:
    """What the operator lets a guild spend."""
    return f"The operator allows {_credits(ceiling_mc)} a month."


def _by_role(rules: Rules) -> list[str]:
    refills = [
        f"<@&{role}> {money.balance(mc)}"
        for role, mc in sorted(rules.role_refills_mc.items(), key=lambda item: -item[1])
    ]
    tiers = [
        f"<@&{role}> {tier}"
        for role, tier in sorted(rules.role_tiers.items(), key=lambda item: -item[1])
    ]
    lines = [
        ("**Refill by role** (the largest counts)", refills),
        ("**Queue priority by role**", tiers),
    ]
    return [f"{name}: {listed(found, ', ', MAX_LIST)}." for name, found in lines if found]


def _months(months: Sequence[BudgetState]) -> list[str]:
    """What may be spent in a month: the guild's own budget, and the operator's ceiling."""
    lines = {
        Pool.BUDGET: "**Budget:** no limit.",
        **{month.pool: _month(month) for month in months},
    }
    return [lines[pool] for pool in Pool if pool in lines]


def _month(state: BudgetState) -> str:
    name = "**Budget:**" if state.pool is Pool.BUDGET else "**The operator allows**"
    used, left = money.price(state.spent_mc + state.held_mc), money.balance(state.left_mc)
    figures = f"{_credits(state.limit_mc)} a month; {used} used, {left} left"
    return f"{name} {figures}. It starts over {since(state.resets_at)}."


def _words(rules: Rules) -> str:
    listed_words = _counted(len(rules.words), "entry", "entries")
    if not rules.exceptions:
        return listed_words
    return f"{listed_words}, {_counted(len(rules.exceptions), 'exception', 'exceptions')}"


def _counted(count: int, singular: str, plural: str) -> str:
    return f"1 {singular}" if count == 1 else f"{count or 'no'} {plural}"


def _channels_told(rules: Rules) -> str:
    places = {
        "reports": rules.report_channel_id,
        "changes": rules.audit_channel_id,
        "budget": rules.budget_channel_id,
    }
    found = [f"{what} in <#{channel}>" for what, channel in places.items() if channel]
    return ", ".join(found) or "none"


def _mentions(form: str, ids: Sequence[int]) -> str:
    return listed([form.format(id_) for id_ in ids], ", ", MAX_LIST)


def _credits(amount_mc: int) -> str:
    return money.credits_of(money.balance(amount_mc))
