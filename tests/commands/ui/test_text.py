"""Member's text in cards: it shows as it was typed and can do nothing."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.ui.text import MAX_ALT, alt_text, clamp, clamp_bytes, listed, quoted, weight

MENTION = re.compile(r"(?<!\\)<(@[!&]?|#|a?:\w+:|t:|/\w+:|id:)\w*|@(everyone|here)\b")


@pytest.mark.parametrize(
    "text",
    [
        "@everyone @here",
        "<@123456789012345678> <@!123456789012345678> <@&123456789012345678>",
        "<#123456789012345678> </imagine:123456789012345678> <id:customize>",
        "<:fox:123456789012345678> <a:fox:123456789012345678> <t:1:R>",
    ],
)
def test_nothing_is_mentioned(text: str):
    assert not MENTION.search(quoted(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "**bold** _it_ ~~no~~ ||spoiler|| `code`",
            r"\*\*bold\*\* \_it\_ \~\~no\~\~ \|\|spoiler\|\| \`code\`",
        ),
        ("[here](http://evil.example)", r"\[here\](http\://evil.example)"),
        (
            r"\[a\]\(b\) \[Free\]\(https\://evil.example\)",
            r"\\\[a\\\]\\(b\\) \\\[Free\\\]\\(https\\://evil.example\\)",
        ),
        (r"[x](y) **bold** (z)", r"\[x\](y) \*\*bold\*\* (z)"),
        ("1. first", r"1\. first"),
        ("- item", r"\- item"),
        ("-# small", r"\-# small"),
        ("ratio 3:2", "ratio 3:2"),
        ("# heading", r"\# heading"),
        ("> quote", r"\> quote"),
        ("two\nlines\tand  more", "two lines and more"),
        ("back\\slash", r"back\\slash"),
        ("\x00nul \x1b[31mred\x07", r"nul \[31mred"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u2067right\u2069", "right"),
        ("👩‍🚀 日本語 עברית", "👩‍🚀 日本語 עברית"),
    ],
)
def test_text_shows_as_plain_characters(text: str, shown: str):
    assert quoted(text) == shown


@given(st.text(max_size=400))
def test_any_text_is_one_line_without_mentions(text: str):
    shown = quoted(text)
    assert len(shown.splitlines()) <= 1
    assert not MENTION.search(shown)
    assert len(shown) <= 2 * 300 + 100


@given(st.text(max_size=60), st.integers(1, 40))
def test_a_clamped_text_keeps_its_beginning(text: str, limit: int):
    cut = clamp(text, limit)
    assert len(cut) <= limit
    assert cut == text or text.startswith(cut.removesuffix("…"))


@given(st.text(max_size=60), st.integers(3, 60))
def test_a_text_is_cut_between_characters(text: str, limit: int):
    cut = clamp_bytes(text, limit)
    assert len(cut.encode(errors="replace")) <= limit
    assert cut == text or cut.endswith("…")


@given(st.lists(st.text(min_size=1, max_size=20), max_size=30), st.integers(0, 200))
def test_a_list_shows_whole_pieces_and_counts_the_rest(pieces: list[str], limit: int):
    shown = listed(pieces, " · ", limit)
    assert len(shown) <= limit + len("… and 30 more")
    if len(" · ".join(pieces)) + 3 <= limit:
        assert shown == " · ".join(pieces)


@given(st.text(max_size=3000), st.integers(1, 10), st.integers(1, 10))
def test_alternative_text_says_which_and_fits(title: str, number: int, total: int):
    text = alt_text(title, number, total)
    assert len(text) <= MAX_ALT
    assert text.startswith("AI-generated: ")
    assert total == 1 or text.endswith(f" ({number} of {total})")


@pytest.mark.parametrize(("value", "shown"), [(1.5, "1.5"), (-0.5, "−0.5"), (2.0, "2")])
def test_a_weight_is_short_with_a_true_minus(value: float, shown: str):
    assert weight(value) == shown
