"""The order of an edit, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from generation.edits import EditAction
from jobs.errors import TooLate
from jobs.orders.pictures import PicturesOrder
from jobs.orders.request import request_from_json, request_to_json

if TYPE_CHECKING:
    from generation.request import ImageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOrder(PicturesOrder):
    """One picture, edited; it is kept as an artifact of the job, of the role `GIVEN`.

    `request` has no `edit` where an engine that draws does it through a mask. `search` names what
    is replaced or recoloured, `typed` are the words with their options as they were typed, `title`
    is what is to be seen, `size` that of the given picture in pixels. `marked_as` is the engine
    that content credentials name: the one that edits, or the picture's own where only that is a
    trained model.
    """

    kind: ClassVar[str] = "edit"

    action: EditAction
    title: str
    request: ImageRequest
    size: tuple[int, int]
    marked_as: str
    search: str = ""
    typed: str = ""
    uses_mask: bool = False
    notices: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """What was typed, else what is to be seen."""
        return self.typed or self.title

    @property
    def prompt(self) -> str:
        """None that could be edited."""
        return ""

    @property
    def words(self) -> str:
        """What is searched for, which the engine is told beside the picture."""
        return self.search

    @property
    def engine_id(self) -> str:
        """The engine that edits."""
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
            "action": self.action.value,
            "title": self.title,
            "request": request_to_json(self.request),
            "size": list(self.size),
            "marked_as": self.marked_as,
            "search": self.search,
            "typed": self.typed,
            "uses_mask": self.uses_mask,
            "notices": list(self.notices),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> EditOrder:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        if not data:
            raise TooLate
        width, height = data["size"]
        return cls(
            action=EditAction(data["action"]),
            title=data["title"],
            request=request_from_json(data["request"]),
            size=(width, height),
            marked_as=data["marked_as"],
            search=data["search"],
            # Orders of earlier versions kept it in the title.
            typed=data.get("typed", ""),
            uses_mask=data["uses_mask"],
            notices=tuple(data["notices"]),
        )
