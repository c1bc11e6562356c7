"""What stability-sdk asks of a server with a model of depth; prints what came back as JSON.

It is run by the SDK's own interpreter. Usage: sdk_session.py HOST:PORT FOLDER
"""

from __future__ import annotations

import importlib
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

# Loaded by name: the library is in another environment than this file's reader.
animation: Any = importlib.import_module("stability_sdk.animation")
api: Any = importlib.import_module("stability_sdk.api")
matrix: Any = importlib.import_module("stability_sdk.matrix")
utils: Any = importlib.import_module("stability_sdk.utils")
SIDE, BLUR, FOV = 96, 12, 40
TURN, STEP = math.radians(3), (0.03, -0.02, -0.05)


def scene() -> Image.Image:
    """A smooth picture, on which half a pixel is seen."""
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    planes = (x * 2, y * 2, 128 + 100 * np.sin(x / 9) * np.cos(y / 7))
    return Image.fromarray(np.stack(planes, axis=-1).clip(0, 255).astype(np.uint8))


def animate(context: Any, mode: str, count: int, folder: Path) -> dict[str, Any]:
    """Frames, moved by the depth of each before the next is drawn over it."""
    args = animation.AnimationArgs(
        animation_mode=mode,
        model="custom",
        custom_model="atelier-painter",
        max_frames=count,
        width=128,
        height=128,
        seed=7,
        steps_curve="0:(4)",
        strength_curve="0:(0.9)",
        translation_x="0:(2)",
        translation_z="0:(4)",
        rotation_y="0:(1)",
        depth_model_weight=0.3,
        depth_blur_curve="0:(3)",
        save_depth_maps=True,
    )
    out = folder / mode
    out.mkdir()
    animator = animation.Animator(context, {0: "a red lighthouse"}, args, out_dir=str(out))
    frames = [np.asarray(frame.convert("RGB")) for frame in animator.render()]
    maps = [np.asarray(Image.open(file)) for file in sorted(out.glob("depth_*.png"))]
    return {
        "sizes": [list(frame.shape) for frame in frames],
        "different": len({frame.tobytes() for frame in frames}),
        "maps": [list(one.shape) for one in maps],
        "deep maps": sum(bool(one.min() < 10 and one.max() > 245) for one in maps),
    }


def warp(context: Any, folder: Path) -> None:
    """One picture, its depth, and what becomes of it, for who computes it in another way."""
    picture = scene()
    depth_calc = utils.depth_calc_transform(0.3, BLUR)
    depths, _ = context.transform([picture], depth_calc)
    lens = matrix.projection_fov(math.radians(FOV), 1.0, 200, 10000)
    view = matrix.multiply(matrix.translation(*STEP), matrix.rotation_euler(0, TURN, 0))
    moved, masks = context.transform_3d(
        [picture],
        depth_calc,
        utils.resample_transform("zero", matrix.multiply(lens, view), lens, export_mask=True),
    )
    flat, _ = context.transform(
        [picture], utils.resample_transform("zero", matrix.multiply(lens, view), lens)
    )
    np.savez(
        folder / "warp.npz",
        picture=np.asarray(picture),
        depth=np.asarray(depths[0]),
        moved=np.asarray(moved[0]),
        mask=np.asarray(masks[0]),
        flat=np.asarray(flat[0]),
        view=np.array(view),
        fov=FOV,
    )


def main() -> None:
    """Ask for everything and print the findings."""
    host, folder = sys.argv[1], Path(sys.argv[2])
    context = api.Context(host, "sk-unused", generate_engine_id="atelier-painter")
    context._max_retries = 0
    warp(context, folder)
    found = {
        mode: animate(context, mode, count, folder)
        for mode, count in (("3D warp", 12), ("3D render", 3))
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
