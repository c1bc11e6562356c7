"""The painter's film, frame by frame."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from inference.backends.cancellation import Stopped
from inference.backends.painter.video import shoot
from inference.video.order import Video, VideoOrder
from tests.inference.orders import difference, pixels_of
from tests.inference.video.videos import frames_of, scenery, scenery_png


def order(
    width: int = 768, height: int = 768, cfg_scale: float = 1.8, motion_bucket_id: int = 127
) -> VideoOrder:
    return VideoOrder(
        scenery_png(width, height),
        width,
        height,
        seed=7,
        motion_bucket_id=motion_bucket_id,
        cfg_scale=cfg_scale,
    )


@cache
def video_of(wanted: VideoOrder) -> Video:
    """The film, made once for all tests: each takes more than a second."""
    return shoot(wanted, lambda: False)


def travel(wanted: VideoOrder) -> float:
    """How far the last frame is from the picture."""
    return difference(pixels_of(video_of(wanted).last_frame), scenery())


@pytest.mark.parametrize("size", [(1024, 576), (576, 1024), (768, 768)])
def test_it_has_25_frames_and_begins_with_the_picture(size: tuple[int, int]):
    video = video_of(order(*size))
    frames = frames_of(video.video)
    assert [frame.shape for frame in frames] == [(size[1], size[0], 3)] * 25
    assert difference(frames[0], scenery(*size)) < 3
    last = pixels_of(video.last_frame)
    assert difference(frames[-1], last) < 3
    # It moves slowly and all the time: no frame is far from the one before.
    steps = [difference(one, following) for one, following in pairwise(frames)]
    assert max(steps) < 0.4 * difference(frames[0], frames[-1])


def test_it_plays_while_it_loads():
    video = video_of(order()).video
    assert video[4:8] == b"ftyp"
    assert 0 < video.index(b"moov") < video.index(b"mdat")


def test_more_motion_moves_more():
    calm, usual, wild = (travel(order(motion_bucket_id=motion)) for motion in (1, 127, 255))
    assert calm < usual / 4
    assert usual < wild / 1.2


def test_more_guidance_keeps_closer_to_the_picture():
    assert travel(order(cfg_scale=10.0)) < travel(order())


def test_the_same_order_gives_the_same_video():
    assert shoot(order(), lambda: False) == video_of(order())


def test_the_next_video_begins_with_the_last_frame():
    first = video_of(order())
    last = pixels_of(first.last_frame)
    second = shoot(VideoOrder(first.last_frame, 768, 768, seed=8), lambda: False)
    frames = frames_of(second.video)
    assert difference(frames[0], last) < 3
    assert difference(frames[-1], last) > 6


def test_a_stop_is_heard_between_frames():
    asked = 0

    def is_stopped() -> bool:
        nonlocal asked
        asked += 1
        return asked > 2

    with pytest.raises(Stopped):
        shoot(order(), is_stopped)
    assert asked == 3
