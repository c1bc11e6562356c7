"""Films as a hostile or careless server sends them: each is refused, or comes out sane."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream
from hypothesis import given
from hypothesis import strategies as st

from media.camera import Camera, Move, move_camera
from media.errors import BadPicture, Reason
from media.pool import MediaPool
from media.video import (
    animation,
    fit_video_upload,
    join_or_encode,
    last_frame,
    probe,
)
from tests.media.clips import Pixels, grey, landscape, noise, trimmed, turned, video
from tests.quarantine import bombs

ZOOM = Camera(move=Move.ZOOM_IN)


def everything(path: Path, into: Path) -> list[Callable[[], object]]:
    """All that is ever done to a film."""
    return [
        lambda: probe(path),
        lambda: last_frame(path),
        lambda: fit_video_upload(path, into, 10**7),
        lambda: move_camera(path, into, ZOOM),
        lambda: join_or_encode([path, path], into),
        lambda: animation(path, "GIF", 10**7, 120),
        lambda: animation(path, "WEBP", 10**7, 120),
    ]


def refused(path: Path, into: Path, but: Iterable[int] = ()) -> set[Reason]:
    """Why all of it is refused, apart from those named, and that nothing is left of it."""
    reasons: set[Reason] = set()
    for number, work in enumerate(everything(path, into)):
        if number in but:
            continue
        with pytest.raises(BadPicture) as caught:
            work()
        reasons.add(caught.value.reason)
        assert not into.exists()
    return reasons


def test_too_many_frames(tmp_path: Path) -> None:
    options = {"crf": "40", "preset": "ultrafast"}
    made = video(tmp_path / "a.mp4", [grey(9, (32, 32))] * 3001, options=options)
    # The first frame is there before anybody has counted.
    assert refused(made, tmp_path / "b.mp4", but=[1]) == {Reason.TOO_MANY_PIXELS}


def test_videos_that_are_too_long_together(tmp_path: Path) -> None:
    options = {"crf": "40", "preset": "ultrafast"}
    made = video(tmp_path / "a.mp4", [grey(9, (32, 32))] * 1600, options=options)
    with pytest.raises(BadPicture) as caught:
        join_or_encode([made, made], tmp_path / "b.mp4")
    assert caught.value.reason is Reason.TOO_MANY_PIXELS
    assert not (tmp_path / "b.mp4").exists()


async def test_huge_pictures(tmp_path: Path) -> None:
    options = {"crf": "51", "preset": "ultrafast"}
    made = video(tmp_path / "a.mp4", [grey(9, (4096, 2400))] * 2, options=options)
    assert refused(made, tmp_path / "b.mp4") == {Reason.TOO_MANY_PIXELS}


async def test_the_largest_picture_fits_into_a_worker(tmp_path: Path) -> None:
    options = {"crf": "40", "preset": "ultrafast"}
    picture = np.tile(landscape(2, (512, 288)), (8, 8, 1))
    pictures = [np.roll(picture, 30 * number, axis=1) for number in range(12)]
    made = video(tmp_path / "a.mp4", pictures, options=options)
    async with MediaPool(limit=timedelta(seconds=50)) as pool:
        await pool.run(move_camera, made, tmp_path / "b.mp4", ZOOM)
    assert probe(tmp_path / "b.mp4").frames == 12


def with_sizes(path: Path, width: int, height: int) -> Path:
    """The film with another size in its index than in its pictures."""
    data = bytearray(path.read_bytes())
    struct.pack_into(">HH", data, data.index(b"avc1") + 28, width, height)
    path.write_bytes(data)
    return path


def test_a_size_that_lies(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [landscape(n) for n in range(3)])
    try:
        found = {probe(with_sizes(made, 60_000, 60_000)).width}
    except BadPicture as error:
        found = {error.reason}
    # The pictures themselves say what they are.
    assert found <= {320, Reason.TOO_MANY_PIXELS}


@pytest.mark.parametrize(
    "made",
    [
        bombs.mp4(samples=0x7FFF_FFFF),
        bombs.mp4(size=(60_000, 60_000)),
        bombs.mp4(size=(4096, 2304), samples=2900),
    ],
)
def test_an_index_that_announces_too_much(made: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(made)
    began = time.process_time()
    assert refused(path, tmp_path / "b.mp4") == {Reason.TOO_MANY_PIXELS}
    assert time.process_time() - began < 1


def test_a_codec_that_nobody_knows(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [landscape(n) for n in range(3)])
    made.write_bytes(made.read_bytes().replace(b"avc1", b"zzz1").replace(b"avcC", b"zzzC"))
    assert refused(made, tmp_path / "b.mp4") == {Reason.UNKNOWN_FORMAT}


def test_a_count_that_lies(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [landscape(n) for n in range(3)])
    data = bytearray(made.read_bytes())
    struct.pack_into(">I", data, data.index(b"stsz") + 12, 0x7FFF_FFFF)
    made.write_bytes(data)
    refused(made, tmp_path / "b.mp4")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.9, 0.999])
def test_a_video_that_breaks_off(tmp_path: Path, share: float) -> None:
    made = video(tmp_path / "a.mp4", [noise(n) for n in range(4)])
    whole = tmp_path / "whole.mp4"
    join_or_encode([made, made], whole)  # with its index first, as servers send it
    whole.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * share)])
    refused(whole, tmp_path / "b.mp4", but=[1] if share > 0.3 else [])


def test_no_frame_at_all(tmp_path: Path) -> None:
    made = tmp_path / "a.mp4"
    with av.open(made, "w", format="mp4") as empty:
        stream = empty.add_stream("libx264", rate=10)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = 320, 256, "yuv420p"
        empty.start_encoding()
    refused(made, tmp_path / "b.mp4")


def tone(path: Path, *, with_picture: bool) -> Path:
    """A film with sound, or sound alone."""
    with av.open(path, "w", format="mp4") as made:
        sound = made.add_stream("aac", rate=44_100)
        assert isinstance(sound, AudioStream)
        picture = made.add_stream("libx264", rate=10) if with_picture else None
        if picture:
            assert isinstance(picture, VideoStream)
            picture.width, picture.height, picture.pix_fmt = 320, 256, "yuv420p"
        for number in range(8):
            samples = np.zeros((1, 1024), np.float32)
            heard = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
            heard.sample_rate, heard.pts = 44_100, number * 1024
            made.mux(sound.encode(heard))
            if picture:
                frame = av.VideoFrame.from_ndarray(landscape(number), "rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 10)
                made.mux(picture.encode(frame))
        made.mux(sound.encode(None))
        if picture:
            made.mux(picture.encode(None))
    return path


def test_sound_is_dropped(tmp_path: Path) -> None:
    made, into = tone(tmp_path / "a.mp4", with_picture=True), tmp_path / "b.mp4"
    assert probe(made).frames == 8
    for work in (
        lambda: join_or_encode([made, made], into),
        lambda: fit_video_upload(made, into, 10**7),
        lambda: move_camera(made, into, ZOOM),
    ):
        work()
        with av.open(into) as video_alone:
            assert [stream.type for stream in video_alone.streams] == ["video"]
        assert probe(into).frames % 8 == 0


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    made = tone(tmp_path / "a.mp4", with_picture=False)
    assert refused(made, tmp_path / "b.mp4") == {Reason.UNKNOWN_FORMAT}


def test_a_rate_that_varies_becomes_even(tmp_path: Path) -> None:
    times = [0, 1, 2, 10, 11, 30, 31, 32]
    made = video(tmp_path / "a.mp4", [landscape(n) for n in range(8)], rate=20, times=times)
    lasts = probe(made).duration_s
    assert lasts == pytest.approx(33 / 20, rel=0.05)
    for work in (
        lambda: fit_video_upload(made, tmp_path / "b.mp4", 10**7),
        lambda: move_camera(made, tmp_path / "b.mp4", ZOOM),
    ):
        work()
        facts = probe(tmp_path / "b.mp4")
        assert facts.frames == 8
        assert facts.duration_s == pytest.approx(lasts, rel=0.05)


def quarters() -> Pixels:
    """Dark, but bright in the upper left quarter."""
    picture = grey(20, (320, 192))
    picture[:96, :160] = 240
    return picture


def brightest(picture: Pixels) -> str:
    """Which quarter is the brightest."""
    rows, columns = picture.shape[0] // 2, picture.shape[1] // 2
    found = {
        "upper left": picture[:rows, :columns].mean(),
        "upper right": picture[:rows, columns:].mean(),
        "lower left": picture[rows:, :columns].mean(),
        "lower right": picture[rows:, columns:].mean(),
    }
    return max(found, key=lambda place: found[place])


def test_a_video_that_was_held_sideways_is_turned_upright(tmp_path: Path) -> None:
    made = turned(video(tmp_path / "a.mp4", [quarters()] * 4))
    facts = probe(made)
    assert (facts.width, facts.height) == (192, 320)
    for work in (
        lambda: fit_video_upload(made, tmp_path / "b.mp4", 10**7),
        lambda: move_camera(made, tmp_path / "b.mp4", ZOOM),
    ):
        work()
        with av.open(tmp_path / "b.mp4") as upright:
            frame = next(upright.decode(video=0))
        assert (frame.rotation, frame.width, frame.height) == (0, 192, 320)
        # A quarter turned clockwise, what was in the upper left is in the upper right.
        assert brightest(np.asarray(frame.to_ndarray(format="gray"), np.uint8)) == "upper right"


def test_a_video_held_sideways_is_joined_with_its_like(tmp_path: Path) -> None:
    made = turned(video(tmp_path / "a.mp4", [quarters()] * 4))
    assert not join_or_encode([made, made], tmp_path / "b.mp4")
    facts = probe(tmp_path / "b.mp4")
    assert (facts.width, facts.height, facts.frames) == (192, 320, 8)


@pytest.mark.parametrize("pix_fmt", ["yuvj420p", "yuv444p", "yuv420p10le"])
def test_other_ways_to_keep_colours_become_the_usual_one(tmp_path: Path, pix_fmt: str) -> None:
    colours = grey(250)
    colours[:128, :, 1:] = 8
    made = video(tmp_path / "a.mp4", [colours] * 3, pix_fmt=pix_fmt)
    for work in (
        lambda: fit_video_upload(made, tmp_path / "b.mp4", 10**7),
        lambda: move_camera(made, tmp_path / "b.mp4", ZOOM),
    ):
        work()
        with av.open(tmp_path / "b.mp4") as usual:
            assert usual.streams.video[0].codec_context.pix_fmt == "yuv420p"
            seen = next(usual.decode(video=0)).to_ndarray(format="rgb24")
        assert np.abs(seen.astype(int) - colours).mean() < 5


def test_a_video_that_an_edit_list_cuts_is_whole(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [landscape(n) for n in range(8)])
    trimmed(made, ticks=3 * 1024, ms=300)
    assert probe(made).frames == 5
    move_camera(made, tmp_path / "b.mp4", ZOOM)
    assert probe(tmp_path / "b.mp4").frames == 5


def test_a_video_that_is_not_there_is_not_the_videos_fault(tmp_path: Path) -> None:
    for work in everything(tmp_path / "none.mp4", tmp_path / "b.mp4"):
        with pytest.raises(FileNotFoundError):
            work()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damaged")
    return video(folder / "small.mp4", [landscape(n, (64, 48)) for n in range(3)])


def test_letters_that_are_none(small: Path, tmp_path: Path) -> None:
    """What a film says about itself is anybody's bytes."""
    data = small.read_bytes()
    place = data.rindex(b"Lavf")
    (tmp_path / "a.mp4").write_bytes(data[:place] + b"\xff\x80" + data[place + 2 :])
    assert probe(tmp_path / "a.mp4").frames == 3


@given(data=st.data())
def test_damaged_videos_raise_nothing_else(small: Path, data: st.DataObject) -> None:
    whole = bytearray(small.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(whole) - 1))
        whole[place] = data.draw(st.integers(0, 255))
    damaged = small.with_name("a.mp4")
    damaged.write_bytes(whole)
    for work in everything(damaged, small.with_name("b.mp4"))[:6]:
        with suppress(BadPicture):
            work()
