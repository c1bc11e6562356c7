"""Wishes for films: what members type, and the orders that these become."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.errors import BadInput, NoCameraMove
from commands.kinds.video.read import (
    MOTIONS,
    VideoRequestForm,
    lengths,
    read_length,
    read_motion,
    video_order,
)
from commands.kinds.video.sources import Source
from commands.languages import speaking
from commands.options.camera import read_camera
from commands.ui.error_messages import words
from generation.catalogue import catalogue
from generation.errors import BadRequest
from generation.video.request import MAX_SEED
from media.camera import Camera, Easing, Move
from media.fit import VIDEO_SIZES, Fit

VIDEOS = catalogue.load().get("stable-video-diffusion")

cameras = st.builds(
    Camera,
    move=st.sampled_from(Move),
    strength=st.integers(1, 100),
    easing=st.sampled_from(Easing),
)
wishes = st.builds(
    VideoRequestForm,
    motion=st.integers(1, 255),
    cfg_scale=st.none() | st.floats(0, 10),
    seed=st.none() | st.integers(1, MAX_SEED),
    fit=st.sampled_from(Fit),
    segments=st.integers(1, 5),
    camera=st.none() | cameras,
)


@given(wishes)
def test_a_wish_comes_back_from_its_draft(form: VideoRequestForm):
    assert VideoRequestForm.from_json(form.to_json()) == form


@pytest.mark.parametrize(
    ("text", "motion"),
    [*MOTIONS.items(), (None, 127), ("", 127), (" Wild ", 255), ("1", 1), ("255", 255), ("007", 7)],
)
def test_motion_is_a_word_or_a_number(text: str | None, motion: int):
    assert read_motion(text) == motion


@pytest.mark.parametrize("text", ["fast", "0", "256", "-5", "1.5", "١٢", "²", "00000007"])
def test_a_motion_that_is_neither_is_refused(text: str):
    with pytest.raises(BadRequest) as refused:
        read_motion(text)
    said = words(refused.value)
    assert said.headline == "That motion does not work."
    assert said.detail == "Motion must be calm, gentle, normal, lively, wild, or 1–255."


@given(st.text(max_size=20))
def test_no_motion_is_taken_beyond_the_apis(text: str):
    try:
        motion = read_motion(text)
    except BadRequest:
        return
    assert 1 <= motion <= 255


def test_a_camera_is_a_move_with_its_options():
    assert read_camera(None, None, None) is None
    assert read_camera("none", None, None) is None
    assert read_camera("orbit", None, None) == Camera(move=Move.ORBIT)
    assert read_camera("zoom-in", 80, "ease-in") == Camera(
        move=Move.ZOOM_IN, strength=80, easing=Easing.EASE_IN
    )


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((None, 50, None), "Strength needs a camera move: add `camera`."),
        (("none", None, "smooth"), "Easing needs a camera move: add `camera`."),
        (
            ("sideways", None, None),
            "That camera cannot be used. It must be one of pan left, pan",
        ),
        (("orbit", 101, None), "That strength cannot be used. It is 1 to 100, not 101."),
        (("orbit", 5, "bouncy"), "That easing cannot be used. It must be one of linear,"),
    ],
)
def test_a_camera_that_cannot_be(options: tuple[str | None, int | None, str | None], says: str):
    with pytest.raises((BadInput, NoCameraMove)) as refused:
        read_camera(*options)
    said = words(refused.value)
    assert f"{said.headline} {said.detail}".startswith(says)
    assert not said.money


def test_a_camera_that_cannot_be_is_told_in_korean():
    with pytest.raises(BadInput) as refused, speaking("ko"):
        read_camera("sideways", None, None)
    assert "왼쪽" in refused.value.reason
    with pytest.raises(BadInput) as refused:
        read_camera("orbit", 101, None)
    with speaking("ko"):
        assert words(refused.value).detail == "1에서 100 사이여야 해요. 101은(는) 안 돼요."


def test_lengths_are_whole_seconds():
    assert lengths(VIDEOS) == {2: 1, 4: 2, 6: 3, 8: 4, 10: 5}
    assert lengths(replace(VIDEOS, segment_s=25 / 6)) == {4: 1, 8: 2, 12: 3, 17: 4, 21: 5}


def test_a_length_that_several_videos_have_is_the_cheapest():
    assert lengths(replace(VIDEOS, segment_s=0.6)) == {1: 1, 2: 3, 3: 5}
    assert lengths(replace(VIDEOS, segment_s=0.01)) == {1: 1}


def test_a_length_is_one_of_those_offered():
    assert read_length(None, VIDEOS) == 1
    assert read_length(6, VIDEOS) == 3
    with pytest.raises(BadRequest) as refused:
        read_length(5, VIDEOS)
    assert words(refused.value).detail == "A film is 2, 4, 6, 8 or 10 seconds long, not 5."


def test_the_only_length_is_named_alone():
    with pytest.raises(BadRequest) as refused:
        read_length(5, replace(VIDEOS, segment_s=0.01))
    assert words(refused.value).detail == "A film is 1 second long, not 5."


@given(st.integers(1, 20_000), st.integers(1, 20_000), wishes)
def test_any_picture_becomes_a_video_of_a_size_that_exists(
    width: int, height: int, form: VideoRequestForm
):
    order = video_order(form, VIDEOS, Source(title="harbour.png", size=(width, height)))
    assert (order.width, order.height) in VIDEO_SIZES
    assert 1 <= order.seed <= MAX_SEED
    assert order.segments == form.segments
    assert len(order.notices) <= 1


@pytest.mark.parametrize(
    ("size", "fit", "says"),
    [
        ((1024, 576), Fit.CROP, ()),
        ((1920, 1080), Fit.CROP, ()),
        ((900, 600), Fit.CROP, ("The picture is cropped to 1024×576.",)),
        ((600, 900), Fit.STRETCH, ("The picture is stretched to 576×1024.",)),
        (
            (900, 800),
            Fit.PAD,
            ("The picture is fitted, with a blurred background, into 768×768.",),
        ),
        (None, Fit.CROP, ()),
    ],
)
def test_it_is_said_what_becomes_of_the_shape(
    size: tuple[int, int] | None, fit: Fit, says: tuple[str, ...]
):
    assert (
        video_order(VideoRequestForm(fit=fit), VIDEOS, Source(title="x", size=size)).notices == says
    )


def test_what_was_not_wished_for_is_the_engines():
    order = video_order(VideoRequestForm(), VIDEOS, Source(title="x", size=None))
    assert (order.width, order.height) == VIDEOS.default_size
    assert order.cfg_scale == VIDEOS.default_cfg_scale
    assert (
        video_order(VideoRequestForm(cfg_scale=0.0), VIDEOS, Source(title="x", size=None)).cfg_scale
        == 0.0
    )


def test_motion_is_said_not_to_count_where_it_does_nothing():
    still = replace(VIDEOS, name="Wan", heeds_motion=False)
    source = Source(title="a boat", size=VIDEOS.default_size)
    told = video_order(VideoRequestForm(motion=255), still, source).notices
    assert told == ("Motion doesn't count: Wan goes by the words.",)
    assert video_order(VideoRequestForm(), still, source).notices == ()
    assert video_order(VideoRequestForm(motion=255), VIDEOS, source).notices == ()
