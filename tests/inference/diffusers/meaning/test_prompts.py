"""Pictures show what the prompts ask for, and weights decide how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.inference.diffusers.meaning.requests import LOOKS, request, seeds
from tests.inference.trained.judge import judge, share

if TYPE_CHECKING:
    from generation.request import ImageRequest
    from tests.inference.diffusers.meaning.requests import Draw
    from tests.inference.trained.judge import Verdict

pytestmark = [pytest.mark.asyncio(loop_scope="package"), pytest.mark.timeout(300)]

COUNT = 24


async def verdicts(draw: Draw, requests: list[ImageRequest]) -> list[Verdict]:
    return [judge(picture) for picture in await draw(requests)]


async def test_colour_and_shape_arrive(draw: Draw):
    requests = [
        request(f"a {colour} {shape}", seed=seed) for seed, (colour, shape) in enumerate(LOOKS, 1)
    ]
    found = await verdicts(draw, requests)
    pairs = list(zip(found, LOOKS, strict=True))
    assert sum(verdict.colour == colour for verdict, (colour, _) in pairs) / len(pairs) >= 0.9
    assert sum(verdict.shape == shape for verdict, (_, shape) in pairs) / len(pairs) >= 0.9


async def test_a_negative_prompt_pushes_out_what_it_names(draw: Draw):
    plain = await verdicts(draw, seeds(COUNT, "a red shape"))
    pushed = await verdicts(draw, seeds(COUNT, "a red shape", ("a square", -1.0)))
    assert share(plain, shape="square") >= 0.4
    assert share(pushed, shape="square") <= 0.15
    assert share(pushed, colour="red") >= 0.9


async def test_weights_move_the_share_between_two_prompts(draw: Draw):
    shares = [
        share(
            await verdicts(draw, seeds(COUNT, ("a red circle", 1.0), ("a green circle", weight))),
            colour="green",
        )
        for weight in (0.2, 1.0, 5.0)
    ]
    low, equal, high = shares
    assert low <= 0.1
    assert 0.15 <= equal <= 0.85
    assert high >= 0.9
