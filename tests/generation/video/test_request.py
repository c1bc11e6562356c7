"""What a start may be made of, and where it may go."""

from __future__ import annotations

from dataclasses import replace

import pytest

from generation.errors import BadRequest
from generation.video.endpoint import VideoEndpoint
from generation.video.request import SIZES, validate
from tests.generation.video.videos import REQUEST, png


@pytest.mark.parametrize("size", SIZES)
def test_every_size_of_the_api_is_taken(size: tuple[int, int]):
    validate(replace(REQUEST, image=png(*size)))


@pytest.mark.parametrize(
    ("change", "field", "figure"),
    [
        ({"image": b"GIF89a"}, "image", "PNG"),
        ({"image": b""}, "image", "PNG"),
        ({"image": png(1024, 1024)}, "image", "1024×1024"),
        ({"seed": 4_294_967_295}, "seed", "4294967295"),
        ({"seed": -1}, "seed", "-1"),
        ({"cfg_scale": 10.01}, "cfg", "10.01"),
        ({"cfg_scale": float("nan")}, "cfg", "nan"),
        ({"motion_bucket_id": 0}, "motion", "0"),
        ({"motion_bucket_id": 256}, "motion", "256"),
    ],
)
def test_what_the_api_refuses_is_refused_before_it_is_sent(
    change: dict[str, object], field: str, figure: str
):
    with pytest.raises(BadRequest) as caught:
        validate(replace(REQUEST, **change))  # pyright: ignore[reportArgumentType]
    assert caught.value.field == field
    assert figure in caught.value.reason


def test_the_picture_is_in_no_log():
    assert "IHDR" not in repr(REQUEST)


@pytest.mark.parametrize(
    "base",
    [
        "",
        "api.stability.ai",
        "ftp://host",
        "https://",
        "https://user:secret@host",
        "https://host/?query",
        "https://host/#part",
    ],
)
def test_an_address_that_cannot_be_used(base: str):
    with pytest.raises(ValueError, match=r"address|form"):
        VideoEndpoint(base)


@pytest.mark.parametrize("key", ["sk-ümlaut", " sk-space", "sk-line\n"])
def test_a_key_that_cannot_be_sent(key: str):
    with pytest.raises(ValueError, match="key") as caught:
        VideoEndpoint("https://host", key)
    assert key not in str(caught.value)


def test_a_base_may_have_a_path():
    endpoint = VideoEndpoint("https://host:8443/proxy/")
    assert endpoint.result_url("abc") == "https://host:8443/proxy/v2beta/image-to-video/result/abc"
