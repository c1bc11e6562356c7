"""A PostgreSQL database of a campaign's own, dropped at its end."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy.engine import make_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


@asynccontextmanager
async def fresh_database(server: str) -> AsyncGenerator[str]:
    """The address of a new database on that server."""
    name = f"atelier_chaos_{secrets.token_hex(6)}"
    admin = await asyncpg.connect(server)
    await admin.execute(f'create database "{name}"')
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        await admin.execute(f'drop database "{name}" with (force)')
        await admin.close()
