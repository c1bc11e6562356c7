"""How far pictures are that are still being drawn, as Atelier's own server tells it.

It says so between the answers (`generation.headers.PROGRESS`). Nothing depends on it: what is not
as it should be is passed over, and the pictures themselves come as without it.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

from generation.headers import PROGRESS_MIME
from generation.image.pictures import MAX_PREVIEW_BYTES
from generation.wire import generation_pb2 as pb

MAX_TEXT = 200
"""The most characters of what says how far a picture is."""

MAX_STEPS = 100_000
MAX_PREVIEWS = 3
"""How many previews of a picture are looked at."""

MAX_WAITING = 16
"""How many previews wait for their check, of all calls of a client."""


@dataclass(frozen=True, slots=True)
class SampleProgress:
    """How far the picture of that index is, or what it looks like so far, as a small JPEG."""

    index: int
    step: int = 0
    steps: int = 0
    preview: bytes = field(default=b"", repr=False)


Watch = Callable[[SampleProgress], None]
"""Is told how far pictures are, with previews that were checked."""

PreviewCheck = Callable[[bytes], Awaitable[bytes]]
"""Runs `generation.image.pictures.check_preview` off the event loop."""


class ProgressRelay:
    """Tells the watch of one call what comes with its answers; previews are checked beside them.

    Of a picture that has come nothing more is told, and nothing at all once the call is over.
    """

    def __init__(self, watch: Watch, samples: int, checks: PreviewChecks) -> None:
        self._watch = watch
        self._samples = samples
        self._checks = checks
        self._drawn: set[int] = set()
        self._previews: Counter[int] = Counter()
        self._is_over = False

    def read(self, answer: pb.Answer) -> None:
        """Take what an answer says of pictures that are not there yet."""
        for artifact in answer.artifacts:
            if artifact.type == pb.ARTIFACT_TEXT and artifact.mime == PROGRESS_MIME:
                if (told := _read_steps(artifact.text)) and told.index < self._samples:
                    self._tell(told)
            elif artifact.type == pb.ARTIFACT_LATENT and self._is_looked_at(artifact):
                self._previews[artifact.index] += 1
                told = SampleProgress(artifact.index, preview=artifact.binary)
                self._checks.begin(told, self._tell)

    def note_drawn(self, index: int) -> None:
        """That picture has come."""
        self._drawn.add(index)

    def close(self) -> None:
        """The call is over."""
        self._is_over = True

    def _is_looked_at(self, artifact: pb.Artifact) -> bool:
        return (
            artifact.index < self._samples
            and artifact.index not in self._drawn
            and self._previews[artifact.index] < MAX_PREVIEWS
            and 0 < len(artifact.binary) <= MAX_PREVIEW_BYTES
        )

    def _tell(self, told: SampleProgress) -> None:
        if not self._is_over and told.index not in self._drawn:
            self._watch(told)


class PreviewChecks:
    """Checks the previews of all calls, one at a time, so that no picture waits for a worker."""

    def __init__(self, check: PreviewCheck) -> None:
        self._check = check
        self._turn = asyncio.Semaphore(1)
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, told: SampleProgress, tell: Watch) -> None:
        """Check a preview and tell it if it is one; where many wait it is dropped."""
        if len(self._tasks) < MAX_WAITING:
            task = asyncio.create_task(self._run(told, tell))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Drop those that wait."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _run(self, told: SampleProgress, tell: Watch) -> None:
        async with self._turn:
            try:
                preview = await self._check(told.preview)
            except Exception:
                # No picture, or one that a worker died of: the next one may be better.
                return
        tell(replace(told, preview=preview))


def _read_steps(text: str) -> SampleProgress | None:
    """What {"index": 0, "step": 5, "steps": 30} says; None where it is not of that form."""
    if len(text) > MAX_TEXT:
        return None
    try:
        said: Any = json.loads(text)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    values = [cast("dict[str, Any]", said).get(name) for name in ("index", "step", "steps")]
    if any(type(value) is not int for value in values):
        return None
    index, step, steps = cast("list[int]", values)
    is_sane = index >= 0 and 0 <= step <= steps and 0 < steps <= MAX_STEPS
    return SampleProgress(index, step, steps) if is_sane else None
