"""Recipes and marks inside PNGs."""

from __future__ import annotations

import contextlib
import json
import struct
import zlib
from dataclasses import fields
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media.errors import BadPicture
from media.marking.xmp import xmp_packet
from media.metadata import (
    RECIPE_KEY,
    TRAINED,
    UNTRAINED,
    XMP_KEY,
    Recipe,
    read_source_type,
    write_recipe,
)
from tests.media.recipes import read_recipe

EXAMPLE = Recipe(
    "atelier-painter", (("a red lighthouse", 1.5), ("fog", -0.5)), 768, 512, 7, 30, 7.0
)
FIGURES = st.floats(allow_nan=False)
RECIPES = st.builds(
    Recipe,
    engine_id=st.text(),
    width=st.integers(),
    height=st.integers(),
    seed=st.integers(),
    steps=st.none() | st.integers(),
    edit=st.none() | st.just({"action": "outpaint", "sides": [1, 0, 0, 0]}),
    prompts=st.lists(st.tuples(st.text(), FIGURES)).map(tuple),
    cfg_scale=FIGURES,
    strength=st.none() | FIGURES,
)


def plain_png() -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 64), (1, 2, 3)).save(buffer, "PNG")
    return buffer.getvalue()


PNG = plain_png()


def with_text(keyword: str, text: str, kind: bytes = b"iTXt", gap: bytes = b"\0\0\0\0\0") -> bytes:
    data = keyword.encode() + gap + text.encode()
    check = struct.pack(">I", zlib.crc32(kind + data))
    return PNG[:33] + struct.pack(">I", len(data)) + kind + data + check + PNG[33:]


@given(RECIPES, st.booleans())
def test_round_trip(recipe: Recipe, is_trained: bool) -> None:
    marked = write_recipe(PNG, recipe, is_trained=is_trained)
    assert read_recipe(marked) == recipe
    assert read_source_type(marked) == (TRAINED if is_trained else UNTRAINED)


def test_the_picture_stays_as_it_is() -> None:
    marked = write_recipe(PNG, EXAMPLE, is_trained=True)
    with Image.open(BytesIO(marked)) as picture, Image.open(BytesIO(PNG)) as original:
        picture.verify()
        assert picture.size == original.size
    with Image.open(BytesIO(marked)) as picture, Image.open(BytesIO(PNG)) as original:
        assert picture.tobytes() == original.tobytes()
    assert PNG[33:] in marked


def test_others_can_read_it() -> None:
    with Image.open(BytesIO(write_recipe(PNG, EXAMPLE, is_trained=False))) as picture:
        recipe = json.loads(picture.info[RECIPE_KEY])
        assert recipe["prompts"] == [["a red lighthouse", 1.5], ["fog", -0.5]]
        assert UNTRAINED in picture.info[XMP_KEY]
        assert picture.info["Software"] == "Atelier"


def test_written_again_it_replaces_itself() -> None:
    once = write_recipe(PNG, EXAMPLE, is_trained=True)
    other = Recipe("sd", (("a", 1.0),), 64, 64, 1, 1, 1.0)
    twice = write_recipe(once, other, is_trained=False)
    assert twice == write_recipe(PNG, other, is_trained=False)


def test_a_recipe_has_no_place_for_a_person() -> None:
    words = ("user", "member", "author", "guild", "channel", "name", "job")
    assert not [f.name for f in fields(Recipe) if any(word in f.name for word in words)]


def test_without_a_recipe() -> None:
    assert read_recipe(PNG) is None
    assert read_source_type(PNG) is None


MARK = xmp_packet(TRAINED)


def test_a_mark_of_others_is_read() -> None:
    assert read_source_type(with_text(XMP_KEY, MARK)) == TRAINED


@pytest.mark.parametrize(
    "data",
    [
        with_text(XMP_KEY, MARK, gap=b"\0\1\0\0\0"),
        with_text(XMP_KEY, MARK, kind=b"tEXt", gap=b"\0"),
        with_text(XMP_KEY, MARK + " " * 300_000),
    ],
    ids=["compressed", "tEXt", "huge"],
)
def test_chunks_that_are_not_ours_are_left_alone(data: bytes) -> None:
    assert read_source_type(data) is None


@pytest.mark.parametrize(
    "text", ["", "<", "<x/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>"]
)  # fmt: skip
def test_a_mark_that_makes_no_sense_is_none(text: str) -> None:
    assert read_source_type(with_text(XMP_KEY, text)) is None


@given(st.binary(max_size=200), st.integers(0, len(PNG)))
def test_what_is_no_png_is_refused(data: bytes, length: int) -> None:
    for broken in (data, PNG[: min(length, len(PNG) - 12)]):
        with pytest.raises(BadPicture):
            write_recipe(broken, EXAMPLE, is_trained=True)


@given(st.integers(8), st.integers(1, 255))
def test_a_changed_byte_never_raises_anything_else(place: int, change: int) -> None:
    data = bytearray(write_recipe(PNG, EXAMPLE, is_trained=True))
    data[8 + place % (len(data) - 8)] ^= change
    with contextlib.suppress(BadPicture):
        read_source_type(bytes(data))
        write_recipe(bytes(data), EXAMPLE, is_trained=True)
