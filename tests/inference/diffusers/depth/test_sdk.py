"""The unmodified Animator of stability-sdk 0.8.6 moves pictures by the depth of a tiny model."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import pytest_asyncio
import torch
from torch.nn.functional import grid_sample

from tests.inference.diffusers.serving import serving
from tests.inference.test_sdk import ROOT, SDK_PYTHON, run_sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray
    from torch import Tensor

SESSION = Path(__file__).with_name("sdk_session.py")
CATALOGUE = """
[[engine]]
id = "depth"
kind = "depth"
backend = "diffusers"
source = "{folder}"

[[engine]]
id = "atelier-painter"
backend = "painter"
side_step = 64
min_side = 64
min_steps = 1
"""

pytestmark = [
    pytest.mark.sdk,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not SDK_PYTHON.exists() or not list(ROOT.glob(".venv-sdk/lib/*/site-packages/cv2")),
        reason="stability-sdk[anim] 0.8.6 is missing: run 'make sdk' once",
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def session(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Mapping[str, NDArray[Any]]]:
    """What the session says, and what it wrote of one warp."""
    folder = tmp_path_factory.mktemp("depth")
    catalogue = folder / "engines.toml"
    catalogue.write_text(CATALOGUE.format(folder=tiny_folder("depth_anything")))
    async with serving(catalogue) as (address, _):
        said = json.loads(await run_sdk(str(SESSION), address, str(folder)))
    with np.load(folder / "warp.npz") as written:
        return said, dict(written)


@pytest.mark.parametrize(("mode", "frames"), [("3D warp", 12), ("3D render", 3)])
async def test_frames_are_animated(
    session: tuple[dict[str, Any], Mapping[str, NDArray[Any]]], mode: str, frames: int
) -> None:
    said = session[0][mode]
    assert said["sizes"] == [[128, 128, 3]] * frames
    assert said["different"] == frames
    assert said["maps"] == [[128, 128]] * frames
    assert said["deep maps"] == frames


async def test_a_warp_is_what_the_depth_says(
    session: tuple[dict[str, Any], Mapping[str, NDArray[Any]]],
) -> None:
    written = session[1]
    wanted, is_sure = reprojected(written)
    moved, flat = (written[name].astype(int) for name in ("moved", "flat"))
    is_sure &= written["mask"] > 0
    assert is_sure.mean() > 0.6
    far = np.abs(moved - wanted).max(axis=-1)[is_sure]
    # A level of the depth map's 8 bits moves nothing by more than a few hundredths of a pixel.
    assert np.percentile(far, 99) <= 2
    assert np.percentile(np.abs(flat - wanted).max(axis=-1)[is_sure], 90) > 4


def reprojected(written: Mapping[str, NDArray[Any]]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The picture by torch, and where one place of it is surely what is seen.

    Each pixel is lifted to its point in space and projected anew; the way back is found by going
    against the movement until the projection hits.
    """
    picture = torch.tensor(written["picture"]).permute(2, 0, 1)[None].float()
    side = picture.shape[-1]
    axis = (torch.arange(side) + 0.5) / side * 2 - 1
    target = torch.stack(torch.meshgrid(axis, axis, indexing="xy"), dim=-1)
    landing = _projected(target, torch.tensor(written["depth"]).float() / 255, written)
    moves = (landing - target).permute(2, 0, 1)[None]
    place = target
    for _ in range(100):
        place = target - _at(moves, place)
    miss = (place + _at(moves, place) - target).abs().amax(-1) * side / 2
    is_sure = (miss < 0.02) & (place.abs().amax(-1) < 1 - 2 / side)
    # Where something else lands on the same place, it may be in front.
    crowd = torch.cdist(landing.reshape(-1, 2), target.reshape(-1, 2)) < 1.2 / side
    is_sure &= (crowd.sum(0) <= 3).reshape(side, side)
    return _at(picture, place).round().numpy(), is_sure.numpy()


def _projected(place: Tensor, depth: Tensor, written: Mapping[str, NDArray[Any]]) -> Tensor:
    focal = 1 / math.tan(math.radians(float(written["fov"])) / 2)
    distance = 1 / (1.5 - depth)
    points = torch.cat([place / focal, torch.ones_like(place[..., :1])], dim=-1)
    view = torch.tensor(written["view"]).float()
    moved = (points * distance[..., None]) @ view[:3, :3].T + view[:3, 3]
    return focal * moved[..., :2] / moved[..., 2:]


def _at(planes: Tensor, place: Tensor) -> Tensor:
    found = grid_sample(planes, place[None], padding_mode="border", align_corners=False)
    return found[0].permute(1, 2, 0)
