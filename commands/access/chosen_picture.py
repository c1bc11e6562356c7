"""One picture of a job, as drafts behind the buttons of its private card have it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from commands.errors import DraftGone
from commands.upload import Upload

PICTURE = "picture"
"""The kind of a draft that stands for one picture of a job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenPicture:
    """One picture of a job, and the attachment that shows it, where that is known."""

    job_id: str
    position: int
    upload: Upload | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft."""
        return {"kind": PICTURE, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ChosenPicture:
        """What `to_json` wrote.

        Raises:
            DraftGone: it is no picture.
        """
        if data.get("kind") != PICTURE:
            raise DraftGone
        upload = Upload(**data["upload"]) if data["upload"] else None
        return cls(job_id=data["job_id"], position=data["position"], upload=upload)
