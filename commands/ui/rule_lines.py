"""A guild's rules in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.languages import marked, say, say_count
from commands.ui.caps import caps_in_words
from commands.ui.instants import since
from commands.ui.text import credits_of, days, listed
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

EVERY = {
    Period.DAY: marked("every day"),
    Period.WEEK: marked("every week"),
    Period.MONTH: marked("every month"),
}


def rule_lines(
    guild: Guild, months: Sequence[BudgetState], ceiling_mc: int | None, next_refill: datetime
) -> list[str]:
    """Every rule of a guild, one line each."""
    rules = guild.rules
    paused = [say("**Paused:** nobody can draw until `/limits resume`.")] if rules.is_paused else []
    closed = [
        say(
            "**Not approved yet:** the operator of this bot lets this server in with"
            " `/operator admit server:{server_id} ceiling:500`.",
            server_id=guild.id,
        )
    ]
    return [
        *(closed if ceiling_mc == 0 else []),
        *paused,
        say("**New members** start with {credits}.", credits=_credits(rules.starting_mc)),
        say(
            "**Refill:** {refill}; the next one {next}.",
            refill=refill(rules),
            next=since(next_refill),
        ),
        *_by_role(rules),
        say("**Caps:** {caps}.", caps=caps_in_words(rules)),
        say(
            "**Channels:** {channels}. **Roles:** {roles}. {age}",
            channels=channels(rules),
            roles=roles(rules),
            age=age(rules),
        ),
        say(
            "**Word list:** {words}. Adult content: age-restricted channels only.",
            words=_words(rules),
        ),
        say(
            "**Gifts** between members: {gifts}. **Animating** other members' pictures: {others}.",
            gifts=_allowed(is_allowed=rules.allows_gifts),
            others=_allowed(is_allowed=rules.allows_others_pictures),
        ),
        *_months(months),
        say("**Notification channels:** {channels}.", channels=_channels_told(rules)),
    ]


def refill(rules: Rules) -> str:
    """What everyone gets, and when."""
    return say(
        "{credits} {period} (time zone {timezone})",
        credits=_credits(rules.refill_mc),
        period=say(EVERY[rules.period]),
        timezone=rules.timezone,
    )


def reports(rules: Rules) -> str:
    """Who gets what members report."""
    channel = rules.report_channel_id
    return f"<#{channel}>" if channel else say("the operator of this bot")


def channels(rules: Rules) -> str:
    """Where members may draw."""
    return _mentions("<#{}>", rules.channels) or say("all")


def roles(rules: Rules) -> str:
    """Who may draw."""
    return _mentions("<@&{}>", rules.roles) or say("all")


def age(rules: Rules) -> str:
    """How long somebody must have been a member."""
    if not rules.min_age_days:
        return say("New members may draw at once.")
    return say("Members may draw after {days}.", days=days(rules.min_age_days))


def ceiling(ceiling_mc: int) -> str:
    """What the operator lets a guild spend."""
    return say("The operator allows {credits} a month.", credits=_credits(ceiling_mc))


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
        (say("**Refill by role** (the largest counts)"), refills),
        (say("**Queue priority by role**"), tiers),
    ]
    return [f"{name}: {listed(found, ', ', MAX_LIST)}." for name, found in lines if found]


def _months(months: Sequence[BudgetState]) -> list[str]:
    """What may be spent in a month: the guild's own budget, and the operator's ceiling."""
    lines = {
        Pool.BUDGET: say("**Budget:** no limit."),
        **{month.pool: _month(month) for month in months},
    }
    return [lines[pool] for pool in Pool if pool in lines]


def _month(state: BudgetState) -> str:
    name = say("**Budget:**") if state.pool is Pool.BUDGET else say("**The operator allows**")
    used, left = money.price(state.spent_mc + state.held_mc), money.balance(state.left_mc)
    figures = say(
        "{credits} a month; {used} used, {left} left",
        credits=_credits(state.limit_mc),
        used=used,
        left=left,
    )
    again = say("It starts over {resets_at}.", resets_at=since(state.resets_at))
    return f"{name} {figures}. {again}"


def _words(rules: Rules) -> str:
    count = len(rules.words)
    entries = say_count("1 entry", "{count} entries", count) if count else say("no entries")
    if not rules.exceptions:
        return entries
    exceptions = say_count("1 exception", "{count} exceptions", len(rules.exceptions))
    return f"{entries}, {exceptions}"


def _allowed(*, is_allowed: bool) -> str:
    return say("allowed") if is_allowed else say("not allowed")


def _channels_told(rules: Rules) -> str:
    told = [
        (rules.report_channel_id, marked("reports in {channel}")),
        (rules.audit_channel_id, marked("changes in {channel}")),
        (rules.budget_channel_id, marked("budget in {channel}")),
    ]
    found = [say(what, channel=f"<#{channel}>") for channel, what in told if channel]
    return ", ".join(found) or say("none")


def _mentions(form: str, ids: Sequence[int]) -> str:
    return listed([form.format(id_) for id_ in ids], ", ", MAX_LIST)


def _credits(amount_mc: int) -> str:
    return credits_of(money.balance(amount_mc))
