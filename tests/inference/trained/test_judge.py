"""The judge decides rightly about drawings, and sees nothing where nothing is."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageFilter

from tests.inference.trained.drawings import (
    BACKGROUNDS,
    COLOURS,
    SHAPES,
    Figure,
    Scene,
    caption,
    draw,
    outline,
    random_scene,
)
from tests.inference.trained.judge import Verdict, judge


def single_scenes(count: int) -> list[Scene]:
    random = np.random.default_rng(11)
    scenes = (random_scene(random) for _ in range(2 * count))
    return [scene for scene in scenes if len(scene.figures) == 1][:count]


@pytest.mark.parametrize("blur", [0.0, 1.0])
def test_colour_and_shape_of_drawings_are_found(blur: float):
    random = np.random.default_rng(12)
    scenes = single_scenes(200)
    right = 0
    for scene in scenes:
        picture = Image.fromarray(draw(scene, random)).filter(ImageFilter.GaussianBlur(blur))
        (figure,) = scene.figures
        right += judge(np.asarray(picture)) == Verdict(figure.colour, figure.shape)
    assert right / len(scenes) >= 0.99


def test_the_larger_of_two_figures_counts():
    scene = Scene("grey", (Figure("red", "star", 14, 32, 9), Figure("blue", "square", 44, 32, 15)))
    assert judge(draw(scene)) == Verdict("blue", "square")


@pytest.mark.parametrize("background", BACKGROUNDS.values())
def test_an_empty_picture_shows_nothing(background: tuple[int, int, int]):
    picture = np.full((64, 64, 3), background, dtype=np.uint8)
    assert judge(picture) == Verdict(None, None)


def test_noise_shows_no_shape():
    noise = np.random.default_rng(13).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    assert judge(noise).shape is None


def test_an_outline_lies_on_the_edge_of_its_figure():
    scene = Scene("white", (Figure("red", "circle"),))
    edges = outline(scene)[..., 0] > 127
    distance = np.hypot(*(np.indices((64, 64)) + 0.5 - 32))
    assert (abs(distance[edges] - 17) < 2).all()
    assert edges.sum() > 150


def test_captions_name_only_what_is_there():
    random = np.random.default_rng(14)
    for scene in single_scenes(200):
        (figure,) = scene.figures
        words = set(caption(scene, random).split())
        assert words & set(COLOURS) <= {figure.colour}
        assert words & set(SHAPES) <= {figure.shape}
        assert words & set(BACKGROUNDS) <= {scene.background}
