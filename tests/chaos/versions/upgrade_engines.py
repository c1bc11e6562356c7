"""The engines of an upgrade: they hold work back until they are told to go on, and count."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.generation.image.scripted import answer, image, png
from tests.generation.video.host import SIZE, VideoHost
from tests.generation.video.scripted_rest import gives_video, replies_json
from tests.playground.videos import video

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from generation.wire import generation_pb2 as pb
    from tests.generation.video.host import Start
    from tests.generation.video.scripted_rest import Script, Seen
    from tests.journeys.backend import Backend

FRAMES, RATE = 25, 12
HELD, CAUGHT = "held", "caught"
"""Words of prompts: of what is held back, and of what is drawn, but not shown in time."""

HELD_SEEDS, LOST_SEEDS = range(100, 200), range(200, 300)


class Pictures:
    """Draws at once, except for prompts that hold one of the words it holds back."""

    def __init__(self, backend: Backend) -> None:
        self._released: dict[str, asyncio.Event] = {}
        backend.play(self._draw)

    def hold_back(self, word: str) -> None:
        """Draw nothing for prompts with that word."""
        self._released[word] = asyncio.Event()

    def release(self, word: str) -> None:
        """Go on with it."""
        self._released[word].set()

    async def _draw(self, request: pb.Request, context: Any) -> AsyncIterator[pb.Answer]:
        words = "".join(prompt.text for prompt in request.prompt)
        for word, released in self._released.items():
            if word in words:
                await released.wait()
        size = (request.image.width, request.image.height)
        for index in range(request.image.samples or 1):
            yield answer(image(index, seed=7 + index, data=png(index, size)))


class Videos(VideoHost):
    """Makes films at once; some it holds back, and of some the first answer is lost."""

    def __init__(self) -> None:
        super().__init__()
        self.is_held = True
        self._lost: set[int] = set()

    def starting(self, seen: Seen) -> Script:
        seed = int(seen.form["seed"])
        if seed in LOST_SEEDS and seed not in self._lost:
            self._lost.add(seed)
            return self.takes_and_hangs_up
        return self.takes

    def polling(self, start: Start) -> Script:
        if self.is_held and start.seed in HELD_SEEDS:
            return replies_json(202, {"id": start.result_id, "status": "in-progress"})
        return gives_video(video(SIZE, FRAMES, RATE), seed=str(start.seed))

    def seeds_polled(self) -> set[int]:
        """The seeds of the films that somebody has asked after."""
        return {one.seed for one in self.starts if self.polled[one.result_id]}

    def started_twice(self) -> list[str]:
        """Works that were begun more than once although no answer of theirs was lost."""
        begun = Counter(one.work for one in self.starts if one.seed not in LOST_SEEDS)
        return [f"seed {seed}" for (_, seed), count in begun.items() if count > 1]
