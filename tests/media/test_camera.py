"""The camera's moves: nothing beyond the picture is ever seen, and they go where they say."""

from __future__ import annotations

import json
import math
from pathlib import Path

import av
import numpy as np
import pytest
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from media.camera import Camera, Easing, Move, eased, homography, move_camera, moved
from media.errors import BadPicture
from media.fit import VIDEO_SIZES
from media.video import probe
from tests.media.clips import Pixels, landscape, video

SHARES = st.floats(0, 1)
CAMERAS = st.builds(
    Camera,
    move=st.sampled_from(Move),
    strength=st.integers(1, 100),
    easing=st.sampled_from(Easing),
)


def seen_at(camera: Camera, share: float, size: tuple[int, int], x: float, y: float) -> list[float]:
    a, b, c, d, e, f, g, h = homography(camera, share, *size)
    depth = g * x + h * y + 1
    assert depth > 0
    return [(a * x + b * y + c) / depth, (d * x + e * y + f) / depth]


def centre(camera: Camera, share: float) -> list[float]:
    """Where the middle of the frame lies in the picture, from -1 to 1."""
    x, y = seen_at(camera, share, (200, 100), 100, 50)
    return [(x - 100) / 100, (y - 50) / 50]


@given(camera=CAMERAS, share=SHARES, size=st.sampled_from((*VIDEO_SIZES, (1024, 1024))))
def test_the_corners_stay_inside(camera: Camera, share: float, size: tuple[int, int]) -> None:
    # A homography keeps straight lines straight, so what lies between the corners is inside too.
    for x in (0, size[0]):
        for y in (0, size[1]):
            seen = seen_at(camera, share, size, x, y)
            assert -1e-6 <= seen[0] <= size[0] + 1e-6
            assert -1e-6 <= seen[1] <= size[1] + 1e-6


@given(camera=CAMERAS)
def test_no_more_is_cut_off_than_the_move_needs(camera: Camera) -> None:
    """At some moment the window touches the picture's border."""
    size = VIDEO_SIZES[0]
    nearest = math.inf
    for share in np.linspace(0, 1, 201):
        for x in (0, size[0]):
            for y in (0, size[1]):
                seen = seen_at(camera, float(share), size, x, y)
                ends = (seen[0], size[0] - seen[0], seen[1], size[1] - seen[1])
                nearest = min(nearest, *(abs(end) for end in ends))
    assert nearest < 1


@given(easing=st.sampled_from(Easing), one=SHARES, other=SHARES)
def test_an_easing_goes_on_from_beginning_to_end(easing: Easing, one: float, other: float) -> None:
    assert (eased(easing, 0), eased(easing, 1)) == (0, 1)
    if one <= other:
        assert eased(easing, one) <= eased(easing, other) + 1e-12


def test_easings_differ_in_speed() -> None:
    begin = {easing: eased(easing, 0.1) for easing in Easing}
    end = {easing: 1 - eased(easing, 0.9) for easing in Easing}
    assert begin[Easing.EASE_IN] < begin[Easing.LINEAR] < begin[Easing.EASE_OUT]
    assert end[Easing.EASE_OUT] < end[Easing.LINEAR] < end[Easing.EASE_IN]
    assert begin[Easing.SMOOTH] == pytest.approx(end[Easing.SMOOTH])


@pytest.mark.parametrize(
    ("move", "axis", "sign"),
    [
        (Move.PAN_LEFT, 0, -1),
        (Move.PAN_RIGHT, 0, 1),
        (Move.PAN_UP, 1, -1),
        (Move.PAN_DOWN, 1, 1),
    ],
)
def test_a_pan_goes_its_way(move: Move, axis: int, sign: int) -> None:
    camera = Camera(move=move)
    travel = [end - begin for begin, end in zip(centre(camera, 0), centre(camera, 1), strict=True)]
    assert travel[axis] * sign > 0.1
    assert travel[1 - axis] == pytest.approx(0)


def test_a_zoom_begins_or_ends_with_the_whole_picture() -> None:
    whole = (1, 0, 0, 0, 1, 0, 0, 0)
    near, far = Camera(move=Move.ZOOM_IN), Camera(move=Move.ZOOM_OUT)
    assert homography(near, 0, 320, 256) == pytest.approx(whole)
    assert homography(far, 1, 320, 256) == pytest.approx(whole)
    assert homography(near, 1, 320, 256)[0] == homography(far, 0, 320, 256)[0] < 0.8


def test_a_roll_to_the_left_turns_the_picture_to_the_right() -> None:
    # What lies above the middle at the end was left of it in the picture.
    x, y = seen_at(Camera(move=Move.ROLL_LEFT), 1, (200, 200), 100, 0)
    assert x < 99
    assert y > 0
    assert seen_at(Camera(move=Move.ROLL_RIGHT), 1, (200, 200), 100, 0)[0] > 101


def test_an_orbit_brings_one_side_nearer_and_ends_where_it_began() -> None:
    camera = Camera(move=Move.ORBIT, strength=100, easing=Easing.LINEAR)

    def heights(share: float) -> list[float]:
        return [
            seen_at(camera, share, (320, 200), x, 200)[1]
            - seen_at(camera, share, (320, 200), x, 0)[1]
            for x in (0, 320)
        ]

    left, right = heights(0.25)
    assert abs(left - right) > 10
    assert heights(0.75) == pytest.approx([right, left])
    assert homography(camera, 0, 320, 200) == pytest.approx(homography(camera, 1, 320, 200))


@given(camera=CAMERAS)
def test_a_camera_survives_json(camera: Camera) -> None:
    assert Camera.from_json(json.loads(json.dumps(camera.to_json()))) == camera


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"move": "sideways"},
        {"move": "orbit", "strength": 0},
        {"move": "orbit", "strength": 101},
        {"move": "orbit", "strength": True},
        {"move": "orbit", "strength": "50"},
        {"move": "orbit", "easing": "bumpy"},
    ],
)
def test_what_is_no_camera_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"1 to 100|whole number|valid"):
        Camera.from_json(values)


def bright(size: tuple[int, int]) -> VideoFrame:
    """Another colour everywhere, none of them dark."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width]
    colours = [100 + 120 * x / width, 100 + 120 * y / height, 220 - 120 * x / width]
    pixels = np.stack(colours, axis=-1).astype(np.uint8)
    return VideoFrame.from_ndarray(pixels, "rgb24")


def pixels_of(frame: VideoFrame) -> Pixels:
    return frame.to_ndarray(format="rgb24")  # pyright: ignore[reportReturnType]


@pytest.mark.parametrize("size", VIDEO_SIZES)
@pytest.mark.parametrize("move", Move)
def test_no_border_is_seen(move: Move, size: tuple[int, int]) -> None:
    frame = bright(size)
    camera = Camera(move=move, strength=100, easing=Easing.LINEAR)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        seen = pixels_of(moved(frame, camera, share)).astype(int)
        assert seen.min() > 90
        # Nor the last row drawn out over what is not there: each place has its own colour.
        y, x = np.mgrid[0 : size[1], 0 : size[0]] + 0.5
        a, b, c, d, e, f, g, h = homography(camera, share, *size)
        depth = g * x + h * y + 1
        red = 100 + 120 * (a * x + b * y + c) / depth / size[0]
        green = 100 + 120 * (d * x + e * y + f) / depth / size[1]
        assert np.abs(seen[..., 0] - red).max() < 8
        assert np.abs(seen[..., 1] - green).max() < 8


def test_the_first_frame_of_a_zoom_is_the_picture_itself() -> None:
    frame = VideoFrame.from_ndarray(landscape(1), "rgb24").reformat(format="yuv420p")
    seen = moved(frame, Camera(move=Move.ZOOM_IN), 0)
    assert np.array_equal(seen.to_ndarray(), frame.to_ndarray())


@pytest.mark.parametrize("move", Move)
def test_a_video_keeps_its_form(tmp_path: Path, move: Move) -> None:
    made = video(tmp_path / "a.mp4", (landscape(n) for n in range(8)), rate=8)
    into = tmp_path / "moved.mp4"
    move_camera(made, into, Camera(move=move))
    assert probe(into) == probe(made)
    data = into.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    with av.open(into) as opened:
        context = opened.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")


def test_quality_is_kept(tmp_path: Path) -> None:
    """What a zoom leaves alone is nearly what it was."""
    made = video(tmp_path / "a.mp4", (landscape(n) for n in range(5)))
    move_camera(made, tmp_path / "b.mp4", Camera(move=Move.ZOOM_IN))
    with av.open(made) as before, av.open(tmp_path / "b.mp4") as after:
        one, other = (pixels_of(next(f.decode(video=0))).astype(int) for f in (before, after))
    error = float(np.mean((one - other) ** 2))
    assert 10 * math.log10(255**2 / error) > 38


def test_a_video_of_one_frame(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [landscape(1)])
    move_camera(made, tmp_path / "b.mp4", Camera(move=Move.PAN_LEFT))
    assert probe(tmp_path / "b.mp4").frames == 1


def test_what_is_no_video_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"no film")
    with pytest.raises(BadPicture):
        move_camera(tmp_path / "a.mp4", tmp_path / "b.mp4", Camera(move=Move.ORBIT))
    assert not (tmp_path / "b.mp4").exists()
