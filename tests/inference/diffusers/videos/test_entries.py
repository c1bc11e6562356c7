"""Entries whose sizes, length or kind are not their model's are named at the start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from inference.weights.engines import Unservable, find_engine
from tests.inference.diffusers.models.catalogues import entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SVD = {"kind": "video", "sizes": ((128, 64),), "frames": 5}
WAN = {"kind": "video", "sizes": ((128, 64),), "frames": 9}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("svd", SVD | {"sizes": ((128, 64), (96, 64))}, "sizes: 96×64 are no multiples of 64"),
    ("wan", WAN | {"sizes": ((72, 64),)}, "sizes: 72×64 are no multiples of 16"),
    ("wan", WAN | {"frames": 10}, "frames: 10 are not 4 times a number and 1 more"),
    ("svd", {}, 'its model makes films, but its kind is "image"'),
    ("sd15", SVD, 'its model makes pictures, but its kind is "video"'),
]


@pytest.mark.parametrize(("name", "told", "problem"), WRONG)
def test_what_a_model_does_not_make_is_named(
    tiny_folder: Callable[[str], Path], name: str, told: dict[str, Any], problem: str
) -> None:
    given = entry(tiny_folder(name))
    with pytest.raises(Unservable, match=problem) as caught:
        find_engine(replace(given, engine=replace(given.engine, **told)))
    assert caught.value.is_broken


@pytest.mark.parametrize(("name", "told"), [("svd", SVD), ("wan", WAN)])
def test_what_a_model_makes_is_served(
    tiny_folder: Callable[[str], Path], name: str, told: dict[str, Any]
) -> None:
    given = entry(tiny_folder(name))
    found = find_engine(replace(given, engine=replace(given.engine, **told)))
    assert found.engine.frames == told["frames"]
