"""Units of work: each runs as a whole in one thread, in one transaction, with one connection.

Whoever waits for a unit may stop waiting at any time. One that has not begun is dropped then; one
that has begun is finished, unless its caller's patience is over, which undoes it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from contextvars import copy_context
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from storage.errors import DatabaseUnavailable, OutcomeUnknown, first_line, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from sqlalchemy import Connection, Engine

T = TypeVar("T")
UnitT = TypeVar("UnitT", bound="Callable[..., Any]")

log = logging.getLogger(__name__)

SLOW_S = 1.0
"""A unit that takes longer is named in the log."""

COMMIT_WITHIN_S = 10.0
"""How long a caller waits besides for a commit that is under way: its outcome matters."""

HASTY_COMMIT_WITHIN_S = 0.7
"""The same where a member waits: told that it is not known is more than no answer at all."""


REPEATABLE = "is_repeatable"


class _Phase(Enum):
    WAITING = auto()
    RUNNING = auto()
    COMMITTING = auto()
    DROPPED = auto()


class _Dropped(Exception):
    """Nobody waits for the unit any more; nothing of it is written."""


class Attempt(Generic[T]):
    """One run of a unit, of which its caller and its thread decide together what becomes."""

    def __init__(self, unit: Callable[[Connection], T], name: str) -> None:
        self.unit = unit
        self.name = name
        self._phase = _Phase.WAITING
        self._lock = threading.Lock()

    def check(self) -> None:
        """Look whether anybody still waits for it.

        Raises:
            _Dropped
        """
        self._go_on(self._phase)

    def start(self) -> None:
        """Begin, in the unit's thread.

        Raises:
            _Dropped
        """
        self._go_on(_Phase.RUNNING)

    def commit(self) -> None:
        """From here on it counts as written.

        Raises:
            _Dropped
        """
        self._go_on(_Phase.COMMITTING)

    def drop(self) -> bool:
        """Do not begin it any more; whether that is so."""
        return self._drop(_Phase.WAITING)

    def undo(self) -> bool:
        """Do not begin it, and do not commit it; whether that is so."""
        return self._drop(_Phase.WAITING, _Phase.RUNNING)

    def _go_on(self, phase: _Phase) -> None:
        with self._lock:
            if self._phase is _Phase.DROPPED:
                raise _Dropped
            self._phase = phase

    def _drop(self, *phases: _Phase) -> bool:
        with self._lock:
            if self._phase in phases:
                self._phase = _Phase.DROPPED
            return self._phase is _Phase.DROPPED


@dataclass(frozen=True, slots=True)
class Lane:
    """Threads that run units on connections of one engine.

    Units may write if it `writes`; one that takes longer than `slow_s` is named in the log.
    """

    engine: Engine
    threads: ThreadPoolExecutor
    slow_s: float
    writes: bool

    async def run(self, attempt: Attempt[T], patience_s: float, *, is_hasty: bool = False) -> T:
        """What the unit gives, once it is committed.

        Raises:
            DatabaseUnavailable: the database or the unit's turn did not come within the patience,
                or the connection was lost; nothing is written.
            OutcomeUnknown: the connection was lost in the commit.
        """
        # With the caller's context variables, as `asyncio.to_thread` does.
        context = copy_context()
        commit_within_s = HASTY_COMMIT_WITHIN_S if is_hasty else COMMIT_WITHIN_S
        running = asyncio.get_running_loop().run_in_executor(
            self.threads, lambda: context.run(self._run, attempt)
        )
        try:
            await asyncio.wait({running}, timeout=patience_s)
            if not running.done():
                if attempt.undo():
                    raise DatabaseUnavailable("it did not answer in time")
                await asyncio.wait({running}, timeout=commit_within_s)
            if not running.done():
                raise OutcomeUnknown("a commit was not answered in time")
        except BaseException:
            attempt.drop()
            running.add_done_callback(_forget)
            raise
        return running.result()

    def _run(self, attempt: Attempt[T]) -> T:
        attempt.check()
        began = time.monotonic()
        try:
            return self._run_in_transaction(attempt) if self.writes else self._run_alone(attempt)
        except SQLAlchemyError as error:
            if kind := unavailable(error):
                raise kind(first_line(error)) from error
            raise
        finally:
            took_s = time.monotonic() - began
            if took_s > self.slow_s:
                log.warning("%s took %.1f s at the database", attempt.name, took_s)

    def _run_alone(self, attempt: Attempt[T]) -> T:
        with self.engine.connect() as connection:
            attempt.start()
            return attempt.unit(connection)

    def _run_in_transaction(self, attempt: Attempt[T]) -> T:
        with self.engine.connect() as connection:
            transaction = connection.begin()
            try:
                attempt.start()
                result = attempt.unit(connection)
                attempt.commit()
            except BaseException:
                transaction.rollback()
                raise
            try:
                transaction.commit()
            except SQLAlchemyError as error:
                # A file is on this machine: what failed there is undone.
                if self.engine.dialect.name != "sqlite" and unavailable(error):
                    raise OutcomeUnknown(first_line(error)) from error
                raise
            return result


def repeatable(unit: UnitT) -> UnitT:
    """Mark a unit that may be done twice: where its commit was lost, it is done again."""
    setattr(unit, REPEATABLE, True)
    return unit


def is_repeatable(unit: Callable[..., Any]) -> bool:
    """Whether the unit may be done twice."""
    return getattr(unit, REPEATABLE, False)


def name_of(unit: Callable[..., Any]) -> str:
    """How a unit is called in the log."""
    return getattr(unit, "__qualname__", type(unit).__name__)


def _forget(running: asyncio.Future[Any]) -> None:
    """Take in what became of a unit that nobody waits for, so that it is not reported as lost."""
    error = None if running.cancelled() else running.exception()
    if error is not None and not isinstance(error, _Dropped | DatabaseUnavailable):
        log.warning("a unit that nobody waits for failed: %s", type(error).__name__)
