"""What an order says, however it is marked up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generation.request import TextPrompt
from jobs.errors import AdultContent, ForbiddenWords
from jobs.order import ImageOrder
from jobs.wording import check_words, drawn_texts, drawn_texts_of, find_word
from tests.jobs.workshop import an_order


def order(*texts: tuple[str, float], title: str = "a fox") -> ImageOrder:
    plain = an_order(title=title)
    prompts = tuple(TextPrompt(text, weight) for text, weight in texts)
    return replace(plain, requests=(replace(plain.first, prompts=prompts),))


def test_what_is_kept_out_is_not_drawn():
    assert drawn_texts(order(("a fox", 1.0), ("fog", -0.5))) == ["a fox"]
    assert drawn_texts_of("a fox::2 fog::-0.5 --no text --ar 3:2") == ["a fox"]
    assert drawn_texts_of("a {red, blue} fox") == ["a red fox", "a blue fox"]
    assert drawn_texts_of("a fox::11") == ["a fox::11"]


@pytest.mark.parametrize(
    "text", ["nude", "n(ud:1.3)e", "a nude++ figure", "[nude]", "a nu, de nude"]
)
def test_emphasis_hides_nothing(text: str):
    with pytest.raises(AdultContent) as raised:
        check_words(order((text, 1.0)), (), is_age_restricted=False)
    assert raised.value.word == "nude"
    check_words(order((text, 1.0)), (), is_age_restricted=True)


def test_the_guilds_list_holds_everywhere():
    words = ("Cabbage",)
    for hidden in (
        order(("a fox", 1.0), ("c(abb:1.2)age", -1.0)),
        order(("a fox", 1.0), title="CABBAGE"),
        replace(order(("a fox", 1.0)), prompt="a fox --no c4bbage"),
    ):
        with pytest.raises(ForbiddenWords) as raised:
            check_words(hidden, words, is_age_restricted=True)
        assert raised.value.word == "Cabbage"
    check_words(order(("a fox", 1.0)), words, is_age_restricted=False)


def test_an_empty_list_forbids_nothing():
    assert find_word((), ["anything"]) is None
