"""The catalogue is read as written, or refused with the entry and the key."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.catalogue.catalogue import (
    HOSTED,
    OWN_SERVER,
    Catalogue,
    CatalogueError,
    Engine,
    load,
    load_file,
)
from generation.catalogue.engine import has_sizes, sizes_of_shape, smallest_size
from generation.errors import UnknownEngine
from generation.request import Sampler

if TYPE_CHECKING:
    from pathlib import Path

BUILT_IN = load()
PAINTER = BUILT_IN.get("atelier-painter")
CLASSIC = load_file(HOSTED).get("stable-diffusion-v1-5")
BETA = BUILT_IN.get("stable-diffusion-xl-beta-v2-2-2")
XL = BUILT_IN.get("stable-diffusion-xl-1024-v0-9")
LISTED = [engine for engine in BUILT_IN if engine.side_step > 1]
"""In steps of one pixel there are millions of sizes, and nobody lists them."""
ENGINES = st.sampled_from(LISTED)
SMALL_STEPS = Engine(
    "small", side_step=8, min_side=64, max_side=200, min_pixels=9000, max_pixels=24000
)
SIDES = st.integers(-1000, 5000) | st.integers()


@lru_cache
def allowed_sizes(engine: Engine) -> tuple[tuple[int, int], ...]:
    """Every size of an engine, by the meaning of its limits."""
    step = engine.side_step
    least, most = math.ceil(engine.min_side / step) * step, engine.max_side
    return engine.sizes or tuple(
        (width, height)
        for width in range(least, most + 1, step)
        for height in range(least, min(most, engine.max_pixels // width) + 1, step)
        if width * height >= engine.min_pixels and min(width, height) <= engine.max_short_side
    )


def test_an_engine_that_is_not_offered_is_looked_for_in_vain():
    known = load()
    engine = next(iter(known))
    assert known.find(engine.id) is engine
    assert known.only(()).find(engine.id) is None


def test_built_in_catalogue() -> None:
    assert PAINTER.backend == "painter"
    assert not PAINTER.has_model
    assert PAINTER.emphasis
    assert "stable-diffusion-xl-1024-v1-0" in PAINTER.aliases
    assert CLASSIC.name == "Stable Diffusion 1.5"
    assert CLASSIC.min_pixels == 512 * 512
    hosted = load_file(HOSTED).of_kind("image")
    assert not any(engine.emphasis or engine.backend for engine in hosted)
    assert all(engine.has_model for engine in BUILT_IN.of_kind("image") if engine != PAINTER)
    assert not any(e.clip_guidance for e in BUILT_IN if e.id.startswith("stable-diffusion-xl"))
    assert len(XL.sizes) == 9


def test_videos() -> None:
    svd, wan, painted, hosted = BUILT_IN.of_kind("video")
    assert (svd.takes_prompt, wan.takes_prompt) == (False, True)
    assert (svd.backend, wan.backend, svd.segment_s, wan.segment_s) == (*("diffusers",) * 2, 2, 5)
    assert (hosted.id, hosted.backend) == ("stable-video-diffusion", "")
    assert (painted.id, painted.backend) == ("atelier-painter-film", "painter")
    assert (hosted.has_model, painted.has_model) == (True, False)
    for engine in (svd, hosted, painted):
        assert engine.sizes == ((1024, 576), (576, 1024), (768, 768))
        assert (engine.min_cfg_scale, engine.default_cfg_scale) == (0, 1.8)
        assert engine.segment_s == 2
    assert painted.typical_s < hosted.typical_s == 41
    assert len(BUILT_IN.of_kind("image").of_kind("video")) == 0
    # Our own server may be asked more often than Stability allows.
    assert (hosted.poll_spacing_s, painted.poll_spacing_s) == (10, 1)


@pytest.mark.parametrize("engine", LISTED, ids=lambda engine: engine.id)
def test_allowed_sizes_are_those_without_a_problem(engine: Engine) -> None:
    sizes = allowed_sizes(engine)
    assert engine.default_size in sizes
    assert all(engine.size_problem(*size) is None for size in sizes)


@given(engine=ENGINES, width=st.integers(1, 40), height=st.integers(1, 40))
def test_a_size_is_allowed_or_has_a_problem(engine: Engine, width: int, height: int) -> None:
    size = (width * 64, height * 64)
    assert (engine.size_problem(*size) is None) == (size in allowed_sizes(engine))


@given(engine=ENGINES, width=SIDES, height=SIDES)
def test_any_size_has_a_nearest(engine: Engine, width: int, height: int) -> None:
    assert engine.nearest_size(width, height) in allowed_sizes(engine)
    assert engine.size_for_aspect(width, height) in allowed_sizes(engine)
    if (width, height) in allowed_sizes(engine):
        assert engine.nearest_size(width, height) == (width, height)


@settings(max_examples=30)
@given(
    engine=st.sampled_from([one for one in BUILT_IN if one.side_step == 1]),
    width=SIDES,
    height=SIDES,
)
def test_a_size_in_single_pixels_has_a_nearest_too(engine: Engine, width: int, height: int):
    assert has_sizes(engine)
    assert engine.size_problem(*engine.nearest_size(width, height)) is None


@pytest.mark.parametrize("engine", LISTED, ids=lambda engine: engine.id)
def test_the_smallest_size_is_found_without_listing_all(engine: Engine):
    assert smallest_size(engine) == min(allowed_sizes(engine), key=math.prod)


@given(
    engine=ENGINES | st.sampled_from([SMALL_STEPS, replace(SMALL_STEPS, max_short_side=120)]),
    across=st.integers(1, 3000),
    down=st.integers(1, 3000),
    tolerance=st.sampled_from([0.01, 0.1, 0.5]),
)
def test_sizes_of_a_shape_are_those_of_all_that_are_near(
    engine: Engine, across: int, down: int, tolerance: float
):
    found = list(sizes_of_shape(engine, across, down, tolerance))
    assert found == [
        size
        for size in allowed_sizes(engine)
        if abs(math.log(size[0] / size[1] / (across / down))) <= tolerance
    ]


def test_millions_of_sizes_are_not_listed():
    (upscaler, *_) = (one for one in BUILT_IN.of_kind("upscale") if one.side_step == 1)
    assert upscaler.size_problem(*smallest_size(upscaler)) is None
    like_it = sizes_of_shape(upscaler, 1024, 576, tolerance=0.001)
    assert {upscaler.size_problem(*size) for size in itertools.islice(like_it, 1000)} == {None}


@pytest.mark.parametrize(
    ("engine", "size", "words"),
    [
        (PAINTER, (500, 512), "the width 500 is not a multiple of 64; the nearest is 512×512"),
        (PAINTER, (700, 512), "the nearest is 704×512"),
        (PAINTER, (2000, 2000), "the nearest is 1024×1024"),
        (PAINTER, (1088, 1024), "more than the 1,048,576 pixels"),
        (PAINTER, (0, 64), "the width 0 is below 64; the nearest"),
        (BETA, (9000, 130), "the width 9000 is above 896 and the height 130 is not a multiple of"),
        (CLASSIC, (256, 256), "fewer than the 262,144 pixels"),
        (BETA, (640, 640), "only one side of 640×640 may be above 512"),
        (BETA, (960, 128), "the width 960 is above 896"),
        (XL, (512, 512), "does not draw 512×512; the nearest is 1024×1024"),
    ],
)
def test_size_problem(engine: Engine, size: tuple[int, int], words: str) -> None:
    assert words in (engine.size_problem(*size) or "")


@pytest.mark.parametrize(
    ("engine", "aspect", "size", "shape"),
    [
        (PAINTER, (1, 1), (512, 512), (512, 512)),
        (PAINTER, (3, 2), (576, 384), (576, 384)),
        (PAINTER, (16, 9), (704, 384), (1024, 576)),
        (PAINTER, (4, 3), (576, 448), (512, 384)),
        (PAINTER, (21, 9), (768, 320), (896, 384)),
        (CLASSIC, (3, 2), (640, 448), (768, 512)),
        (XL, (16, 9), (1344, 768), (1344, 768)),
        (XL, (1, 30), (640, 1536), (640, 1536)),
    ],
)
def test_an_aspect_keeps_the_area_and_a_picture_its_shape(
    engine: Engine, aspect: tuple[int, int], size: tuple[int, int], shape: tuple[int, int]
) -> None:
    assert engine.size_for_aspect(*aspect) == size
    assert engine.size_for_shape(*aspect) == shape


def test_unknown_engine_names_the_nearest() -> None:
    with pytest.raises(UnknownEngine) as caught:
        BUILT_IN.get("stable-difusion-v1-5")
    assert caught.value.nearest == "stable-diffusion-v1-5"
    with pytest.raises(UnknownEngine) as caught:
        BUILT_IN.get("zzz")
    assert caught.value.nearest is None


def test_only() -> None:
    some = BUILT_IN.only([CLASSIC.id, PAINTER.id, "unheard-of"])
    assert [engine.id for engine in some] == [CLASSIC.id, PAINTER.id]
    assert len(some) == 2
    assert CLASSIC.id in some
    assert XL.id not in some


def test_of_an_engine_in_both_files_one_is_known() -> None:
    own, hosted = load_file(OWN_SERVER), load_file(HOSTED)
    both = {engine.id for engine in own} & {engine.id for engine in hosted}
    assert both == {
        "stable-diffusion-v1-5",
        "stable-inpainting-v1-0",
        "stable-inpainting-512-v2-0",
        "stable-diffusion-xl-1024-v1-0",
    }
    for engine_id in both:
        assert load().get(engine_id) == own.get(engine_id)
        assert load(prefers_own=False).get(engine_id) == hosted.get(engine_id)
    assert len(load()) == len(own) + len(hosted) - len(both)


@given(
    engine=st.sampled_from([SMALL_STEPS, replace(SMALL_STEPS, max_short_side=120)]),
    width=SIDES,
    height=SIDES,
)
def test_the_nearest_size_is_found_without_trying_all(engine: Engine, width: int, height: int):
    listed = replace(engine, sizes=allowed_sizes(engine))
    assert engine.nearest_size(width, height) == listed.nearest_size(width, height)
    assert engine.size_for_aspect(width, height) == listed.size_for_aspect(width, height)
    assert engine.size_for_shape(width, height) == listed.size_for_shape(width, height)


def test_what_a_server_reads_of_weights_is_not_in_the_way(tmp_path: Path) -> None:
    (engine,) = read(
        tmp_path,
        """
        [[engine]]
        id = "one"
        backend = "diffusers"
        source = "models/one"
        variant = "fp16"
        control = { canny = "models/canny", depth = "models/depth" }
        clip_model = "models/clip"
        keep_loaded = true
        licence = "MIT"
        side_step = 8
        default_size = [520, 512]
        default_sampler = "k_heun"
        """,
    )
    assert engine.has_model
    assert engine.controls == ("canny", "depth")
    assert engine.clip_guidance
    assert engine.default_sampler is Sampler.K_HEUN
    assert not engine.styles
    assert engine.min_steps == 1


def test_what_an_entry_with_weights_says_goes_before_what_is_usual(tmp_path: Path) -> None:
    (engine,) = read(
        tmp_path,
        """
        [[engine]]
        id = "one"
        backend = "diffusers"
        source = "models/one"
        emphasis = false
        min_steps = 4
        """,
    )
    assert (engine.emphasis, engine.cross_attention, engine.min_steps) == (False, True, 4)


def read(folder: Path, text: str) -> Catalogue:
    path = folder / "engines.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_a_file_of_windows_editors_is_read(tmp_path: Path) -> None:
    (engine,) = read(tmp_path, '\ufeff[[engine]]\r\nid = "one"\r\n')
    assert engine.id == "one"


def test_like_passes_everything_on_but_names(tmp_path: Path) -> None:
    catalogue = read(
        tmp_path,
        """
        [[engine]]
        id = "one"
        aliases = ["uno"]
        max_cfg_scale = 20
        samplers = ["ddim", "k_lms"]
        [[engine]]
        id = "two"
        like = "one"
        max_steps = 60
        """,
    )
    one, two = catalogue
    assert one.max_cfg_scale == 20.0
    assert isinstance(one.max_cfg_scale, float)
    assert (two.aliases, two.max_steps, two.max_cfg_scale) == ((), 60, 20.0)
    assert two.samplers == (Sampler.DDIM, Sampler.K_LMS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no"),
        ("engine = 3", "holds no"),
        ("engine = [3]", "no id"),
        ("[[engine]]\nid = 3", "no id"),
        ("[[engine]", ""),
        ('[[engine]]\nid = "a"\n[[engine]]\nid = "a"', "a stands there twice"),
        ('[[engine]]\nid = "a"\nlike = "b"', "like b"),
        ('[[engine]]\nid = "a"\nlike = ["b"]', "like ["),
        ('[[engine]]\nid = "a"\nspeed = 3', "unknown key speed"),
        ('[[engine]]\nid = "a"\nmax_steps = "many"', "max_steps: 'many' is not a whole number"),
        ('[[engine]]\nid = "a"\nmax_steps = true', "max_steps: True is not a whole number"),
        ('[[engine]]\nid = "a"\nmask = 1', "mask: 1 is not true or false"),
        ('[[engine]]\nid = "a"\nname = 1', "name: 1 is not a text"),
        ('[[engine]]\nid = "a"\nsamplers = "ddim"', "samplers: 'ddim' is not a list"),
        ('[[engine]]\nid = "a"\nsamplers = ["best"]', "samplers: 'best' is none of ddim, "),
        ('[[engine]]\nid = "a"\nsizes = [[64]]', "sizes: [64] is not a width and a height"),
        ('[[engine]]\nid = "a"\nsizes = [[64, 0]]', "sizes"),
        ('[[engine]]\nid = "a"\ndefault_size = [500, 512]', "default_size: the width 500"),
        ('[[engine]]\nid = "a"\nmin_pixels = 2000000', "no size to draw"),
        ('[[engine]]\nid = "a"\ndefault_steps = 300', "default_steps"),
        ('[[engine]]\nid = "a"\ndefault_cfg_scale = nan', "default_cfg_scale"),
        ('[[engine]]\nid = "a"\nmax_samples = 0', "max_samples"),
        (
            '[[engine]]\nid = "a"\nkind = "film"',
            "kind: film is none of image, video, upscale, edit, control",
        ),
        ('[[engine]]\nid = "a"\nside_step = 0', "side_step: it has to be at least 1"),
        ('[[engine]]\nid = "a"\ndefault_sampler = "best"', "default_sampler: 'best' is none of"),
        ('[[engine]]\nid = "a"\nsamplers = [["ddim"]]', "samplers: ['ddim'] is none of"),
        ('[[engine]]\nid = "a"\nmin_steps = -1', "min_steps: it is negative"),
        ('[[engine]]\nid = "a"\nmax_prompt_chars = -1', "max_prompt_chars: it is negative"),
        ('[[engine]]\nid = "a"\nmax_cfg_scale = inf', "max_cfg_scale: it is not finite"),
        ("a = " + "{a = " * 500 + "1" + "}" * 500, "its tables are too deep"),
        (
            '[[engine]]\nid = "a"\ndefault_sampler = "ddim"\nsamplers = ["k_lms"]',
            "default_sampler: ddim is not one of its samplers",
        ),
        ('[[engine]]\nid = "a"\ncontrol = "canny"', "control: 'canny' is not a table"),
        ('[[engine]]\nid = "a"\nsegment_s = 0', "segment_s: 0 is not above 0"),
        ('[[engine]]\nid = "a"\ntypical_s = nan', "typical_s: nan is not above 0"),
        ('[[engine]]\nid = "a"\npoll_spacing_s = 0', "poll_spacing_s: 0 is not above 0"),
        ('[[engine]]\nid = "a"\ntypical_s = 4000', "typical_s: 4000 is not above 0"),
        (
            '[[engine]]\nid = "a"\naliases = ["x"]\n[[engine]]\nid = "b"\naliases = ["x"]',
            "b: aliases: x is one of a already",
        ),
    ],
)
def test_a_wrong_catalogue_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        read(tmp_path, text)
    assert words in str(caught.value)
    assert "engines.toml" in str(caught.value)


def test_a_missing_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"none\.toml: No such file"):
        load(tmp_path / "none.toml")
