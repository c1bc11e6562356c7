"""What stability-sdk's Animator and the rest of Context ask for; prints what came back as JSON.

It is run by the SDK's own interpreter. Usage: sdk_animation.py HOST:PORT ENGINE SIZE
"""

from __future__ import annotations

import importlib
import json
import math
import sys
import time
from typing import Any

import numpy as np
from PIL import Image

# Loaded by name: the library is in another environment than this file's reader.
cv2: Any = importlib.import_module("cv2")
animation: Any = importlib.import_module("stability_sdk.animation")
api: Any = importlib.import_module("stability_sdk.api")
matrix: Any = importlib.import_module("stability_sdk.matrix")
utils: Any = importlib.import_module("stability_sdk.utils")
grpc: Any = importlib.import_module("grpc")
MODES = {
    "reflect": cv2.BORDER_REFLECT,
    "replicate": cv2.BORDER_REPLICATE,
    "wrap": cv2.BORDER_WRAP,
    "zero": cv2.BORDER_CONSTANT,
}


def scene(size: int = 96) -> Image.Image:
    """A smooth picture, on which half a pixel is seen."""
    y, x = np.mgrid[0:size, 0:size]
    planes = (x * 2, y * 2, 128 + 100 * np.sin(x / 9) * np.cos(y / 7))
    return Image.fromarray(np.stack(planes, axis=-1).clip(0, 255).astype(np.uint8))


def animate(context: Any, engine: str, size: int, **more: Any) -> dict[str, Any]:
    """Twelve frames."""
    fields = {
        "animation_mode": "2D",
        "model": "custom",
        "custom_model": engine,
        "max_frames": 12,
        "width": size,
        "height": size,
        "seed": 7,
        "steps_curve": "0:(4)",
        "zoom": "0:(1.05)",
        "angle": "0:(3)",
        **more,
    }
    args = animation.AnimationArgs(**fields)
    prompts = {0: "a red lighthouse", 8: "fog"}
    frames = list(animation.Animator(context, prompts, args, negative_prompt="blurry").render())
    pixels = [np.asarray(frame.convert("RGB")).tobytes() for frame in frames]
    return {"sizes": [list(frame.size) for frame in frames], "different": len(set(pixels))}


def compare_with_opencv(context: Any) -> dict[str, int]:
    """The largest difference of any channel, for each border, of a turned and moved picture."""
    picture = scene()
    move = animation.to_3x3(animation.make_xform_2d(96, 96, math.radians(20), 0.7, 5.5, -3.25))
    found: dict[str, int] = {}
    for name, mode in MODES.items():
        moved, masks = context.transform(
            [picture], utils.resample_transform(name, move, export_mask=True)
        )
        wanted = cv2.warpPerspective(
            np.asarray(picture), np.array(move), (96, 96), flags=cv2.INTER_LINEAR, borderMode=mode
        )
        far = np.abs(wanted.astype(int) - np.asarray(moved[0], dtype=int))
        inside = np.asarray(masks[0]) > 0
        found[name] = int(np.percentile(far, 99))
        found[f"{name} inside"] = int(far[inside].max())
    return found


def transform(context: Any) -> dict[str, Any]:
    """Each of the other transforms once."""
    picture = scene()
    same, _ = context.transform([picture], utils.color_adjust_transform())
    bright, _ = context.transform([picture], utils.color_adjust_transform(brightness=1.5))
    red = Image.new("RGB", (96, 96), (200, 30, 30))
    matched, _ = context.transform([picture], utils.color_adjust_transform(match_image=red))
    steps = [
        utils.color_adjust_transform(brightness=0.5),
        utils.resample_transform("zero", animation.to_3x3(matrix.identity), export_mask=True),
    ]
    request = context.generate(["sea"], [1.0], 128, 128, steps=4, seed=7, return_request=True)
    request.image.parameters[0].schedule.start = 0.0001
    drawn = context.transform_and_generate(picture.resize((128, 128)), steps[:1], request)
    lens = matrix.projection_fov(math.radians(25), 1.0, 200, 10000)
    nearer = matrix.multiply(lens, matrix.translation(0, 0, -0.1))
    warped, masks = context.transform(
        [picture], utils.resample_transform("zero", nearer, lens, export_mask=True)
    )
    posed, _ = context.transform(
        [picture],
        utils.camera_pose_transform(matrix.translation(0, 0, -0.1), 200, 10000, 25),
    )
    mixed = context.interpolate([picture, red], [0.25, 0.5])
    return {
        "same": list(same[0].tobytes()) == list(picture.tobytes()),
        "bright": np.asarray(bright[0]).mean() / np.asarray(picture).mean(),
        "matched": np.asarray(matched[0]).reshape(-1, 3).mean(axis=0).tolist(),
        "drawn": float(np.asarray(drawn.convert("RGB")).mean() / np.asarray(picture).mean()),
        "warped": list(warped[0].size),
        "warp mask": int(np.asarray(masks[0]).min()),
        "posed": float(np.abs(np.asarray(posed[0], int) - np.asarray(warped[0], int)).max()),
        "mixed": [picture.getpixel((0, 0)), *(one.getpixel((0, 0)) for one in mixed)],
    }


def refused(context: Any, ask: Any) -> list[Any]:
    """The status, its words and the seconds until they came."""
    context._max_retries = 0
    began = time.monotonic()
    try:
        ask()
    except grpc.RpcError as error:
        return [error.code().name, error.details(), time.monotonic() - began]
    return []


def main() -> None:
    """Ask for everything and print the findings."""
    host, engine, size = sys.argv[1:]
    context = api.Context(host, "sk-unused", generate_engine_id=engine)
    found: dict[str, Any] = {"animation": animate(context, engine, int(size))}
    if engine == "atelier-painter":
        found["cadence"] = animate(
            context, engine, int(size), diffusion_cadence_curve="0:(3)", color_coherence="HSV"
        )
        found["border"] = animate(
            context, engine, int(size), border="prefill", inpaint_border=True, max_frames=3
        )
        found |= {"opencv": compare_with_opencv(context), "transform": transform(context)}
        picture = scene()
        lens = utils.resample_transform("zero", matrix.identity)
        depth = utils.depth_calc_transform(0.3)
        found["depth"] = refused(context, lambda: context.transform_3d([picture], depth, lens))
        film = api.generation.INTERPOLATE_FILM
        found["film"] = refused(
            context, lambda: context.interpolate([picture, picture], [0.3, 0.6], film)
        )
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
