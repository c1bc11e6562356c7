"""What Stability's API takes, written down from its documentation and the observations of it.

Nothing here comes from the client: the two are compared with each other by what travels.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Check = Callable[[str, Any], "str | None"]

ASPECTS = ["21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21"]
PRESETS = [
    "enhance",
    "anime",
    "photographic",
    "digital-art",
    "comic-book",
    "fantasy-art",
    "line-art",
    "analog-film",
    "neon-punk",
    "isometric",
    "low-poly",
    "origami",
    "modeling-compound",
    "cinematic",
    "3d-model",
    "pixel-art",
    "tile-texture",
]
MODELS = ["sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash"]


def text(low: int = 0, high: int = 10_000) -> Check:
    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, str):
            return f"{name}: must be a string"
        if low and not value:
            return f"{name}: required"
        return None if len(value) <= high else f"{name}: too long"

    return check


def number(low: float, high: float, *, whole: bool = False) -> Check:
    def check(name: str, value: Any) -> str | None:
        try:
            figure = int(value) if whole else float(value)
        except (TypeError, ValueError):
            return f"{name}: must be a number"
        return None if low <= figure <= high else f"{name}: must be between {low} and {high}"

    return check


def one_of(*names: str) -> Check:
    def check(name: str, value: Any) -> str | None:
        if value in names:
            return None
        expected = " | ".join(f"'{one}'" for one in names)
        return f"{name}: invalid enum value. Expected {expected}, received '{value}'"

    return check


def picture(
    side: int = 64,
    longest: int | None = None,
    least: int = 4096,
    most: int | None = 9_437_184,
    ratio: float | None = None,
) -> Check:
    def check(name: str, value: Any) -> str | None:
        if not isinstance(value, bytes):
            return f"{name}: must be a file"
        try:
            with Image.open(io.BytesIO(value), formats=("PNG", "JPEG", "WEBP")) as shown:
                width, height = shown.size
        except OSError:
            return f"{name}: unsupported format"
        pixels = width * height
        if min(width, height) < side or (longest and max(width, height) > longest):
            return f"{name}: unsupported dimensions"
        if most and pixels > most:
            return (
                f"{name}: unsupported dimensions - must be at most {most:,} pixels,"
                f" received {pixels:,} pixels"
            )
        if pixels < least or (ratio and max(width, height) / min(width, height) > ratio):
            return f"{name}: unsupported dimensions"
        return None

    return check


@dataclass(frozen=True)
class Endpoint:
    """One path below /v2beta/stable-image/: its price in credits, its fields, those it needs."""

    credits: float
    fields: Mapping[str, Check]
    needs: tuple[str, ...]
    later: bool = False
    statuses: frozenset[int] = frozenset({400, 403, 413, 422, 429, 500})


P: dict[str, Check] = {"prompt": text(1)}
N = {"negative_prompt": text()}
A = {"aspect_ratio": one_of(*ASPECTS)}
S = {"seed": number(0, 4_294_967_294, whole=True)}
Y = {"style_preset": one_of(*PRESETS)}
F = {"output_format": one_of("png", "jpeg", "webp")}
I9 = picture()
I9R = picture(ratio=2.5)
UNIT = number(0, 1)

ENDPOINTS: dict[str, Endpoint] = {
    "generate/ultra": Endpoint(
        8,
        P | N | A | S | F | Y | {"image": picture(longest=16_384, most=None), "strength": UNIT},
        ("prompt",),
    ),
    "generate/core": Endpoint(3, P | A | N | S | Y | F, ("prompt",)),
    "generate/sd3": Endpoint(
        6.5,
        P
        | {
            "mode": one_of("text-to-image", "image-to-image"),
            "image": picture(least=0, most=None),
            "strength": UNIT,
            "model": one_of(*MODELS),
            "cfg_scale": number(1, 10),
        }
        | A
        | S
        | F
        | Y
        | N,
        ("prompt", "model"),
    ),
    "upscale/fast": Endpoint(2, {"image": picture(32, 1536, 1024, 1_048_576)} | F, ("image",)),
    "upscale/conservative": Endpoint(
        40,
        {"image": I9R, "creativity": number(0.2, 0.5)} | P | N | S | F,
        ("image", "prompt"),
    ),
    "upscale/creative": Endpoint(
        60,
        {"image": picture(most=1_048_576), "creativity": number(0.1, 0.5)} | P | N | F | S | Y,
        ("image", "prompt"),
        later=True,
    ),
    "edit/erase": Endpoint(
        5,
        {"image": I9, "mask": picture(1, least=1, most=None), "grow_mask": number(0, 20)} | S | F,
        ("image",),
    ),
    "edit/inpaint": Endpoint(
        5,
        {"image": I9, "mask": picture(1, least=1, most=None), "grow_mask": number(0, 100)}
        | P
        | N
        | S
        | F
        | Y,
        ("image", "prompt"),
    ),
    "edit/outpaint": Endpoint(
        4,
        {"image": I9R, "creativity": UNIT, "prompt": text()}
        | {side: number(0, 2000, whole=True) for side in ("left", "right", "up", "down")}
        | S
        | F
        | Y,
        ("image",),
    ),
    "edit/search-and-replace": Endpoint(
        5,
        {"image": I9R, "search_prompt": text(1), "grow_mask": number(0, 20)} | P | N | S | F | Y,
        ("image", "prompt", "search_prompt"),
    ),
    "edit/search-and-recolor": Endpoint(
        5,
        {"image": I9R, "select_prompt": text(1), "grow_mask": number(0, 20)} | P | N | S | F | Y,
        ("image", "prompt", "select_prompt"),
    ),
    "edit/remove-background": Endpoint(
        5,
        {"image": picture(most=4_194_304), "output_format": one_of("png", "webp")},
        ("image",),
    ),
    "edit/replace-background-and-relight": Endpoint(
        8,
        {
            "subject_image": I9R,
            "background_reference": I9,
            "light_reference": I9,
            "background_prompt": text(),
            "foreground_prompt": text(),
            "preserve_original_subject": UNIT,
            "original_background_depth": UNIT,
            "keep_original_background": one_of("true", "false"),
            "light_source_direction": one_of("left", "right", "above", "below"),
            "light_source_strength": UNIT,
        }
        | N
        | S
        | F,
        ("subject_image",),
        later=True,
    ),
    "control/sketch": Endpoint(
        5,
        {"image": picture(least=0, ratio=2.5), "control_strength": UNIT} | P | N | S | F | Y,
        ("prompt", "image"),
    ),
    "control/structure": Endpoint(
        5, {"image": I9R, "control_strength": UNIT} | P | N | S | F | Y, ("prompt", "image")
    ),
    "control/style": Endpoint(
        5, {"image": I9R, "fidelity": UNIT} | P | N | A | S | F | Y, ("prompt", "image")
    ),
    "control/style-transfer": Endpoint(
        8,
        {
            "init_image": picture(longest=16_383, ratio=2.5),
            "style_image": picture(longest=16_383),
            "prompt": text(),
            "style_strength": UNIT,
            "composition_fidelity": UNIT,
            "change_strength": number(0.1, 1),
        }
        | N
        | S
        | F,
        ("init_image", "style_image"),
    ),
}

SD3_CREDITS = {
    "sd3.5-large": 6.5,
    "sd3.5-large-turbo": 4,
    "sd3.5-medium": 3.5,
    "sd3.5-flash": 2.5,
}

SIZES = {
    "21:9": (1536, 640),
    "16:9": (1344, 768),
    "3:2": (1216, 832),
    "5:4": (1088, 896),
    "1:1": (1024, 1024),
    "4:5": (896, 1088),
    "2:3": (832, 1216),
    "9:16": (768, 1344),
    "9:21": (640, 1536),
}


def faults(path: str, fields: Mapping[str, Any]) -> list[str]:
    """What the service says against the fields of a request; all at once."""
    endpoint = ENDPOINTS[path]
    found = [f"{name}: required" for name in endpoint.needs if name not in fields]
    # Fields that it does not have are ignored without a word.
    checks = [
        endpoint.fields[name](name, value)
        for name, value in fields.items()
        if name in endpoint.fields
    ]
    found += [fault for fault in checks if fault]
    return found + (_together(path, fields) if not found else [])


def _together(path: str, fields: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    if path == "generate/sd3":
        mode = fields.get("mode", "text-to-image")
        if mode == "image-to-image":
            if "aspect_ratio" in fields:
                found.append("aspect_ratio: not allowed when 'mode' is set to 'image-to-image'")
            found += [
                f"{name}: required when 'mode' is set to 'image-to-image'"
                for name in ("image", "strength")
                if name not in fields
            ]
        else:
            found += [
                f"{name}: not allowed when 'mode' is set to 'text-to-image'"
                for name in ("image", "strength")
                if name in fields
            ]
    if path == "generate/ultra" and ("image" in fields) != ("strength" in fields):
        found.append("strength: required when 'image' is provided")
    if path == "edit/outpaint" and not any(
        int(fields.get(side, 0)) for side in ("left", "right", "up", "down")
    ):
        found.append("left: at least one direction must be non-zero")
    if path == "edit/replace-background-and-relight":
        lights = sum(name in fields for name in ("light_source_direction", "light_reference"))
        if lights > 1:
            found.append("light_reference: not allowed beside light_source_direction")
        if "light_source_strength" in fields and not lights:
            found.append("light_source_strength: needs a light")
    if path == "edit/replace-background-and-relight" and not (
        fields.get("background_prompt") or "background_reference" in fields
    ):
        found.append("background_prompt: required")
    return found
