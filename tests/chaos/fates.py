"""The engine of a campaign: it does with each order what its words say, and counts."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import grpc

from generation.wire import generation_pb2 as pb
from tests.chaos.plan import Fate
from tests.generation.image.scripted import answer
from tests.journeys.backend import Backend, drawn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SLOWEST_PICTURE_S = 0.8
BUSY_TIMES = 2


class Fates:
    """Plays the fates on a scripted backend; `generations` counts finished ones by their words."""

    def __init__(self, backend: Backend, seed: int) -> None:
        self.calls: Counter[str] = Counter()
        self.generations: Counter[str] = Counter()
        self._chance = random.Random(seed)
        backend.play(self._script)

    async def _script(self, request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        words = "".join(prompt.text for prompt in request.prompt)
        fate = words.split(" ", 1)[0]
        self.calls[words] += 1
        await asyncio.sleep(self._chance.uniform(0, SLOWEST_PICTURE_S))
        if fate == Fate.BUSY and self.calls[words] <= BUSY_TIMES:
            await context.abort(grpc.StatusCode.UNAVAILABLE, "come back later")
        self.generations[words] += 1
        if fate == Fate.FILTERED:
            yield answer(pb.Artifact(type=pb.ARTIFACT_TEXT, finish_reason=pb.FILTER, text="no"))
        else:
            yield drawn(0)
