"""The cards of films keep Discord's limits whatever a picture is called, and say what is paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.video.cards import video_card, video_waiting_card
from commands.kinds.video.read import VideoRequestForm, video_order
from commands.kinds.video.sources import Source, of_upload
from commands.kinds.video.view import VideoView
from commands.ui import job_cards
from commands.ui.instants import since
from commands.ui.order_lines import arrives
from commands.upload import Upload
from generation.catalogue import catalogue
from generation.errors import Filtered
from media.camera import Camera, Move
from media.fit import Fit
from tests.commands.engines import offering
from tests.commands.ui.test_cards import (
    BUTTON,
    GALLERY,
    HOSTILE,
    JOB,
    MEMBER,
    NOW,
    a_job,
    check_limits,
    check_mentions,
    labels,
    parts,
    text,
)

if TYPE_CHECKING:
    from commands.ui.cards import Card
    from jobs.orders.video import VideoOrder

ROW = 1
VIDEOS = catalogue.load().get("stable-video-diffusion")
FILE = "attachment://atelier-k3f9abcd.mp4"
LINK = "https://pictures.example/" + "x" * 200
PAN = Camera(move=Move.PAN_LEFT)
PRICE_MC = 20_000


def video(title: str = "harbour.png", **wishes: Any) -> VideoOrder:
    """The order of a film from a picture of a shape that no film has."""
    form = VideoRequestForm(seed=7, **wishes)
    return video_order(form, VIDEOS, Source(title=title, size=(900, 600)))


def uploaded(filename: str) -> VideoOrder:
    """The same from an attached file."""
    upload = Upload(
        url="https://cdn.example/a", filename=filename, size=1, content_type="", width=9, height=6
    )
    return video_order(VideoRequestForm(seed=7, camera=PAN, fit=Fit.PAD), VIDEOS, of_upload(upload))


def shown(order: VideoOrder, **facts: Any) -> Card:
    """The card of a film that is there."""
    job = replace(a_job(order), price_mc=PRICE_MC * order.segments)
    given: dict[str, Any] = {"file": FILE, "made": order.segments, "price_mc": PRICE_MC}
    return video_card(job, order, VIDEOS, **(given | facts))


def every_card(order: VideoOrder) -> list[Card]:
    """Each kind of card about a film."""
    job = a_job(order)
    return [
        video_waiting_card(MEMBER, order, JOB, PRICE_MC, NOW),
        video_waiting_card(MEMBER, order, JOB, PRICE_MC, NOW, is_late=True),
        video_waiting_card(MEMBER, order, JOB, PRICE_MC, None, has_preview=False),
        job_cards.question_card(job, VideoView.noun, NOW + timedelta(hours=1)),
        job_cards.again_card(job),
        shown(order),
        shown(order, failure=Filtered("film"), made=0, link=LINK, price_mc=None),
        job_cards.away_card(job, NOW, arrives(VideoView.noun)),
        job_cards.failed_card(job, Filtered("film"), VideoView.edit_action),
        job_cards.cancelled_card(job, VideoView.edit_action),
    ]


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_title_makes_cards_that_discord_takes(title: str):
    for card in every_card(video(title, segments=5, camera=PAN)):
        check_limits(card)
        check_mentions(card)


@given(st.text(max_size=300))
def test_any_name_of_a_file_makes_cards_that_discord_takes(filename: str):
    for card in every_card(uploaded(filename)):
        check_limits(card)
        check_mentions(card)
        assert all(not line.endswith("· ") for line in text(card).splitlines())


@pytest.mark.parametrize("title", HOSTILE.values(), ids=HOSTILE)
def test_a_long_title_pushes_nothing_out_of_the_card(title: str):
    waiting, late, *_ = every_card(video(title, segments=5, camera=PAN))
    for card in (waiting, late):
        assert "20.00 credits reserved; charged only when the film is delivered" in text(card)
    assert f"Expected {since(NOW)}" in text(waiting)
    assert "It takes longer than usual." in text(late)
    assert "<t:" not in text(late)
    assert "AI-generated · job k3f9abcd" in text(shown(video(title)))


@pytest.mark.parametrize("filename", ["", " ", "\x00", "\u202e\n"])
def test_a_file_without_a_name_is_a_picture(filename: str):
    assert text(shown(uploaded(filename))).startswith(f"<@{MEMBER}> · a picture\n")


def test_the_waiting_card_says_the_price_first():
    assert text(video_waiting_card(MEMBER, video(segments=2), JOB, 40_000, NOW)) == (
        f"<@{MEMBER}> · harbour.png\n"
        "40.00 credits reserved; charged only when the film is delivered\n"
        "4 s · 1024×576 · motion 127\n"
        f"Expected {since(NOW)}\n"
        "-# The picture is cropped to 1024×576."
    )


def test_a_camera_move_waits_without_a_price():
    moved = replace(video(camera=PAN), segments=0, earlier=2, notices=())
    assert text(video_waiting_card(MEMBER, moved, JOB, 0, None)) == (
        f"<@{MEMBER}> · harbour.png\n"
        "Free: re-renders the same film.\n"
        "1024×576 · pan left, 50 %, smooth\n"
        "The film is being rendered …"
    )
    told = text(video_card(replace(a_job(moved), price_mc=0), moved, VIDEOS, file=FILE, made=0))
    assert "4 s · 1024×576 · seed 7 · motion 127 · pan left, 50 %, smooth · free" in told


def test_the_video_tells_how_to_make_it_again():
    card = shown(video())
    assert text(card) == (
        f"<@{MEMBER}> · harbour.png\n"
        "-# 2 s · 1024×576 · seed 7 · motion 127 · 20.00 credits\n"
        "-# AI-generated · job k3f9abcd · stable-video-diffusion\n"
        "-# The picture is cropped to 1024×576."
    )
    (gallery,) = [one for one in parts(card) if one["type"] == GALLERY]
    assert gallery["items"][0]["description"] == "AI-generated: harbour.png"


def test_the_buttons_stand_in_two_rows():
    rows = [
        [one["label"] for one in part["components"] if one["type"] == BUTTON]
        for part in parts(shown(video()))
        if part["type"] == ROW
    ]
    assert rows == [["Extend · 20.00", "Camera", "GIF", "WebP", "Recipe"], ["Delete", "Report"]]


def test_a_video_that_may_not_grow_has_no_button_for_it():
    assert labels(shown(video(), price_mc=None)) == [
        "Camera",
        "GIF",
        "WebP",
        "Recipe",
        "Delete",
        "Report",
    ]


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (2, "1 part is missing and not charged. The engine withheld the film."),
        (1, "2 parts are missing and not charged. The engine withheld the film."),
    ],
)
def test_missing_parts_are_named_and_not_charged(made: int, says: str):
    told = text(shown(video(segments=3), made=made, failure=Filtered("film")))
    assert says in told
    assert f"{made * 20}.00 credits" in told
    assert f"-# {made * 2} s · " in told


def test_a_video_too_large_for_the_place_is_linked_beside_its_poster():
    card = shown(video(), link=LINK)
    assert f"Too large for this channel: [the film]({LINK})" in text(card)
    (gallery,) = [one for one in parts(card) if one["type"] == GALLERY]
    assert gallery["items"][0]["description"] == "AI-generated: poster of harbour.png"


def test_the_question_about_a_lost_answer_names_the_price_of_one_part():
    job = replace(a_job(video(segments=3)), price_mc=3 * PRICE_MC)
    card = job_cards.question_card(job, VideoView.noun, NOW)
    assert "Start it again? You pay 20.00 once" in text(card)
    assert labels(card) == ["Start again", "Leave it"]


def test_the_video_of_a_hidden_picture_is_hidden():
    hidden = uploaded("SPOILER_ending.png")
    assert hidden.title == "ending.png"
    (gallery,) = [
        one
        for one in parts(video_waiting_card(MEMBER, hidden, JOB, 20_000, None))
        if one["type"] == GALLERY
    ]
    assert gallery["items"][0]["spoiler"] is True


def test_a_film_of_an_engine_without_motion_names_none():
    wan = replace(VIDEOS, name="Wan", heeds_motion=False)
    source = Source(title="harbour.png", size=wan.default_size)
    order = video_order(VideoRequestForm(seed=7, motion=255), wan, source)
    said = [shown(order), video_waiting_card(MEMBER, order, JOB, PRICE_MC, NOW)]
    view = VideoView(offering(catalogue.load()))
    assert all("255" not in text(card) and "motion" not in text(card) for card in said)
    assert "Motion" not in view.recipe(a_job(order)).values
