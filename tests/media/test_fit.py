"""Pictures brought to a film's size."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from generation.video.request import SIZES
from media.errors import BadPicture
from media.fit import VIDEO_SIZES, Fit, fit_for_video, nearest_video_size

RED, BLUE = (255, 0, 0), (0, 0, 255)


def halves(width: int, height: int) -> bytes:
    """Red on the left, blue on the right."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def decoded(png: bytes) -> Image.Image:
    with Image.open(BytesIO(png)) as picture:
        return picture.convert("RGB")


@pytest.mark.parametrize(
    ("size", "nearest"),
    [
        ((1920, 1080), (1024, 576)),
        ((4000, 500), (1024, 576)),
        ((1080, 1920), (576, 1024)),
        ((512, 512), (768, 768)),
        ((800, 700), (768, 768)),
        ((1, 1), (768, 768)),
    ],
)
def test_the_nearest_size(size: tuple[int, int], nearest: tuple[int, int]) -> None:
    assert nearest_video_size(*size) == nearest


@pytest.mark.parametrize("fit", Fit)
@pytest.mark.parametrize("size", [(300, 300), (1000, 400), (90, 700), (1024, 576)])
def test_every_fit_gives_a_size_that_the_api_takes(fit: Fit, size: tuple[int, int]) -> None:
    made = fit_for_video(halves(*size), fit)
    assert (made.width, made.height) in VIDEO_SIZES
    assert decoded(made.png).size == (made.width, made.height)
    assert made.is_changed is (size not in ((300, 300), (1024, 576)))


def test_a_size_that_is_asked_for_is_kept() -> None:
    made = fit_for_video(halves(300, 300), Fit.CROP, (1024, 576))
    assert (made.width, made.height, made.is_changed) == (1024, 576, True)


def test_pad_shows_the_whole_picture_before_its_blurred_copy() -> None:
    picture = decoded(fit_for_video(halves(500, 500), Fit.PAD, (1024, 576)).png)
    assert picture.getpixel((224 + 5, 288)) == RED
    assert picture.getpixel((1024 - 224 - 6, 288)) == BLUE
    border = picture.crop((0, 0, 224, 576))
    assert border.getpixel((10, 10)) != (0, 0, 0)


def test_crop_cuts_both_sides_alike() -> None:
    picture = decoded(fit_for_video(halves(2000, 500), Fit.CROP).png)
    assert picture.getpixel((500, 10)) == RED
    assert picture.getpixel((523, 10)) == BLUE


def test_stretch_keeps_the_corners() -> None:
    marked = Image.open(BytesIO(halves(600, 300)))
    marked.paste((0, 255, 0), (0, 0, 60, 300))
    buffer = BytesIO()
    marked.save(buffer, "PNG")
    picture = decoded(fit_for_video(buffer.getvalue(), Fit.STRETCH, (768, 768)).png)
    assert picture.getpixel((5, 384)) == (0, 255, 0)
    assert picture.getpixel((760, 384)) == BLUE


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(BadPicture):
        fit_for_video(b"no picture", Fit.PAD)


def test_the_sizes_are_those_that_the_api_takes() -> None:
    assert VIDEO_SIZES == SIZES
