"""Edges without a model: as OpenCV draws them, and edge maps are left as they are."""

from __future__ import annotations

import hashlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from inference.backends.diffusers.conditioning.edges import edges_of, is_edge_map
from tests.inference.diffusers.conditioning.models import drawing, edge_map


def photo(side: int = 96) -> Image.Image:
    """A round thing before a sky that gets darker, with a little noise."""
    sky = np.linspace(60, 220, side)[:, None, None] * np.ones((1, side, 3)) * (0.5, 0.8, 1.0)
    noise = np.random.default_rng(1).normal(0, 4, (side, side, 3))
    picture = Image.fromarray((sky + noise).clip(0, 255).astype(np.uint8))
    ImageDraw.Draw(picture).ellipse((20, 30, 70, 80), fill=(200, 40, 30))
    return picture.filter(ImageFilter.GaussianBlur(0.8))


@pytest.mark.parametrize(
    ("picture", "right"),
    [
        (photo(), "820d52e4591e29b0"),
        (drawing(5), "c574c19f13f5a580"),
        (Image.effect_noise((50, 37), 90).convert("RGB").resize((50, 37)), None),
    ],
)
def test_the_pixels_are_opencvs(picture: Image.Image, right: str | None) -> None:
    """The digests are of what opencv-python-headless 5.0 gives for Canny(picture, 100, 200)."""
    edges = edges_of(picture)
    assert edges.size == picture.size
    assert set(np.unique(np.asarray(edges))) <= {0, 255}
    if right is not None:
        assert hashlib.sha256(np.asarray(edges)[..., 0].tobytes()).hexdigest()[:16] == right


def test_a_thing_has_its_outline() -> None:
    edges = np.asarray(edges_of(photo()))[..., 0] > 0
    y, x = np.nonzero(edges)
    distance = np.abs(np.hypot(x - 45, y - 55) - 25)
    assert edges.sum() > 100
    assert (distance < 2).mean() > 0.95


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_plain_picture_has_none(level: int) -> None:
    assert not np.asarray(edges_of(Image.new("RGB", (40, 30), (level,) * 3))).any()


@pytest.mark.parametrize("size", [(1, 1), (1, 64), (64, 1), (3, 2)])
def test_pictures_of_any_size(size: tuple[int, int]) -> None:
    assert edges_of(drawing().resize(size)).size == size


def test_an_edge_map_is_known() -> None:
    for one in (edge_map(2), edges_of(photo()), edges_of(drawing(5)), Image.new("RGB", (8, 8))):
        assert is_edge_map(one)
    softened = edges_of(photo(192)).resize((128, 128), Image.Resampling.BICUBIC)
    assert is_edge_map(softened)


def lines(width: float, level: int, side: int, blur_px: float) -> Image.Image:
    """An outline of a star, drawn four times as large."""
    angles = np.linspace(-np.pi / 2, 1.5 * np.pi, 11)
    reach = np.where(np.arange(11) % 2, 0.16, 0.36) * 4 * side
    corners = [
        (2 * side + far * np.cos(angle), 2 * side + far * np.sin(angle))
        for far, angle in zip(reach, angles, strict=True)
    ]
    picture = Image.new("L", (4 * side, 4 * side), 0)
    ImageDraw.Draw(picture).line(corners, fill=level, width=round(4 * width))
    picture = picture.resize((side, side), Image.Resampling.BOX)
    return picture.filter(ImageFilter.GaussianBlur(blur_px)).convert("RGB")


@pytest.mark.parametrize("side", [64, 128, 512])
@pytest.mark.parametrize("blur_px", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("level", [255, 200, 128])
@pytest.mark.parametrize("width", [1.0, 2.0, 3.0, 4.0])
def test_outlines_of_any_pen_are_edge_maps(
    width: float, level: int, blur_px: float, side: int
) -> None:
    assert is_edge_map(lines(width, level, side, blur_px))


def test_an_outline_that_was_a_jpeg_is_an_edge_map() -> None:
    buffer = BytesIO()
    lines(2.0, 255, 64, 0.0).save(buffer, "JPEG", quality=60)
    assert is_edge_map(Image.open(buffer))


def test_pictures_are_no_edge_maps() -> None:
    white = Image.new("RGB", (64, 64), "white")
    red = Image.new("RGB", (64, 64), (40, 0, 0))
    for one in (photo(), drawing(5), photo().convert("L").convert("RGB"), white, red):
        assert not is_edge_map(one)


def test_dark_pictures_without_colours_are_no_edge_maps() -> None:
    distance = np.hypot(*(np.indices((96, 96)) - 48))
    moon = np.where(distance < 20, 230, 4)
    lamp = 200 - 6 * distance
    night = np.random.default_rng(2).normal(30, 20, (96, 96)) + 120 * (distance < 15)
    for level in (moon, lamp, night):
        picture = Image.fromarray(np.clip(level, 0, 255).astype(np.uint8))
        assert not is_edge_map(picture.convert("RGB"))
