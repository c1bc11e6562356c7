from __future__ import annotations

import pytest

from prompts import PromptError, parse


def read(text: str) -> list[tuple[str, float]]:
    return [(segment.text, segment.weight) for segment in parse(text).segments]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a::2::3 b", [("a", 2), ("b", 1)]),
        ("a:::2", [("a:", 2)]),
        ("a::::2 b", [(r"a\::", 2), ("b", 1)]),
        ("a::\tb", [("a", 1), ("b", 1)]),
        ("a::+1.5 b", [("a", 1.5), ("b", 1)]),
        ("a::2. b", [("a", 2), ("b", 1)]),
        ("a::2|b::-1", [("a", 2), ("b", -1)]),
        ("a::|b", [("a", 1), ("b", 1)]),
        ("a:: | b:2", [("a", 1), ("b", 2)]),
        ("a|b||c|", [("a", 1), ("b", 1), ("c", 1)]),
        ("a: 2 | b:-1 | c :2", [("a", 2), ("b", -1), ("c :2", 1)]),
        ("a:2:: b | c", [("a:2", 1), ("b", 1), ("c", 1)]),
        (":2 | b", [(":2", 1), ("b", 1)]),
        ("(a:2) | b", [("(a:2)", 1), ("b", 1)]),
        ("a:2 | b --seed 7", [("a", 2), ("b", 1)]),
        (r"a\::2 b", [(r"a\::2 b", 1)]),
        (r"a\|b", [(r"a\|b", 1)]),
        (r"a\\::2", [(r"a\\", 2)]),
        ("a\\ ::2 b", [(r"a\\", 2), ("b", 1)]),
        ("a::1.5\n\nb\n", [("a", 1.5), ("b", 1)]),
        ("  a  b ::2", [("a  b", 2)]),
        ("(a::2 b)", [("(a", 2), ("b)", 1)]),
    ],
)
def test_splits(text: str, expected: list[tuple[str, float]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize("text", ["a::3D", "a::1.2.3", "a::1-2", "a::2x b", "a::1e3"])
def test_a_number_that_runs_on_is_text(text: str) -> None:
    prompt = parse(text)
    assert [segment.plain for segment in prompt.segments] == [text]
    assert [notice.position for notice in prompt.notices] == [1]
    # The canonical text says that it is meant, so that the notice is not repeated.
    assert not parse(prompt.canonical).notices


@pytest.mark.parametrize("text", ["a::٣", "a::NaN", "a::-", "a::-x", "a::.x", "a::inf"])
def test_what_is_no_ascii_number_is_text(text: str) -> None:
    assert read(text) == [(text, 1)]
    assert not parse(text).notices


def test_a_weight_without_text_is_told() -> None:
    prompt = parse("::2 fox")
    assert read("::2 fox") == [("fox", 1)]
    assert [
        (notice.position, "before the weight 2" in notice.text) for notice in prompt.notices
    ] == [(2, True)]


@pytest.mark.parametrize(
    ("text", "position", "offending"),
    [
        ("", 0, ""),
        (" \n\t", 3, ""),
        ("  ::2 ", 2, "::2"),
        ("a::0", 0, "a::0"),
        ("| |", 0, "| |"),
        (" --ar 3:2", 1, ""),
        ("fog::0 --seed 7", 0, "fog::0"),
    ],
)
def test_nothing_to_draw(text: str, position: int, offending: str) -> None:
    with pytest.raises(PromptError, match="nothing to draw") as caught:
        parse(text)
    assert (caught.value.position, caught.value.offending) == (position, offending)


def test_a_very_long_weight_is_outside_the_range() -> None:
    with pytest.raises(PromptError, match="outside -10 to 10"):
        parse("a::" + "9" * 5000)
    with pytest.raises(PromptError, match="nothing to draw"):
        parse("a::." + "0" * 5000 + "1")


def test_control_characters_become_spaces() -> None:
    prompt = parse("a\0b\x1bc\x85d\ne")
    assert prompt.segments[0].text == "a b c d\ne"
    assert [(notice.position, notice.text) for notice in prompt.notices] == [
        (1, "Control characters are read as spaces.")
    ]


def test_lone_surrogates_are_replaced_since_they_cannot_be_sent() -> None:
    prompt = parse("a fox \ud83e::2")
    assert (prompt.segments[0].text, prompt.segments[0].weight) == ("a fox \ufffd", 2)
    assert [notice.position for notice in prompt.notices] == [6]
    prompt.canonical.encode()


def test_the_error_for_a_long_text_can_be_sent() -> None:
    with pytest.raises(PromptError) as caught:
        parse("\ud83e" * 6001)
    assert (caught.value.position, caught.value.offending) == (6000, "\ufffd")


def test_many_notices_are_summed_up() -> None:
    notices = parse("( " * 100 + "fox").notices
    assert len(notices) == 20
    assert notices[-1].text == "There are 81 more notices like these."
    assert [notice.position for notice in notices] == sorted(notice.position for notice in notices)


def test_direction_marks_and_joiners_are_left_alone() -> None:
    text = "\u202bثعلب أحمر\u202c 👩‍🎨 e\u0301"
    assert read(text) == [(text, 1)]
