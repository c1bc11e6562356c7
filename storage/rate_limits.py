"""The rate that an account at an API allows, shared by all processes that use the account.

A leaky bucket (GCRA, the generic cell rate algorithm of the ATM Forum's Traffic Management 4.0):
the row's instant tells when all that was let through will have leaked out. Each request moves it
on by one interval, in one statement, and waits until it is no further away than the burst.
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, bindparam, case, cast, func, type_coerce, update

from storage.column_types import EPOCH
from storage.inserts import insert_once
from storage.tables import rates
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection

    from storage.database import Database

SHARE_AT_ONCE = 10
"""A tenth of what a period allows may come at once."""

MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in any period of that length, however they are spread."""

    requests: int
    period: timedelta

    @property
    def at_once(self) -> int:
        """How many may come at the same moment after a rest."""
        return max(1, self.requests // SHARE_AT_ONCE)

    @property
    def interval_ms(self) -> int:
        """Between two requests of a long row.

        What came at once counts in the same period as what follows, so the row has the rest.
        """
        rest = max(1, self.requests - self.at_once)
        return math.ceil(self.period / MILLISECOND / rest)


class TooManyWait(Exception):
    """The requests before this one take longer than it may wait."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"more than {wait.total_seconds():g} s to wait")
        self.wait = wait


class SharedRate:
    """One account's bucket; `name` tells it from those of other accounts."""

    def __init__(
        self,
        database: Database,
        name: str,
        rate: Rate,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._name = name
        self._rate = rate
        self._now = now
        self._sleep = sleep
        clock = _clock(is_sqlite=database.is_sqlite)
        its = rates.c.name == bindparam("account")
        due = type_coerce(rates.c.due_at, BigInteger)
        full_ms = bindparam("full_ms", type_=BigInteger)
        later = case((due > clock, due), else_=clock)
        self._take = (
            update(rates)
            .where(its, later - clock < bindparam("patience_ms", type_=BigInteger) + full_ms)
            .values(due_at=later + rate.interval_ms)
            .returning((type_coerce(rates.c.due_at, BigInteger) - clock - full_ms).label("wait_ms"))
        )
        until = clock + bindparam("pause_ms", type_=BigInteger) + full_ms - rate.interval_ms
        self._hold_off = (
            update(rates).where(its).values(due_at=case((due > until, due), else_=until))
        )

    async def wait(self, patience: timedelta) -> None:
        """Wait for a turn.

        Raises:
            TooManyWait: it would take longer than the patience; no turn was taken.
        """
        values = {**self._values(), "patience_ms": patience // MILLISECOND}
        wait_ms = await self._database.write(self._take_turn, values)
        if wait_ms is None:
            raise TooManyWait(patience)
        if wait_ms > 0:
            await self._sleep(wait_ms / 1000)

    async def hold_off(self, pause: timedelta) -> None:
        """Let nobody through for a while: the API said so."""
        values = {**self._values(), "pause_ms": pause // MILLISECOND}
        await self._database.write(self._note_pause, values)

    @repeatable
    def _take_turn(self, connection: Connection, values: dict[str, object]) -> int | None:
        """How long to wait for the turn that was taken, in milliseconds; None where none was."""
        wait_ms: int | None = connection.execute(self._take, values).scalar()
        if wait_ms is None:
            due_at = self._now() if self._database.is_sqlite else EPOCH
            insert_once(connection, rates, name=self._name, due_at=due_at)
            wait_ms = connection.execute(self._take, values).scalar()
        return wait_ms

    @repeatable
    def _note_pause(self, connection: Connection, values: dict[str, object]) -> None:
        connection.execute(self._hold_off, values)

    def _values(self) -> dict[str, object]:
        full_ms = self._rate.at_once * self._rate.interval_ms
        values: dict[str, object] = {"account": self._name, "full_ms": full_ms}
        if self._database.is_sqlite:
            values["now_ms"] = (self._now() - EPOCH) // MILLISECOND
        return values


def _clock(*, is_sqlite: bool) -> ColumnElement[int]:
    """The time in milliseconds since 1970, on PostgreSQL the one clock that all processes share."""
    if is_sqlite:
        return bindparam("now_ms", type_=BigInteger)
    return cast(func.extract("epoch", func.clock_timestamp()) * 1000, BigInteger)
