"""Single frames become a film."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from media.assemble import assemble
from media.camera import Camera, Move
from media.errors import BadPicture, Reason
from media.video import probe
from tests.media.clips import Pixels, landscape


def written(folder: Path, *pictures: Pixels) -> list[Path]:
    paths = [folder / f"{number}.png" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        Image.fromarray(picture).save(path)
    return paths


def frames_of(path: Path) -> list[Pixels]:
    with av.open(path) as video:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in video.decode(video=0)
        ]


def test_a_video_of_pictures(tmp_path: Path) -> None:
    pictures = [landscape(n) for n in range(6)]
    into = tmp_path / "film.mp4"
    assemble(written(tmp_path, *pictures), into, 12)
    facts = probe(into)
    assert (facts.width, facts.height, facts.frames, facts.fps) == (320, 256, 6, 12)
    data = into.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_colours_arrive_and_are_named(tmp_path: Path) -> None:
    """A saturated colour differs most between the two ways to write it in YUV."""
    red = np.zeros((64, 64, 3), np.uint8)
    red[..., 0] = 255
    assemble(written(tmp_path, red, red), tmp_path / "film.mp4", 12)
    assert frames_of(tmp_path / "film.mp4")[0].mean(axis=(0, 1)) == pytest.approx(
        [255, 0, 0], abs=4
    )
    with av.open(tmp_path / "film.mp4") as video:
        context = video.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc) == (1, 1, 1)
        assert (context.color_range, context.pix_fmt) == (1, "yuv420p")


def test_odd_sizes_are_cut(tmp_path: Path) -> None:
    paths = written(tmp_path, *(landscape(n, (65, 47)) for n in range(2)))
    assemble(paths, tmp_path / "film.mp4", 5)
    facts = probe(tmp_path / "film.mp4")
    assert (facts.width, facts.height) == (64, 46)


def test_a_camera_moves_over_the_frames(tmp_path: Path) -> None:
    still = landscape(1)
    paths = written(tmp_path, *[still] * 5)
    assemble(paths, tmp_path / "film.mp4", 5, Camera(move=Move.ZOOM_IN, strength=100))
    first, *_, last = frames_of(tmp_path / "film.mp4")
    assert np.abs(first.astype(int) - still).mean() < 6
    assert np.abs(last.astype(int) - still).mean() > 15


@pytest.mark.parametrize("count", [0, 3001])
def test_no_frame_or_too_many(tmp_path: Path, count: int) -> None:
    paths = written(tmp_path, landscape(1)) * count
    with pytest.raises(BadPicture):
        assemble(paths, tmp_path / "film.mp4", 5)


def test_frames_of_different_sizes_leave_nothing(tmp_path: Path) -> None:
    paths = written(tmp_path, landscape(1), landscape(1, (64, 64)))
    with pytest.raises(BadPicture) as caught:
        assemble(paths, tmp_path / "film.mp4", 5)
    assert caught.value.reason is Reason.BROKEN
    assert not (tmp_path / "film.mp4").exists()


def test_a_broken_frame_leaves_nothing(tmp_path: Path) -> None:
    paths = written(tmp_path, landscape(1), landscape(2))
    paths[1].write_bytes(paths[1].read_bytes()[:3000])
    with pytest.raises(BadPicture):
        assemble(paths, tmp_path / "film.mp4", 5)
    assert not (tmp_path / "film.mp4").exists()
