"""Leases of the processes that execute jobs on a PostgreSQL database, and of what they share.

A lease is an advisory lock of a connection of its own, held for as long as the process lives: the
server frees it when the connection ends, whatever ends it.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import AsyncConnection
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from storage.database import Database

FAMILY = "atelier"
"""What keeps our advisory locks apart from others' in the same database."""

KEEPALIVES = {"tcp_keepalives_idle": 5, "tcp_keepalives_interval": 2, "tcp_keepalives_count": 3}
"""In seconds: a machine that lost its power keeps its lease for no longer than these say."""

SILENT_WITHIN_S = 60
"""A process that says nothing for longer, as one that is stopped does, loses its lease: its machine
still answers for it. Where the server is older than 14 it keeps the lease."""

LOOK_WITHIN_S = 5
LOST = (DBAPIError, psycopg.Error, OSError, TimeoutError)
"""What a connection that is gone ends with."""

_TRY = "select pg_try_advisory_lock(hashtext(%s), hashtext(%s))"
_UNLOCK = "select pg_advisory_unlock(hashtext(%s), hashtext(%s))"
_LIMIT_SILENCE = (
    "select set_config(name, %s, false) from pg_settings where name = 'idle_session_timeout'"
)


class LeaseTaken(Exception):
    """The connection was lost for a while, and another process has the lease now."""


class ExecutorLeases:
    """Takes leases and tells which are free; `name` is this process's own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: AsyncConnection[Any] | None = None
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
            psycopg.Error, OSError, TimeoutError: the database does not answer.
        """
        async with self._using:
            if self._connection is not None:
                try:
                    async with asyncio.timeout(LOOK_WITHIN_S):
                        await self._connection.execute("select 1")
                    return
                except LOST:
                    await self._disconnect()
            try:
                async with asyncio.timeout(LOOK_WITHIN_S):
                    is_ours = await _try(await self._connect(), self.name)
            except BaseException:
                # A connection without the lease must not be taken for one that has it.
                await self._disconnect()
                raise
            if not is_ours:
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
                    await connection.execute(_UNLOCK, (FAMILY, name))

    async def claim(self, name: str) -> bool:
        """Take something else that only one process may have; whether it was free.

        While the connection is lost nothing is.
        """
        async with self._using:
            if self._connection is None:
                return False
            try:
                return await _try(self._connection, name)
            except LOST:
                # `keep` connects again.
                return False

    async def release(self, name: str) -> None:
        """Give back what was claimed; what a lost connection held is free already."""
        async with self._using:
            if self._connection is not None:
                with suppress(*LOST):
                    await self._connection.execute(_UNLOCK, (FAMILY, name))

    async def leave(self) -> None:
        """Give the lease back."""
        async with self._using:
            await self._disconnect()

    async def _connect(self) -> AsyncConnection[Any]:
        if self._connection is None:
            connection = await AsyncConnection[Any].connect(
                **self._database.connect_arguments, autocommit=True
            )
            self._connection = connection
            for name, value in KEEPALIVES.items():
                await connection.execute(f"set {name} = {value}".encode())
            await connection.execute(_LIMIT_SILENCE, (f"{SILENT_WITHIN_S * 1000:.0f}",))
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


async def _try(connection: AsyncConnection[Any], name: str) -> bool:
    found = await (await connection.execute(_TRY, (FAMILY, name))).fetchone()
    return bool(found and found[0])
