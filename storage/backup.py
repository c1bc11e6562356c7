"""A copy of the SQLite file at one moment, while others write to it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import URL, NullPool, create_engine

from storage import migrations
from storage.ledger import proof

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 30


class BackupError(Exception):
    """There is no copy; the text is one sentence for the operator."""


async def back_up(database: Path, target: Path) -> int:
    """Copy the database's file to a new one that opens by itself; its size in bytes.

    `problems` tells whether its books are right.

    Raises:
        BackupError: the target is there already or cannot be written, or the database is damaged.
    """
    return await asyncio.to_thread(_back_up, database, target)


async def problems(copy: Path) -> list[str]:
    """What is wrong with the books of a copy, one sentence each.

    One that an older Atelier left is not looked at: its first start brings it up to date.
    """
    return await asyncio.to_thread(_problems, copy)


def _problems(copy: Path) -> list[str]:
    engine = create_engine(URL.create("sqlite", database=str(copy)), poolclass=NullPool)
    with engine.connect() as connection:
        return proof.problems(connection) if migrations.is_newest(connection) else []


def _back_up(database: Path, target: Path) -> int:
    if not database.is_file():
        raise BackupError(f"There is no database at {database} yet")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        # Nobody but its owner may read it: it holds prompts.
        for file in (target, unfinished):
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise BackupError(f"{error.filename} is there already") from error
    except OSError as error:
        raise BackupError(f"{target} cannot be written: {error.strerror}") from error
    try:
        _copy(database, unfinished)
        unfinished.replace(target)
    except BaseException as error:
        for file in (target, unfinished):
            file.unlink(missing_ok=True)
        if isinstance(error, OSError | sqlite3.Error):
            raise BackupError(f"{database} could not be copied to {target}: {error}") from error
        raise
    return target.stat().st_size


def _copy(database: Path, copy: Path) -> None:
    with (
        closing(sqlite3.connect(database, timeout=PATIENCE_S)) as source,
        closing(sqlite3.connect(copy)) as written,
    ):
        source.backup(written)
        # One file, without a log beside it.
        written.execute("PRAGMA journal_mode=DELETE")
        (verdict,) = written.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise BackupError(f"The database is damaged: {verdict}")
