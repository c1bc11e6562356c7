"""What a server says of its engines for films is believed within limits."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generation.catalogue.engine import Engine
from generation.video.facts import FilmFacts, read_film_facts, with_facts

TOLD = {"prompt": True, "sizes": [[1280, 704]], "seconds": 5.042, "frames": 121}
ENGINE = Engine("films", kind="video", segment_s=2, default_size=(1024, 576))


def test_facts_are_read():
    found = read_film_facts(json.dumps({"films": TOLD}))
    assert found == {"films": FilmFacts(True, ((1280, 704),), 5.042)}


@pytest.mark.parametrize("text", ["", "nonsense", "[]", "3", '{"films": 3}', '{"films": {}}'])
def test_other_forms_say_nothing(text: str):
    assert read_film_facts(text) == {}


@pytest.mark.parametrize(
    "wrong",
    [
        {"sizes": []},
        {"sizes": [[0, 64]]},
        {"sizes": [[64, 100_000]]},
        {"sizes": [[64]]},
        {"sizes": [[64, 64]] * 26},
        {"seconds": 0},
        {"seconds": "NaN"},
        {"seconds": 1e9},
        {"prompt": "perhaps"},
    ],
)
def test_figures_beyond_all_sense_are_not_believed(wrong: dict[str, Any]):
    text = json.dumps({"films": TOLD | wrong, "others": TOLD})
    assert list(read_film_facts(text)) == ["others"]


def test_an_engine_is_what_its_server_says():
    told = with_facts(ENGINE, FilmFacts(True, ((1280, 704), (704, 1280)), 5.042))
    assert (told.takes_prompt, told.default_size, told.segment_s) == (True, (1280, 704), 5.0)
    assert with_facts(ENGINE, None) is ENGINE


def test_a_length_that_is_the_known_one_but_for_rounding_stays():
    told = with_facts(ENGINE, FilmFacts(False, ((1024, 576),), 2.083))
    assert (told.segment_s, told.default_size) == (2, (1024, 576))
