"""The select that names each picture of a result, by number, place and seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord.ui import Select

from commands.languages import marked, say

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = {
    2: (marked("left"), marked("right")),
    3: (marked("left"), marked("top right"), marked("bottom right")),
    4: (
        marked("top left"),
        marked("top right"),
        marked("bottom left"),
        marked("bottom right"),
    ),
}
"""Where Discord shows so many pictures in its gallery."""

MAX_OPTIONS = 25
POSITION = "p"
"""Before a position in a value. Older cards have the number among the pictures they showed."""

PLACEHOLDER = marked("Do something with a picture")


def picture_select(job_id: str, seeds: Sequence[int], positions: Sequence[int]) -> Select[Any]:
    """A choice of one picture; its value names the picture's position among all of the job.

    The positions are those of the shown pictures: one that was deleted leaves a gap.
    """
    shown = list(enumerate(zip(seeds, positions, strict=True)))[:MAX_OPTIONS]
    options = [
        discord.SelectOption(
            label=picture_name(number, len(seeds), seed), value=f"{POSITION}{position}"
        )
        for number, (seed, position) in shown
    ]
    return Select(custom_id=f"picture:{job_id}", placeholder=say(PLACEHOLDER), options=options)


def picture_name(number: int, total: int, seed: int) -> str:
    """A picture by its number from 0 on, where it is shown, and its seed."""
    places = PLACES.get(total, ())
    if number >= len(places):
        return say("Picture {number}, seed {seed}", number=number + 1, seed=seed)
    return say(
        "Picture {number}, {place}, seed {seed}",
        number=number + 1,
        place=say(places[number]),
        seed=seed,
    )
