"""Every limit of every operation: what is refused here is what the service refuses, to the unit.

The one source is the client's table, the other that of the scripted service, which share no code.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from generation.errors import BadRequest
from generation.stability.check import check_fields
from generation.stability.fields import Choice, Figure, Text, Upload
from generation.stability.operations import OPERATIONS
from tests.generation.stability.api import ASPECTS, ENDPOINTS, MODELS, PRESETS, faults
from tests.generation.stability.asking import STUDIO, flat
from tests.generation.stability.test_studio import whole

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

START = {"image": flat(), "strength": 0.65, "prompt": "a fox"}
MODEL = {"model": "sd3.5-large"}
STUDIO_BASES = [(engine.endpoint, whole(engine)) for engine in STUDIO]
BASES: list[tuple[str, Mapping[str, Any]]] = [
    ("generate/ultra", START),
    ("generate/core", {"prompt": "a fox"}),
    ("generate/sd3", {"prompt": "a fox", **MODEL}),
    ("generate/sd3", {**START, **MODEL, "mode": "image-to-image"}),
    *((path, {**one.values, **one.pictures}) for path, one in STUDIO_BASES),
    (
        "edit/replace-background-and-relight",
        {"subject_image": flat(), "background_reference": flat(), "light_reference": flat()},
    ),
]
NAMES = [f"{path}-{number}" for number, (path, _) in enumerate(BASES)]

FIGURES = [
    *(-1, -0.01, 0, 0.01, 0.09, 0.1, 0.19, 0.2, 0.3, 0.5, 0.51, 0.99, 1, 1.01, 2, 9.99, 10, 10.01),
    *(19, 20, 21, 99, 100, 101, 1999, 2000, 2001, 4_294_967_294, 4_294_967_295),
]
CHOICES = [
    *(*ASPECTS, "4:3", "3:4", "1:2", *PRESETS, "cubist", *MODELS, "sd3-large", "png", "jpeg"),
    *("webp", "gif", "true", "false", "left", "right", "above", "below", "behind", ""),
    *("text-to-image", "image-to-image"),
]
LENGTHS = [0, 1, 9_999, 10_000, 10_001]
SIZES = [
    *((31, 33), (32, 32), (32, 31), (63, 66), (64, 63), (64, 64), (65, 63), (1, 1), (16, 64)),
    *((1536, 682), (1536, 683), (1537, 600), (1024, 1024), (1024, 1025), (2048, 2048)),
    *((2048, 2049), (3072, 3072), (3072, 3073), (160, 64), (161, 64), (64, 160), (64, 161)),
    *((16_383, 64), (16_384, 64), (16_385, 64), (64, 16_384), (64, 16_385), (400, 160), (401, 160)),
]


@cache
def picture(size: tuple[int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("1", size).save(buffer, "PNG")
    return buffer.getvalue()


def variants(path: str) -> Iterator[tuple[str, Any]]:
    """Each field of an operation with values on both sides of each limit."""
    for name, rule in OPERATIONS[path].fields.items():
        match rule:
            case Figure():
                tried: list[Any] = [one for one in FIGURES if not rule.is_whole or one % 1 == 0]
            case Choice():
                tried = CHOICES
            case Text():
                tried = ["x" * length for length in LENGTHS]
            case Upload():
                tried = [picture(size) for size in SIZES]
        for value in tried:
            yield name, value


def refuses_here(path: str, fields: Mapping[str, Any]) -> bool:
    values = {name: value for name, value in fields.items() if not isinstance(value, bytes)}
    pictures = {name: value for name, value in fields.items() if isinstance(value, bytes)}
    try:
        check_fields(OPERATIONS[path], values, pictures)
    except BadRequest:
        return True
    return False


def refuses_there(path: str, fields: Mapping[str, Any]) -> bool:
    sent = {n: value if isinstance(value, bytes) else str(value) for n, value in fields.items()}
    return bool(faults(path, sent))


@pytest.mark.parametrize(("path", "base"), BASES, ids=NAMES)
def test_each_limit_is_the_services(path: str, base: Mapping[str, Any]):
    assert not refuses_here(path, base)
    assert OPERATIONS[path].fields.keys() == ENDPOINTS[path].fields.keys()
    differ = [
        (name, value if not isinstance(value, bytes) else f"{len(value)} bytes")
        for name, value in variants(path)
        if refuses_here(path, {**base, name: value}) != refuses_there(path, {**base, name: value})
    ]
    assert differ == []


@pytest.mark.parametrize(("path", "base"), BASES, ids=NAMES)
def test_each_field_that_is_left_out_is_missed_alike(path: str, base: Mapping[str, Any]):
    # A picture with neither mask nor alpha: what the service does is not documented.
    for name in base.keys() - {"mask"}:
        left = {other: value for other, value in base.items() if other != name}
        assert refuses_here(path, left) == refuses_there(path, left), name
