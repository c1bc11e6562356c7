"""Depth maps: the order of far and near, the blur, and maps that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from generation.errors import BadRequest
from inference.transforms.depth_maps import blur, calculate_depths, floats, read_depth_map
from inference.transforms.orders import DepthCalculation

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEARNESS = np.array([[5.0, 15.0, 10.0], [7.5, 5.0, 12.5]], np.float32)


def test_the_nearest_is_0_and_the_farthest_1() -> None:
    depths = calculate_depths(NEARNESS, DepthCalculation())
    assert depths.tolist() == [[1.0, 0.0, 0.5], [0.75, 1.0, 0.25]]
    turned = calculate_depths(NEARNESS, DepthCalculation(is_reversed=True))
    assert turned.tolist() == (1 - depths).tolist()


def test_what_is_equally_far_is_in_the_middle() -> None:
    flat = np.full((2, 3), 7, np.float32)
    assert (calculate_depths(flat, DepthCalculation(blur_radius=1)) == 0.5).all()


@pytest.mark.parametrize("radius", [1, 2, 5, 12])
def test_the_blur_is_a_gaussian_one_mirrored_at_the_edges(radius: int) -> None:
    plane = np.random.default_rng(7).random((20, 31), dtype=np.float32)
    found = blur(plane, radius)
    assert found == pytest.approx(convolved(plane, radius), abs=1e-5)
    assert found.std() < plane.std()


def convolved(plane: NDArray[np.float32], radius: int) -> NDArray[np.float64]:
    """The plane after the kernel in two dimensions, pixel by pixel."""
    distances = np.arange(-radius, radius + 1) ** 2
    kernel = np.exp(-np.add.outer(distances, distances) / (2 * (0.3 * (radius - 1) + 0.8) ** 2))
    padded = np.pad(plane.astype(np.float64), radius, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return (windows * (kernel / kernel.sum())).sum(axis=(2, 3))


def test_a_blur_wider_than_the_picture_still_mirrors() -> None:
    assert blur(np.ones((1, 3), np.float32), 9) == pytest.approx(np.ones((1, 3)))


@pytest.mark.parametrize("wrong", [-0.1, 1.1, np.nan, np.inf])
def test_values_that_are_no_depths_are_refused(wrong: float) -> None:
    depths = np.array([[0.5, wrong]], "<f4")
    with pytest.raises(BadRequest, match="not from 0 to 1"):
        read_depth_map(depths.tobytes(), (2, 1))
    right = np.array([[0.0, 1.0]], "<f4")
    assert read_depth_map(right.tobytes(), (2, 1)).tolist() == [[0.0, 1.0]]
    assert floats(right.tobytes(), (1, 2)).shape == (2, 1)
