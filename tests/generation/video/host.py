"""An image-to-video API that remembers what it was asked for, unless a test says otherwise."""

from __future__ import annotations

import hashlib
import io
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import av
from PIL import Image

from generation.headers import JOURNAL, LAST_FRAME_HEADER, REQUEST_ID_HEADER
from tests.generation.video.scripted_rest import (
    ScriptedRest,
    Seen,
    gives_video,
    hangs_up,
    refuses,
    replies,
    replies_json,
)
from tests.playground.videos import frame

if TYPE_CHECKING:
    import asyncio

    from tests.generation.video.scripted_rest import Script

SIZE = (1024, 576)
FRAMES = 5
RATE = 5
RESULT, LAST_FRAME = "/result/", "/last-frame"


@dataclass(frozen=True, slots=True)
class Start:
    """One start that was taken: what it was sent, and the id that it was given."""

    result_id: str
    request_id: str
    image: bytes = field(repr=False)
    seed: int
    motion: int
    cfg: float
    number: int

    @property
    def work(self) -> tuple[str, int]:
        """What tells one generation from another: the picture and the seed."""
        return hashlib.sha256(self.image).hexdigest(), self.seed


class VideoHost:
    """Takes starts and hands films out after so many polls.

    `at_starts`, `at_polls` and `at_last_frames` are scripts for the next requests in place of its
    own answers. With a journal it knows a start that is sent again, as our own server does.
    """

    def __init__(
        self,
        *,
        polls_needed: int = 1,
        has_journal: bool = False,
        last_frame: bytes | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.polls_needed = polls_needed
        self.has_journal = has_journal
        self.last_frame = last_frame
        self.clock = clock
        self.starts: list[Start] = []
        self.polls: list[tuple[str, float]] = []
        self.polled: Counter[str] = Counter()
        self.at_starts: list[Script] = []
        self.at_polls: list[Script] = []
        self.at_last_frames: list[Script] = []
        self.withdrawn: list[str] = []
        self.withdrawing: Script = replies_json(200, {})
        self.rest = ScriptedRest(self._answer)

    async def takes(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        """Its own answer to a start."""
        start = self.take(seen)
        marks = {JOURNAL: "it"} if self.has_journal else {}
        await replies_json(200, {"id": start.result_id}, **marks)(seen, writer)

    async def takes_and_hangs_up(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        """A start that is begun, but whose answer is lost."""
        self.take(seen)
        await hangs_up(seen, writer)

    async def hands_out_last_frame(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        """Its own answer to who asks for a last frame."""
        await replies(200, self.last_frame or b"", content_type="image/png")(seen, writer)

    def take(self, seen: Seen) -> Start:
        """Begin what a start asks for, or find it again."""
        request_id = seen.headers.get(REQUEST_ID_HEADER, "")
        if self.has_journal:
            for known in self.starts:
                if known.request_id == request_id:
                    return known
        form, number = seen.form, len(self.starts)
        start = Start(
            result_id=hashlib.sha256(f"{id(self)} {number}".encode()).hexdigest(),
            request_id=request_id,
            image=form["image"],
            seed=int(form["seed"]),
            motion=int(form["motion_bucket_id"]),
            cfg=float(form["cfg_scale"]),
            number=number,
        )
        self.starts.append(start)
        return start

    def starting(self, seen: Seen) -> Script:
        """What answers a start that no script waits for."""
        return self.takes

    async def _answer(self, seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.method == "DELETE":
            self.withdrawn.append(seen.path.partition(RESULT)[2])
            script = self.withdrawing
        elif seen.method == "POST":
            script = self.at_starts.pop(0) if self.at_starts else self.starting(seen)
        elif seen.path.endswith(LAST_FRAME):
            script = self.hands_out_last_frame
            if self.at_last_frames:
                script = self.at_last_frames.pop(0)
        else:
            script = self._polled(seen.path.partition(RESULT)[2])
        await script(seen, writer)

    def _polled(self, result_id: str) -> Script:
        self.polls.append((result_id, self.clock()))
        self.polled[result_id] += 1
        if self.at_polls:
            return self.at_polls.pop(0)
        start = next((one for one in self.starts if one.result_id == result_id), None)
        if start is None:
            return refuses(404, "not_found", "no such id")
        return self.polling(start)

    def polling(self, start: Start) -> Script:
        """What answers a poll of a film that was started."""
        if self.polled[start.result_id] < self.polls_needed:
            return replies_json(202, {"id": start.result_id, "status": "in-progress"})
        marks = {LAST_FRAME_HEADER: "yes"} if self.last_frame else {}
        return gives_video(clip(start.number), seed=str(start.seed), **marks)

    def gaps_s(self) -> list[float]:
        """The seconds between one poll of an id and its next."""
        found: list[float] = []
        last: dict[str, float] = {}
        for result_id, instant in self.polls:
            if result_id in last:
                found.append(instant - last[result_id])
            last[result_id] = instant
        return found


@cache
def clip(number: int = 0, size: tuple[int, int] = SIZE, frames: int = FRAMES) -> bytes:
    """A small film, another one for each number."""
    with tempfile.NamedTemporaryFile(suffix=".mp4") as file:
        with av.open(file.name, "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            for count in range(frames):
                picture = frame(20 * number + 3 * count, size)
                container.mux(stream.encode(av.VideoFrame.from_image(picture)))
            container.mux(stream.encode())
        return Path(file.name).read_bytes()


@cache
def picture(number: int = 0, size: tuple[int, int] = SIZE) -> bytes:
    """A PNG, another one for each number."""
    buffer = io.BytesIO()
    shown = Image.new("RGB", size, (number % 256, number // 256 % 256, 40))
    shown.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
