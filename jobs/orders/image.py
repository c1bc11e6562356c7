"""The order of pictures, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from jobs.errors import TooLate
from jobs.orders.pictures import PicturesOrder
from jobs.orders.request import request_from_json, request_to_json

if TYPE_CHECKING:
    from generation.request import ImageRequest

MAX_PICTURES = 16
"""The most pictures of one job."""

APPROVED_WITHIN = timedelta(hours=1)
"""How long a picture is shown for approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOrder(PicturesOrder):
    """One job's pictures: a request for each permutation of the prompt.

    `prompt` is the whole text as it goes back into an edit, options included; `title` is what is to
    be seen, in plain words. The requests carry no picture bytes: those are kept as artifacts of the
    job. `video` is what was asked of the film that the picture is shown for, as its command wrote
    it. `marked_as` is the engine that marks of provenance name, where that is not its own one.
    """

    kind: ClassVar[str] = "image"

    prompt: str
    title: str
    requests: tuple[ImageRequest, ...]
    notices: tuple[str, ...] = ()
    uses_init: bool = False
    uses_mask: bool = False
    video: dict[str, Any] | None = None
    marked_as: str = ""

    @property
    def heading(self) -> str:
        """The whole prompt."""
        return self.prompt

    @property
    def first(self) -> ImageRequest:
        """The request whose engine, size and settings all others share."""
        return self.requests[0]

    @property
    def engine_id(self) -> str:
        """The engine of all requests."""
        return self.first.engine_id

    @property
    def uses_control(self) -> bool:
        """Whether the pictures follow a control picture; all of them follow the same."""
        return bool(self.first.controls)

    @property
    def pictures(self) -> int:
        """How many pictures the job draws."""
        return sum(request.samples for request in self.requests)

    @property
    def units(self) -> int:
        """How many pictures are paid for."""
        return self.pictures

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        values = {name: getattr(self, name) for name in ("prompt", "title", "uses_init")}
        return {
            **values,
            "uses_mask": self.uses_mask,
            "film": self.video,
            "notices": list(self.notices),
            "requests": [request_to_json(request) for request in self.requests],
            **({"marked_as": self.marked_as} if self.marked_as else {}),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ImageOrder:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        if not data:
            raise TooLate
        return cls(
            prompt=data["prompt"],
            title=data["title"],
            requests=tuple(request_from_json(entry) for entry in data["requests"]),
            notices=tuple(data["notices"]),
            uses_init=data["uses_init"],
            uses_mask=data["uses_mask"],
            # Jobs of the version before know no films.
            video=data.get("film"),
            marked_as=data.get("marked_as", ""),
        )
