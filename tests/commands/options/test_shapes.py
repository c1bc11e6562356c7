"""Aspects and sizes are offered with what they are in pixels and what a picture costs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.kinds.image.read import ImageRequestForm, read
from commands.kinds.pricing import pictures_price_mc
from commands.options.shapes import ShapeSuggestions
from generation import credits as money
from generation.catalogue import catalogue
from generation.pricing import is_priced
from storage.errors import DatabaseUnavailable
from storage.preferences import Preferences
from tests.commands.engines import offering
from tests.commands.interactions import an_interaction

KNOWN = catalogue.load().of_kind("image")
ENGINES = KNOWN.only(engine.id for engine in KNOWN if is_priced(engine))
PAINTER = "atelier-painter"
XL = "stable-diffusion-xl-1024-v1-0"
CORE = "stable-image-core"


def suggestions(preferred: str | None = None, error: Exception | None = None) -> ShapeSuggestions:
    chosen = Mock(values=Preferences(engine=preferred))
    preferences = Mock(chosen=AsyncMock(return_value=chosen, side_effect=error))
    return ShapeSuggestions(offering(ENGINES), preferences)


def typing(**beside: Any) -> Any:
    return an_interaction(namespace=SimpleNamespace(**beside))


def names(found: list[Any]) -> list[str]:
    return [choice.name for choice in found]


async def test_an_aspect_says_its_size_and_price():
    found = names(await suggestions().aspect(typing(engine=PAINTER), ""))
    assert found[:2] == ["1:1 square · 512×512 · 0.21", "3:2 wide · 576×384 · 0.12"]
    assert "16:9 wide · 704×384 · 0.22" in found
    assert "9:16 tall · 384×704 · 0.22" in found


async def test_those_of_an_engine_with_fixed_aspects_are_its_own():
    found = await suggestions().aspect(typing(engine=CORE), "")
    engine = ENGINES.get(CORE)
    assert [choice.value for choice in found] == [f"{a}:{b}" for a, b in engine.aspects]
    assert all(choice.name.endswith(" · 3.00") for choice in found)


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("5:4", ["5:4 wide · 576×448 · 0.20"]),
        ("WIDE", ["3:2", "4:3", "16:9", "21:9"]),
        ("9:", ["9:16"]),
        ("0:1", []),
        ("🦊", []),
    ],
)
async def test_an_aspect_is_found_by_its_words_or_made_of_its_figures(
    typed: str, offered: list[str]
):
    found = names(await suggestions().aspect(typing(engine=PAINTER), typed))
    assert len(found) >= len(offered)
    for name in offered:
        assert any(one.startswith(name) for one in found)
    assert bool(found) == bool(offered)


async def test_a_size_that_is_none_becomes_the_nearest():
    for typed in ("700x390", "700 × 390", "700X390"):
        found = names(await suggestions().size(typing(engine=PAINTER), typed))
        assert found == ["704×384 · 0.22"]
    assert "1024×1024 · 1.90" in names(await suggestions().size(typing(engine=PAINTER), ""))


async def test_the_engine_is_what_would_draw():
    async def prices(preferred: str | None = None, **beside: Any) -> set[str]:
        found = names(await suggestions(preferred).aspect(typing(**beside), "1:1"))
        return {name.rpartition(" · ")[2] for name in found}

    assert await prices() == await prices(engine="stable-diffusion-v1-5")
    assert await prices(engine=XL) == {"0.60"}
    assert await prices(prompt=f"a fox --engine {XL}") == {"0.60"}
    assert await prices(prompt="a fox --engine {") == await prices()
    assert await prices(preferred=XL) == {"0.60"}
    assert await prices(preferred="gone") == await prices()
    assert await prices(preferred=CORE) == {"3.00"}
    # That one starts from no picture, but another one of its service does.
    assert await prices(preferred=CORE, image=object()) == {"8.00"}


async def test_for_a_blend_it_is_one_that_blends():
    known = ENGINES.only([XL, CORE, "kandinsky-2-2"])
    beside = ShapeSuggestions(offering(known), None, is_of_blends=True)
    assert names(await beside.aspect(typing(), "1:1")) == ["1:1 square · 768×768 · 0.50"]
    chosen = await beside.size(typing(engine="kandinsky-2-2"), "900x900")
    assert names(chosen) == ["904×904 · 0.50"]
    nothing = ShapeSuggestions(offering(ENGINES.only([XL])), None, is_of_blends=True)
    assert await nothing.aspect(typing(), "") == []


async def test_without_the_database_the_default_engine_is_shown():
    found = await suggestions(error=DatabaseUnavailable()).aspect(typing(), "")
    assert found == await suggestions().aspect(typing(), "")


@given(engine=st.sampled_from([*ENGINES]), option=st.sampled_from(["aspect", "size"]))
async def test_what_is_chosen_is_drawn_for_the_price_that_was_shown(engine: Any, option: str):
    suggest = suggestions().by_option[option]
    found = await suggest(typing(engine=engine.id), "")
    assert 0 < len(found) <= 25
    for choice in found:
        chosen: dict[str, Any] = {option: choice.value}
        form = ImageRequestForm(prompt="a fox", engine=engine.id, **chosen)
        order = read(form, ENGINES, PAINTER)
        width, height = order.first.width, order.first.height
        assert engine.size_problem(width, height) is None
        assert choice.name.endswith(
            f"{width}×{height} · {money.price(pictures_price_mc(order, ENGINES))}"
        )
