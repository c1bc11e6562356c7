"""What `/edit` asks beside words: which picture, and which part of it may change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from commands.errors import BadUpload
from commands.languages import say, say_name
from media.areas import Area

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands.kinds.image.kept_picture import KeptPicture
    from commands.kinds.image.read import ImageRequestForm
    from commands.upload import Upload

MASK = "mask"
"""The area that an attached mask says."""

TRANSPARENT = "transparent"
"""The area where an attached picture is transparent."""

AREAS: Mapping[str, str] = {
    MASK: "The black part of my mask",
    Area.LEFT: "Left third",
    Area.MIDDLE: "Middle third",
    Area.RIGHT: "Right third",
    Area.TOP: "Top third",
    Area.BOTTOM: "Bottom third",
    Area.CENTRE: "Centre",
    Area.BORDER: "Border",
    TRANSPARENT: "Transparent pixels of the image",
}
"""What is offered as an area, and how it reads."""

DEFAULT_EDIT_STRENGTH = 100
"""In percent: what is in the area makes way for what is asked for."""


class EditedPicture(Protocol):
    """What is asked of a picture that is changed, by whatever form."""

    @property
    def image(self) -> Upload | None:
        """The attached picture."""
        ...

    @property
    def kept_image(self) -> KeptPicture | None:
        """The picture of a result."""
        ...

    @property
    def area(self) -> str | None:
        """The area that may change."""
        ...

    @property
    def mask(self) -> Upload | None:
        """The attached mask."""
        ...


def named_area(form: EditedPicture) -> Area | None:
    """The area whose mask is made from its name."""
    return Area(form.area) if form.area in frozenset(map(str, Area)) else None


def check_edit(form: ImageRequestForm) -> None:
    """Whether an edit has one picture and one area; other forms pass.

    Raises:
        BadUpload: it has none or two of them; with the way out.
    """
    if form.area is not None:
        check_source(form)
        check_area(form)


def check_source(form: EditedPicture) -> None:
    """Whether there is one picture.

    Raises:
        BadUpload: there is none or two of them; with the way out.
    """
    if form.image is None and form.kept_image is None:
        raise BadUpload("image", say("there is none; attach one, or name a result of yours as job"))
    if form.image is not None and form.kept_image is not None:
        raise BadUpload("job", say("there is an attached image as well; leave one of them out"))


def check_area(form: EditedPicture) -> None:
    """Whether there is one area, by its name or as a mask.

    Raises:
        BadUpload: there is none or two of them; with the way out.
    """
    area = form.area or MASK
    if area not in AREAS:
        raise BadUpload(
            "area", say("there is no such area; known are {areas}", areas=", ".join(AREAS))
        )
    if area == MASK and form.mask is None:
        raise BadUpload("mask", say("there is none; attach one, or choose an area"))
    if area != MASK and form.mask is not None:
        name = say_name("choice", AREAS[area]).lower()
        reason = say("there is the area “{area}” as well; leave one of them out", area=name)
        raise BadUpload("mask", reason)
    if area == TRANSPARENT and form.image is None:
        reason = say("results have no transparent pixels; choose another one, or attach a mask")
        raise BadUpload("area", reason)
