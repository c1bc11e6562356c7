"""The forms of films keep Discord's limits, and what was chosen in them comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.video.forms import animate_form, camera_form, priced_length
from commands.kinds.video.read import lengths, read_length, read_motion
from commands.kinds.video.sources import MAX_SOURCES, Source, numbered_titles
from commands.options.camera import read_camera
from commands.ui.modals import answers, parse_submit
from generation.catalogue import catalogue
from media.camera import Camera, Easing, Move
from media.fit import Fit
from tests.commands.ui.test_cards import HOSTILE
from tests.commands.ui.test_modals import sent_back

VIDEOS = catalogue.load().get("stable-video-diffusion")
SUBJECT = "0123456789abcdef"
MAX_TITLE, MAX_ID, MAX_LABEL, MAX_FIELDS = 45, 100, 45, 5
MAX_OPTIONS, MAX_OPTION, MAX_ABOUT = 25, 100, 100


def check(form: dict[str, Any]) -> None:
    """Discord's limits of a form with selects."""
    assert 1 <= len(form["title"]) <= MAX_TITLE
    assert 1 <= len(form["custom_id"]) <= MAX_ID
    assert 1 <= len(form["components"]) <= MAX_FIELDS
    for label in form["components"]:
        select = label["component"]
        assert len(label.get("description") or "") <= MAX_ABOUT
        assert 1 <= len(label["label"]) <= MAX_LABEL
        assert 1 <= len(select["options"]) <= MAX_OPTIONS
        assert len({one["value"] for one in select["options"]}) == len(select["options"])
        assert sum(one.get("default", False) for one in select["options"]) == 1
        for one in select["options"]:
            assert 1 <= len(one["label"].strip()) <= MAX_OPTION
            assert 1 <= len(one["value"]) <= MAX_OPTION


def usual(form: dict[str, Any]) -> dict[str, str]:
    """What a form says that was sent off as it opened."""
    components = [
        {
            "type": 18,
            "component": {
                "type": 3,
                "custom_id": label["component"]["custom_id"],
                "values": [
                    one["value"] for one in label["component"]["options"] if one.get("default")
                ],
            },
        }
        for label in form["components"]
    ]
    return answers({"components": components})


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_titles_make_forms_that_discord_takes(title: str):
    check(animate_form(SUBJECT, [title] * MAX_SOURCES, VIDEOS).to_dict())


@given(st.lists(st.text(max_size=300), min_size=1, max_size=MAX_SOURCES))
async def test_any_titles_make_forms_that_discord_takes(titles: list[str]):
    sources = [Source(title=title, size=None) for title in titles]
    check(animate_form(SUBJECT, numbered_titles(sources), VIDEOS).to_dict())


async def test_a_form_says_what_it_is_for():
    for form, action in (
        (animate_form(SUBJECT, ["a"], VIDEOS), "animated"),
        (camera_form(SUBJECT), "camera_set"),
    ):
        check(form.to_dict())
        assert form.is_finished()
        nothing_typed = sent_back({"custom_id": form.custom_id, "components": []})
        assert parse_submit(nothing_typed)[:2] == (action, SUBJECT)


async def test_pictures_are_chosen_from_where_there_are_several():
    def asked(titles: list[str]) -> list[str]:
        form = animate_form(SUBJECT, titles, VIDEOS).to_dict()
        return [label["component"]["custom_id"] for label in form["components"]]

    assert asked(["a"]) == ["length", "motion", "camera", "fit"]
    assert asked(["a", "b"]) == ["picture", "length", "motion", "camera", "fit"]


async def test_who_changes_nothing_gets_the_usual_video():
    said = usual(animate_form(SUBJECT, ["a", "b"], VIDEOS).to_dict())
    assert said["picture"] == "0"
    assert read_length(int(said["length"]), VIDEOS) == 1
    assert read_motion(said["motion"]) == 127
    assert read_camera(said["camera"], None, None) is None
    assert Fit(said["fit"]) is Fit.CROP


async def test_who_opens_the_camera_wants_a_move():
    said = usual(camera_form(SUBJECT).to_dict())
    camera = read_camera(said["camera"], int(said["strength"]), said["easing"])
    assert camera == Camera(move=Move.PAN_LEFT, strength=50, easing=Easing.SMOOTH)


async def test_everything_that_is_offered_is_read():
    form = animate_form(SUBJECT, ["a"], VIDEOS).to_dict()
    offered = {
        label["component"]["custom_id"]: [one["value"] for one in label["component"]["options"]]
        for label in form["components"]
    }
    assert [read_length(int(one), VIDEOS) for one in offered["length"]] == [1, 2, 3, 4, 5]
    assert [read_motion(one) for one in offered["motion"]] == [30, 80, 127, 190, 255]
    assert {Fit(one) for one in offered["fit"]} == set(Fit)
    moves = [read_camera(one, None, None) for one in offered["camera"]]
    assert {one.move for one in moves if one} == set(Move)


def test_lengths_are_offered_with_their_prices():
    assert [priced_length(VIDEOS, seconds) for seconds in lengths(VIDEOS)] == [
        "2 s · 20.00 credits",
        "4 s · 40.00 credits",
        "6 s · 60.00 credits",
        "8 s · 80.00 credits",
        "10 s · 100.00 credits",
    ]
    cheap = replace(VIDEOS, price="flat:1")
    assert priced_length(cheap, 2) == "2 s · 1.00 credit"


def test_what_was_not_chosen_is_left_out():
    assert answers({"components": []}) == {}
    empty = {"type": 3, "custom_id": "length", "values": []}
    assert answers({"components": [{"type": 18, "component": empty}, {"type": 10}]}) == {}
