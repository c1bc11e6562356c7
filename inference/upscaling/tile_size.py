"""How large the tiles are that a picture is worked on in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tiling:
    """Tiles of `side_px` by `side_px`, each worked on with `overlap_px` of its surroundings."""

    side_px: int
    overlap_px: int
