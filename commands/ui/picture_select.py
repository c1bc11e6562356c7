"""The select that names each picture of a result, by number, place and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord.ui import Select

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = {
    2: ("left", "right"),
    3: ("left", "top right", "bottom right"),
    4: ("top left", "top right", "bottom left", "bottom right"),
}
"""Where Discord shows so many pictures in its gallery."""

MAX_OPTIONS = 25
PLACEHOLDER = "One picture: larger, varied, as a film, as a start, as a file"


def picture_select(job_id: str, seeds: Sequence[int]) -> Select[Any]:
    """A choice of one picture; its value is the number from 0 on, its id says everything else."""
    options = [
        discord.SelectOption(label=picture_name(number, len(seeds), seed), value=str(number))
        for number, seed in enumerate(seeds[:MAX_OPTIONS])
    ]
    return Select(custom_id=f"picture:{job_id}", placeholder=PLACEHOLDER, options=options)


def picture_name(number: int, total: int, seed: int) -> str:
    """A picture by its number from 0 on, where it is shown, and its seed."""
    places = PLACES.get(total, ())
    place = f", {places[number]}" if number < len(places) else ""
    return f"Picture {number + 1}{place}, seed {seed}"
