"""What the painter makes of edits, by the pixels."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from generation.edits import NO_SIDES, Edit, EditAction, Sides
from generation.request import ImageRequest, TextPrompt
from inference.backends.cancellation import Stopped
from inference.backends.painter.painter import Painter

SIZE = (200, 150)
SKY, GRASS, RED = (150, 200, 240), (80, 150, 60), (200, 30, 40)
BALL = (70, 40, 130, 100)


def scene() -> Image.Image:
    picture = Image.new("RGB", SIZE, SKY)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 110, *SIZE), fill=GRASS)
    draw.ellipse(BALL, fill=RED)
    draw.ellipse((90, 60, 110, 80), fill=SKY)
    return picture


def png(picture: Image.Image) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def edit(
    action: EditAction,
    words: str = "",
    search: str = "",
    sides: Sides = NO_SIDES,
    mask: Image.Image | None = None,
    picture: Image.Image | None = None,
) -> Image.Image:
    given = picture or scene()
    request = ImageRequest(
        "atelier-painter-edit",
        (TextPrompt(words),),
        given.width + sides[0] + sides[1],
        given.height + sides[2] + sides[3],
        seed=5,
        steps=0,
        cfg_scale=0.0,
        init_image=png(given),
        mask=png(mask) if mask else None,
        edit=Edit(action, search, sides),
    )
    made = Painter().draw(request, 5, lambda: False)
    assert made == Painter().draw(request, 5, lambda: False)
    return Image.open(BytesIO(made))


def pixels(picture: Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(picture.convert("RGB"), dtype=np.int64)


def test_a_hole_is_filled_from_around_it_and_the_rest_stays():
    mask = Image.new("L", SIZE, 255)
    mask.paste(0, (60, 30, 140, 105))
    made, given = pixels(edit(EditAction.ERASE, mask=mask)), pixels(scene())
    kept = np.asarray(mask) == 255
    assert (made[kept] == given[kept]).all()
    # Nothing of the red ball is left.
    assert (made[..., 0] < 175).all()


def test_an_odd_or_thin_picture_is_filled_too():
    for size in ((65, 1), (1, 77), (3, 5), (127, 63)):
        picture, mask = Image.new("RGB", size, SKY), Image.new("L", size, 255)
        mask.paste(0, (0, 0, 1, 1))
        made = edit(EditAction.ERASE, mask=mask, picture=picture)
        assert (abs(pixels(made) - SKY) <= 1).all()


def test_what_stands_in_front_stays_with_its_holes():
    made = edit(EditAction.REMOVE_BACKGROUND)
    alpha = np.asarray(made.getchannel("A"))
    assert made.mode == "RGBA"
    assert alpha[5, 5] == alpha[140, 5] == 0
    assert alpha[50, 100] == 255
    # What is cut off from the border belongs to the thing around it.
    assert alpha[70, 100] == 255


def test_of_a_plain_picture_the_middle_stays():
    plain = Image.new("RGB", SIZE, SKY)
    alpha = np.asarray(edit(EditAction.REMOVE_BACKGROUND, picture=plain).getchannel("A"))
    assert alpha[75, 100] == 255
    assert alpha[0, 0] == 0


@pytest.mark.parametrize("words", ["", "a dark sea"])
def test_a_picture_grows_and_stays_as_it_was(words: str):
    made = edit(EditAction.OUTPAINT, words, sides=(30, 10, 0, 300))
    assert made.size == (240, 450)
    assert (pixels(made)[:150, 30:230] == pixels(scene())).all()
    if not words:
        # Mirrored: the sky goes on.
        assert tuple(pixels(made)[0, 0]) == SKY


def test_what_has_the_named_colour_is_replaced_and_nothing_else():
    made, given = pixels(edit(EditAction.REPLACE, "a snowy hill", "the red ball")), pixels(scene())
    assert (made[:30] == given[:30]).all()
    assert (made[115:] == given[115:]).all()
    assert abs(made[45:55, 85:115] - RED).mean() > 15


def test_what_is_named_without_a_colour_is_what_stands_in_front():
    made, given = pixels(edit(EditAction.RECOLOUR, "blue", "the zeppelin")), pixels(scene())
    assert (made[0] == given[0]).all()
    red, _, blue = made[50, 100]
    assert blue > red


def test_it_stops_when_nobody_wants_it():
    request = ImageRequest("e", (TextPrompt(""),), *SIZE, seed=5, steps=0, cfg_scale=0.0)
    wanted = replace(request, init_image=png(scene()), edit=Edit(EditAction.REMOVE_BACKGROUND))
    with pytest.raises(Stopped):
        Painter().draw(wanted, 5, lambda: True)
