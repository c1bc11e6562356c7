"""The painter as a backend: as many processes as pictures are drawn at once.

Processes rather than threads: a painter takes and gives the interpreter's lock so often that two in
one process are slower than one alone, and the event loop would wait behind them.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, NoReturn

from generation.request import ImageRequest, TextPrompt
from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.painter.messages import (
    Cancel,
    DrawPicture,
    MakeVideo,
    Reply,
    UpscalePicture,
    receive_reply,
)
from inference.options import TOKEN_VARIABLE
from inference.video.order import Video

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from inference.backends.painter.messages import Message
    from inference.depth.order import DepthOrder
    from inference.upscaling.order import UpscaleOrder
    from inference.video.order import VideoOrder

logger = logging.getLogger(__name__)

_WORKER = "inference.backends.painter.worker"
"""Named, not imported: this process has no use for numpy."""
_PATIENCE_S = 0.01
"""How often a caller is asked whether the picture is still wanted."""
_END_S = 2.0


class PaintingFailed(Exception):
    """The painter could not make the picture; the text is the kind of its error."""


class PainterPool:
    """Painters without a model; any number of threads may use it at once."""

    description = "a painter without a model"
    capacity = 0
    loaded = ()

    def __init__(self) -> None:
        """Nothing is started before the first picture."""
        self._lock = threading.Lock()
        self._idle: list[_WorkerProcess] = []
        self._all: set[_WorkerProcess] = set()
        self._is_closed = False

    def draw(self, request: ImageRequest, seed: int, context: DrawContext) -> bytes:
        """One picture of the request with that seed, as PNG; takes a while.

        Raises:
            Stopped: the context said so while it was painted.
            PaintingFailed: the painter failed or was ended from outside.
        """
        return self._picture(lambda number: DrawPicture(number, request, seed), context)

    def upscale(self, order: UpscaleOrder, context: DrawContext) -> bytes:
        """See `Backend`.

        Raises:
            Stopped: the context said so while it was made.
            PaintingFailed: the painter failed or was ended from outside.
        """
        return self._picture(lambda number: UpscalePicture(number, order), context)

    def check_film(self, order: VideoOrder) -> None:
        """See `Backend`: whatever the painter takes of a film it can make."""

    def shoot(self, order: VideoOrder, context: DrawContext) -> Video:
        """The film of the order; takes a while.

        Raises:
            Stopped: the context said so while it was made.
            PaintingFailed: the painter failed or was ended from outside.
        """
        made = self._make(lambda number: MakeVideo(number, order), context.is_stopped)
        if not isinstance(made, Video):
            raise PaintingFailed("the painter made no film")
        return made

    def estimate_depth(self, order: DepthOrder, context: DrawContext) -> NoReturn:
        """It estimates no depth, and no engine for that names it."""
        raise PaintingFailed(f"{order.engine_id} paints and estimates no depth")

    def _picture(self, order: Callable[[int], Message], context: DrawContext) -> bytes:
        made = self._make(order, context.is_stopped)
        if not isinstance(made, bytes):
            raise PaintingFailed("the painter made no picture")
        return made

    def _make(
        self, order: Callable[[int], Message], is_stopped: Callable[[], bool]
    ) -> bytes | Video:
        worker = self._take()
        try:
            reply = worker.make(order, is_stopped)
        except (EOFError, OSError) as error:
            self._clear(worker)
            raise PaintingFailed("the painter's process ended") from error
        self._give_back(worker)
        if reply.problem:
            raise PaintingFailed(reply.problem)
        if reply.made is None:
            raise Stopped
        return reply.made

    def memory(self) -> Mapping[str, int]:
        """None of a device."""
        return {}

    def problem(self, engine_id: str) -> str:
        """None but its end."""
        return f"{engine_id} is being stopped" if self._is_closed else ""

    def warm_up(self) -> None:
        """Start a first painter, so that the first picture need not wait for it; takes a while."""
        request = ImageRequest("", (TextPrompt("sea"),), 64, 64, seed=1, steps=1, cfg_scale=7.0)
        try:
            self.draw(request, 1, DrawContext(lambda: False))
        except Stopped:
            return
        except PaintingFailed as error:
            if not self._is_closed:
                logger.warning("The first painter did not start: %s.", error)

    def close(self) -> None:
        """End all painters, also those that are painting."""
        with self._lock:
            self._is_closed = True
            workers, idle = list(self._all), list(self._idle)
        for worker in workers:
            worker.hang_up()
        for worker in workers:
            worker.end()
        # The pipe of a painter in use is closed by the thread that reads from it.
        for worker in idle:
            self._clear(worker)

    def _take(self) -> _WorkerProcess:
        with self._lock:
            if self._is_closed:
                raise Stopped
            if self._idle:
                return self._idle.pop()
            worker = _WorkerProcess()
            self._all.add(worker)
            return worker

    def _give_back(self, worker: _WorkerProcess) -> None:
        with self._lock:
            if not self._is_closed:
                self._idle.append(worker)
                return
        self._clear(worker)

    def _clear(self, worker: _WorkerProcess) -> None:
        with self._lock:
            self._all.discard(worker)
            if worker in self._idle:
                self._idle.remove(worker)
        worker.close()


def _environment() -> dict[str, str]:
    """Ours without the token, which is nothing for a process that decodes members' pictures."""
    kept = {name: value for name, value in os.environ.items() if name != TOKEN_VARIABLE}
    # The child finds our packages wherever the parent found them.
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


class _WorkerProcess:
    """A worker process and the pipes to it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-m", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=_environment(),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._orders = Connection(os.dup(self._process.stdin.fileno()), readable=False)
        self._replies = Connection(os.dup(self._process.stdout.fileno()), writable=False)
        self._process.stdin.close()
        self._process.stdout.close()
        self._number = 0
        # A pipe is never closed in the middle of a write: its number may be another file's by then.
        self._sending = threading.Lock()

    def make(self, order: Callable[[int], Message], is_stopped: Callable[[], bool]) -> Reply:
        """What the painter says to the order; a stop is passed on and answered as well.

        Raises:
            EOFError: the painter ended.
            OSError: the painter ended, or there are no more orders to it.
        """
        self._number += 1
        self._send(order(self._number))
        has_stopped = False
        while not self._replies.poll(_PATIENCE_S):
            if not has_stopped and is_stopped():
                self._send(Cancel(self._number))
                has_stopped = True
        return receive_reply(self._replies)

    def hang_up(self) -> None:
        """Let the painter know that there are no more orders, nor use for the present one."""
        if not self._sending.acquire(timeout=_END_S):
            self._process.kill()  # It does not read what is sent to it.
            return
        try:
            self._orders.close()
        finally:
            self._sending.release()

    def end(self) -> None:
        """Wait for the process that was hung up, or kill it."""
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def close(self) -> None:
        """Make sure that the process has ended; nobody may read from it any more."""
        self.hang_up()
        self.end()
        self._replies.close()

    def _send(self, message: Message | Cancel) -> None:
        with self._sending:
            self._orders.send(message)
