"""Edits: one picture and one area, at the price of pictures, on engines that take masks."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from commands.errors import BadUpload
from commands.kinds.image.edits import AREAS, MASK, TRANSPARENT, named_area
from commands.kinds.image.kept_picture import KeptPicture
from commands.kinds.image.preferred import with_preferences
from commands.kinds.image.read import ImageRequestForm, changed, read
from commands.kinds.pricing import pictures_price_mc
from commands.upload import Upload
from generation.catalogue.catalogue import Catalogue, load
from generation.errors import BadRequest
from jobs.orders.image import ImageOrder
from media.areas import Area
from storage.preferences import Preferences
from tests.commands.engines import offering

ENGINES = load()
PAINTER, CORE = "atelier-painter", "stable-image-core"
RESULT = KeptPicture(job_id="abcdefgh", position=2, width=768, height=512)


def upload(width: int | None = 768, height: int | None = 512) -> Upload:
    return Upload(
        url="https://cdn.discordapp.com/a.png",
        filename="a.png",
        size=100,
        content_type="image/png",
        width=width,
        height=height,
    )


def form(area: str | None = Area.LEFT, **options: Any) -> ImageRequestForm:
    given = {"image": upload()} if "image" not in options and "kept_image" not in options else {}
    return ImageRequestForm(prompt="a fox", area=area, **given, **options)


def order(area: str | None = Area.LEFT, **options: Any) -> ImageOrder:
    return read(form(area, **options), ENGINES, PAINTER)


@pytest.mark.parametrize("area", list(AREAS))
def test_an_area_is_a_mask_of_its_picture(area: str):
    found = order(area, mask=upload() if area == MASK else None)
    assert (found.uses_init, found.uses_mask) == (True, True)
    assert (found.first.width, found.first.height) == (768, 512)
    assert found.first.strength == 1
    is_named = area not in (MASK, TRANSPARENT)
    assert named_area(form(area)) == (Area(area) if is_named else None)


def test_every_area_has_a_name():
    assert set(map(str, Area)) | {MASK, TRANSPARENT} == set(map(str, AREAS))


def test_the_size_of_a_result_is_kept():
    found = order(kept_image=RESULT)
    assert (found.uses_init, found.first.width, found.first.height) == (True, 768, 512)


def test_what_is_drawn_again_keeps_the_size_of_an_edit():
    again = ImageRequestForm(prompt="a hare", uploads_of="abcdefgh")
    first = read(again, ENGINES, PAINTER, uploads_of=order(kept_image=RESULT)).first
    assert (first.width, first.height) == (768, 512)


def test_a_size_that_is_not_drawn_becomes_one_of_its_shape():
    found = order(image=upload(3000, 2000)).first
    assert (found.width, found.height) == ENGINES.get(PAINTER).size_for_shape(3, 2)


def test_strength_is_what_was_typed():
    assert order(strength=40).first.strength == 0.4


def test_an_edit_costs_what_its_picture_costs():
    plain = read(
        ImageRequestForm(prompt="a fox --size 768x512", image=upload(), strength=100),
        ENGINES,
        PAINTER,
    )
    assert pictures_price_mc(order(), ENGINES) == pictures_price_mc(plain, ENGINES)


def test_an_engine_with_a_price_for_masks_asks_for_that():
    found = next(one for one in ENGINES if one.mask_price)
    price = pictures_price_mc(order(engine=found.id), ENGINES)
    assert price == int(found.mask_price.partition(":")[2]) * 1000


@pytest.mark.parametrize(
    ("options", "field", "says"),
    [
        ({"image": None}, "image", "attach one, or name a result of yours as job"),
        ({"image": upload(), "kept_image": RESULT}, "job", "leave one of them out"),
        ({"area": MASK}, "mask", "attach one, or choose an area"),
        ({"mask": upload()}, "mask", "the area “left third” as well; leave one of them out"),
        ({"area": TRANSPARENT, "kept_image": RESULT}, "area", "results have no transparent pixels"),
        ({"area": "moon"}, "area", "known are mask, left, middle"),
    ],
)
def test_what_is_missing_or_too_much_is_named(options: dict[str, Any], field: str, says: str):
    with pytest.raises(BadUpload) as caught:
        order(**options)
    assert caught.value.field == field
    assert says in caught.value.reason


def test_an_engine_without_masks_names_those_that_take_them():
    plain = replace(ENGINES.get(PAINTER), id="plain", mask=False)
    known = Catalogue((plain, ENGINES.get(PAINTER)))
    with pytest.raises(BadRequest, match=f"plain takes no mask; {PAINTER} can"):
        read(form(engine="plain"), known, PAINTER)


def test_edits_are_offered_where_an_engine_takes_masks():
    plain = replace(ENGINES.get(PAINTER), id="plain", mask=False)
    assert not offering(Catalogue((plain,))).has_masks
    assert offering(Catalogue((plain, ENGINES.get(PAINTER)))).has_masks


def test_a_draft_keeps_the_area_and_the_picture():
    kept = form(Area.BORDER, kept_image=RESULT)
    assert ImageRequestForm.from_json(json.loads(json.dumps(kept.to_json()))) == kept
    assert {"area", "kept_image"} & ImageRequestForm(prompt="a fox").to_json().keys() == set()


def test_a_cheaper_variant_is_an_edit_of_the_same_area():
    smaller = changed(form(Area.TOP, kept_image=RESULT), size=(384, 256))
    assert (smaller.area, smaller.kept_image) == (Area.TOP, RESULT)
    assert read(smaller, ENGINES, PAINTER).first.strength == 1


def test_a_preferred_shape_is_not_that_of_an_edit():
    found = with_preferences(form(kept_image=RESULT), Preferences(aspect="1:1"), {})
    assert found.aspect is None
