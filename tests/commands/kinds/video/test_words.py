"""What a film's engine is told of a prompt, and what the card says of that."""

from __future__ import annotations

import pytest

from commands.kinds.video.words import (
    NO_OPTIONS,
    NO_WEIGHTS,
    FilmWords,
    read_words,
    words_of_picture,
)
from generation.catalogue.engine import Engine
from generation.errors import BadRequest
from prompts import PromptError

READS = Engine("wan", "Wan", kind="video", takes_prompt=True, max_prompt_chars=40)
DEAF = Engine("svd", "SVD", kind="video")


def test_words_go_to_the_engine_that_reads_them():
    assert read_words("sails fill --no text", READS) == FilmWords(
        prompt="sails fill", negative_prompt="text", notices=()
    )


@pytest.mark.parametrize("typed", ["(sails:1.3) fill", "sails::2 clouds::1"])
def test_weights_are_said_not_to_count(typed: str):
    words = read_words(typed, READS)
    assert "sails" in words.prompt
    assert ":" not in words.prompt
    assert words.notices == (NO_WEIGHTS,)


def test_options_are_said_not_to_count():
    assert read_words("sails fill --ar 3:2", READS).notices == (NO_OPTIONS,)


def test_the_card_says_that_they_do_not_count():
    words = read_words("sails fill", DEAF)
    assert words == FilmWords(notices=("The words don't count: SVD goes by the picture alone.",))
    assert words_of_picture("a boat", DEAF) == FilmWords()


def test_a_film_goes_on_from_the_words_of_its_picture():
    assert words_of_picture("a boat --ar 3:2", READS) == FilmWords(prompt="a boat")
    assert words_of_picture("a boat::1 fog::-0.5", READS).negative_prompt == "fog"
    assert words_of_picture("", READS) == FilmWords()
    assert "alternatives" in words_of_picture("a {red, blue} boat", READS).notices[0]


def test_what_cannot_be_told_is_refused():
    with pytest.raises(BadRequest, match="alternatives"):
        read_words("a {red, blue} boat", READS)
    with pytest.raises(BadRequest, match="40 characters that Wan reads"):
        read_words("x" * 41, READS)
    with pytest.raises(PromptError):
        read_words("a boat --ar nonsense", READS)
