"""Masks of named areas and of transparent pixels, pixel by pixel."""

from __future__ import annotations

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from media.areas import Area, area_box, area_mask
from media.errors import BadPicture, Reason
from media.verify import fit_transparent, fit_upload

BLACK, WHITE = 0, 255
SIDES = st.integers(24, 400)


def decoded(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data), formats=("PNG",)) as picture:
        picture.load()
        return picture


def encoded(picture: Image.Image, kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, lossless=True)
    return buffer.getvalue()


def changes(area: Area, x: float, y: float) -> bool:
    """Whether a point, in shares of width and height, may change."""
    return {
        Area.LEFT: x < 1 / 3,
        Area.MIDDLE: 1 / 3 < x < 2 / 3,
        Area.RIGHT: x > 2 / 3,
        Area.TOP: y < 1 / 3,
        Area.BOTTOM: y > 2 / 3,
        Area.CENTRE: 1 / 4 < x < 3 / 4 and 1 / 4 < y < 3 / 4,
        Area.BORDER: not (1 / 6 < x < 5 / 6 and 1 / 6 < y < 5 / 6),
    }[area]


@given(area=st.sampled_from(Area), width=SIDES, height=SIDES)
@settings(deadline=None)
def test_an_area_is_black_and_all_else_is_white(area: Area, width: int, height: int):
    mask = decoded(area_mask(area, width, height))
    assert (mask.mode, mask.size) == ("L", (width, height))
    colours = mask.getcolors()
    assert colours
    assert {colour for _, colour in colours} == {BLACK, WHITE}
    shares = [1 / 12, 1 / 4 + 1 / 24, 1 / 2, 3 / 4 - 1 / 24, 11 / 12]
    for x, y in ((x, y) for x in shares for y in shares):
        found = mask.getpixel((int(x * width), int(y * height)))
        assert found == (BLACK if changes(area, x, y) else WHITE), (x, y)


@given(width=SIDES, height=SIDES)
@settings(deadline=None)
def test_the_thirds_are_the_whole_picture_and_no_pixel_is_in_two(width: int, height: int):
    areas = (Area.LEFT, Area.MIDDLE, Area.RIGHT)
    masks = [decoded(area_mask(area, width, height)) for area in areas]
    black = [mask.histogram()[BLACK] for mask in masks]
    assert sum(black) == width * height
    both = ImageChops.darker(ImageChops.darker(masks[0], masks[1]), masks[2])
    assert both.getextrema() == (BLACK, BLACK)


@given(width=SIDES, height=SIDES)
@settings(deadline=None)
def test_opposite_areas_are_as_large(width: int, height: int):
    for one, other in ((Area.LEFT, Area.RIGHT), (Area.TOP, Area.BOTTOM)):
        sizes: list[int] = []
        for area in (one, other):
            left, upper, right, lower = area_box(area, width, height)
            sizes.append((right - left) * (lower - upper))
        assert sizes[0] == sizes[1]


@given(
    size=st.tuples(SIDES, SIDES),
    hole=st.tuples(st.integers(0, 23), st.integers(0, 23)),
    alpha=st.sampled_from([0, 1, 128, 200, 255]),
)
@settings(deadline=None)
def test_what_is_not_opaque_may_change(size: tuple[int, int], hole: tuple[int, int], alpha: int):
    picture = Image.new("RGBA", size, (10, 120, 200, 255))
    picture.putpixel(hole, (10, 120, 200, alpha))
    if alpha == 255:
        with pytest.raises(BadPicture) as caught:
            fit_transparent(encoded(picture), [size])
        assert caught.value.reason is Reason.NOTHING_TRANSPARENT
        return
    fitted = fit_transparent(encoded(picture), [size])
    assert (fitted.size, fitted.seen) == (size, size)
    mask = decoded(fitted.mask)
    assert mask.getpixel(hole) == BLACK
    assert (mask.size, mask.histogram()[BLACK]) == (size, 1)
    assert mask.histogram()[WHITE] == size[0] * size[1] - 1
    assert fitted.png == fit_upload(encoded(picture), [size]).png


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_hole_is_cut_and_scaled_like_its_picture(kind: str):
    picture = Image.new("RGBA", (300, 100), (10, 120, 200, 255))
    picture.paste((0, 0, 0, 0), (150, 0, 300, 100))
    fitted = fit_transparent(encoded(picture, kind), [(64, 64)])
    mask, start = decoded(fitted.mask), decoded(fitted.png)
    for x, y in ((x, y) for x in range(64) for y in range(0, 64, 9)):
        colour = start.getpixel((x, y))
        assert isinstance(colour, tuple)
        if mask.getpixel((x, y)) == WHITE:
            # Nothing that is kept has the white that stands for transparency.
            assert colour[0] < 60, (x, y, colour)
        else:
            assert x >= 30
    assert mask.getpixel((60, 30)) == BLACK


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_without_transparency_has_no_such_area(mode: str):
    with pytest.raises(BadPicture) as caught:
        fit_transparent(encoded(Image.new(mode, (64, 64))), [(64, 64)])
    assert caught.value.reason is Reason.NOTHING_TRANSPARENT


def test_a_palette_with_a_transparent_colour_has_one():
    picture = Image.new("P", (64, 64), 0)
    picture.putpalette([0, 0, 0, 200, 30, 30])
    picture.paste(1, (32, 0, 64, 64))
    buffer = BytesIO()
    picture.save(buffer, "PNG", transparency=1)
    mask = decoded(fit_transparent(buffer.getvalue(), [(64, 64)]).mask)
    assert (mask.getpixel((5, 5)), mask.getpixel((50, 5))) == (WHITE, BLACK)
