"""What a file is, whatever it is called, and how large the picture in it is."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from playground.world.media_types import content_type, dimensions
from tests.playground.videos import moving_picture, video


def still(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (7, 5), "teal").save(buffer, kind)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_pictures_are_known_by_their_bytes(kind: str) -> None:
    data = still(kind)
    assert content_type(data) == f"image/{kind.lower()}"
    assert dimensions(data, f"image/{kind.lower()}") == (7, 5)


def test_moving_pictures_are_pictures() -> None:
    assert content_type(moving_picture("GIF")) == "image/gif"
    assert dimensions(moving_picture("WEBP"), "image/webp") == (48, 32)


def test_videos_are_known_with_their_size() -> None:
    assert content_type(video(frames=2)) == "video/mp4"
    assert dimensions(video(frames=2), "video/mp4") == (320, 192)
    assert dimensions(video(frames=2, turned=True), "video/mp4") == (192, 320)


@pytest.mark.parametrize("data", [b"", b"text", b"RIFF0000WAVE", bytes(100)])
def test_what_tells_nothing(data: bytes) -> None:
    assert content_type(data) is None


@given(st.integers(0, 3000), st.binary(max_size=8))
def test_a_broken_video_does_no_harm(cut: int, noise: bytes) -> None:
    whole = video(frames=2)
    broken = whole[:cut] + noise + whole[cut + len(noise) :]
    size = dimensions(broken, "video/mp4")
    assert size is None or min(size) > 0
    assert dimensions(whole[:40], "video/mp4") is None
