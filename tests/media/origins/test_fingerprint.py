"""The fingerprint of a picture stays when it is saved in another way, and differs from others'."""

from __future__ import annotations

import random
from io import BytesIO

from PIL import Image, ImageFilter

from media.origins.fingerprint import BITS, NONE, fingerprint

NEAR = 7


def scene(seed: int, size: tuple[int, int] = (512, 384)) -> Image.Image:
    """Some soft shapes."""
    dice = random.Random(seed)
    small = Image.new("RGB", (16, 12))
    small.putdata([tuple(dice.randrange(256) for _ in range(3)) for _ in range(16 * 12)])
    return small.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))


def saved(picture: Image.Image, kind: str = "PNG", **how: int) -> bytes:
    buffer = BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def distance(one: int, other: int) -> int:
    return (one ^ other).bit_count()


def test_other_sizes_and_encodings_are_near():
    for seed in range(5):
        picture = scene(seed)
        own = fingerprint(saved(picture))
        again = [
            saved(picture, "JPEG", quality=50),
            saved(picture, "WEBP", quality=60),
            saved(picture.resize((256, 192))),
            saved(picture.resize((1024, 768)), "JPEG", quality=80),
        ]
        assert own != NONE
        assert all(distance(own, fingerprint(data)) <= NEAR for data in again)


def test_other_pictures_are_far():
    found = [fingerprint(saved(scene(seed))) for seed in range(30)]
    pairs = [(one, other) for at, one in enumerate(found) for other in found[:at]]
    assert min(distance(*pair) for pair in pairs) > NEAR
    assert all(0 < one < 1 << BITS for one in found)


def test_a_plain_area_is_like_none():
    assert fingerprint(saved(Image.new("RGB", (64, 64), "navy"))) == NONE
    ramp = Image.linear_gradient("L").rotate(90)
    assert fingerprint(saved(ramp)) == NONE
