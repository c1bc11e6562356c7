"""The card of a member's settings."""

from __future__ import annotations

import pytest

from commands.studio.cards.settings import settings_card
from storage.preferences import Chosen, Preferences, Scope
from storage.rules import Member
from tests.commands.ui.test_cards import parts


@pytest.mark.parametrize(
    ("source", "asks_from_mc", "can_reset"),
    [
        (None, None, False),
        (Scope.GUILD, None, False),
        (Scope.MEMBER, None, True),
        (None, 0, True),
    ],
)
def test_only_what_a_member_has_set_can_be_reset(
    source: Scope | None, asks_from_mc: int | None, can_reset: bool
):
    chosen = Chosen(Preferences(count=2), {"count": source} if source else {})
    card = settings_card(chosen, Member(guild_id=1, id=2, asks_from_mc=asks_from_mc), "painter")
    (reset,) = [one for one in parts(card) if one.get("label") == "Reset mine"]
    assert reset.get("disabled", False) is not can_reset


@pytest.mark.parametrize(
    ("wants_mention", "said"),
    [(True, "end** · on · *built in*"), (False, "end** · off · *yours*")],
)
def test_mentions_are_theirs_once_they_are_off(wants_mention: bool, said: str):
    card = settings_card(
        Chosen(Preferences(), {}), Member(guild_id=1, id=2, wants_mention=wants_mention), "painter"
    )
    assert said in " ".join(one.get("content", "") for one in parts(card))
