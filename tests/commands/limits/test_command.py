"""/limits: what Discord is told of it, what its form says, and how its rules read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast
from unittest.mock import create_autospec

import discord
import pytest
from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st

from commands import describe_module, limits
from commands.errors import BadInput, NotManager
from commands.limits.amounts import MAX_ROLES, check_timezone, with_role
from commands.limits.rule_change import ManagersOnly
from commands.limits.setup import answers_of, read_answers, setup_form
from commands.ui.cards import note_card
from commands.ui.instants import since
from commands.ui.rule_lines import rule_lines
from generation import credits as money
from playground.rules.commands import check_command
from storage.ledger.pools import BudgetState, Pool
from storage.rules import Guild, Period, Rules

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def leaves(command: Any) -> list[Any]:
    if isinstance(command, app_commands.Group):
        return [leaf for one in command.commands for leaf in leaves(one)]
    return [command]


def described() -> dict[str, Any]:
    commands, _ = describe_module(limits)
    client = discord.Client(intents=discord.Intents.none())
    tree = app_commands.CommandTree(client)
    for command in commands:
        tree.add_command(command)
    return tree.get_commands()[0].to_dict(tree)


def test_discord_takes_the_command():
    told = described()
    check_command(told, ())
    assert told["default_member_permissions"] == discord.Permissions(manage_guild=True).value
    assert len(told["options"]) <= 25


def test_every_group_checks_the_permission_itself():
    commands, _ = describe_module(limits)
    for leaf in leaves(commands[0]):
        # Only the group that a command is directly in is asked.
        assert isinstance(leaf.parent, ManagersOnly)


async def test_the_permission_is_looked_at_also_where_discord_let_somebody_through():
    commands, _ = describe_module(limits)
    group = cast("ManagersOnly", commands[0])
    interaction = create_autospec(discord.Interaction, instance=True)
    interaction.permissions = discord.Permissions(manage_messages=True, moderate_members=True)
    interaction.command = leaves(group)[0]
    with pytest.raises(app_commands.CommandInvokeError) as raised:
        await group.interaction_check(interaction)
    assert isinstance(raised.value.original, NotManager)
    interaction.permissions = discord.Permissions(manage_guild=True)
    assert await group.interaction_check(interaction)


def sent(refill: str, budget: str = "none", **selects: list[str]) -> dict[str, list[str]]:
    return {"refill": [refill], "budget": [budget], **selects}


@pytest.mark.parametrize(
    ("typed", "amount_mc", "period"),
    [
        ("25 a week", 25_000, Period.WEEK),
        ("2.5 per day", 2500, Period.DAY),
        (" 100  each MONTH ", 100_000, Period.MONTH),
        ("0 every week", 0, Period.WEEK),
        ("7 day", 7000, Period.DAY),
        ("25 credits a week", 25_000, Period.WEEK),
        ("1 credit per day", 1000, Period.DAY),
        ("25/week", 25_000, Period.WEEK),
        ("25 / month", 25_000, Period.MONTH),
        ("25 weekly", 25_000, Period.WEEK),
        ("2.5 daily", 2500, Period.DAY),
        ("25credits monthly", 25_000, Period.MONTH),
    ],
)
def test_the_first_question_takes_plain_words(typed: str, amount_mc: int, period: Period):
    answers = read_answers(sent(typed))
    assert (answers.refill_mc, answers.period) == (amount_mc, period)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "25",
        "a week",
        "25 a year",
        "many a week",
        "-1 a week",
        "week 25",
        "25a week",
        "25week",
        "credits a week",
    ],
)
def test_what_says_no_amount_or_period_is_named(typed: str):
    with pytest.raises(BadInput) as raised:
        read_answers(sent(typed))
    assert raised.value.field == "refill"


def test_the_other_questions():
    answers = read_answers(sent("1 a day", "12.5", channels=["10", "11"], roles=["20"]))
    assert answers.channels == (10, 11)
    assert answers.roles == (20,)
    assert answers.budget_mc == 12_500
    assert read_answers(sent("1 a day", " None ")).budget_mc is None
    with pytest.raises(BadInput, match="budget"):
        read_answers(sent("1 a day", "lots"))


amounts = st.integers(0, 1_000_000_000)


@given(amounts, st.sampled_from(Period), st.none() | amounts)
async def test_the_form_shows_what_it_would_read(
    refill_mc: int, period: Period, budget_mc: int | None
):
    rules = Rules(
        refill_mc=refill_mc, period=period, budget_mc=budget_mc, channels=(10,), roles=(20,)
    )
    fields = {
        one["component"]["custom_id"]: one["component"]
        for one in setup_form(answers_of(rules)).to_dict()["components"]
    }
    answers = read_answers(sent(fields["refill"]["value"], fields["budget"]["value"]))
    assert (answers.refill_mc, answers.period, answers.budget_mc) == (refill_mc, period, budget_mc)
    assert [one["id"] for one in fields["channels"]["default_values"]] == [10]
    assert [one["id"] for one in fields["roles"]["default_values"]] == [20]
    assert not fields["reports"].get("default_values")


def test_the_form_shows_what_was_sent_with_a_mistake():
    answers = sent("many", "lots", channels=["10", "x"], reports=["30"])
    fields = {
        one["component"]["custom_id"]: one["component"]
        for one in setup_form(answers).to_dict()["components"]
    }
    assert (fields["refill"]["value"], fields["budget"]["value"]) == ("many", "lots")
    assert [one["id"] for one in fields["channels"]["default_values"]] == [10]
    assert [one["id"] for one in fields["reports"]["default_values"]] == [30]
    assert all(len(one["label"]) <= 45 for one in setup_form(answers).to_dict()["components"])


def test_a_form_of_an_earlier_version_leaves_the_channel_for_reports_alone():
    assert not read_answers(sent("1 a day")).asks_reports
    assert read_answers(sent("1 a day", reports=[])).asks_reports
    assert read_answers(sent("1 a day", reports=["30"])).reports == 30


@given(amounts)
def test_an_amount_as_typed_reads_back(amount_mc: int):
    assert money.read_credits(money.typed(amount_mc)) == amount_mc


@pytest.mark.parametrize(
    ("typed", "name"),
    [("Europe/Berlin", "Europe/Berlin"), (" europe/berlin ", "Europe/Berlin"), ("utc", "UTC")],
)
def test_a_time_zone_is_found_in_any_case(typed: str, name: str):
    assert check_timezone(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("", "Berlin", "../etc/passwd", "/usr/share/zoneinfo/UTC", "Europe/", "Europe", "\0"),
        *("+01:00", "localtime", "Factory", "posixrules", "posix/Europe/Berlin", "right/UTC"),
        *("tzdata", "zone.tab", "leapseconds"),
    ],
)
def test_what_is_no_time_zone_is_refused(typed: str):
    with pytest.raises(BadInput, match="time zone"):
        check_timezone(typed)


def test_roles_with_a_rule_are_bounded():
    full = dict.fromkeys(range(MAX_ROLES), 1)
    assert with_role(full, 3, 7)[3] == 7
    assert 3 not in with_role(full, 3, None)
    with pytest.raises(BadInput, match="role"):
        with_role(full, MAX_ROLES, 1)


def test_the_rules_of_a_new_guild():
    lines = rule_lines(Guild(id=1), (), None, NOW)
    assert lines == [
        "**New members** start with 25.00 credits.",
        f"**Refill:** 25.00 credits every week (time zone UTC); the next one {since(NOW)}.",
        "**Caps:** no limit for one job, no limit a day, 100 jobs at a time for each member.",
        "**Channels:** all. **Roles:** all. New members may draw at once.",
        "**Word list:** no entries. Adult content: age-restricted channels only.",
        "**Gifts** between members: not allowed."
        " **Animating** other members' pictures: not allowed.",
        "**Budget:** no limit.",
        "**Notification channels:** none.",
    ]


def test_the_rules_of_a_strict_guild_fit_on_a_card():
    many = tuple(range(10**17, 10**17 + 100))
    rules = Rules(
        role_refills_mc=dict.fromkeys(many[:MAX_ROLES], 10**9),
        role_tiers=dict.fromkeys(many[:MAX_ROLES], 2),
        min_age_days=3650,
        job_cap_mc=10**9,
        day_cap_mc=10**9,
        open_jobs=1,
        channels=many,
        roles=many,
        words=("cabbage",),
        allows_gifts=True,
        is_paused=True,
        budget_mc=10**9,
        budget_channel_id=1,
        report_channel_id=2,
        audit_channel_id=3,
    )
    months = [
        BudgetState(pool, 10**9, 5, 6, 10**9 - 11, NOW, NOW + timedelta(days=9)) for pool in Pool
    ]
    text = "\n".join(rule_lines(Guild(id=1, rules=rules), months, 10**9, NOW))
    assert len(text) < 3000
    assert "more" in text
    assert note_card(text)
    assert "**Paused:**" in text
    assert "**Refill by role** (the largest counts): <@&" in text
    assert "**Budget:** 1000000.00 credits a month; 0.02 used" in text
    assert "**The operator allows** 1000000.00 credits a month; 0.02 used" in text
    assert "Not approved" not in text
    assert "**Not approved yet:**" in rule_lines(Guild(id=1), (), 0, NOW)[0]
    assert "reports in <#2>, changes in <#3>, budget in <#1>" in text
