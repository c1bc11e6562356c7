"""Caps that make something impossible say so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from commands.kinds.view import OfferedEngines
from commands.limits.possibilities import impossible
from generation.catalogue import catalogue
from storage.rules import Rules
from tests.commands.engines import FixedEngines, offering

ENGINES = catalogue.load()
VIDEO = replace(next(iter(ENGINES.of_kind("video"))), price="flat:20")
OFFERED = offering(ENGINES, VIDEO)


@pytest.mark.parametrize("rule", ["job_cap_mc", "day_cap_mc", "budget_mc"])
def test_no_film_can_be_made_under_a_low_cap(rule: str):
    assert impossible(replace(Rules(), **{rule: 19_999}), None, OFFERED) == [
        "No film can be made: one costs 20.00."
    ]
    assert impossible(replace(Rules(), **{rule: 20_000}), None, OFFERED) == []


def test_the_operators_ceiling_counts_too():
    assert "No film can be made: one costs 20.00." in impossible(Rules(), 5000, OFFERED)


def test_under_the_price_of_the_cheapest_picture_nothing_can_be_drawn():
    said = "\n".join(impossible(Rules(job_cap_mc=9), None, OFFERED))
    assert "No picture can be drawn: the cheapest costs " in said
    assert "No morph can be made: the cheapest costs " in said
    assert "No picture can be made larger: the cheapest costs 0.20." in said


def test_the_cheapest_engine_counts_not_the_usual_one():
    dear, cheap = replace(VIDEO, id="dear", price="flat:30"), replace(VIDEO, id="cheap")
    films = OfferedEngines(FixedEngines(ENGINES, dear, more_videos=[cheap]), pytest.fail)
    assert films.video == dear
    assert impossible(Rules(job_cap_mc=25_000), None, films) == []
    assert "No film can be made: one costs 20.00." in impossible(Rules(job_cap_mc=1), None, films)


def test_pictures_of_another_engine_can_be_drawn_where_the_usual_one_is_too_dear():
    core, flash = ENGINES.get("stable-image-core"), ENGINES.get("sd3.5-flash")
    assert (core.price, flash.price) == ("flat:3", "flat:2.5")
    pictures = offering(ENGINES.only([core.id, flash.id]))
    assert pictures.find_default() == core
    assert impossible(Rules(job_cap_mc=2500), None, pictures) == [
        "No morph can be made: the cheapest costs 20.00."
    ]


def test_edits_are_told_of():
    eraser = next(engine for engine in ENGINES.of_kind("edit") if engine.edits)
    told = impossible(Rules(job_cap_mc=9), None, offering(ENGINES.only([eraser.id])))
    assert told == ["No picture can be edited: the cheapest edit costs 0.10."]


def test_without_caps_everything_is_possible():
    assert impossible(Rules(), None, OFFERED) == []


def test_where_no_films_are_made_none_is_told_of():
    assert impossible(Rules(job_cap_mc=5000), None, offering(ENGINES)) == []
