"""Films: read wholly or not at all, joined without loss, made small enough."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from av import VideoFrame
from PIL import Image

from media.errors import BadPicture, Reason
from media.film import (
    animation,
    encode,
    first_frame,
    fit_film_upload,
    join,
    last_frame,
    probe,
)

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (320, 256)
RATE = Fraction(10)


def grey(level: int) -> VideoFrame:
    return VideoFrame.from_ndarray(np.full((SIZE[1], SIZE[0], 3), level, np.uint8), "rgb24")


def noise(seed: int) -> VideoFrame:
    pixels = np.random.default_rng(seed).integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8)
    return VideoFrame.from_ndarray(pixels, "rgb24")


def film(path: Path, *frames: VideoFrame) -> Path:
    encode(frames, RATE, path, SIZE, 12)
    return path


def level(png: bytes) -> float:
    with Image.open(BytesIO(png)) as picture:
        return float(np.asarray(picture.convert("L")).mean())


def test_the_facts_of_a_film(tmp_path: Path) -> None:
    made = film(tmp_path / "a.mp4", *(grey(10 * n) for n in range(12)))
    facts = probe(made)
    assert (facts.width, facts.height, facts.frames) == (*SIZE, 12)
    assert facts.fps == 10
    assert facts.duration_s == pytest.approx(1.2)


def test_the_index_goes_first(tmp_path: Path) -> None:
    data = film(tmp_path / "a.mp4", grey(0), grey(9)).read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_first_and_last_frame(tmp_path: Path) -> None:
    made = film(tmp_path / "a.mp4", *(grey(20 * n) for n in range(11)))
    assert level(first_frame(made)) == pytest.approx(0, abs=4)
    assert level(last_frame(made)) == pytest.approx(200, abs=4)


def test_films_are_joined_without_encoding_anew(tmp_path: Path) -> None:
    parts = [
        film(tmp_path / f"{n}.mp4", *(grey(60 * n + step) for step in range(8))) for n in range(3)
    ]
    whole = tmp_path / "whole.mp4"
    join(parts, whole)
    facts = probe(whole)
    assert facts.frames == 24
    assert facts.duration_s == pytest.approx(2.4, abs=0.11)
    assert first_frame(whole) == first_frame(parts[0])
    assert last_frame(whole) == last_frame(parts[2])


def test_films_of_other_sizes_are_not_joined(tmp_path: Path) -> None:
    one = film(tmp_path / "a.mp4", grey(1), grey(2))
    encode([grey(1), grey(2)], RATE, tmp_path / "b.mp4", (128, 128), 12)
    with pytest.raises(BadPicture):
        join([one, tmp_path / "b.mp4"], tmp_path / "whole.mp4")


@pytest.mark.parametrize("share", [2, 4])
def test_the_limit_is_kept(tmp_path: Path, share: int) -> None:
    made = film(tmp_path / "a.mp4", *(noise(n) for n in range(5)))
    limit = made.stat().st_size // share
    small = tmp_path / "small.mp4"
    assert fit_film_upload(made, small, limit) == small.stat().st_size <= limit
    assert probe(small).frames == 5


def test_what_cannot_fit_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    made = film(tmp_path / "a.mp4", noise(1), noise(2))
    with pytest.raises(BadPicture) as caught:
        fit_film_upload(made, tmp_path / "small.mp4", 500)
    assert caught.value.reason is Reason.TOO_MANY_BYTES
    assert not (tmp_path / "small.mp4").exists()


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_moving_picture(tmp_path: Path, kind: str) -> None:
    made = film(tmp_path / "a.mp4", *(grey(20 * n) for n in range(6)))
    with Image.open(BytesIO(animation(made, kind, 160))) as picture:
        assert picture.format == kind
        assert getattr(picture, "n_frames", 0) == 6
        assert picture.size == (160, 128)


@pytest.mark.parametrize("data", [b"", b"no film", b"\0\0\0\x10ftypisom\0\0\2\0" * 20])
def test_what_is_no_film_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(data)
    for work in (probe, first_frame, last_frame):
        with pytest.raises(BadPicture):
            work(tmp_path / "a.mp4")


def test_a_film_that_breaks_off_is_refused(tmp_path: Path) -> None:
    made = film(tmp_path / "a.mp4", *(noise(n) for n in range(5)))
    made.write_bytes(made.read_bytes()[: -made.stat().st_size // 2])
    with pytest.raises(BadPicture):
        probe(made)
