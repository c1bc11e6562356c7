"""The order of a blend: pictures that are drawn from several others, and how it is kept as JSON."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from jobs.orders.image import ImageOrder

if TYPE_CHECKING:
    from generation.request import BlendPicture

BLENDED = "blend"
"""The role of the artifacts that are the pictures to blend, in their order."""

Origin = tuple[str, int] | None
"""The job and the position of a result that is blended; None for one that was attached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendOrder(ImageOrder):
    """Pictures drawn from two to four others, which are artifacts of the job of the role `BLENDED`.

    The prompt is empty where no words take part. `origins` tell where each picture comes from.
    """

    kind: ClassVar[str] = "blend"

    origins: tuple[Origin, ...] = ()

    @property
    def heading(self) -> str:
        """The whole prompt, or what it is without one."""
        return self.prompt or self.title

    @property
    def blended(self) -> tuple[BlendPicture, ...]:
        """The pictures with their weights, without their bytes; all requests have the same."""
        return self.first.blend

    def to_json(self) -> dict[str, Any]:
        """Plain data for the job's row."""
        origins = [None if origin is None else list(origin) for origin in self.origins]
        return {**ImageOrder.to_json(self), "origins": origins}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> BlendOrder:
        """The order that `to_json` wrote.

        Raises:
            TooLate: it was forgotten since.
        """
        drawn = ImageOrder.from_json(data)
        return cls(
            **{field.name: getattr(drawn, field.name) for field in fields(drawn)},
            origins=tuple(origin and (origin[0], origin[1]) for origin in data["origins"]),
        )
