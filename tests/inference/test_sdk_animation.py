"""The contract: the unmodified Animator of stability-sdk 0.8.6 animates with this server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.inference.test_sdk import ROOT, SDK_PYTHON, run_sdk

if TYPE_CHECKING:
    from inference.server import Running

SESSION = Path(__file__).with_name("sdk_animation.py")

pytestmark = [
    pytest.mark.sdk,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not SDK_PYTHON.exists() or not list(ROOT.glob(".venv-sdk/lib/*/site-packages/cv2")),
        reason="stability-sdk[anim] 0.8.6 is missing: run 'make sdk' once",
    ),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def found(shared_server: Running) -> dict[str, Any]:
    address = shared_server.grpc_address
    return json.loads(await run_sdk(str(SESSION), address, "atelier-painter", "128"))


async def test_twelve_frames_are_animated(found: dict[str, Any]):
    assert found["animation"] == {"sizes": [[128, 128]] * 12, "different": 12}
    assert found["cadence"] == {"sizes": [[128, 128]] * 12, "different": 12}
    assert found["border"] == {"sizes": [[128, 128]] * 3, "different": 3}


async def test_warps_are_those_of_opencv(found: dict[str, Any]):
    # OpenCV itself counts coordinates in steps of 1/32 pixel.
    assert max(found["opencv"].values()) <= 2


async def test_each_transform_does_what_it_says(found: dict[str, Any]):
    made = found["transform"]
    assert made["same"]
    assert 1.3 < made["bright"] < 1.5
    assert made["matched"] == pytest.approx([200, 30, 30], abs=3)
    # Half as bright before it was drawn over, and nearly nothing was drawn.
    assert made["drawn"] == pytest.approx(0.5, abs=0.02)
    assert made["warp mask"] == 255  # nearer, so all of it is there
    assert made["posed"] == 0
    assert made["mixed"] == [[0, 0, 128], [50, 7, 103], [100, 15, 79]]


async def test_what_needs_a_model_is_refused_by_name(found: dict[str, Any]):
    for name, word in (("depth", "depth_calc"), ("film", "INTERPOLATE_FILM")):
        code, details, _ = found[name]
        assert code == "INVALID_ARGUMENT"
        assert word in details
