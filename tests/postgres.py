"""PostgreSQL for tests: a fresh database on the server that ATELIER_TEST_POSTGRES names."""

from __future__ import annotations

import os
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from psycopg import AsyncConnection
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

POSTGRES = os.environ.get("ATELIER_TEST_POSTGRES", "")

needs_postgres = pytest.mark.skipif(
    not POSTGRES, reason="PostgreSQL: ATELIER_TEST_POSTGRES names no server"
)


@asynccontextmanager
async def fresh_postgres() -> AsyncGenerator[str]:
    """The address of an empty database that is dropped at the end."""
    name = f"atelier_{secrets.token_hex(6)}"
    admin = await AsyncConnection[Any].connect(POSTGRES, autocommit=True)
    await admin.execute(f'create database "{name}"'.encode())
    try:
        yield make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)
    finally:
        await admin.execute(f'drop database "{name}" with (force)'.encode())
        await admin.close()
