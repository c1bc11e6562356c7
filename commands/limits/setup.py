"""/limits setup: three questions in one form."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord
from discord.ui import ChannelSelect, Label, Modal, RoleSelect, TextInput

from commands.errors import BadInput, NotManager
from commands.limits.lists import MAX_LISTED
from commands.limits.rule_change import RuleEdit, credits_mc, limit_mc
from commands.ui import rule_lines
from commands.ui.caps import limit
from commands.ui.modals import all_answers
from generation import credits as money
from jobs.ids import read_id
from storage.rules import Period, Rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction

    from commands.limits.rule_change import Ruling

REFILL = re.compile(r"\s*(?P<amount>\S+)\s+(?:an?|per|each|every)?\s*(?P<period>day|week|month)\s*")
MAX_CHOSEN = 25
"""Discord's limit for the values of a select."""

ANY_NUMBER: dict[str, Any] = {"min_values": 0, "max_values": MAX_CHOSEN, "required": False}

PLACES = [
    discord.ChannelType.text,
    discord.ChannelType.voice,
    discord.ChannelType.stage_voice,
    discord.ChannelType.forum,
]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the form was sent with."""

    refill_mc: int
    period: Period
    channels: tuple[int, ...]
    roles: tuple[int, ...]
    budget_mc: int | None


def setup_form(rules: Rules) -> Modal:
    """The questions, with the rules of now as their answers.

    Like the form of a prompt it is read from the raw interaction, so it works after a restart.
    """
    form = Modal(title="Limits", custom_id=f"limits_setup:own:{secrets.token_hex(4)}")
    refill, budget_mc = f"{money.typed(rules.refill_mc)} a {rules.period}", rules.budget_mc
    budget = money.NO_LIMIT if budget_mc is None else money.typed(budget_mc)
    fields = [
        (
            "Credits for each member",
            "For example: 25 a week; also a day or a month",
            TextInput[Any](custom_id="refill", default=refill, max_length=40),
        ),
        (
            "Channels where members can draw",
            "Choose none for all channels",
            ChannelSelect[Any](
                custom_id="channels",
                channel_types=PLACES,
                default_values=_shown(rules.channels, discord.SelectDefaultValueType.channel),
                **ANY_NUMBER,
            ),
        ),
        (
            "Roles that can draw",
            "Choose none for everyone",
            RoleSelect[Any](
                custom_id="roles",
                default_values=_shown(rules.roles, discord.SelectDefaultValueType.role),
                **ANY_NUMBER,
            ),
        ),
        (
            "Monthly budget for the whole server",
            "Credits, or none for no limit",
            TextInput[Any](custom_id="budget", default=budget, max_length=20),
        ),
    ]
    for question, description, component in fields:
        form.add_item(Label(text=question, description=description, component=component))
    form.stop()
    return form


def _shown(
    ids: tuple[int, ...], kind: discord.SelectDefaultValueType
) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=id_, type=kind) for id_ in ids[:MAX_CHOSEN]]


async def finish_setup(ruling: Ruling, interaction: Interaction[Any]) -> None:
    """Do what the form says."""
    if not interaction.permissions.manage_guild:
        raise NotManager
    answers = read_answers(interaction.data)

    def edit(rules: Rules) -> Rules:
        return replace(
            rules,
            refill_mc=answers.refill_mc,
            period=answers.period,
            channels=_chosen(rules.channels, answers.channels),
            roles=_chosen(rules.roles, answers.roles),
            budget_mc=answers.budget_mc,
        )

    def told(rules: Rules) -> str:
        return (
            f"**Done.** {rule_lines.refill(rules)}.\n"
            f"Channels: {rule_lines.channels(rules)}. Roles: {rule_lines.roles(rules)}.\n"
            f"All together: {limit(rules.budget_mc)} a month.\n"
            "-# More: `/limits show` and the commands beside it"
        )

    detail = f"{money.typed(answers.refill_mc)} a {answers.period}"
    await ruling.apply(interaction, "limits setup", RuleEdit(detail, edit, told))


def read_answers(data: Any) -> Answers:
    """The form as it was sent.

    Raises:
        BadInput
    """
    said = all_answers(data)
    refill, budget = (said.get(name, [""])[0] for name in ("refill", "budget"))
    found = REFILL.fullmatch(refill.lower())
    if found is None:
        raise BadInput("refill", "say how many credits and how often, for example 25 a week")
    return Answers(
        refill_mc=credits_mc("refill", found["amount"]),
        period=Period(found["period"]),
        channels=_ids("channel", said),
        roles=_ids("role", said),
        budget_mc=limit_mc("budget", budget),
    )


def _ids(field: str, said: Mapping[str, Sequence[str]]) -> tuple[int, ...]:
    try:
        return tuple(read_id(entry) for entry in said.get(f"{field}s", ()))
    except ValueError as error:
        raise BadInput(field, str(error)) from None


def _chosen(before: tuple[int, ...], chosen: tuple[int, ...]) -> tuple[int, ...]:
    """What was chosen, and what the form had no room to show."""
    return tuple(dict.fromkeys((*chosen, *before[MAX_CHOSEN:])))[:MAX_LISTED]
