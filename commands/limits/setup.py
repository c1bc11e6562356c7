"""/limits setup: what most servers set, in one form."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import discord
from discord.ui import ChannelSelect, Label, Modal, RoleSelect, TextInput

from commands.access.requester import guild_of
from commands.errors import BadInput, NotManager
from commands.languages import say
from commands.limits.lists import MAX_LISTED
from commands.limits.rule_change import RuleEdit, check_may_write, credits_mc, limit_mc
from commands.options.values import read_with
from commands.ui import rule_lines
from commands.ui.caps import budget_limit
from commands.ui.modals import all_answers, custom_id, field_names
from generation import credits as money
from jobs.ids import read_id
from storage.errors import DatabaseUnavailable
from storage.rules import Period, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from discord import Interaction
    from discord.ui import Item

    from commands.access.kept_forms import Answers, KeptForms
    from commands.limits.rule_change import Ruling

REFILL = re.compile(
    r"\s*(?P<amount>[^\s/]+?)\s*(?:credits?)?(?:\s+|\s*/\s*)(?:an?|per|each|every)?\s*"
    r"(?P<period>day|week|month|daily|weekly|monthly)\s*"
)
ADVERBS = {"daily": Period.DAY, "weekly": Period.WEEK, "monthly": Period.MONTH}
MAX_REFILL = 40
MAX_BUDGET = 20
"""Characters."""

AGAIN = "limits_setup_again"
"""The action that opens the form as it was sent."""

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
class Answered:
    """What the form was sent with; one of an earlier version did not ask for reports."""

    refill_mc: int
    period: Period
    channels: tuple[int, ...]
    roles: tuple[int, ...]
    budget_mc: int | None
    reports: int | None
    asks_reports: bool


def answers_of(rules: Rules) -> Answers:
    """The form as it would be sent to have these rules."""
    budget_mc, reports = rules.budget_mc, rules.report_channel_id
    return {
        "refill": [f"{money.typed(rules.refill_mc)} a {rules.period}"],
        "channels": [str(channel) for channel in rules.channels[:MAX_CHOSEN]],
        "roles": [str(role) for role in rules.roles[:MAX_CHOSEN]],
        "budget": [money.NO_LIMIT if budget_mc is None else money.typed(budget_mc)],
        "reports": [] if reports is None else [str(reports)],
    }


def setup_form(answers: Answers) -> Modal:
    """The questions with these answers.

    Like the form of a prompt it is read from the raw interaction, so it works after a restart.
    """
    form = Modal(title=say("Limits"), custom_id=custom_id("limits_setup", "own"))
    for question, description, component in _questions(answers):
        form.add_item(Label(text=question, description=description, component=component))
    form.stop()
    return form


def _questions(answers: Answers) -> Iterator[tuple[str, str, Item[Any]]]:
    """Each question, what is said below it, and what it is answered with."""
    yield (
        say("Credits for each member"),
        say("For example: 25 a week; also a day or a month"),
        _text(answers, "refill", MAX_REFILL),
    )
    yield (
        say("Channels where members can draw"),
        say("Choose none for all channels"),
        ChannelSelect(
            custom_id="channels",
            channel_types=PLACES,
            default_values=_shown(answers, "channels", discord.SelectDefaultValueType.channel),
            **ANY_NUMBER,
        ),
    )
    yield (
        say("Roles that can draw"),
        say("Choose none for everyone"),
        RoleSelect(
            custom_id="roles",
            default_values=_shown(answers, "roles", discord.SelectDefaultValueType.role),
            **ANY_NUMBER,
        ),
    )
    yield (
        say("Monthly budget for the whole server"),
        say("Credits, or none for no limit"),
        _text(answers, "budget", MAX_BUDGET),
    )
    yield (
        say("Channel for reported pictures"),
        say("Without one the operator of this bot gets the reports"),
        ChannelSelect(
            custom_id="reports",
            channel_types=[discord.ChannelType.text],
            default_values=_shown(answers, "reports", discord.SelectDefaultValueType.channel),
            min_values=0,
            max_values=1,
            required=False,
        ),
    )


def _text(answers: Answers, name: str, most: int) -> TextInput[Any]:
    typed = "".join(answers.get(name, ()))[:most] or None
    return TextInput(custom_id=name, default=typed, max_length=most)


def _shown(
    answers: Answers, name: str, kind: discord.SelectDefaultValueType
) -> list[discord.SelectDefaultValue]:
    chosen = answers.get(name, ())[:MAX_CHOSEN]
    return [discord.SelectDefaultValue(id=int(id_), type=kind) for id_ in chosen if id_.isdecimal()]


class Setup:
    """Asks what most servers set, in one form; after a mistake it opens again as it was sent."""

    def __init__(self, ruling: Ruling, forms: KeptForms) -> None:
        self._ruling = ruling
        self._forms = forms

    async def open(self, interaction: Interaction[Any]) -> None:
        """Open the form with the rules of now."""
        guild = await self._ruling.rules.guild(guild_of(interaction))
        await interaction.response.send_modal(setup_form(answers_of(guild.rules)))

    async def open_again(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form as it was sent with a mistake."""
        _check_manager(interaction)
        answers, _ = await self._forms.find(interaction, draft_id)
        await interaction.response.send_modal(setup_form(answers))

    async def finish(self, interaction: Interaction[Any], _subject: str) -> None:
        """Do what the form says."""
        _check_manager(interaction)
        sent = all_answers(interaction.data)
        if "reports" in field_names(interaction.data):
            sent.setdefault("reports", [])
        try:
            answers = read_answers(sent)
            _check_reports(interaction, answers)
            await self._ruling.apply(interaction, "limits setup", _change(answers))
        except (BadInput, DatabaseUnavailable) as error:
            await self._forms.refuse(interaction, error, sent)


def _check_manager(interaction: Interaction[Any]) -> None:
    if not interaction.permissions.manage_guild:
        raise NotManager


def _check_reports(interaction: Interaction[Any], answers: Answered) -> None:
    """Refuse a channel for reports that the bot cannot write in."""
    guild, channel_id = interaction.guild, answers.reports
    channel = guild.get_channel(channel_id) if guild and channel_id else None
    if isinstance(channel, discord.TextChannel):
        check_may_write(channel)
    elif channel_id:
        raise BadInput("channel", say("reports can go to a text channel of this server only"))


def _change(answers: Answered) -> RuleEdit:
    def edit(rules: Rules) -> Rules:
        return replace(
            rules,
            refill_mc=answers.refill_mc,
            period=answers.period,
            channels=_chosen(rules.channels, answers.channels),
            roles=_chosen(rules.roles, answers.roles),
            budget_mc=answers.budget_mc,
            report_channel_id=answers.reports if answers.asks_reports else rules.report_channel_id,
        )

    def told(rules: Rules) -> str:
        return say(
            "**Done.** {refill}.\nChannels: {channels}. Roles: {roles}.\n"
            "Whole server: {budget}.\nReports go to {reports}.\n"
            "-# More: `/limits show` and the commands beside it",
            refill=rule_lines.refill(rules),
            channels=rule_lines.channels(rules),
            roles=rule_lines.roles(rules),
            budget=budget_limit(rules.budget_mc),
            reports=rule_lines.reports(rules),
        )

    detail = f"{money.typed(answers.refill_mc)} a {answers.period}"
    return RuleEdit(detail, edit, told, is_about_caps=True)


def read_answers(said: Answers) -> Answered:
    """The form as it was sent.

    Raises:
        BadInput
    """
    refill, budget = (said.get(name, [""])[0] for name in ("refill", "budget"))
    found = REFILL.fullmatch(refill.lower())
    if found is None:
        raise BadInput("refill", say("say how many credits and how often, for example 25 a week"))
    return Answered(
        refill_mc=credits_mc("refill", found["amount"]),
        period=ADVERBS.get(found["period"]) or Period(found["period"]),
        channels=_ids("channel", said),
        roles=_ids("role", said),
        budget_mc=limit_mc("budget", budget),
        reports=next(iter(_ids("report", said)), None),
        asks_reports="reports" in said,
    )


def _ids(field: str, said: Answers) -> tuple[int, ...]:
    return tuple(read_with(read_id, field, entry) for entry in said.get(f"{field}s", ()))


def _chosen(before: tuple[int, ...], chosen: tuple[int, ...]) -> tuple[int, ...]:
    """What was chosen, and what the form had no room to show."""
    return tuple(dict.fromkeys((*chosen, *before[MAX_CHOSEN:])))[:MAX_LISTED]
