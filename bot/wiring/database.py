"""The database that the settings name, alone: the operator's commands need no more."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.errors import CannotStart
from bot.state import make_folder
from storage.database import Database, DatabaseError, sqlite_url

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from bot.settings import Settings

log = logging.getLogger(__name__)


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncGenerator[Database]:
    """The database, brought up to date.

    Raises:
        CannotStart: it cannot be opened.
    """
    if settings.atelier_database_url:
        url = settings.atelier_database_url
    else:
        make_folder(settings.atelier_state)
        url = sqlite_url(settings.database_path.resolve())
    try:
        database = await Database.open(url)
    except DatabaseError as error:
        raise CannotStart(f"{error}.") from error
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def operators_database(settings: Settings) -> AsyncGenerator[Database]:
    """The same for a command of the operator's: it says so where there was no database yet.

    Raises:
        CannotStart: it cannot be opened.
    """
    if not (settings.atelier_database_url or settings.database_path.exists()):
        log.warning(
            "there was no database in %s, so a new one is made there; ATELIER_STATE says which"
            " folder the bot uses",
            settings.atelier_state.absolute(),
        )
    async with opened_database(settings) as database:
        yield database
