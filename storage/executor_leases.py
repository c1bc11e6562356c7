"""Leases of the processes that execute jobs on a PostgreSQL database, and of what they share.

A lease is an advisory lock of a connection of its own, held for as long as the process lives: the
server frees it when the connection ends, whatever ends it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sqlalchemy.ext.asyncio import AsyncConnection

    from storage.database import Database

FAMILY = "atelier"
"""What keeps our advisory locks apart from others' in the same database."""

KEEPALIVES = {"tcp_keepalives_idle": 5, "tcp_keepalives_interval": 2, "tcp_keepalives_count": 3}
"""In seconds: a machine that lost its power keeps its lease for no longer than these say."""

LOOK_WITHIN_S = 5
LOST = (DBAPIError, OSError, TimeoutError)
"""What a connection that is gone ends with."""


_KEY = (func.hashtext(FAMILY), func.hashtext(bindparam("lock")))
_TRY = select(func.pg_try_advisory_lock(*_KEY))
_UNLOCK = select(func.pg_advisory_unlock(*_KEY))


class LeaseTaken(Exception):
    """The connection was lost for a while, and another process has the lease now."""


class ExecutorLeases:
    """Takes leases and tells which are free; `name` is this process's own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection | None = None
        self._using = asyncio.Lock()
        self.name = ""

    async def take(self) -> str:
        """Take the first lease that is free, and return its name."""
        async with self._using:
            connection = await self._connect()
            number = 1
            while not await _try(connection, f"executor-{number}"):
                number += 1
            self.name = f"executor-{number}"
        return self.name

    async def keep(self) -> None:
        """Look whether the lease is still ours, and take it again if the connection was lost.

        Raises:
            LeaseTaken: another process has it.
            DBAPIError, OSError, TimeoutError: the database does not answer.
        """
        async with self._using:
            if self._connection is not None:
                try:
                    async with asyncio.timeout(LOOK_WITHIN_S):
                        await self._connection.execute(select(1))
                    return
                except LOST:
                    await self._disconnect()
            async with asyncio.timeout(LOOK_WITHIN_S):
                connection = await self._connect()
                if not await _try(connection, self.name):
                    await self._disconnect()
                    raise LeaseTaken(self.name)

    @asynccontextmanager
    async def empty(self, name: str) -> AsyncGenerator[bool]:
        """Whether nobody holds that lease; while the block lasts, nobody else takes it then."""
        async with self._using:
            connection = self._connection
            is_empty = name != self.name and connection is not None and await _try(connection, name)
            try:
                yield is_empty
            finally:
                if is_empty and connection is not None:
                    await connection.execute(_UNLOCK, {"lock": name})

    async def claim(self, name: str) -> bool:
        """Take something else that only one process may have; whether it was free."""
        async with self._using:
            return self._connection is not None and await _try(self._connection, name)

    async def release(self, name: str) -> None:
        """Give back what was claimed; what a lost connection held is free already."""
        async with self._using:
            if self._connection is not None:
                with suppress(*LOST):
                    await self._connection.execute(_UNLOCK, {"lock": name})

    async def leave(self) -> None:
        """Give the lease back."""
        async with self._using:
            await self._disconnect()

    async def _connect(self) -> AsyncConnection:
        if self._connection is None:
            connection = await self._database.connect_apart()
            self._connection = connection
            for name, value in KEEPALIVES.items():
                await connection.execute(text(f"set {name} = {value}"))
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                async with asyncio.timeout(LOOK_WITHIN_S):
                    await connection.close()
            except LOST:
                await connection.invalidate()


async def _try(connection: AsyncConnection, name: str) -> bool:
    found = await connection.execute(_TRY, {"lock": name})
    return bool(found.scalar_one())
