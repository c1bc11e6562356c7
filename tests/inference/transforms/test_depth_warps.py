"""Warps by depth, against rays that are followed through space by other formulas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from generation.errors import BadRequest
from inference.transforms.camera import identity, plane_matrix, product, projection, ray_matrix
from inference.transforms.depth_warps import warp_by_depth
from inference.transforms.orders import Border, DepthWarp, Warp
from inference.transforms.warps import warp

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from inference.transforms.camera import Matrix

    Floats = NDArray[np.floating]

WIDTH, HEIGHT = 96, 64
LENS = projection(40.0)
FOCAL = LENS[0][0]


def view(turn: float, x: float, y: float, z: float) -> Matrix:
    """A turn about the vertical axis in degrees, and then a step."""
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return [[c, 0.0, s, x], [0.0, 1.0, 0.0, y], [-s, 0.0, c, z], [0.0, 0.0, 0.0, 1.0]]


def order(seen: Matrix, lens: Matrix = LENS, **more: Any) -> DepthWarp:
    fields: dict[str, Any] = {"border": Border.ZERO, **more}
    return DepthWarp(ray_matrix(product(lens, seen)), ray_matrix(lens), **fields)


def colours(x: Floats, y: Floats) -> Floats:
    """A smooth picture, in pixels."""
    return np.stack(
        [2 * x + 20, 3 * y + 20, 128 + 90 * np.sin(x / 9) * np.cos(y / 7)], axis=-1
    ).clip(0, 255)


def grid() -> tuple[Floats, Floats]:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    return columns, rows


def picture() -> NDArray[np.uint8]:
    return np.rint(colours(*grid())).astype(np.uint8)


def to_plane(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """From pixels to where the middle is (0, 0) and half the height 1."""
    half = HEIGHT / 2
    return (x + 0.5 - WIDTH / 2) / half, (y + 0.5 - half) / half


def flat() -> NDArray[np.float32]:
    return np.full((HEIGHT, WIDTH), 0.5, np.float32)


@pytest.mark.parametrize("border", list(Border))
def test_what_is_equally_far_moves_as_a_plane(border: Border) -> None:
    seen = view(4, 0.05, -0.02, 0.1)
    planes = plane_matrix(product(LENS, seen)), plane_matrix(LENS)
    wanted, wanted_mask = warp(picture(), Warp(*planes, border, in_pixels=False))
    found, mask = warp_by_depth(picture(), flat(), order(seen, border=border))
    assert np.abs(found.astype(int) - wanted).max() <= 1
    assert (mask == wanted_mask).all()


def test_without_strength_depth_moves_nothing_by_itself() -> None:
    depths = np.random.default_rng(3).random((HEIGHT, WIDTH), dtype=np.float32)
    seen = view(4, 0.05, -0.02, 0.1)
    found, _ = warp_by_depth(picture(), depths, order(seen, strength=0.0))
    wanted, _ = warp_by_depth(picture(), flat(), order(seen))
    assert (found == wanted).all()


def test_nothing_moves_where_the_camera_stands_still() -> None:
    depths = np.random.default_rng(3).random((HEIGHT, WIDTH), dtype=np.float32)
    found, mask = warp_by_depth(picture(), depths, order(identity(4), is_rendered=True))
    assert (found == picture()).all()
    assert (mask == 255).all()


@pytest.mark.parametrize(
    "seen", [view(0, 0.06, 0, 0), view(0, 0, 0.05, -0.08), view(6, -0.1, 0.03, 0.12)]
)
@pytest.mark.parametrize("strength", [0.5, 1.0, 1.5])
def test_a_slanted_wall_is_seen_as_geometry_says(seen: Matrix, strength: float) -> None:
    x, y = to_plane(*grid())
    depths = 0.5 + 0.2 * x - 0.15 * y
    found, mask = warp_by_depth(
        picture(), depths.astype(np.float32), order(seen, strength=strength)
    )
    # The inverse distance c + a·x + b·y is a plane m·P = 1 in space, as x is focal · X / Z.
    wall = np.array([-0.2 * FOCAL, 0.15 * FOCAL, 1.0]) * [strength, strength, 1.0]
    old_x, old_y = followed(x, y, wall, np.asarray(seen))
    inside = (old_x > 0) & (old_x < WIDTH - 1) & (old_y > 0) & (old_y < HEIGHT - 1)
    wanted = colours(old_x, old_y)
    assert inside.mean() > 0.6
    assert (mask[inside] == 255).all()
    assert np.abs(found - wanted)[inside].max() <= 2.5


def followed(x: Floats, y: Floats, wall: Floats, seen: Floats) -> tuple[Floats, Floats]:
    """Where on a wall m·P = 1 of the old camera's space the new camera's rays end, in pixels."""
    turn, step = seen[:3, :3], seen[:3, 3]
    rays = np.stack([x / FOCAL, y / FOCAL, np.ones_like(x)], axis=-1) @ turn
    start = -step @ turn
    lengths = (1 - start @ wall) / (rays @ wall)
    points = start + rays * lengths[..., None]
    half = HEIGHT / 2
    return (
        FOCAL * points[..., 0] / points[..., 2] * half + WIDTH / 2 - 0.5,
        FOCAL * points[..., 1] / points[..., 2] * half + half - 0.5,
    )


LEFT, RIGHT, TOP, BOTTOM = 32, 64, 16, 48
STEP = 0.08
"""To the right, at an inverse distance of 1.5 and of 0.5."""
NEAR_PX, FAR_PX = (round(FOCAL * STEP * near * HEIGHT / 2) for near in (1.5, 0.5))


def card() -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """A near red square before a far wall."""
    pixels = picture()
    pixels[TOP:BOTTOM, LEFT:RIGHT] = (255, 0, 0)
    depths = np.ones((HEIGHT, WIDTH), np.float32)
    depths[TOP:BOTTOM, LEFT:RIGHT] = 0
    return pixels, depths


def test_what_is_near_moves_farther_and_hides_what_is_behind() -> None:
    found, _ = warp_by_depth(*card(), order(view(0, STEP, 0, 0)))
    row = found[HEIGHT // 2].astype(int)
    is_red = (row[:, 0] > 250) & (row[:, 1] < 5) & (row[:, 2] < 5)
    reds = np.flatnonzero(is_red)
    assert abs(reds[-1] + 1 - (RIGHT + NEAR_PX)) <= 1
    assert is_red[LEFT + NEAR_PX + 1 : RIGHT + NEAR_PX - 1].all()
    # Beyond the square the wall goes on where it would without the square.
    after = slice(RIGHT + NEAR_PX + 2, WIDTH)
    columns = np.arange(WIDTH)[after] - FOCAL * STEP * 0.5 * HEIGHT / 2
    wanted = colours(columns, np.full_like(columns, HEIGHT // 2))
    assert np.abs(row[after] - wanted).max() <= 2


def test_where_the_surface_is_torn_little_is_seen_or_nothing() -> None:
    seen = view(0, STEP, 0, 0)
    torn = slice(LEFT + FAR_PX + 2, LEFT + NEAR_PX - 2)
    middle = slice(TOP + 2, BOTTOM - 2)
    assert NEAR_PX - FAR_PX > 5
    stretched, mask = warp_by_depth(*card(), order(seen, is_rendered=True))
    assert mask[middle, torn].max() < 64
    assert stretched[middle, torn].any()
    holed, holes = warp_by_depth(*card(), order(seen, is_rendered=True, has_holes=True))
    assert not holes[middle, torn].any()
    assert not holed[middle, torn].any()
    assert (holes[middle, LEFT + NEAR_PX + 2 : RIGHT + NEAR_PX - 2] == 255).all()
    filled, _ = warp_by_depth(
        *card(), order(seen, border=Border.PREFILL, is_rendered=True, has_holes=True)
    )
    assert filled[middle, torn].any(axis=-1).all()


def test_nearer_a_pixel_shows_less_of_the_picture() -> None:
    _, mask = warp_by_depth(picture(), flat(), order(view(0, 0, 0, -0.2), is_rendered=True))
    assert mask[5:-5, 5:-5] == pytest.approx(255 * 0.8**2, abs=2)


def test_behind_the_camera_nothing_is_seen() -> None:
    found, mask = warp_by_depth(picture(), flat(), order(view(180, 0, 0, 0)))
    assert not mask.any()
    assert not found.any()


def test_an_orthographic_camera_sees_depth_in_no_step_forwards() -> None:
    depths = np.random.default_rng(3).random((HEIGHT, WIDTH), dtype=np.float32)
    found, _ = warp_by_depth(picture(), depths, order(view(0, 0, 0, 0.3), lens=identity(4)))
    assert (found == picture()).all()


def test_a_matrix_that_flattens_is_refused() -> None:
    flattened = DepthWarp([[0.0] * 4] * 3, ray_matrix(LENS), Border.ZERO)
    with pytest.raises(BadRequest, match="transform: the matrix flattens"):
        warp_by_depth(picture(), flat(), flattened)


@pytest.mark.parametrize("size", [(1, 1), (1, 5), (5, 1)])
def test_the_smallest_pictures_move_too(size: tuple[int, int]) -> None:
    pixels = np.full((*size, 3), 90, np.uint8)
    depths = np.zeros(size, np.float32)
    found, mask = warp_by_depth(pixels, depths, order(identity(4), is_rendered=True))
    assert (found == 90).all()
    assert (mask == 255).all()
