"""The card of a lineage keeps Discord's limits, and knows a word for every kind."""

from __future__ import annotations

from dataclasses import replace

from commands.kinds.registry import VIEWS
from commands.studio.cards.lineage import WORDS, Branch, lineage_card
from storage.jobs import lineage
from tests.commands.ui.test_cards import a_job, check_limits, order, text

JOB = replace(a_job(order("a fox")), message_id=345678901234567890, guild_id=345678901234567890)


def test_every_kind_has_a_word():
    assert set(WORDS) == {view.kind for view in VIEWS}


def test_the_largest_tree_fits_on_a_card():
    count = lineage.MAX_ANCESTORS + 1 + lineage.MAX_DESCENDANTS
    branches = [Branch(depth, JOB, is_asked=not depth) for depth in range(count)]
    branches += [Branch(depth, more=999) for depth in range(count)]
    card = lineage_card(branches, has_earlier=True, has_tree=True)
    check_limits(card)
    assert "job k3f9abcd" in text(card)


def test_what_others_made_in_private_has_neither_id_nor_author():
    card = lineage_card([Branch(0, JOB), Branch(1)], has_earlier=False, has_tree=False)
    assert text(card).splitlines()[-1] == "↳ a result that only its author sees"
