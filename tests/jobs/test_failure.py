"""Failures survive a restart as plain data."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from generation.errors import BadRequest, Busy, Filtered, GarbledAnswer, OutOfCredit, UnknownEngine
from jobs.errors import Cancelled, Interrupted
from jobs.failure import MAX_TEXT, describe, restore
from sentences import Sentence

ERRORS = [
    BadRequest("size", "too large"),
    Filtered("picture"),
    UnknownEngine("sd", "sdxl"),
    Busy("slow down", timedelta(seconds=2.5)),
    GarbledAnswer("not a picture"),
    OutOfCredit("no balance"),
    Cancelled(),
    Interrupted(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_comes_back_with_its_facts(error: Exception):
    back = restore(json.loads(json.dumps(describe(error))))
    assert type(back) is type(error)
    assert vars(back) == vars(error)


def test_a_foreign_error_becomes_an_interruption():
    facts = describe(ZeroDivisionError("a secret"))
    assert isinstance(restore(facts), Interrupted)
    assert "secret" not in json.dumps(facts)


def test_an_unknown_name_becomes_an_interruption():
    assert isinstance(restore({"error": "FromAnotherVersion"}), Interrupted)


def test_a_sentence_can_still_be_said_in_another_language():
    within = Sentence("{value} is outside {low} to 2", value=Sentence("a figure"), low=1)
    back = restore(json.loads(json.dumps(describe(BadRequest("cfg", within)))))
    assert isinstance(back, BadRequest)
    assert isinstance(back.reason, Sentence)
    assert back.reason == "a figure is outside 1 to 2"
    assert (back.reason.message, back.reason.values) == (within.message, within.values)


def test_an_engines_own_words_are_cut():
    back = restore(describe(BadRequest("prompt", "x" * 9999)))
    assert isinstance(back, BadRequest)
    assert len(back.reason) == MAX_TEXT
