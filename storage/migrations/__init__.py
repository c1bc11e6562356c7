"""The schema's history; `upgrade` runs it in process at every start."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent
ONE_AT_A_TIME = text("select pg_advisory_xact_lock(hashtext('atelier'), hashtext('migrations'))")


class UnknownRevision(Exception):
    """The schema is of a revision that is not in this history."""


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the schema to a revision, within the caller's transaction.

    Raises:
        UnknownRevision: the database is of a newer program.
    """
    if connection.dialect.name == "postgresql":
        # Several processes are started at once: the first migrates, and it may take its time.
        connection.execute(text("set local lock_timeout = 0"))
        connection.execute(ONE_AT_A_TIME)
    if revision == "head" and is_newest(connection):
        return
    # Imported here: nearly every start finds the schema up to date, and Alembic is large.
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(configuration(connection), revision)
    except CommandError as error:
        raise UnknownRevision(str(error)) from error


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, bound to an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def newest() -> str:
    """The last revision: the number that the last file's name begins with."""
    return max(file.name.partition("_")[0] for file in (FOLDER / "versions").glob("[0-9]*.py"))


def is_newest(connection: Connection) -> bool:
    """Whether the schema is of the last revision."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    present = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return present == newest()
