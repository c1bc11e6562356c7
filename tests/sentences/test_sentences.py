"""Sentences of the lower floors: English to everybody, and said again in a member's language."""

from __future__ import annotations

import json
import pickle

import pytest

from commands.languages import say, say_again, say_on_card, speaking
from commands.ui.error_messages import words
from generation.catalogue.catalogue import load
from generation.credits import read_credits
from generation.errors import BadRequest
from prompts import PromptError, parse
from quarantine.errors import megapixels, more_than
from quarantine.formats import named
from sentences import Sentence


def test_it_is_its_english_text() -> None:
    made = Sentence("There is no option {option}", option="--x")
    assert made == "There is no option --x"
    assert hash(made) == hash("There is no option --x")
    assert (made.message, made.values) == ("There is no option {option}", {"option": "--x"})


def test_it_is_said_again_with_its_parts() -> None:
    made = Sentence(
        "--{flag} {takes}, not {value}",
        flag="ar",
        takes=Sentence("takes a number, like 7"),
        value="x",
    )
    with speaking("ko"):
        assert say_again(made) == "--ar에는 7 같은 숫자가 들어가요. x은(는) 안 돼요"
        assert say_again(made, say_on_card) == say_again(made)
    assert say_again(made) == made


def test_braces_in_a_value_stay() -> None:
    made = Sentence("{typed} is read as --{name}.", typed="{typed} {x}", name="{0}")
    assert made == "{typed} {x} is read as --{0}."
    with speaking("ko"):
        assert say_again(made) == "{typed} {x}은(는) --{0}으로 읽어요."


def test_other_text_stays_as_it_is() -> None:
    with speaking("ko"):
        assert say_again("There is nothing to draw") == "There is nothing to draw"


def test_it_travels_to_other_processes() -> None:
    made = Sentence("takes 1 to {limit} pictures", limit=10)
    assert pickle.loads(pickle.dumps(made)) == made


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("성 --ar x", "--ar에는 3:2 같은 가로:세로가 들어가요. x은(는) 안 돼요."),
        ("성 --seed", "--seed에는 정수이(가) 필요해요."),
        ("성 --v 6", "--v은(는) Midjourney의 것이에요. 여기서는 --engine으로 골라요."),
        ("성::99", "가중치 99은(는) -10에서 10을 벗어나요."),
        ("", "생성할 것이 없어요."),
    ],
)
def test_mistakes_in_prompts_are_told_in_korean(prompt: str, said: str) -> None:
    with pytest.raises(PromptError) as raised, speaking("ko"):
        parse(prompt)
    with speaking("ko"):
        told = words(raised.value, prompt).detail.replace("\\", "")
    assert said in told


def test_what_an_engine_does_not_draw_is_told_in_korean() -> None:
    reason = load().get("atelier-painter").size_problem(100, 100_000)
    assert reason is not None
    assert reason.startswith("the width 100 is not a multiple of 64 and the height 100000 is above")
    with speaking("ko"):
        told = words(BadRequest("size", reason)).detail
    assert told.startswith("너비 100은(는) 64의 배수가 아니에요, 높이 100000은(는) ")
    assert "가장 가까운 크기는 " in told


def test_a_sentence_among_values_is_said_too() -> None:
    reason = Sentence("it is empty")
    with speaking("ko"):
        said = say("{problem}; or type always, never or usual", problem=reason)
    assert said == "비어 있어요. 또는 always, never, usual"


def test_what_a_file_has_too_much_of_is_told_in_korean() -> None:
    with speaking("ko"):
        assert say_again(megapixels(60_000_000, 32_000_000)) == "32메가픽셀까지인데 60.0메가픽셀"
        assert say_again(more_than(1000, "frames")) == "프레임 1,000개 초과"
        assert say_again(named(("PNG", "WEBP"))) == "PNG 또는 WebP"


def test_it_comes_back_from_json() -> None:
    inner = Sentence("{one} or {other}", one="x", other=2)
    made = Sentence("{name} is not one of {known}", name="{y}", known=inner)
    back = Sentence.from_json(json.loads(json.dumps(made.to_json())))
    assert (back, back.message, back.values) == (made, made.message, made.values)
    assert isinstance(back.values["known"], Sentence)
    braces = Sentence('extras.loras is not a list like [{"name": "ink"}]')
    assert Sentence.from_json(braces.to_json()) == braces


@pytest.mark.parametrize("text", ["{x.real}", "{x[0]}", "{x!r}", "{x:9999999}", "{x:{x}}", "{}"])
def test_from_json_only_names_are_filled_in(text: str) -> None:
    with pytest.raises(ValueError, match="other placeholders"):
        Sentence.from_json({"message": text, "values": {"x": 1}})


def test_amounts_that_are_none_are_told_in_korean() -> None:
    with pytest.raises(ValueError, match="it is no number of credits") as raised:
        read_credits("viele")
    with speaking("ko"):
        assert say_again(raised.value.args[0]).startswith("크레딧 숫자가 아니에요")
