"""What is asked of an engine that estimates depth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthOrder:
    """One picture, whole, and its size in pixels, upright."""

    samples: ClassVar[int] = 1
    steps: ClassVar[int] = 1

    engine_id: str
    image: bytes = field(repr=False)
    width: int
    height: int
