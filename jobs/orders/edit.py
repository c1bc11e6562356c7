"""The order of an edit, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from generation.edits import EditAction
from jobs.orders.pictures import OnePictureOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class EditOrder(OnePictureOrder):
    """One picture, edited.

    `request` has no `edit` where an engine that draws does it through a mask. `search` names what
    is replaced or recoloured, `typed` are the words with their options as they were typed.
    """

    kind: ClassVar[str] = "edit"

    action: EditAction
    search: str = ""
    typed: str = ""
    uses_mask: bool = False
    notices: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """What was typed, else what is to be seen."""
        return self.typed or self.title

    @property
    def words(self) -> str:
        """What is searched for, which the engine is told beside the picture."""
        return self.search

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        return {
            **OnePictureOrder.to_json(self),
            "action": self.action.value,
            "search": self.search,
            "typed": self.typed,
            "uses_mask": self.uses_mask,
            "notices": list(self.notices),
        }

    @staticmethod
    def read(data: dict[str, Any]) -> dict[str, Any]:
        """The values of the order that the data was written of."""
        return {
            **OnePictureOrder.read(data),
            "action": EditAction(data["action"]),
            "search": data["search"],
            # Orders of earlier versions kept it in the title.
            "typed": data.get("typed", ""),
            "uses_mask": data["uses_mask"],
            "notices": tuple(data["notices"]),
        }
