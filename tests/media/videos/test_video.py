"""Films: read wholly or not at all, joined without loss, made small enough."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from media.errors import BadPicture, Reason
from media.video import (
    animation,
    fit_video_upload,
    join,
    join_or_encode,
    last_frame,
    probe,
)
from tests.media.clips import SIZE, grey, landscape, noise, packet_times, trimmed, turned, video


def level(png: bytes) -> float:
    with Image.open(BytesIO(png)) as picture:
        return float(np.asarray(picture.convert("L")).mean())


def levels(path: Path) -> list[float]:
    """The brightness of each frame."""
    with av.open(path) as opened:
        return [float(frame.to_ndarray(format="gray").mean()) for frame in opened.decode(video=0)]


def test_the_facts_of_a_video(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", (grey(10 * n) for n in range(12)))
    facts = probe(made)
    assert (facts.width, facts.height, facts.frames) == (*SIZE, 12)
    assert facts.fps == 10
    assert facts.duration_s == pytest.approx(1.2)


def test_the_last_frame(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", (grey(20 * n) for n in range(11)))
    assert level(last_frame(made)) == pytest.approx(200, abs=4)


X264 = (
    {"crf": "14"},
    {"crf": "14", "bf": "0"},
    {"crf": "14", "bf": "3", "b-pyramid": "normal"},
    {"crf": "14", "preset": "veryslow"},
)


@pytest.mark.parametrize("options", X264)
def test_videos_are_joined_without_encoding_anew(tmp_path: Path, options: dict[str, str]) -> None:
    parts = [
        video(
            tmp_path / f"{n}.mp4",
            (landscape(20 * n + step) for step in range(9 + n)),
            options=options,
        )
        for n in range(3)
    ]
    whole = tmp_path / "whole.mp4"
    join(parts, whole)
    assert probe(whole).frames == sum(9 + n for n in range(3))
    assert probe(whole).duration_s == pytest.approx(3.0)
    assert levels(whole) == [one for part in parts for one in levels(part)]
    times = packet_times(whole)
    decoded = [dts for _, dts in times]
    assert decoded == sorted(set(decoded))
    assert all(dts <= pts for pts, dts in times)
    shown = sorted(pts for pts, _ in times)
    assert shown[0] == 0
    assert {later - sooner for sooner, later in pairwise(shown)} == {shown[1]}
    data = whole.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_videos_that_decode_ahead_by_different_times_are_joined(tmp_path: Path) -> None:
    """One whose encoder happened to build on no later frame, before one that does."""
    options = {"crf": "14", "bf": "3", "b-adapt": "2"}
    still = video(tmp_path / "a.mp4", [noise(n) for n in range(2)], options=options)
    moving = video(tmp_path / "b.mp4", [landscape(n) for n in range(9)], options=options)
    for parts in ([still, moving], [moving, still, moving], [still, still]):
        join(parts, tmp_path / "whole.mp4")
        decoded = [dts for _, dts in packet_times(tmp_path / "whole.mp4")]
        assert decoded == sorted(set(decoded))
        assert levels(tmp_path / "whole.mp4") == [one for part in parts for one in levels(part)]


def test_a_joined_video_can_be_extended(tmp_path: Path) -> None:
    part = video(tmp_path / "a.mp4", [landscape(n) for n in range(6)], rate=24)
    join([part, part], tmp_path / "b.mp4")
    join([tmp_path / "b.mp4", part], tmp_path / "c.mp4")
    assert levels(tmp_path / "c.mp4") == levels(part) * 3
    assert probe(tmp_path / "c.mp4").duration_s == pytest.approx(0.75)


def test_videos_that_count_time_otherwise_are_joined(tmp_path: Path) -> None:
    part = video(tmp_path / "a.mp4", [landscape(n) for n in range(6)])
    other = tmp_path / "b.mp4"
    with (
        av.open(part) as opened,
        av.open(other, "w", options={"video_track_timescale": "90000"}) as made,
    ):
        stream = made.add_stream_from_template(opened.streams.video[0])
        for packet in opened.demux(opened.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    join([part, other], tmp_path / "whole.mp4")
    assert levels(tmp_path / "whole.mp4") == levels(part) * 2
    assert probe(tmp_path / "whole.mp4").duration_s == pytest.approx(1.2)


def test_a_video_that_begins_late_goes_on_without_a_gap(tmp_path: Path) -> None:
    part = video(tmp_path / "a.mp4", [landscape(n) for n in range(6)])
    late = video(tmp_path / "b.mp4", [landscape(n) for n in range(6)], times=range(7, 13))
    join([late, part], tmp_path / "whole.mp4")
    shown = sorted(pts for pts, _ in packet_times(tmp_path / "whole.mp4"))
    assert {later - sooner for sooner, later in pairwise(shown)} == {shown[1] - shown[0]}
    assert probe(tmp_path / "whole.mp4").frames == 12


def other_size(path: Path) -> Path:
    return video(path, [landscape(n, (160, 160)) for n in range(4)])


def other_codec(path: Path) -> Path:
    return video(path, [landscape(n) for n in range(4)], codec="mpeg4", options={"b": "2000k"})


def other_settings(path: Path) -> Path:
    return video(path, [landscape(n) for n in range(4)], options={"refs": "1", "profile": "main"})


def cut_at_its_beginning(path: Path) -> Path:
    made = video(path, [landscape(n) for n in range(6)])
    return trimmed(made, ticks=2 * 1024, ms=200)


def shown_sideways(path: Path) -> Path:
    return turned(video(path, [landscape(n) for n in range(4)]))


OTHERS = [other_size, other_codec, other_settings, cut_at_its_beginning, shown_sideways]


@pytest.mark.parametrize("other", OTHERS)
def test_videos_that_differ_are_encoded_to_be_joined(
    tmp_path: Path, other: Callable[[Path], Path]
) -> None:
    one, two = video(tmp_path / "a.mp4", [grey(200)] * 4), other(tmp_path / "b.mp4")
    whole = tmp_path / "whole.mp4"
    with pytest.raises(BadPicture):
        join([one, two], whole)
    assert not whole.exists()
    assert join_or_encode([one, two], whole)
    facts = probe(whole)
    assert (facts.width, facts.height, facts.frames) == (*SIZE, 8)
    assert levels(whole)[:4] == pytest.approx([200] * 4, abs=3)
    assert levels(whole)[4:] == pytest.approx([128] * 4, abs=25)


def test_videos_that_are_alike_are_not_encoded(tmp_path: Path) -> None:
    one = video(tmp_path / "a.mp4", [landscape(n) for n in range(4)])
    assert not join_or_encode([one, one], tmp_path / "whole.mp4")
    assert levels(tmp_path / "whole.mp4") == levels(one) * 2


def test_a_video_of_another_shape_and_rate_is_cut_and_keeps_its_time(tmp_path: Path) -> None:
    one = video(tmp_path / "a.mp4", [grey(10)] * 5, rate=10)
    wide = np.full((200, 400, 3), 60, np.uint8)
    wide[:, :60] = wide[:, -60:] = 250
    two = video(tmp_path / "b.mp4", [wide] * 10, rate=20)
    assert join_or_encode([one, two], tmp_path / "whole.mp4")
    facts = probe(tmp_path / "whole.mp4")
    assert (facts.frames, facts.duration_s) == (10, 1.0)
    assert levels(tmp_path / "whole.mp4")[-1] == pytest.approx(60, abs=3)


def test_what_cannot_be_read_is_not_joined(tmp_path: Path) -> None:
    one = video(tmp_path / "a.mp4", [landscape(n) for n in range(4)])
    (tmp_path / "b.mp4").write_bytes(one.read_bytes()[:-400])
    for work in (join, join_or_encode):
        with pytest.raises(BadPicture):
            work([one, tmp_path / "b.mp4"], tmp_path / "whole.mp4")
        assert not (tmp_path / "whole.mp4").exists()


@pytest.mark.parametrize("share", [2, 4])
def test_the_limit_is_kept(tmp_path: Path, share: int) -> None:
    made = video(tmp_path / "a.mp4", (noise(n) for n in range(5)))
    limit = made.stat().st_size // share
    small = tmp_path / "small.mp4"
    assert fit_video_upload(made, small, limit) == small.stat().st_size <= limit
    assert probe(small).frames == 5


def test_what_cannot_fit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [noise(1), noise(2)])
    with pytest.raises(BadPicture) as caught:
        fit_video_upload(made, tmp_path / "small.mp4", 500)
    assert caught.value.reason is Reason.TOO_MANY_BYTES
    assert not (tmp_path / "small.mp4").exists()


def test_a_small_video_is_made_smaller_as_well(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [noise(n, (128, 96)) for n in range(5)], options={"crf": "4"})
    limit = made.stat().st_size // 3
    assert fit_video_upload(made, tmp_path / "b.mp4", limit) <= limit


def test_a_limit_is_used_well(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [landscape(n) for n in range(10)], options={"crf": "4"})
    limit = made.stat().st_size // 6
    assert limit / 2 < fit_video_upload(made, tmp_path / "b.mp4", limit) <= limit
    assert probe(tmp_path / "b.mp4").width == SIZE[0]


def test_a_video_whose_grain_vanishes_at_once_is_not_made_needlessly_small(tmp_path: Path) -> None:
    rough = np.random.default_rng(1)
    pictures = [
        np.clip(landscape(n) + rough.normal(0, 20, (*SIZE[::-1], 1)), 0, 255).astype(np.uint8)
        for n in range(8)
    ]
    made = video(tmp_path / "a.mp4", pictures, options={"crf": "10"})
    fit_video_upload(made, tmp_path / "b.mp4", 10**8)
    limit = (tmp_path / "b.mp4").stat().st_size // 4
    assert limit / 8 < fit_video_upload(made, tmp_path / "c.mp4", limit) <= limit
    assert probe(tmp_path / "c.mp4").frames == 8
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "b.mp4", "c.mp4"]


def moving_facts(data: bytes) -> tuple[str | None, tuple[int, int], list[int]]:
    """The format, the size and how long each picture stays."""
    with Image.open(BytesIO(data)) as picture:
        lasting: list[int] = []
        for number in range(getattr(picture, "n_frames", 1)):
            picture.seek(number)
            picture.load()
            lasting.append(int(picture.info["duration"]))
        assert picture.info["loop"] == 0
        return picture.format, picture.size, lasting


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_moving_picture(tmp_path: Path, kind: str) -> None:
    made = video(tmp_path / "a.mp4", (landscape(20 * n) for n in range(7)), rate=12)
    facts = moving_facts(animation(made, kind, 1_000_000, 160))
    assert facts[:2] == (kind, (160, 128))
    assert len(facts[2]) == 7
    # 83.3 ms each, of which a GIF can say only tens: they add up all the same.
    assert sum(facts[2]) == pytest.approx(583, abs=6)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
@pytest.mark.parametrize("share", [2, 5, 12])
def test_a_moving_picture_keeps_the_limit(tmp_path: Path, kind: str, share: int) -> None:
    made = video(tmp_path / "a.mp4", (landscape(n) for n in range(16)), rate=20)
    whole = animation(made, kind, 50_000_000)
    small = animation(made, kind, len(whole) // share)
    assert len(small) <= len(whole) // share
    assert sum(moving_facts(small)[2]) == sum(moving_facts(whole)[2]) == 800


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_moving_picture_that_cannot_fit_is_refused(tmp_path: Path, kind: str) -> None:
    made = video(tmp_path / "a.mp4", (noise(n) for n in range(4)))
    with pytest.raises(BadPicture) as caught:
        animation(made, kind, 900)
    assert caught.value.reason is Reason.TOO_MANY_BYTES


def test_a_gif_has_the_colours_of_the_video(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", (landscape(n) for n in range(6)))
    with av.open(made) as opened, Image.open(BytesIO(animation(made, "GIF", 10**7))) as picture:
        for number, frame in enumerate(opened.decode(video=0)):
            picture.seek(number)
            seen = np.asarray(picture.convert("RGB")).astype(int)
            # Dithered: single pixels differ, their surroundings hardly.
            assert seen.mean(axis=(0, 1)) == pytest.approx(
                frame.to_ndarray(format="rgb24").mean(axis=(0, 1)), abs=2
            )


def test_many_frames_are_thinned_out(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", [grey(n % 200, (64, 64)) for n in range(400)], rate=50)
    lasting = moving_facts(animation(made, "GIF", 10**7))[2]
    # Neighbours that look the same are one.
    assert 150 < len(lasting) <= 200
    assert sum(lasting) == 8000


@pytest.mark.parametrize("data", [b"", b"no film", b"\0\0\0\x10ftypisom\0\0\2\0" * 20])
def test_what_is_no_video_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(data)
    for work in (probe, last_frame):
        with pytest.raises(BadPicture):
            work(tmp_path / "a.mp4")


def test_a_video_that_breaks_off_is_refused(tmp_path: Path) -> None:
    made = video(tmp_path / "a.mp4", (noise(n) for n in range(5)))
    made.write_bytes(made.read_bytes()[: -made.stat().st_size // 2])
    with pytest.raises(BadPicture):
        probe(made)
