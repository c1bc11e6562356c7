"""The 17 operations of Stability's REST API that make a picture, with every field they have.

Source: Stability's OpenAPI document as of 2026-09-22, corrected by what the service was seen to do
(sd3.5-flash is missing in its list, erase has no prompt, the creativity of outpaint is 0 to 1).
Unknown fields are ignored there without a word, so nothing is sent that is not in this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from generation.catalogue.engine import CONTROL, EDIT, IMAGE, UPSCALE
from generation.stability.fields import (
    ASPECTS,
    MAX_SEED,
    MEGAPIXELS_1,
    MEGAPIXELS_4,
    MEGAPIXELS_9,
    STYLES,
    Choice,
    Figure,
    Text,
    Upload,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generation.stability.fields import Field

PREFIX = "/v2beta/stable-image/"

SD3_MODELS = ("sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash")
TEXT_TO_IMAGE, IMAGE_TO_IMAGE = "text-to-image", "image-to-image"


@dataclass(frozen=True, slots=True)
class Operation:
    """One path below PREFIX: the kind of engine it serves, its fields and which it demands.

    An asynchronous one answers with an id, under which the result is asked for.
    """

    path: str
    kind: str
    fields: Mapping[str, Field]
    required: tuple[str, ...]
    is_asynchronous: bool = False

    @property
    def reads_weights(self) -> bool:
        """Whether its prompt knows `(word:weight)`."""
        prompt = self.fields.get("prompt")
        return isinstance(prompt, Text) and prompt.reads_weights

    def names(self, kind: type[Field]) -> list[str]:
        """Its fields of that kind."""
        return [name for name, field in self.fields.items() if isinstance(field, kind)]


_PROMPT = {"prompt": Text(shortest=1, reads_weights=True)}
_SEED = {"seed": Figure(0, MAX_SEED, is_whole=True)}
_NEGATIVE = {"negative_prompt": Text()}
_STYLE = {"style_preset": Choice(STYLES)}
_FORMAT = {"output_format": Choice(("png", "jpeg", "webp"))}
_ASPECT = {"aspect_ratio": Choice(ASPECTS)}
_STRENGTH = {"strength": Figure(0, 1)}

_TEXTS = {**_PROMPT, **_NEGATIVE, **_SEED, **_STYLE, **_FORMAT}
"""What most operations have."""

_LONG = Upload(max_ratio=2.5)
_MASK = {"mask": Upload(min_side=1, min_pixels=1, max_pixels=None)}
"""Nothing is said of its size: one that differs from the picture's is brought to it there."""

_SHARE = Figure(0, 1)


def _edit(
    path: str, rule: Upload, fields: Mapping[str, Field], required: tuple[str, ...] = ()
) -> Operation:
    return Operation(path, EDIT, {"image": rule, **fields}, ("image", *required))


def _control(path: str, rule: Upload, fields: Mapping[str, Field]) -> Operation:
    return Operation(path, CONTROL, {"image": rule, **_TEXTS, **fields}, ("prompt", "image"))


_GENERATE = (
    Operation(
        "generate/ultra",
        IMAGE,
        {
            **_TEXTS,
            **_ASPECT,
            **_STRENGTH,
            "image": Upload(max_side=16_384, max_pixels=None),
        },
        ("prompt",),
    ),
    Operation("generate/core", IMAGE, {**_TEXTS, **_ASPECT}, ("prompt",)),
    Operation(
        "generate/sd3",
        IMAGE,
        {
            **_TEXTS,
            **_ASPECT,
            **_STRENGTH,
            # The one prompt whose description does not speak of weights.
            "prompt": Text(shortest=1),
            "image": Upload(min_pixels=0, max_pixels=None),
            "mode": Choice((TEXT_TO_IMAGE, IMAGE_TO_IMAGE)),
            "model": Choice(SD3_MODELS),
            "cfg_scale": Figure(1, 10),
        },
        # There are reports of requests without a model that were refused.
        ("prompt", "model"),
    ),
)

_UPSCALE = (
    Operation(
        "upscale/fast",
        UPSCALE,
        {"image": Upload(32, 1536, 1024, MEGAPIXELS_1), **_FORMAT},
        ("image",),
    ),
    Operation(
        "upscale/conservative",
        UPSCALE,
        {
            "image": _LONG,
            **_PROMPT,
            **_NEGATIVE,
            **_SEED,
            **_FORMAT,
            "creativity": Figure(0.2, 0.5),
        },
        ("image", "prompt"),
    ),
    Operation(
        "upscale/creative",
        UPSCALE,
        {"image": Upload(max_pixels=MEGAPIXELS_1), **_TEXTS, "creativity": Figure(0.1, 0.5)},
        ("image", "prompt"),
        is_asynchronous=True,
    ),
)

_EDITS = (
    _edit(
        "edit/erase",
        Upload(),
        {**_MASK, "grow_mask": Figure(0, 20, is_whole=True), **_SEED, **_FORMAT},
    ),
    _edit(
        "edit/inpaint",
        Upload(),
        {**_MASK, "grow_mask": Figure(0, 100, is_whole=True), **_TEXTS},
        ("prompt",),
    ),
    _edit(
        "edit/outpaint",
        _LONG,
        {
            **{side: Figure(0, 2000, is_whole=True) for side in ("left", "right", "up", "down")},
            "creativity": _SHARE,
            "prompt": Text(reads_weights=True),
            **_SEED,
            **_FORMAT,
            **_STYLE,
        },
    ),
    _edit(
        "edit/search-and-replace",
        _LONG,
        {**_TEXTS, "search_prompt": Text(shortest=1), "grow_mask": Figure(0, 20, is_whole=True)},
        ("prompt", "search_prompt"),
    ),
    _edit(
        "edit/search-and-recolor",
        _LONG,
        {**_TEXTS, "select_prompt": Text(shortest=1), "grow_mask": Figure(0, 20, is_whole=True)},
        ("prompt", "select_prompt"),
    ),
    _edit(
        "edit/remove-background",
        Upload(max_pixels=MEGAPIXELS_4),
        {"output_format": Choice(("png", "webp"))},
    ),
    Operation(
        "edit/replace-background-and-relight",
        EDIT,
        {
            "subject_image": _LONG,
            "background_reference": Upload(),
            "light_reference": Upload(),
            "background_prompt": Text(),
            "foreground_prompt": Text(),
            "preserve_original_subject": _SHARE,
            "original_background_depth": _SHARE,
            "keep_original_background": Choice(("true", "false")),
            "light_source_direction": Choice(("left", "right", "above", "below")),
            "light_source_strength": _SHARE,
            **_NEGATIVE,
            **_SEED,
            **_FORMAT,
        },
        ("subject_image",),
        is_asynchronous=True,
    ),
)

_CONTROLS = (
    _control("control/sketch", Upload(min_pixels=0, max_ratio=2.5), {"control_strength": _SHARE}),
    _control("control/structure", _LONG, {"control_strength": _SHARE}),
    _control("control/style", _LONG, {**_ASPECT, "fidelity": _SHARE}),
    Operation(
        "control/style-transfer",
        CONTROL,
        {
            "init_image": Upload(max_side=16_383, max_pixels=MEGAPIXELS_9, max_ratio=2.5),
            "style_image": Upload(max_side=16_383, max_pixels=MEGAPIXELS_9),
            "prompt": Text(reads_weights=True),
            "style_strength": _SHARE,
            "composition_fidelity": _SHARE,
            "change_strength": Figure(0.1, 1),
            **_NEGATIVE,
            **_SEED,
            **_FORMAT,
        },
        ("init_image", "style_image"),
    ),
)

OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {operation.path: operation for operation in (*_GENERATE, *_UPSCALE, *_EDITS, *_CONTROLS)}
)
"""By their paths below PREFIX."""
