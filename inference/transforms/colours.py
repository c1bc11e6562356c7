"""Colours, brightness and noise of a picture."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageCms, ImageEnhance

from inference.transforms.orders import ColourSpace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.transforms.orders import ColourAdjustment

HALF_RANGE = 127.5


def adjust_colours(
    picture: Image.Image, order: ColourAdjustment, match: Image.Image | None
) -> Image.Image:
    """The RGB picture after the steps of the order, with the colours of `match`."""
    if match is not None:
        picture = match_colours(picture, match, order.match_space)
    if order.brightness != 1:
        picture = ImageEnhance.Brightness(picture).enhance(order.brightness)
    if order.contrast != 1:
        picture = ImageEnhance.Contrast(picture).enhance(order.contrast)
    if order.hue:
        picture = turn_hue(picture, order.hue)
    if order.saturation != 1:
        picture = ImageEnhance.Color(picture).enhance(order.saturation)
    if order.lightness:
        ground = Image.new("RGB", picture.size, "white" if order.lightness > 0 else "black")
        picture = Image.blend(picture, ground, abs(order.lightness))
    return add_noise(picture, order.noise_amount, order.noise_seed)


def turn_hue(picture: Image.Image, degrees: float) -> Image.Image:
    """The picture with all hues turned round the circle of colours."""
    hue, saturation, value = picture.convert("HSV").split()
    shift = round(degrees / 360 * 256)
    turned = hue.point([(level + shift) % 256 for level in range(256)])
    return Image.merge("HSV", (turned, saturation, value)).convert("RGB")


def add_noise(picture: Image.Image, amount: float, seed: int) -> Image.Image:
    """The picture with normal noise on every channel, the same for the same seed."""
    if not amount:
        return picture
    pixels = np.asarray(picture, dtype=np.float32)
    noise = np.random.default_rng(seed).standard_normal(pixels.shape, dtype=np.float32)
    return Image.fromarray(_levels(pixels + noise * (amount * HALF_RANGE)))


def match_colours(picture: Image.Image, match: Image.Image, space: ColourSpace) -> Image.Image:
    """The picture with every channel distributed as in the other one."""
    channels = zip(_into(picture, space).split(), _into(match, space).split(), strict=True)
    matched = Image.merge(space, [_match_channel(own, other) for own, other in channels])
    return _back(matched, space)


def _match_channel(own: Image.Image, other: Image.Image) -> Image.Image:
    """Each level becomes the one below which the same share of the other channel lies."""
    counts, wanted = np.asarray(own.histogram()), np.asarray(other.histogram())
    there, wanted_there = np.flatnonzero(counts), np.flatnonzero(wanted)
    share = np.cumsum(counts)[there] / counts.sum()
    wanted_share = np.cumsum(wanted)[wanted_there] / wanted.sum()
    table = np.zeros(256)
    table[there] = np.interp(share, wanted_share, wanted_there)
    return own.point([round(level) for level in table.tolist()])


def _into(picture: Image.Image, space: ColourSpace) -> Image.Image:
    if space is not ColourSpace.LAB:
        return picture.convert(space)
    return ImageCms.applyTransform(picture, _lab_transform("RGB", "LAB")) or picture


def _back(picture: Image.Image, space: ColourSpace) -> Image.Image:
    if space is not ColourSpace.LAB:
        return picture.convert("RGB")
    return ImageCms.applyTransform(picture, _lab_transform("LAB", "RGB")) or picture


@cache
def _lab_transform(from_mode: str, to_mode: str) -> ImageCms.ImageCmsTransform:
    # Pillow does not say what type its profiles are of.
    cms: Any = ImageCms
    profiles = {"RGB": cms.createProfile("sRGB"), "LAB": cms.createProfile("LAB")}
    return ImageCms.buildTransform(profiles[from_mode], profiles[to_mode], from_mode, to_mode)


def _levels(pixels: NDArray[np.floating]) -> NDArray[np.uint8]:
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
