from __future__ import annotations

import pytest

from prompts import Options, PromptError, parse, without_options


def refusal(text: str) -> PromptError:
    with pytest.raises(PromptError) as caught:
        parse(text)
    error = caught.value
    assert text[error.position :].startswith(error.offending)
    assert str(error).startswith(error.reason)
    assert str(error).endswith(".")
    return error


@pytest.mark.parametrize(
    ("flags", "offending", "suggestion"),
    [
        ("--seed -1", "-1", "0"),
        ("--seed 4294967296", "4294967296", None),
        ("--seed 1.5", "1.5", "1"),
        ("--seed ٣", "٣", None),
        ("--seed " + "9" * 5000, "9" * 5000, None),
        ("--steps 0", "0", "1"),
        ("--steps many", "many", None),
        ("--steps 20.0", "20.0", "20"),
        ("--cfg 7,5", "7,5", "7.5"),
        ("--cfg high", "high", None),
        ("--cfg nan", "nan", None),
        ("--cfg 1e3", "1e3", None),
        ("--cfg " + "9" * 400, "9" * 400, None),
        ("--ar 3/2", "3/2", "3:2"),
        ("--ar 3x2", "3x2", "3:2"),
        ("--ar 1.5", "1.5", "3:2"),
        ("--ar 3:0", "3:0", None),
        ("--ar wide", "wide", "16:9"),
        ("--ar 3:" + "1" * 4999, "3:" + "1" * 4999, None),
        ("--size 768", "768", "768x768"),
        ("--size 768*512", "768*512", "768x512"),
        ("--size 0x512", "0x512", None),
        ("--size big", "big", None),
        ("--count 0", "0", "1"),
        ("--count 17", "17", "16"),
        ("--count " + "9" * 5000, "9" * 5000, "16"),
        ("--count four", "four", None),
        ("--engine {a,b}", "{a,b}", None),
    ],
)
def test_wrong_values(flags: str, offending: str, suggestion: str | None) -> None:
    error = refusal(f"fox {flags}")
    assert (error.offending, error.suggestion) == (offending, suggestion)
    assert error.reason.startswith(flags.split()[0])


@pytest.mark.parametrize(
    ("flags", "suggestion"),
    [
        ("--seed", "--seed 7"),
        ("--seed --steps 30", "--seed 7"),
        ("--seed \u2014steps 30", "--seed 7"),
        ("--no", "--no fog, blur"),
        ("--no , , --seed 7", "--no fog, blur"),
        ("--engine", "--engine atelier-painter"),
    ],
)
def test_missing_values(flags: str, suggestion: str) -> None:
    error = refusal(f"fox {flags}")
    assert error.position == 4
    assert error.suggestion == suggestion


@pytest.mark.parametrize(
    ("flag", "nearest"),
    [
        ("--sed", "--seed"),
        ("--stpes", "--steps"),
        ("--aspect", "--ar"),
        ("--ratio", "--ar"),
        ("--negative", "--no"),
        ("--model", "--engine"),
        ("--width", "--size"),
        ("--samples", "--count"),
        ("--samplr", "--sampler"),
        ("--styl", "--style"),
    ],
)
def test_unknown_option_names_the_nearest(flag: str, nearest: str) -> None:
    error = refusal(f"fox {flag} 7")
    assert error.offending == flag
    assert error.suggestion == nearest
    assert len(error.reason) < 100


@pytest.mark.parametrize("flag", ["--été", "--" + "q" * 5900, "--x"])
def test_an_option_that_is_near_to_none_lists_all(flag: str) -> None:
    error = refusal(f"fox {flag} 7")
    assert (error.offending, error.suggestion) == (flag, None)
    assert "there are --ar, " in error.reason
    assert len(error.reason) < 300


@pytest.mark.parametrize(("typed", "right"), [("--seed7", "--seed 7"), ("--ar3:2", "--ar 3:2")])
def test_missing_space_is_named(typed: str, right: str) -> None:
    assert refusal(f"fox {typed}").suggestion == right


@pytest.mark.parametrize(
    ("text", "extra"),
    [
        ("fox --ar 3:2 in snow", "in snow"),
        ("fox --seed 7 in snow --ar 3:2", "in snow"),
        ("--ar 3:2 fox", "fox"),
        ("fox --style pixel art", "art"),
        ("fox --ar 3:2 \u2014so red", "\u2014so red"),
    ],
)
def test_text_after_an_option(text: str, extra: str) -> None:
    error = refusal(text)
    assert error.offending == extra
    assert error.suggestion is not None
    assert error.suggestion.startswith(extra)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("fox --AR 3:2", Options(aspect=(3, 2))),
        ("fox\n--ar 3:2\n--seed 7", Options(aspect=(3, 2), seed=7)),
        ("fox,--ar 3:2", Options(aspect=(3, 2))),
        ("fox --size 768×512", Options(size=(768, 512))),
        ("fox --size 768X512", Options(size=(768, 512))),
        ("fox --seed 007", Options(seed=7)),
        ("fox --cfg .5", Options(cfg=0.5)),
        ("fox --cfg \u22121", Options(cfg=-1)),
        ("fox --ar 3:2 --size 768x512", Options(aspect=(3, 2), size=(768, 512))),
        ("fox --no fog --seed 7", Options(seed=7)),
        ("fox --engine Stable-Diffusion-v1-5", Options(engine="Stable-Diffusion-v1-5")),
    ],
)
def test_other_ways_to_write_them(text: str, options: Options) -> None:
    assert parse(text).options == options


@pytest.mark.parametrize(
    "text",
    [
        "cat--ar 3:2",
        "a -- b",
        "a --5",
        "a - b",
        "x---ar",
        "fox \u2014area",
        "fox\u2014ar 3:2",
        "fox \u2014 ar",
        "fox \u2014seed7",
        r"a \--seed 7",
        r"a -\-seed 7",
        "[--no fog]",
    ],
)
def test_what_is_no_option(text: str) -> None:
    prompt = parse(text)
    assert prompt.options == Options()
    assert [segment.text for segment in prompt.segments] == [text]


def test_no_list() -> None:
    prompt = parse('fox --no (fog, mist:1.3), a "red, green" hat, , 5" pipe')
    assert [(segment.text, segment.weight) for segment in prompt.segments] == [
        ("fox", 1),
        ("(fog, mist:1.3)", -1),
        ('a "red, green" hat', -1),
        ('5" pipe', -1),
    ]


@pytest.mark.parametrize("text", ["fox --no fog::2", "fox --no a | b", "fox --no a:: b"])
def test_no_list_takes_no_weights(text: str) -> None:
    assert "--no takes words" in refusal(text).reason


def test_every_slash_option_beats_its_flag() -> None:
    flags = (
        "--ar 3:2 --size 768x512 --seed 7 --steps 30 --cfg 7 --count 2 --sampler a --engine b "
        "--style c --clip d"
    )
    slash = Options(8, 31, 8.0, (2, 3), (512, 768), 3, "A", "B", "C", "D")
    prompt = parse(f"fox {flags}", slash=slash)
    assert prompt.options == slash
    assert len(prompt.notices) == 10
    assert parse(f"fox {flags}", slash=Options()).options == parse(f"fox {flags}").options


def test_equal_slash_option_needs_no_notice() -> None:
    assert not parse("fox --seed 7", slash=Options(seed=7)).notices


def test_slash_seed_of_zero_draws_one() -> None:
    prompt = parse("fox --seed 7", slash=Options(seed=0))
    assert prompt.options.seed is None
    assert len(prompt.notices) == 1


@pytest.mark.parametrize(
    ("flag", "slash"),
    [
        ("--size 768x512", Options(aspect=(3, 2))),
        ("--ar 3:2", Options(size=(512, 512))),
    ],
)
def test_slash_shape_beats_the_other_kind_of_shape(flag: str, slash: Options) -> None:
    prompt = parse(f"fox {flag}", slash=slash)
    assert prompt.options == slash
    assert [notice.position for notice in prompt.notices] == [4]


def test_slash_count_is_part_of_the_limit() -> None:
    with pytest.raises(PromptError, match="18 pictures"):
        parse("{red, blue} fox --count 2", slash=Options(count=9))
    with pytest.raises(PromptError, match="17 pictures"):
        parse("fox", slash=Options(count=17))
    assert parse("{red, blue} fox --count 16", slash=Options(count=1)).pictures == 2


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("a fox", "a fox"),
        (" a fox --seed 7 ", " a fox --seed 7 "),
        ("a fox --engine x --seed 7", "a fox --seed 7"),
        ("a fox --seed 7 —Engine=x", "a fox --seed 7"),
        ("a fox --engine", "a fox"),
        ("a fox --engine x and more --ar 3:2", "a fox and more"),
        ("a fox::99 --engine x --engine y", "a fox::99"),
        ("--engine x", ""),
        (r"a fox \--engine x", r"a fox \--engine x"),
    ],
)
def test_options_are_taken_out_of_any_text(text: str, rest: str):
    assert without_options(text, {"engine", "ar"}) == rest
