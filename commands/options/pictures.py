"""Options that several commands have: what may be typed there, and how Discord describes them."""

from __future__ import annotations

from discord.app_commands import Range, describe

from generation.request import MAX_SEED
from jobs.orders.image import MAX_PICTURES
from prompts import MAX_CHARS

Prompt = Range[str, 1, MAX_CHARS]
EngineName = Range[str, 1, 100]
Aspect = Range[str, 3, 9]
Size = Range[str, 3, 11]
Count = Range[int, 1, MAX_PICTURES]
Seed = Range[int, 0, MAX_SEED]
Percent = Range[int, 0, 100]
JobId = Range[str, 1, 24]
PictureNumber = Range[int, 1, MAX_PICTURES]

PRIVATE = "Only you see the result, until you post it"

describe_drawing = describe(
    aspect="Width to height, for example 3:2",
    size="Width and height in pixels, for example 768x512",
    engine="Which engine draws",
    count="How many pictures",
    private=PRIVATE,
)
"""For a command that draws pictures."""

describe_given = describe(
    image="The picture to change",
    job="Or a result of your own, by its job id",
    picture="Which picture of that result, where it has several",
    private=PRIVATE,
)
"""For a command that changes one picture."""
