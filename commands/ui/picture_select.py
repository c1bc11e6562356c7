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
    named = zip(positions, picture_names(seeds, positions), strict=True)
    options = [
        discord.SelectOption(label=name, value=f"{POSITION}{position}") for position, name in named
    ]
    return Select(
        custom_id=f"picture:{job_id}", placeholder=say(PLACEHOLDER), options=options[:MAX_OPTIONS]
    )


def picture_names(seeds: Sequence[int], positions: Sequence[int]) -> list[str]:
    """The shown pictures, each by its number, where it is shown, and its seed.

    The number is that of its position among all of the job.
    """
    places = PLACES.get(len(positions), ("",) * len(positions))
    return [
        say(
            "Picture {number}, {place}, seed {seed}",
            number=position + 1,
            place=say(place),
            seed=seed,
        )
        if place
        else say("Picture {number}, seed {seed}", number=position + 1, seed=seed)
        for seed, position, place in zip(seeds, positions, places, strict=True)
    ]
