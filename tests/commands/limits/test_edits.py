"""What the options of /limits change: read without Discord, applied to a guild's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pytest

from commands import describe_module, limits
from commands.errors import BadInput
from commands.limits import amounts, lists, places
from commands.ui.caps import CAPS
from storage.rules import Period, Rules

if TYPE_CHECKING:
    import discord

    from commands.limits.rule_change import RuleEdit


@dataclass(frozen=True)
class Named:
    """A role or a channel as far as a change of rules looks at it."""

    id: int
    name: str = "painters"

    @property
    def mention(self) -> str:
        return f"<{self.id}>"


ROLE = cast("discord.Role", Named(20))
CHANNEL = cast("discord.TextChannel", Named(10, "studio"))


@pytest.mark.parametrize(
    ("change", "detail", "rules"),
    [
        (
            amounts.refill("2.5", "day", "europe/berlin"),
            "2.5 credits day europe/berlin",
            Rules(refill_mc=2500, period=Period.DAY, timezone="Europe/Berlin"),
        ),
        (amounts.start("7"), "7 credits", Rules(starting_mc=7000)),
        (amounts.role(ROLE, "3"), "@painters: 3 credits", Rules(role_refills_mc={20: 3000})),
        (amounts.role(ROLE), "@painters: as everyone", Rules()),
        (
            amounts.caps(per_job="2", per_day="none", open_jobs=3),
            "per job 2, per day none, open jobs 3",
            Rules(job_cap_mc=2000, day_cap_mc=None, open_jobs=3),
        ),
        (lists.add_channel(CHANNEL), "add #studio", Rules(channels=(10,))),
        (lists.add_role(ROLE), "add @painters", Rules(roles=(20,))),
        (lists.allow_everyone(), "all", Rules()),
        (places.tier(ROLE, 2), "@painters: 2", Rules(role_tiers={20: 2})),
        (places.age(3), "3 days", Rules(min_age_days=3)),
        (places.gifts(allowed=True), "allowed", Rules(allows_gifts=True)),
        (places.pictures(others=True), "allowed", Rules(allows_others_pictures=True)),
        (places.reports(), "no channel", Rules()),
        (places.pause(), "", Rules(is_paused=True)),
        (places.resume(), "", Rules()),
    ],
)
def test_a_command_changes_one_rule(change: RuleEdit, detail: str, rules: Rules):
    assert change.detail == detail
    assert change.edit(Rules()) == rules
    answer = change.answer if isinstance(change.answer, str) else change.answer(rules)
    assert answer.endswith((".", ".**"))


def test_a_list_has_an_end_and_a_last_one():
    full = Rules(channels=tuple(range(lists.MAX_LISTED)))
    with pytest.raises(BadInput, match="take one off first"):
        lists.add_channel(CHANNEL).edit(full)
    with pytest.raises(BadInput, match="not on the list"):
        lists.remove_role(ROLE).edit(Rules())
    with pytest.raises(BadInput, match="the only one"):
        lists.remove_role(ROLE).edit(Rules(roles=(20,)))
    assert lists.remove_role(ROLE).edit(Rules(roles=(20, 21))).roles == (21,)


def test_a_cap_needs_an_option_and_an_amount():
    nothing: dict[str, Any] = dict.fromkeys(cap.option for cap in CAPS)
    with pytest.raises(BadInput, match="say per_job, per_day or open_jobs"):
        amounts.caps(**nothing)
    with pytest.raises(BadInput, match="per_day"):
        amounts.caps(**{**nothing, "per_day": "lots"})


def test_every_cap_is_an_option_and_a_rule():
    commands, _ = describe_module(limits)
    caps: Any = cast("Any", commands[0]).get_command("caps")
    assert [option.name for option in caps.parameters] == [cap.option for cap in CAPS]
    assert all(hasattr(Rules(), cap.rule) for cap in CAPS)


def test_what_discord_is_told_of_an_option_comes_from_the_function():
    commands, _ = describe_module(limits)
    refill: Any = cast("Any", commands[0]).get_command("refill")
    period = refill.get_parameter("period")
    assert [choice.value for choice in period.choices] == list(Period)
    assert refill.get_parameter("timezone").autocomplete
    assert refill.get_parameter("amount").description == "Credits, for example 25; 0 for none"
