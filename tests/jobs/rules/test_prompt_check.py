"""What an order says, however it is marked up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generation.request import TextPrompt
from jobs.errors import AdultContent, ForbiddenWords
from jobs.orders.image import ImageOrder
from jobs.orders.morph import MorphOrder
from jobs.rules.prompt_check import drawn_texts, find_adult_word, find_word, refused_words
from prompts import parse
from storage.rules import Rules
from tests.jobs.harness import an_order


def order(*texts: tuple[str, float], title: str = "a fox") -> ImageOrder:
    plain = an_order(title=title)
    prompts = tuple(TextPrompt(text, weight) for text, weight in texts)
    return replace(plain, requests=(replace(plain.first, prompts=prompts),))


def typed(text: str, *, reads_emphasis: bool = True) -> ImageOrder:
    """The order of a prompt as it is sent to an engine that reads emphasis or does not."""
    first = an_order().first
    requests = tuple(
        replace(
            first,
            prompts=tuple(
                TextPrompt(one.text if reads_emphasis else one.plain, one.weight) for one in variant
            ),
        )
        for variant in parse(text).variants
    )
    return replace(an_order(), requests=requests)


def drawn(text: str, *, reads_emphasis: bool = True) -> list[str]:
    order = typed(text, reads_emphasis=reads_emphasis)
    return drawn_texts(order, lambda _engine_id: reads_emphasis)


def adult(text: str, *, reads_emphasis: bool = True) -> str | None:
    return find_adult_word(drawn(text, reads_emphasis=reads_emphasis))


def test_what_is_kept_out_is_not_drawn():
    assert drawn("a fox::2 fog::-0.5 --no text --ar 3:2") == ["a fox"]
    assert drawn("a {red, blue} fox") == ["a red fox", "a blue fox"]
    assert drawn("a (red:-1) fox (big:0)") == ["a \x1f fox "]


@pytest.mark.parametrize(
    "text",
    [
        "portrait --no (nude woman:-1)",
        "portrait::1 (nude woman:-2)::-1",
        "portrait --no ((nude:-1) woman)",
        "portrait --no [(nude:-0.1)]",
        "portrait --no (nude)-1.0",
        "portrait --no (a (nude:2):-0.5)",
        "portrait --no ((nu:-1)(de:-2.5))",
        "portrait --no (({nude, hat}:-1))",
        "portrait --no {hat, (nude:-1)}",
        "portrait ((nude:-1):-1)",
        "portrait (nu:1.1)de",
        "portrait nu(de:0.1)",
        "portrait nude--",
        "portrait --no fog, (nude--:-1)",
        "no::1 clothes::2",
        "no::1 (clothes:-1)::-2",
        "portrait \\(nude:-1\\)",
        "portrait (naked:1.1)(girl:1.2)",
        "portrait woman(nude:1.3)",
    ],
)
def test_two_negatives_draw(text: str):
    assert adult(text) is not None


@pytest.mark.parametrize(
    "text",
    [
        "portrait --no nude",
        "portrait --no ((nude:-1):-1)",
        "portrait::1 nude::-2",
        "portrait (nude:-1)",
        "portrait (nude:0)",
        "portrait --no (nude:0)",
        "portrait::1 nude::0",
        "portrait --no [nude], (nude), nude++",
        "portrait::1 (nude:2)::-1",
        "portrait ((nude:-1):2)",
        "no::1 clothes::-1",
        "nu::1 de::-1",
    ],
)
def test_what_is_pushed_out_is_not_refused(text: str):
    assert adult(text) is None


def test_an_engine_without_emphasis_draws_what_it_is_sent():
    plain = {"reads_emphasis": False}
    assert adult("portrait --no (nude:-1)", **plain) is None
    assert adult("portrait::1 x (nude:-1)", **plain) == "nude"
    assert adult("portrait::1 x (nude:0)", **plain) == "nude"
    assert adult("portrait::1 (nude woman:-2)::-1", **plain) is None
    # Sent as text, its brackets are no emphasis there.
    assert adult("portrait \\(nude:-1\\)", **plain) == "nude"
    assert adult("portrait --no \\(nude:-1\\)", **plain) is None


def test_a_morph_is_judged_in_all_its_frames():
    scenes = ((TextPrompt("a fox"),), (TextPrompt("(nude:-1)", -1.0), TextPrompt("a fox")))
    morph = MorphOrder(title="", prompts=("", ""), scenes=scenes, settings=an_order().first)
    assert find_adult_word(drawn_texts(morph, lambda _engine_id: True)) == "nude"
    assert find_adult_word(drawn_texts(morph, lambda _engine_id: False)) is None


@pytest.mark.parametrize(
    "text", ["nude", "n(ud:1.3)e", "a nude++ figure", "[nude]", "a nu, de nude"]
)
def test_emphasis_hides_nothing(text: str):
    said = order((text, 1.0))
    refused = refused_words(said, Rules(), drawn_texts(said, lambda _engine_id: True))
    assert isinstance(refused, AdultContent)
    assert refused.word == "nude"
    assert refused_words(said, Rules(), []) is None


def test_the_guilds_list_holds_everywhere():
    rules = Rules(words=("Cabbage",))
    for hidden in (
        order(("a fox", 1.0), ("c(abb:1.2)age", -1.0)),
        order(("a fox", 1.0), title="CABBAGE"),
        replace(order(("a fox", 1.0)), prompt="a fox --no c4bbage"),
    ):
        refused = refused_words(hidden, rules, [])
        assert isinstance(refused, ForbiddenWords)
        assert refused.word == "Cabbage"
    assert refused_words(order(("a fox", 1.0)), rules, ["a fox"]) is None


@pytest.mark.parametrize(
    "text",
    ["pine::1.1 apple", "pine | apple", "pine(x:0)apple", "big::2 fog::-1 cat", "(big:1.1)(cat:2)"],
)
def test_the_guilds_list_holds_for_words_that_meet_in_what_is_drawn(text: str):
    said, rules = typed(text), Rules(words=("pineapple", "big cat"))
    refused = refused_words(said, rules, drawn(text), is_age_restricted=True)
    assert isinstance(refused, ForbiddenWords)


def test_an_empty_list_forbids_nothing():
    assert find_word(Rules(), ["anything"]) is None
