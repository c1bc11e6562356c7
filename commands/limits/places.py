"""/limits: who waits how long, what members may do with each other's, and who is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from commands.languages import marked, say
from commands.limits.amounts import with_role
from commands.limits.rule_change import RuleEdit, check_may_write
from commands.limits.subcommands import subcommand
from commands.ui import rule_lines
from jobs.runner.queues import TIERS

if TYPE_CHECKING:
    from commands.limits.rule_change import Ruling, Subcommand
    from storage.rules import Rules

Range = app_commands.Range
MAX_DAYS = 3650
HIGHEST_TIER = TIERS - 1


REPORTED = (
    marked("Reported pictures are shown in {channel}."),
    marked("Reports go to the operator of this bot: no channel is set for them."),
)
CHANGED = (
    marked("Changes of rules and credits are shown in {channel}."),
    marked("Changes of rules and credits are shown in no channel."),
)


def commands(ruling: Ruling) -> list[Subcommand]:
    """The commands about people and places."""
    readers = (tier, age, gifts, pictures, reports, audit, pause, resume)
    return [subcommand(ruling, read.__name__, read) for read in readers]


def tier(role: discord.Role, tier: Range[int, 0, HIGHEST_TIER]) -> RuleEdit:
    """Give members with a role a higher queue priority.

    Args:
        role: The role
        tier: 0 is normal; members with a higher one wait less
    """

    def edit(rules: Rules) -> Rules:
        return replace(rules, role_tiers=with_role(rules.role_tiers, role.id, tier or None))

    return RuleEdit(
        f"@{role.name}: {tier}",
        edit,
        say("Queue priority of {role}: {tier}.", role=role.mention, tier=tier or say("normal")),
    )


def age(days: Range[int, 0, MAX_DAYS]) -> RuleEdit:
    """Set how long somebody must have been a member before they draw.

    Args:
        days: Days since they joined; 0 for at once
    """
    return RuleEdit(f"{days} days", lambda rules: replace(rules, min_age_days=days), rule_lines.age)


def gifts(allowed: bool) -> RuleEdit:
    """Allow members to give each other credits, or stop it.

    Args:
        allowed: Whether they may; starting credits are never given away
    """
    word = "allowed" if allowed else "not allowed"
    return RuleEdit(
        word,
        lambda rules: replace(rules, allows_gifts=allowed),
        say("**Gifts** between members: {allowed}.", allowed=say(word)),
    )


def pictures(others: bool) -> RuleEdit:
    """Let members animate pictures that other members have posted, or only their own.

    Args:
        others: Whether they may take others' pictures; their own and mine they always may
    """
    word = "allowed" if others else "not allowed"
    return RuleEdit(
        word,
        lambda rules: replace(rules, allows_others_pictures=others),
        say("**Animating** other members' pictures: {allowed}.", allowed=say(word)),
    )


def reports(channel: discord.TextChannel | None = None) -> RuleEdit:
    """Set where reported pictures are shown.

    Args:
        channel: The channel; without one the operator of this bot gets the reports
    """
    return _shown_in(channel, "report_channel_id", REPORTED)


def audit(channel: discord.TextChannel | None = None) -> RuleEdit:
    """Set where changes of rules and credits are repeated.

    Args:
        channel: The channel; leave it out to stop that
    """
    return _shown_in(channel, "audit_channel_id", CHANGED)


def pause() -> RuleEdit:
    """Stop new jobs in this server; those accepted are finished."""
    return RuleEdit(
        "",
        lambda rules: replace(rules, is_paused=True),
        say("**Paused.** Nobody can draw until `/limits resume`; running jobs are finished."),
    )


def resume() -> RuleEdit:
    """Let members draw again."""
    return RuleEdit(
        "", lambda rules: replace(rules, is_paused=False), say("**Members can draw again.**")
    )


def _shown_in(channel: discord.TextChannel | None, rule: str, where: tuple[str, str]) -> RuleEdit:
    if channel is not None:
        check_may_write(channel)
    values: dict[str, Any] = {rule: channel.id if channel else None}
    return RuleEdit(
        f"#{channel.name}" if channel else "no channel",
        lambda rules: replace(rules, **values),
        say(where[0], channel=channel.mention) if channel else say(where[1]),
    )
