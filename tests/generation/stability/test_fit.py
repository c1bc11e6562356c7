"""Each row of what can be asked of an engine of the REST API, and what is told about it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.abilities import validate_start
from generation.edits import Edit, EditAction
from generation.errors import BadRequest
from generation.pricing import masked_price_mc, price_mc
from generation.request import (
    GuidancePreset,
    ImageRequest,
    Sampler,
    StylePreset,
    TextPrompt,
    following_seeds,
)
from generation.stability.fit import About, Asked, Fitted, fit
from generation.stability.prompt_text import Run, WeightedText
from generation.stability.submit import submit_picture
from generation.validation import validate, validate_settings
from tests.generation.stability.api import ASPECTS, ENDPOINTS, faults
from tests.generation.stability.asking import (
    CATALOGUE,
    CORE,
    DRAWING,
    FLASH,
    LARGE,
    TURBO,
    ULTRA,
    flat,
    request,
)

if TYPE_CHECKING:
    from generation.catalogue.engine import Engine

FOX = WeightedText((Run("a fox"),))
RECOLOUR = Edit(EditAction.RECOLOUR, "the car")
EVERY = pytest.mark.parametrize("engine", DRAWING, ids=lambda engine: engine.id)


def fitted(
    engine: Engine, *segments: WeightedText, said: dict[str, Any] | None = None, **asked: Any
) -> Fitted:
    """What becomes of a request with those values, of which that was said."""
    return fit(request(engine.id, **(said or {})), segments or (FOX,), Asked(**asked), engine)


def told(found: Fitted) -> dict[About, str]:
    assert len({notice.about for notice in found.notices}) == len(found.notices)
    return {notice.about: notice.text for notice in found.notices}


@EVERY
def test_nothing_is_told_where_nothing_was_asked(engine: Engine):
    found = fitted(engine)
    assert found.notices == ()
    assert found.request == request(engine.id)
    assert validate(found.request, engine) is found.request


@EVERY
@pytest.mark.parametrize(
    ("about", "asked", "said", "words"),
    [
        (About.STEPS, {"steps": 30}, {"steps": 30}, "has no steps"),
        (
            About.SAMPLER,
            {"sampler": Sampler.K_EULER},
            {"sampler": Sampler.K_EULER},
            "draws without k_euler",
        ),
        (
            About.CLIP,
            {"guidance": GuidancePreset.SIMPLE},
            {"guidance": GuidancePreset.SIMPLE},
            "has no CLIP guidance (clip)",
        ),
    ],
)
def test_what_no_engine_has(
    engine: Engine, about: About, asked: dict[str, Any], said: dict[str, Any], words: str
):
    found = fitted(engine, said=said, **asked)
    assert words in told(found)[about]
    assert found.request == request(engine.id)
    assert validate(found.request, engine)


@EVERY
def test_a_size_becomes_the_nearest_aspect(engine: Engine):
    found = fitted(engine, said={"width": 768, "height": 512}, size=(768, 512))
    assert told(found) == {
        About.SIZE: f"{engine.id} has no sizes in pixels; 768×512 is drawn as 3:2."
    }
    assert submit_picture(found.request, engine).texts["aspect_ratio"] == "3:2"


@pytest.mark.parametrize(
    ("wanted", "drawn"),
    [
        *(((int(a.split(":")[0]), int(a.split(":")[1])), a) for a in ASPECTS),
        ((32, 18), "16:9"),
        ((4, 3), "5:4"),
        ((3, 4), "4:5"),
        ((2, 1), "16:9"),
        ((100, 1), "21:9"),
        ((1, 100), "9:21"),
    ],
)
def test_an_aspect_becomes_the_nearest(wanted: tuple[int, int], drawn: str):
    found = fitted(CORE, aspect=wanted)
    assert submit_picture(found.request, CORE).texts["aspect_ratio"] == drawn
    across, down = (int(part) for part in drawn.split(":"))
    is_exact = wanted[0] * down == wanted[1] * across
    assert (About.ASPECT not in told(found)) is is_exact
    if not is_exact:
        asked = "{}:{}".format(*wanted)
        assert told(found)[About.ASPECT] == f"{CORE.id} has no {asked}; the nearest is {drawn}."


def test_a_size_counts_before_an_aspect():
    found = fitted(ULTRA, size=(512, 512), aspect=(16, 9))
    assert (found.request.width, found.request.height) == (1024, 1024)
    assert told(found).keys() == {About.SIZE}


@EVERY
def test_cfg(engine: Engine):
    found = fitted(engine, said={"cfg_scale": 7.0}, has_cfg=True)
    if engine.model:
        assert not found.notices
        assert submit_picture(found.request, engine).texts["cfg_scale"] == "7"
        with pytest.raises(BadRequest, match="cfg: 11 is outside 1 to 10"):
            validate(fitted(engine, said={"cfg_scale": 11}, has_cfg=True).request, engine)
    else:
        assert told(found)[About.CFG] == f"{engine.id} has no cfg; it draws without it."
        assert "cfg_scale" not in submit_picture(found.request, engine).texts


@EVERY
def test_style(engine: Engine):
    found = fitted(engine, said={"style": StylePreset.ORIGAMI})
    assert not found.notices
    assert submit_picture(found.request, engine).texts["style_preset"] == "origami"


@EVERY
def test_a_mask_has_its_own_way_and_price(engine: Engine):
    said = {"cfg_scale": 7.0, "style": StylePreset.ANIME}
    found = fitted(
        engine,
        WeightedText((Run("castle"),), 2),
        WeightedText((Run("fog"),), 1),
        WeightedText((Run("text"),), -1),
        said=said,
        has_cfg=True,
        has_strength=True,
        has_image=True,
        has_mask=True,
    )
    notices = told(found)
    assert notices.keys() == {About.MASK, About.STRENGTH, About.CFG}
    assert notices[About.MASK] == "A mask is drawn by edit/inpaint, at 5.00 credits a picture."
    # Another model than the engine's own, which reads weights.
    assert found.request.prompts == (
        TextPrompt("castle, (fog:0.5)"),
        TextPrompt("text", -1.0),
    )
    assert price_mc(found.request, engine, has_mask=True) == 5000
    assert price_mc(found.request, engine) != 5000
    assert masked_price_mc(engine) == price_mc(
        request("edit-inpaint"), CATALOGUE.get("edit-inpaint")
    )


def test_a_strength_without_an_image():
    found = fitted(ULTRA, has_strength=True)
    assert told(found) == {
        About.STRENGTH: "There is no image to start from; the strength has no use."
    }
    assert "strength" not in submit_picture(found.request, ULTRA).texts
    assert not fitted(ULTRA, has_strength=True, has_image=True).notices


def test_weights_and_emphasis():
    castle = WeightedText((Run("castle"),), 2)
    fog = WeightedText((Run("thick "), Run("fog", 0.8)), 1)
    found = fitted(ULTRA, castle, fog)
    assert found.request.prompts == (TextPrompt("castle, (thick:0.5) (fog:0.4)"),)
    assert not found.notices
    found = fitted(LARGE, fog, castle)
    assert found.request.prompts == (TextPrompt("castle, thick fog"),)
    assert told(found) == {
        About.WEIGHTS: "sd3.5-large takes no weights; the words stand in the order of theirs.",
        About.EMPHASIS: "sd3.5-large takes no emphasis; the words are drawn without it.",
    }
    found = fitted(ULTRA, WeightedText((Run("a "), Run("red", 1.3), Run(" fox"))))
    assert found.request.prompts == (TextPrompt("a red fox"),)
    assert told(found)[About.EMPHASIS] == (
        "stable-image-ultra takes emphasis from 0 to 1; what is beyond is drawn as the nearest."
    )


@EVERY
def test_negatives(engine: Engine):
    fog = WeightedText((Run("fog"),), -1)
    found = fitted(engine, FOX, fog)
    assert submit_picture(found.request, engine).texts["negative_prompt"] == "fog"
    hardly = {About.NEGATIVE} if engine in (TURBO, FLASH) else set[About]()
    assert told(found).keys() == hardly
    if hardly:
        assert told(found)[About.NEGATIVE] == f"{engine.id} hardly heeds what is to be kept out."


@EVERY
def test_there_has_to_be_something_to_draw(engine: Engine):
    with pytest.raises(BadRequest, match=r"prompt: .* needs words for what to draw"):
        validate(fitted(engine, WeightedText((Run("fog"),), -1)).request, engine)
    with pytest.raises(BadRequest, match="prompt: it is empty"):
        validate(fitted(engine, WeightedText((Run(" "),))).request, engine)


def test_an_image_without_an_engine_for_it_names_those_that_are():
    with pytest.raises(BadRequest) as caught:
        validate_start(CORE, DRAWING, has_image=True, has_mask=False)
    assert caught.value.reason == (
        "stable-image-core cannot start from a picture; stable-image-ultra, sd3.5-large,"
        " sd3.5-large-turbo, sd3.5-medium, sd3.5-flash can"
    )
    validate_start(CORE, DRAWING, has_image=True, has_mask=True)
    validate_start(CORE, DRAWING, has_image=False, has_mask=False)
    validate_start(ULTRA, DRAWING, has_image=True, has_mask=False)


@EVERY
def test_seeds_of_many_pictures_stay_within(engine: Engine):
    seeds = (4_294_967_293, *following_seeds(4_294_967_293, 3, engine.max_seed))
    assert seeds == (4_294_967_293, 4_294_967_294, 1, 2)
    with pytest.raises(BadRequest, match="seed: 4294967295 is outside"):
        validate(request(engine.id, seed=4_294_967_295), engine)
    with pytest.raises(BadRequest, match="count: 2 is outside 1 to 1"):
        validate(request(engine.id, samples=2), engine)


TEXTS = st.text(max_size=30) | st.sampled_from(["a fox", "(fog:0.5)", "a:b", "x" * 4000])
SEGMENTS = st.lists(
    st.builds(
        WeightedText,
        st.lists(st.builds(Run, TEXTS, st.floats(-10, 10)), max_size=3).map(tuple),
        st.floats(-10, 10),
    ),
    min_size=1,
    max_size=4,
)
IMAGE, MASK = flat((256, 256)), flat((256, 256), 0)


@st.composite
def asks(draw: st.DrawFn) -> tuple[ImageRequest, Asked, Engine]:
    """Whatever a member may say, in any combination."""
    engine = draw(st.sampled_from(DRAWING))
    size = draw(st.none() | st.tuples(st.integers(1, 4000), st.integers(1, 4000)))
    has_image = draw(st.booleans())
    asked = Asked(
        steps=draw(st.none() | st.integers(0, 200)),
        sampler=draw(st.none() | st.sampled_from(Sampler)),
        guidance=draw(st.sampled_from(GuidancePreset)),
        size=size,
        aspect=draw(st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99))),
        has_cfg=draw(st.booleans()),
        has_strength=draw(st.booleans()),
        has_image=has_image,
        has_mask=has_image and draw(st.booleans()),
    )
    width, height = size or engine.default_size
    said = request(
        engine.id,
        width=width,
        height=height,
        seed=draw(st.integers(0, 2**32)),
        steps=asked.steps or 0,
        cfg_scale=draw(st.floats(-1, 40)) if asked.has_cfg else engine.default_cfg_scale,
        sampler=asked.sampler,
        guidance=asked.guidance,
        style=draw(st.none() | st.sampled_from(StylePreset)),
        strength=draw(st.floats(0, 1)),
        init_image=IMAGE if has_image else None,
        mask=MASK if asked.has_mask else None,
    )
    return said, asked, engine


@given(ask=asks(), segments=SEGMENTS)
def test_whatever_is_asked_is_refused_here_or_taken_there(
    ask: tuple[ImageRequest, Asked, Engine], segments: list[WeightedText]
):
    said, asked, engine = ask
    found = fit(said, segments, asked, engine)
    for notice in found.notices:
        assert notice.text.endswith(".")
        assert "\n" not in notice.text
    try:
        validate(found.request, engine)
        validate_start(engine, DRAWING, has_image=asked.has_image, has_mask=asked.has_mask)
    except BadRequest:
        return
    # What passed the validation passes everything after it.
    submit = submit_picture(found.request, engine)
    sent = {**submit.texts, **submit.pictures}
    assert sent.keys() <= ENDPOINTS[submit.operation.path].fields.keys()
    assert not faults(submit.operation.path, sent)
    assert ("mask" in sent) is asked.has_mask
    assert sent["seed"] == str(said.seed)


def test_an_edit_keeps_its_size_and_tells_what_it_cannot_keep_out():
    engine = CATALOGUE.get("edit-outpaint")
    said = replace(request(engine.id), width=777, height=333)
    fog = WeightedText((Run("fog"),), -1.0)
    found = fit(said, (FOX, fog), Asked(has_image=True), engine)
    assert (found.request.width, found.request.height) == (777, 333)
    assert told(found).keys() == {About.NEGATIVE}
    searching = replace(found.request, prompts=(TextPrompt("fog", -1.0),), edit=RECOLOUR)
    with pytest.raises(BadRequest, match="needs words for what to draw"):
        validate_settings(searching, CATALOGUE.get("edit-recolor"))
