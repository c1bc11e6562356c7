"""From words to a brief."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.backends import painter
from inference.backends.painter.lexicon import lexicon
from inference.backends.painter.prompt_features import PromptFeatures, read
from prompts import weigh
from tests.inference.orders import order


def brief_of(*prompts: str | tuple[str, float], **more: float) -> PromptFeatures:
    return read(order(*prompts, **more))


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("waves", "waves"),
        ("foggy", "fog"),
        ("Mountains,", "mountains"),
        ("DAISIES", "flowers"),
        ("sunny", "sun"),
        ("northern lights", "aurora"),
        ("the sunsets", "dusk"),
        ("ｓｅａ", "sea"),
    ],
)
def test_words_are_found_in_their_inflections(text: str, direction: str):
    assert brief_of(text).score(direction) > 0.5


def test_filler_says_nothing():
    assert brief_of("a beautiful picture of the, with 4").words == []


def test_a_negative_weight_pulls_the_other_way():
    features = brief_of("mountains", ("red fog", -0.5))
    assert features.score("fog") < 0 < features.score("mountains")
    assert len(features.shunned) == 1
    assert features.tints == {}


def test_weights_are_relative_to_the_strongest():
    assert brief_of(("sea", 2.5)).scores == brief_of("sea").scores
    assert brief_of(("sea", 2.0), ("fog", 1.0)).score("fog") == 0.5 * brief_of("fog").score("fog")
    assert brief_of(("sea", 0.1), ("fog", -10.0)).score("fog") == brief_of(("fog", -3.0)).score(
        "fog"
    )


def test_a_colour_belongs_to_the_thing_that_follows():
    features = brief_of("(red:1.2) lighthouse, a field of blue daisies, gold")
    red, blue = (lexicon().find(word) for word in ("red", "blue"))
    assert red is not None
    assert blue is not None
    assert features.tints["tower"] == red.colours[0][0]
    assert features.tints["flowers"] == blue.colours[0][0]
    assert "hills" not in features.tints


def test_an_unknown_word_always_means_the_same():
    first, second = brief_of("xyzzy"), brief_of("XYZZY")
    assert first == second
    assert first != brief_of("plugh")
    assert first.colours


@given(st.text(max_size=6000))
def test_any_text_is_read(text: str):
    features = brief_of(text)
    assert len(features.words) <= 64


def test_every_direction_of_the_lexicon_moves_the_painter():
    # A misspelt direction in the data file would silently do nothing.
    folder = Path(painter.__file__).parent
    code = "".join(file.read_text() for file in folder.rglob("*.py"))
    used = set(re.findall(r'"([a-z ]+)"', code))
    known = {
        name
        for word in lexicon().words
        for name in (lexicon().find(word) or PromptFeatures()).scores
    }
    assert known - used == set()


MARKS = ["(", ")", "[", "]", ":-1)", ":-0.5)", ":1.3)", ":0)", ")-1.0", "\\(", "\\)", "--", "++"]
pieces = st.sampled_from(["sea", "fog", "red", "mountains", " ", *MARKS])
marked_up = st.lists(pieces, min_size=1, max_size=12).map("".join)
weights = st.integers(-100, 100).map(lambda tenths: tenths / 10)


@given(st.lists(st.tuples(marked_up, weights), min_size=1, max_size=4))
def test_the_painter_weighs_words_as_the_filter_does(prompts: list[tuple[str, float]]):
    # Up to one positive factor: the painter's weights are relative to the strongest.
    features = brief_of(*prompts)
    most = max((weight for _, weight in prompts if weight > 0), default=1.0)
    expected = [
        (word, run.weight)
        for text, weight in prompts
        if weight
        for run in weigh(text, max(weight / most, -3.0))
        for word in re.findall(r"[^\W_]+", run.text)
        if lexicon().find(word) is not None
    ]
    found = [(word, pull / features.gain) for word, pull in features.words]
    assert [word for word, _ in found] == [word for word, _ in expected]
    assert [pull for _, pull in found] == pytest.approx([weight for _, weight in expected])
    for text, weight in prompts:
        relative = weigh(text, max(weight / most, -3.0))
        signs = [(one.weight > 0) - (one.weight < 0) for one in weigh(text, weight)]
        assert [(one.weight > 0) - (one.weight < 0) for one in relative] == signs
