"""Engines of the REST transport are read as written, or refused with the entry and the key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generation.catalogue.catalogue import Catalogue, CatalogueError, load
from generation.catalogue.engine import GRPC, STABILITY_REST
from generation.pricing import UnknownPrice, is_priced, masked_price_mc
from tests.generation.stability.api import ASPECTS, ENDPOINTS, SD3_CREDITS

if TYPE_CHECKING:
    from pathlib import Path

BUILT_IN = load()
REST = [engine for engine in BUILT_IN if engine.is_rest]
DRAWING = [engine for engine in REST if engine.kind == "image"]

ENTRY = """
[[engine]]
id = "mine"
kind = "image"
transport = "stability-rest"
endpoint = "generate/sd3"
model = "sd3.5-medium"
price = "flat:3.5"
mask_endpoint = "edit/inpaint"
mask_price = "flat:5"
default_size = [1024, 1024]
aspects = [[1, 1], [16, 9]]
sizes = [[1024, 1024], [1344, 768]]
min_steps = 0
max_steps = 0
default_steps = 0
min_cfg_scale = 1
max_cfg_scale = 10
default_cfg_scale = 4
max_samples = 1
max_seed = 4294967294
max_prompt_chars = 10000
samplers = []
"""


def test_built_in_engines() -> None:
    assert [engine.id for engine in DRAWING] == [
        "stable-image-core",
        "stable-image-ultra",
        *SD3_CREDITS,
    ]
    assert {engine.endpoint for engine in REST} == ENDPOINTS.keys()
    assert len(REST) == 20
    for engine in REST:
        assert engine.transport == STABILITY_REST
        assert engine.has_model
        assert not engine.has_steps
        assert float(engine.price.removeprefix("flat:")) == (
            SD3_CREDITS.get(engine.model) or ENDPOINTS[engine.endpoint].credits
        )
    for engine in DRAWING:
        assert [f"{across}:{down}" for across, down in engine.aspects] == ASPECTS
        assert [engine.nearest_size(*size) for size in engine.sizes] == [*engine.sizes]
        assert masked_price_mc(engine) == 5000
    assert all(engine.transport == GRPC for engine in BUILT_IN if engine not in REST)


def test_an_entry_of_ones_own(tmp_path: Path) -> None:
    (engine,) = read(tmp_path, ENTRY)
    assert engine.is_rest
    assert engine.aspects == ((1, 1), (16, 9))
    assert engine.nearest_aspect(3, 1) == (16, 9)
    assert engine.size_for_aspect(3, 1) == engine.nearest_size(3000, 900) == (1344, 768)
    assert is_priced(engine)


def test_without_a_flat_price_for_masks_it_is_not_offered(tmp_path: Path) -> None:
    (engine,) = read(tmp_path, ENTRY.replace('"flat:5"', '"sd1"'))
    assert not is_priced(engine)
    with pytest.raises(UnknownPrice):
        masked_price_mc(engine)


def read(folder: Path, text: str) -> Catalogue:
    path = folder / "engines.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("was", "becomes", "words"),
    [
        ('"stability-rest"', '"pigeon"', "transport: pigeon is none of grpc, stability-rest"),
        ('"stability-rest"', '"grpc"', "endpoint: only engines of the transport stability-rest"),
        ('"generate/sd3"', '"generate/sd4"', "endpoint: generate/sd4 is none of generate/ultra"),
        ('endpoint = "generate/sd3"', "", "endpoint: nothing is none of"),
        ('kind = "image"', 'kind = "edit"', "kind: generate/sd3 is of the kind image, not edit"),
        ('"sd3.5-medium"', '"sd9"', "model: sd9 is none of sd3.5-large"),
        ('model = "sd3.5-medium"', "", "model: nothing is none of"),
        ('"generate/sd3"', '"generate/core"', "model: generate/core has no models"),
        ("samplers = []", "", "samplers: generate/sd3 has none; write samplers = []"),
        ("max_steps = 0", "max_steps = 50", "max_steps: generate/sd3 has no steps; write 0"),
        ("max_samples = 1", "", "max_samples: one request makes one picture, not 10"),
        ("max_cfg_scale = 10", "max_cfg_scale = 11", "max_cfg_scale: generate/sd3 takes 1 to 10"),
        ("max_seed = 4294967294", "", "max_seed: generate/sd3 takes at most 4294967294"),
        ("= 10000", "= 10001", "max_prompt_chars: generate/sd3 takes at most 10000"),
        ("[16, 9]]", "[4, 3]]", "aspects: 4:3 is none of 21:9"),
        ("[1, 1], ", "", "aspects: 1 do not stand for 2 sizes"),
        ("aspects = [[1, 1], [16, 9]]", "", "aspects: generate/sd3 draws by aspect"),
        ("[16, 9]]", "[0, 9]]", "aspects: [0, 9] is not a width and a height"),
        ('mask_price = "flat:5"', "", "mask: it needs a mask_endpoint and a mask_price"),
        ("samplers = []", "samplers = []\nmask = false", "mask: it needs"),
        ('"edit/inpaint"', '"edit/outpaint"', "mask_endpoint: edit/outpaint takes no mask"),
        ('"edit/inpaint"', '"edit/erase"', "mask_endpoint: edit/erase draws nothing"),
        ("samplers = []", "samplers = []\nclip_guidance = true", "clip_guidance: "),
    ],
)
def test_a_wrong_entry_is_refused(tmp_path: Path, was: str, becomes: str, words: str) -> None:
    assert was in ENTRY
    with pytest.raises(CatalogueError) as caught:
        read(tmp_path, ENTRY.replace(was, becomes))
    assert words in str(caught.value)
    assert "mine" in str(caught.value)


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("generate/core", "init_image: generate/core has no strength"),
        ("edit/erase", "kind: edit/erase is of the kind edit, not image"),
    ],
)
def test_features_that_the_endpoint_lacks(tmp_path: Path, endpoint: str, words: str) -> None:
    entry = ENTRY.replace("generate/sd3", endpoint).replace('model = "sd3.5-medium"', "")
    with pytest.raises(CatalogueError) as caught:
        read(tmp_path, entry)
    assert words in str(caught.value)
