"""The order of an upscale, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from jobs.errors import TooLate
from jobs.orders.pictures import PicturesOrder
from jobs.orders.request import request_from_json, request_to_json

if TYPE_CHECKING:
    from generation.request import ImageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleOrder(PicturesOrder):
    """One picture, made larger; it is kept as an artifact of the job, of the role `GIVEN`.

    `request` names the engine, the words and the seed that the picture was drawn with, and the size
    of the result in pixels as far as that is known before; `size` is the picture's. `marked_as` is
    the engine that content credentials name: the one that makes it larger, or the picture's own
    where only that is a trained model.
    """

    kind: ClassVar[str] = "upscale"

    title: str
    request: ImageRequest
    size: tuple[int, int]
    marked_as: str

    @property
    def heading(self) -> str:
        """What its picture is called: the words that it was drawn from."""
        return self.title

    @property
    def prompt(self) -> str:
        """None that could be edited."""
        return ""

    @property
    def engine_id(self) -> str:
        """The engine that makes it larger."""
        return self.request.engine_id

    @property
    def requests(self) -> tuple[ImageRequest, ...]:
        """The one."""
        return (self.request,)

    @property
    def units(self) -> int:
        """One picture is paid for."""
        return 1

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        return {
            "title": self.title,
            "request": request_to_json(self.request),
            "size": list(self.size),
            "marked_as": self.marked_as,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> UpscaleOrder:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        if not data:
            raise TooLate
        width, height = data["size"]
        return cls(
            title=data["title"],
            request=request_from_json(data["request"]),
            size=(width, height),
            marked_as=data["marked_as"],
        )
