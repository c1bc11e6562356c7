"""/limits: what members get, and what they and the guild may spend."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import available_timezones

import discord
from discord import Interaction, app_commands

from commands.errors import BadInput
from commands.limits.rule_change import check_may_write, credits_mc, limit_mc
from commands.ui import rule_lines
from generation import credits as money
from storage.rules import Period, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands.limits.rule_change import Ruling, Subcommand

Range = app_commands.Range
MAX_CHOICES = 25
MAX_OPEN_JOBS = 100
MAX_ROLES = 50
AMOUNT = Range[str, 1, 20]


def commands(ruling: Ruling) -> list[Subcommand]:
    """The commands about amounts."""
    makers = (_refill, _start, _role, _member, _caps, _budget)
    return [make(ruling) for make in makers]


def check_timezone(name: str) -> str:
    """The name of a time zone as the calendar knows it.

    Raises:
        BadInput
    """
    known = _timezones().get(name.strip().lower())
    if known is None:
        raise BadInput("timezone", f"“{name}” is none; one is Europe/Berlin")
    return known


@cache
def _timezones() -> dict[str, str]:
    """The names by their small letters; looking them up reads every file of them."""
    return {name.lower(): name for name in sorted(available_timezones())}


def _refill(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="refill")
    @app_commands.choices(
        period=[app_commands.Choice(name=f"every {one}", value=str(one)) for one in Period]
    )
    async def command(
        interaction: Interaction[Any],
        amount: AMOUNT,
        period: str | None = None,
        timezone: Range[str, 1, 64] | None = None,
    ) -> None:
        """Set what everyone gets, and how often.

        Args:
            amount: Credits, for example 25; 0 for none
            period: How often; a week begins on Monday
            timezone: Whose midnight counts, for example Europe/Berlin
        """
        values: dict[str, Any] = {"refill_mc": credits_mc("amount", amount)}
        if period is not None:
            values["period"] = Period(period)
        if timezone is not None:
            values["timezone"] = check_timezone(timezone)
        # Whatever is running ends as it would have ended.
        later = " A changed time zone holds from the next period on." if timezone else ""
        typed = f"{amount} credits {period or ''} {timezone or ''}"
        await ruling.change(
            interaction,
            "limits refill",
            " ".join(typed.split()),
            lambda rules: replace(rules, **values),
            lambda rules: f"**Refill:** {rule_lines.refill(rules)}.{later}",
        )

    @command.autocomplete("timezone")
    async def timezones(_: Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
        wanted = typed.strip().lower().replace(" ", "_")
        found = [name for key, name in _timezones().items() if wanted in key]
        return [app_commands.Choice(name=name, value=name) for name in found[:MAX_CHOICES]]

    return cast("Subcommand", command)


def _start(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="start")
    async def command(interaction: Interaction[Any], amount: AMOUNT) -> None:
        """Set what a new member starts with; it cannot be given away.

        Args:
            amount: Credits, for example 25; 0 for none
        """
        starting_mc = credits_mc("amount", amount)
        await ruling.change(
            interaction,
            "limits start",
            f"{amount} credits",
            lambda rules: replace(rules, starting_mc=starting_mc),
            f"**New members** start with {_credits(starting_mc)}.",
        )

    return cast("Subcommand", command)


def _role(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="role")
    async def command(
        interaction: Interaction[Any], role: discord.Role, refill: AMOUNT | None = None
    ) -> None:
        """Set what members with a role get instead; of several roles the largest counts.

        Args:
            role: The role
            refill: Credits with each refill; leave it out to take the role's rule away
        """
        amount_mc = None if refill is None else credits_mc("refill", refill)

        def edit(rules: Rules) -> Rules:
            return replace(
                rules, role_refills_mc=with_role(rules.role_refills_mc, role.id, amount_mc)
            )

        cleared = amount_mc is None
        await ruling.change(
            interaction,
            "limits role",
            f"@{role.name}: {'as everyone' if cleared else f'{refill} credits'}",
            edit,
            f"{role.mention} has no refill of its own now."
            if amount_mc is None
            else f"{role.mention} gets {_credits(amount_mc)} with each refill.",
        )

    return cast("Subcommand", command)


def _member(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="member")
    async def command(
        interaction: Interaction[Any], member: discord.User, refill: AMOUNT | None = None
    ) -> None:
        """Set what one member gets, whatever their roles.

        Args:
            member: The member
            refill: Credits with each refill; leave it out to take the member's rule away
        """
        amount_mc = None if refill is None else credits_mc("refill", refill)
        detail = "as their roles" if refill is None else f"{refill} credits"
        change = ruling.line(interaction, "limits member", detail, member.id)
        await ruling.tools.rules.change_member(
            change.guild_id, member.id, change, refill_mc=amount_mc
        )
        answer = (
            f"{member.mention} gets what their roles give."
            if amount_mc is None
            else f"{member.mention} gets {_credits(amount_mc)} with each refill."
        )
        await ruling.tell(interaction, change, answer)

    return cast("Subcommand", command)


def _caps(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="caps")
    async def command(
        interaction: Interaction[Any],
        per_job: AMOUNT | None = None,
        per_day: AMOUNT | None = None,
        open_jobs: Range[int, 1, MAX_OPEN_JOBS] | None = None,
    ) -> None:
        """Set what a member may spend at once and in a day, and how many jobs may be open.

        Args:
            per_job: Credits that one job may cost, or none
            per_day: Credits that a member may spend in a day, or none
            open_jobs: Jobs of a member that may wait or run at a time
        """
        values: dict[str, Any] = {}
        if per_job is not None:
            values["job_cap_mc"] = limit_mc("per_job", per_job)
        if per_day is not None:
            values["day_cap_mc"] = limit_mc("per_day", per_day)
        if open_jobs is not None:
            values["open_jobs"] = open_jobs
        if not values:
            raise BadInput("cap", "say per_job, per_day or open_jobs")
        given = {"per job": per_job, "per day": per_day, "open jobs": open_jobs}
        await ruling.change(
            interaction,
            "limits caps",
            ", ".join(f"{name} {value}" for name, value in given.items() if value is not None),
            lambda rules: replace(rules, **values),
            lambda rules: f"**Caps:** {rule_lines.caps(rules)}.",
        )

    return cast("Subcommand", command)


def _budget(ruling: Ruling) -> Subcommand:
    @app_commands.command(name="budget")
    async def command(
        interaction: Interaction[Any],
        amount: AMOUNT,
        channel: discord.TextChannel | None = None,
    ) -> None:
        """Set what all members together may spend in a month.

        Args:
            amount: Credits a month, or none
            channel: Where to warn at 80 % and at 100 %
        """
        budget_mc = limit_mc("amount", amount)
        values: dict[str, Any] = {"budget_mc": budget_mc}
        answer = [f"**Budget:** {rule_lines.limit(budget_mc)} a month."]
        if channel is not None:
            check_may_write(channel)
            values["budget_channel_id"] = channel.id
            answer.append(f"{channel.mention} is told at 80 % and at 100 %.")
        ceiling_mc = await ruling.ceiling_mc(interaction)
        if ceiling_mc is not None and (budget_mc is None or budget_mc > ceiling_mc):
            answer.append(rule_lines.ceiling(ceiling_mc))
        await ruling.change(
            interaction,
            "limits budget",
            f"{amount} a month" + (f", told in #{channel.name}" if channel else ""),
            lambda rules: replace(rules, **values),
            " ".join(answer),
        )

    return cast("Subcommand", command)


def with_role(figures: Mapping[int, int], role_id: int, figure: int | None) -> dict[int, int]:
    """The figures by role with one set, or taken away.

    Raises:
        BadInput: that would be too many roles.
    """
    others = {role: kept for role, kept in figures.items() if role != role_id}
    if figure is None:
        return others
    if len(others) >= MAX_ROLES:
        raise BadInput("role", f"{MAX_ROLES} roles have a rule already; take one away first")
    return {**others, role_id: figure}


def _credits(amount_mc: int) -> str:
    return money.credits_of(money.balance(amount_mc))
