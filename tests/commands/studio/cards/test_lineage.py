"""The card of a lineage keeps Discord's limits, and knows a word for every kind."""

from __future__ import annotations

from dataclasses import replace

from discord.ui import MediaGallery

from commands.kinds.registry import VIEWS
from commands.studio.cards.lineage import WORDS, Branch, lineage_card
from storage.jobs import lineage
from tests.commands.ui.test_cards import a_job, check_limits, order, text

JOB = replace(a_job(order("a fox")), message_id=345678901234567890, guild_id=345678901234567890)


def test_every_kind_has_a_word():
    assert set(WORDS) == {view.kind for view in VIEWS}


def test_the_largest_tree_fits_on_a_card():
    count = 1 + lineage.MAX_ANCESTORS + lineage.MAX_DESCENDANTS + lineage.MAX_BESIDE
    parents = [range(max(0, at - 4), at) for at in range(count)]
    branches = [Branch(parents[at], JOB, is_asked=not at, others=4) for at in range(count)]
    branches += [Branch([at], more=999) for at in range(count)]
    card = lineage_card(branches, has_earlier=True, has_tree=True)
    check_limits(card)
    assert "job k3f9abcd" in text(card)


def test_what_others_made_in_private_has_neither_id_nor_author():
    card = lineage_card([Branch([], JOB), Branch([0])], has_earlier=False, has_tree=False)
    assert text(card).splitlines()[-1] == "↳ a result that only its author sees"


def test_a_blend_names_all_that_it_was_made_of():
    blend = replace(JOB, id="blended0", kind="blend")
    branches = [
        Branch([], JOB, is_own=True),
        Branch(),
        Branch([0, 1], blend, is_own=True, is_asked=True, others=1),
        Branch([2], replace(JOB, id="made0000"), is_own=True),
    ]
    card = lineage_card(branches, has_earlier=False, has_tree=True)
    lines = text(card).splitlines()[-4:]
    assert lines[1] == "\u2003a result that only its author sees"
    made_of = "from k3f9abcd, a result that only its author sees, and 1 more"
    assert lines[2].startswith("\u2003↳ blend [job blended0](")
    assert lines[2].endswith(f" · {made_of} · **this one**")
    assert "from" not in lines[3]
    (item,) = (one for one in card.walk_children() if isinstance(one, MediaGallery))
    assert f"3. blend blended0 {made_of} (this one)" in str(item.items[0].description)
