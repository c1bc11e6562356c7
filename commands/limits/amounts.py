"""/limits: what members get, and what they and the guild may spend."""

from __future__ import annotations

from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction, app_commands

from commands.errors import BadInput
from commands.languages import say
from commands.limits.rule_change import (
    RuleEdit,
    check_may_write,
    credits_mc,
    limit_mc,
)
from commands.limits.subcommands import Option, subcommand
from commands.options.slash import runs_command, slash
from commands.options.values import read_with
from commands.ui import rule_lines
from commands.ui.caps import AMOUNT, CAPS, budget_limit, caps_in_words
from commands.ui.text import credits_of
from generation import credits as money
from storage.rules import Period

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands.limits.rule_change import Ruling, Subcommand
    from storage.rules import Rules

Range = app_commands.Range
MAX_CHOICES = 25
MAX_ROLES = 50
NOWHERE = "Factory"
"""The list's name for the zone of a machine that was never set up."""


def commands(ruling: Ruling) -> list[Subcommand]:
    """The commands about amounts."""
    own = AmountCommands(ruling)
    cap_options = [Option(cap.option, cap.type, cap.help) for cap in CAPS]
    return [
        _refill(ruling),
        subcommand(ruling, "start", start),
        subcommand(ruling, "role", role),
        slash("member", own.member),
        subcommand(ruling, "caps", caps, options=cap_options),
        slash("budget", own.budget),
    ]


def check_timezone(name: str) -> str:
    """The name of a time zone as the calendar knows it.

    Raises:
        BadInput
    """
    known = _timezones().get(name.strip().lower())
    if known is None:
        near = _nearest_timezone(name)
        hint = (
            say("Did you mean {nearest}?", nearest=near) if near else say("One is Europe/Berlin.")
        )
        raise BadInput("time zone", say("“{name}” isn't a time zone. {hint}", name=name, hint=hint))
    return known


def _nearest_timezone(name: str) -> str | None:
    """The time zone that was meant: a city of that name, or the name that is most like it."""
    known, wanted = _timezones(), "_".join(name.strip().lower().split())
    for key, timezone in known.items():
        if wanted and wanted in key.split("/"):
            return timezone
    return next((known[key] for key in get_close_matches(wanted, known, n=1)), None)


@cache
def _timezones() -> dict[str, str]:
    """The names of the IANA list by their small letters, the same on every machine.

    What else the machine has files for, such as `localtime` or `right/UTC`, is no place's name.
    """
    listed = resources.files("tzdata").joinpath("zones").read_text("utf-8").split()
    return {name.lower(): name for name in sorted(listed) if name != NOWHERE}


def _refill(ruling: Ruling) -> Subcommand:
    command = subcommand(ruling, "refill", refill)
    command.autocomplete("timezone")(suggest_timezones)
    return command


@app_commands.choices(
    period=[app_commands.Choice(name=f"every {period}", value=str(period)) for period in Period]
)
def refill(
    amount: AMOUNT, period: str | None = None, timezone: Range[str, 1, 64] | None = None
) -> RuleEdit:
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
    later = f" {say('A changed time zone holds from the next period on.')}" if timezone else ""
    typed = f"{amount} credits {period or ''} {timezone or ''}"
    return RuleEdit(
        " ".join(typed.split()),
        lambda rules: replace(rules, **values),
        lambda rules: say("**Refill:** {refill}.", refill=rule_lines.refill(rules)) + later,
    )


async def suggest_timezones(_: Interaction[Any], typed: str) -> list[app_commands.Choice[str]]:
    """The time zones that have what is typed."""
    wanted = typed.strip().lower().replace(" ", "_")
    found = [name for key, name in _timezones().items() if wanted in key]
    return [app_commands.Choice(name=name, value=name) for name in found[:MAX_CHOICES]]


def start(amount: AMOUNT) -> RuleEdit:
    """Set what a new member starts with; it cannot be given away.

    Args:
        amount: Credits, for example 25; 0 for none
    """
    starting_mc = credits_mc("amount", amount)
    return RuleEdit(
        f"{amount} credits",
        lambda rules: replace(rules, starting_mc=starting_mc),
        say("**New members** start with {credits}.", credits=_credits(starting_mc)),
    )


def role(role: discord.Role, refill: AMOUNT | None = None) -> RuleEdit:
    """Set what members with a role get instead; of several roles the largest counts.

    Args:
        role: The role
        refill: Credits with each refill; leave it out to take the role's rule away
    """
    amount_mc = None if refill is None else credits_mc("refill", refill)

    def edit(rules: Rules) -> Rules:
        return replace(rules, role_refills_mc=with_role(rules.role_refills_mc, role.id, amount_mc))

    if amount_mc is None:
        answer = say("{role} has no refill of its own now.", role=role.mention)
        return RuleEdit(f"@{role.name}: as everyone", edit, answer)
    answer = say(
        "{who} gets {credits} with each refill.",
        who=role.mention,
        credits=_credits(amount_mc),
    )
    return RuleEdit(f"@{role.name}: {refill} credits", edit, answer)


def caps(**typed: Any) -> RuleEdit:
    """Set what a member may spend at once and in a day, and how many jobs may be open."""
    given = [(cap, typed[cap.option]) for cap in CAPS if typed.get(cap.option) is not None]
    if not given:
        *names, last = (cap.option for cap in CAPS)
        raise BadInput("cap", say("say {names} or {last}", names=", ".join(names), last=last))
    values = {cap.rule: read_with(cap.read, cap.option, value) for cap, value in given}
    return RuleEdit(
        ", ".join(f"{cap.option.replace('_', ' ')} {value}" for cap, value in given),
        lambda rules: replace(rules, **values),
        lambda rules: say("**Caps:** {caps}.", caps=caps_in_words(rules)),
        is_about_caps=True,
    )


class AmountCommands:
    """The commands that do more than to change a rule."""

    def __init__(self, ruling: Ruling) -> None:
        self._ruling = ruling

    @runs_command
    async def member(
        self, interaction: Interaction[Any], member: discord.User, refill: AMOUNT | None = None
    ) -> None:
        """Set what one member gets, whatever their roles.

        Args:
            member: The member
            refill: Credits with each refill; leave it out to take the member's rule away
        """
        amount_mc = None if refill is None else credits_mc("refill", refill)
        detail = "as their roles" if refill is None else f"{refill} credits"
        change = self._ruling.line(interaction, "limits member", detail, member.id)
        await self._ruling.rules.database.write(
            self._ruling.rules.store.change_member,
            change.guild_id,
            member.id,
            change,
            refill_mc=amount_mc,
        )
        answer = (
            say("{member} gets what their roles give.", member=member.mention)
            if amount_mc is None
            else say(
                "{who} gets {credits} with each refill.",
                who=member.mention,
                credits=_credits(amount_mc),
            )
        )
        await self._ruling.tell(interaction, change, answer)

    @runs_command
    async def budget(
        self,
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
        answer = [say("**Budget:** {limit}.", limit=budget_limit(budget_mc))]
        if channel is not None:
            check_may_write(channel)
            values["budget_channel_id"] = channel.id
            answer.append(say("{channel} is told at 80 % and at 100 %.", channel=channel.mention))
        ceiling_mc = await self._ruling.ceiling_mc(interaction)
        if ceiling_mc is not None and (budget_mc is None or budget_mc > ceiling_mc):
            answer.append(rule_lines.ceiling(ceiling_mc))
        change = RuleEdit(
            f"{amount} a month" + (f", warnings in #{channel.name}" if channel else ""),
            lambda rules: replace(rules, **values),
            " ".join(answer),
            is_about_caps=True,
        )
        await self._ruling.apply(interaction, "limits budget", change)


def with_role(figures: Mapping[int, int], role_id: int, figure: int | None) -> dict[int, int]:
    """The figures by role with one set, or taken away.

    Raises:
        BadInput: that would be too many roles.
    """
    others = {role: kept for role, kept in figures.items() if role != role_id}
    if figure is None:
        return others
    if len(others) >= MAX_ROLES:
        raise BadInput(
            "role",
            say("{limit} roles have a rule already; take one away first", limit=MAX_ROLES),
        )
    return {**others, role_id: figure}


def _credits(amount_mc: int) -> str:
    return credits_of(money.balance(amount_mc))
