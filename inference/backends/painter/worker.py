"""A painter in a process of its own: `python -m inference.backends.painter.worker`.

Orders come in on standard input; pictures and films go out on standard output. When the input ends,
the parent has gone or wants no more: the work at hand is left and the process ends.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from inference.backends.cancellation import Stopped
from inference.backends.painter.messages import (
    Cancel,
    DrawPicture,
    Reply,
    UpscalePicture,
    send_reply,
)
from inference.backends.painter.painter import Painter
from inference.backends.painter.upscale import upscale

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.backends.painter.messages import Message
    from inference.video.order import Video

NICENESS = 2
"""Painters give way to whoever has to answer people."""


class Worker:
    """Reads on one thread, so that a stop is heard while the other one paints."""

    def __init__(self, orders: Connection, replies: Connection) -> None:
        self._orders = orders
        self._replies = replies
        self._queue: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._stopped = 0
        self._ended = False
        self._painter = Painter()

    def run(self) -> None:
        """Paint until the orders end."""
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        self._painter.warm_up()
        while (order := self._queue.get()) is not None:
            send_reply(self._replies, self._fulfil(order))

    def _listen(self) -> None:
        try:
            while True:
                message: Message | Cancel = self._orders.recv()
                if isinstance(message, Cancel):
                    self._stopped = message.number
                else:
                    self._queue.put(message)
        except (EOFError, OSError):
            self._ended = True
            self._queue.put(None)

    def _fulfil(self, order: Message) -> Reply:
        def is_stopped() -> bool:
            return self._ended or self._stopped == order.number

        try:
            return Reply(self._make(order, is_stopped))
        except Stopped:
            return Reply()
        except Exception as error:
            return Reply(problem=type(error).__name__)

    def _make(self, order: Message, is_stopped: Callable[[], bool]) -> bytes | Video:
        if isinstance(order, DrawPicture):
            return self._painter.draw(order.request, order.seed, is_stopped)
        if isinstance(order, UpscalePicture):
            return upscale(order.order, is_stopped)
        # Imported here: a painter of pictures alone does not carry an encoder of films.
        from inference.backends.painter.video import shoot

        return shoot(order.order, is_stopped)


def main() -> None:
    """Work for the parent that holds the other ends of standard input and output."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    orders = Connection(os.dup(0), writable=False)
    replies = Connection(os.dup(1), readable=False)
    # Whatever a library prints must not get between the replies.
    os.dup2(2, 1)
    try:
        Worker(orders, replies).run()
    except BrokenPipeError:
        sys.exit(1)


if __name__ == "__main__":
    main()
