"""What is kept of a member and their guild, read in one statement: rules, account, open jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import BigInteger, and_, bindparam, func, literal_column, select

from storage.rules import guild_of_row, member_of_row
from storage.tables import IS_OPEN, IS_UNSHOWN, accounts, guilds, jobs, members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement, Connection, RowMapping, Table

    from storage.rules import Guild, Member


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A member at one moment; `account` is the row of theirs, None for one who has none yet.

    What is only to be shown again later is none of their `open_jobs`.
    """

    guild: Guild
    member: Member
    account: Mapping[str, Any] | None
    open_jobs: int


_GUILD = bindparam("of_guild", type_=BigInteger)
_MEMBER = bindparam("of_member", type_=BigInteger)
_PARTS = (guilds, members, accounts)
_COLUMNS: list[ColumnElement[Any]] = [
    column.label(f"{part.name}_{column.name}") for part in _PARTS for column in part.c
]
_COUNTED: Any = cast("Any", select(func.count()).select_from(jobs))
_OPEN_JOBS: ColumnElement[int] = (
    _COUNTED.where(IS_OPEN, ~IS_UNSHOWN, jobs.c.guild_id == _GUILD, jobs.c.member_id == _MEMBER)
    .scalar_subquery()
    .label("open_jobs")
)
# From a row that is always there: each of the others may be missing.
_ALWAYS = select(literal_column("1").label("one")).subquery("always")  # pyright: ignore[reportUnknownArgumentType]
_LOOK = select(*_COLUMNS, _OPEN_JOBS).select_from(
    _ALWAYS.outerjoin(guilds, guilds.c.guild_id == _GUILD)
    .outerjoin(members, and_(members.c.guild_id == _GUILD, members.c.member_id == _MEMBER))
    .outerjoin(accounts, and_(accounts.c.guild_id == _GUILD, accounts.c.member_id == _MEMBER))
)


def look(connection: Connection, guild_id: int, member_id: int) -> Snapshot:
    """What is kept of that member now; who was never heard of has the default rules."""
    row = connection.execute(_LOOK, {"of_guild": guild_id, "of_member": member_id}).mappings().one()
    return Snapshot(
        guild=guild_of_row(guild_id, _part(row, guilds)),
        member=member_of_row(guild_id, member_id, _part(row, members)),
        account=_part(row, accounts),
        open_jobs=row["open_jobs"],
    )


def _part(row: RowMapping, table: Table) -> Mapping[str, Any] | None:
    """What the row has of a table; None where that has no such row."""
    values = {column.name: row[f"{table.name}_{column.name}"] for column in table.c}
    return None if values["guild_id"] is None else values
