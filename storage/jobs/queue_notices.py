"""PostgreSQL's own notices that a job was accepted: every process hears of it at once.

A notice is sent with the transaction that accepts the job. It may get lost with a connection, so
that whoever hears them also looks from time to time.
"""

from __future__ import annotations

import logging
import select
import socket
import threading
from typing import TYPE_CHECKING

from sqlalchemy import func

if TYPE_CHECKING:
    from collections.abc import Callable

    from psycopg import Connection as DriverConnection
    from sqlalchemy import Connection, Engine

log = logging.getLogger(__name__)

CHANNEL = "atelier_queues"
TRY_AGAIN_AFTER_S = 1.0
JOIN_LIMIT_S = 5
"""A server out of reach holds up the connecting for longer."""


def notify(connection: Connection, queue: str) -> None:
    """Tell all processes, once this transaction is written, that a job waits in a queue."""
    if connection.dialect.name == "postgresql":
        connection.execute(func.pg_notify(CHANNEL, queue).select())


class QueueNotices:
    """Listens in a thread of its own, over a connection of its own, and tells `hear` the queues.

    `hear` is called in that thread, and with whatever anybody sends to the channel.
    """

    def __init__(self, engine: Engine, hear: Callable[[str], None]) -> None:
        self._engine = engine
        self._hear = hear
        self._stop = threading.Event()
        self._stopped, self._stopper = socket.socketpair()
        self._hears = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="queue notices", daemon=True)

    @property
    def is_listening(self) -> bool:
        """Whether what is sent now will be heard."""
        return self._hears.is_set()

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; blocks for a moment."""
        self._stop.set()
        self._stopper.close()
        self._thread.join(JOIN_LIMIT_S)
        self._stopped.close()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                self._hear_all()
            except Exception as error:
                self._hears.clear()
                log.warning("notices of jobs are not heard: %s", type(error).__name__)
                self._stop.wait(TRY_AGAIN_AFTER_S)

    def _hear_all(self) -> None:
        pooled = self._engine.raw_connection()
        driver: DriverConnection = pooled.driver_connection  # pyright: ignore[reportAssignmentType]
        pooled.detach()
        try:
            driver.autocommit = True
            driver.execute(f"LISTEN {CHANNEL}")
            self._hears.set()
            while not self._stop.is_set():
                for notice in driver.notifies(timeout=0):
                    self._hear(notice.payload)
                # The driver's own wait wakes ten times a second.
                select.select((driver, self._stopped), (), ())
        finally:
            self._hears.clear()
            driver.close()
