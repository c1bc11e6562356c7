"""Reading takes time in proportion to the length, whatever is repeated in the text."""

from __future__ import annotations

import gc
from contextlib import suppress
from time import thread_time
from typing import TYPE_CHECKING

import pytest

from commands.kinds.image.notices import one_line
from generation.server_text import clean
from generation.stability.prompt_text import Run, WeightedText, write_prompt
from prompts import MAX_CHARS, PromptError, parse, parse_emphasis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GROWTH = 8
MOST_TIMES_SLOWER = 24
"""Eight times the text takes about 8 times as long; quadratic work would take 64 times."""


def repeated(pattern: str, size: int) -> str:
    return (pattern * size)[:size]


def nested(before: str, inside: str, after: str, size: int) -> str:
    depth = (size - len(inside)) // (len(before) + len(after))
    return before * depth + inside + after * depth


TEXTS: list[Callable[[int], str]] = [
    *(
        lambda size, pattern=pattern: repeated(pattern, size)
        for pattern in [
            *("(", "((a", "(a)", "(a:1.3) ", "[(", "(_", "{", "{a,", "{a, b}", '{"a,', "{a,("),
            *("::1 ", "a::", "a:: ", "a::1 ", "a:2|", "a ", " ", "\\", "\\(", '"', "|", ",", "--"),
            *(
                "word++",
                "word-- ",
                "a-",
                "+",
                "-",
                "—ar ",
                "--a ",
                "://",
                ":",
                "1",
                "(a)1.",
                *(
                    "https://a ",
                    "a://(",
                    "{a|b}",
                    "{{",
                    "{ ",
                    "}}",
                    "[a:b]",
                    "[[a:0.5]",
                    " -ar 1:1 x",
                ),
                *(
                    " --v 6",
                    "<lora:",
                    "<lora:a:1>",
                    "Steps: 2, a:",
                    "a: b, ",
                    "__a/",
                    "： ",
                    "\u200b",
                ),
                *("a\u200b ", "--\u200b", " :|", "Negative prompt: ", " BREAK", "#", "::\u2003"),
                *("--sampler a ", '--style "', "（", "｛a，", "：：１ "),
                *(
                    "Seed: 7, ",
                    "seed: ",
                    " —v 1",
                    " —v 1 x",
                    "{{a|",
                    "{{a|b}} ",
                    "${a",
                    "{2$$",
                    "a::1/2 ",
                    "<hypernet:a",
                ),
                *(
                    "x--ar 1 ",
                    "a\u200bBREAK",
                    "negative\u200b",
                    " \u200bsteps:",
                    ":'( ",
                    "--sref 1 ",
                ),
                "\ud800",
            ),
        ]
    ),
    lambda size: "fox --no " + repeated("a,", size - 9),
    lambda size: "fox --no " + repeated("{a,", size - 9),
    lambda size: "fox --seed " + repeated("9", size - 11),
    lambda size: "fox --sref" + repeated(" 1", size - 10),
    lambda size: "fox --sref" + repeated(" 1", size - 12) + " x",
    lambda size: "fox --ar 1" + repeated(" ", size - 12) + "1",
    lambda size: "fox --strength 1" + repeated(" ", size - 17) + "x",
    lambda size: "fox --seed " + repeated("1,111", size - 11),
    lambda size: "fox —v 1" + repeated(" ", size - 9) + "x",
    lambda size: "fox negative" + repeated(" ", size - 12),
    lambda size: "fox --sampler " + repeated("_", size - 14),
    lambda size: "fox --sampler _" + repeated(" ", size - 16) + "x",
    lambda size: "fox Steps: 20, Sampler: " + repeated("_", size - 24),
    lambda size: "fox --size 3" + repeated(" ", size - 16) + "x2 x",
    lambda size: "fox --size 3" + repeated("\u200b", size - 16) + "x2 x",
    lambda size: 'fox --ar "3' + repeated(" ", size - 15) + ":2 x",
    lambda size: "fox --q" + repeated(" ", size - 7),
    lambda size: "fox --q" + repeated("\t", size - 16) + "--seed 7",
    lambda size: "fox" + repeated(" ", size - 4) + "x",
    lambda size: "<lora:a:1" + repeated(" ", size - 10) + "x",
    lambda size: "<lora:a" + repeated(":", size - 7),
    lambda size: "fox --" + repeated("q", size - 6),
    lambda size: nested("(", "a", ")", size),
    lambda size: nested("( ", "a", " )", size),
    lambda size: nested("{a,", "b", "}", size),
    lambda size: nested("{", "a, b", "}", size),
    lambda size: nested("{(", "a, b", ")}", size),
    lambda size: nested("([", "a", ")]", size),
]


@pytest.fixture(autouse=True)
def _no_collection() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    gc.disable()
    yield
    gc.enable()


def processor_time(read: Callable[[str], object], text: str) -> float:
    """Seconds of this thread alone, so that a busy machine does not count."""
    start = thread_time()
    with suppress(PromptError):
        read(text)
    return thread_time() - start


def times_slower(read: Callable[[str], object], text: Callable[[int], str]) -> float:
    short, long = text(MAX_CHARS // GROWTH), text(MAX_CHARS)
    base = min(processor_time(read, short) for _ in range(3))
    # Twenty microseconds are the cost of a call; below that there is nothing to compare.
    return min(processor_time(read, long) for _ in range(2)) / max(base, 2e-5)


@pytest.mark.parametrize("read", [parse, parse_emphasis])
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text(24).encode("unicode_escape").decode())
def test_time_is_linear(read: Callable[[str], object], text: Callable[[int], str]) -> None:
    # A disturbed measurement is repeated; quadratic work stays quadratic.
    assert any(times_slower(read, text) < MOST_TIMES_SLOWER for _ in range(4))


def write_weighted(text: str) -> object:
    """What is written for Stability's REST API, with a weight for some words."""
    segments = [WeightedText((Run("b"),)), WeightedText((Run(text),), 0.5)]
    return write_prompt(segments, reads_weights=True)


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (one_line, lambda size: "a" + repeated(" ", size - 2) + "b"),
        (clean, lambda size: repeated("a", size)),
        (clean, lambda size: repeated("a***", size)),
        (write_weighted, lambda size: "a" + repeated(" ", size - 2) + "b"),
    ],
)
def test_what_is_written_of_a_text_takes_linear_time(
    read: Callable[[str], object], text: Callable[[int], str]
) -> None:
    assert any(times_slower(read, text) < MOST_TIMES_SLOWER for _ in range(4))


def test_words_with_stars_in_them_are_secrets() -> None:
    assert clean("key a****b and Bearer xyz, sk-abcdefgh1") == "key … and … …"
