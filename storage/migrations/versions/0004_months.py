"""Months of guilds stand in their rows, with the operator's ceiling beside the own budget."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

from storage.tables import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BUDGET = 0
A_DAY = timedelta(days=1)

accounts = sa.table(
    "accounts",
    sa.column("guild_id", sa.BigInteger()),
    sa.column("member_id", sa.BigInteger()),
    sa.column("spent_mc", sa.BigInteger()),
    sa.column("refilled_until", Instant()),
    sa.column("began_at", Instant()),
    sa.column("ends_at", Instant()),
)
guilds = sa.table("guilds", sa.column("guild_id"), sa.column("rules", sa.JSON()))
entries = sa.table(
    "entries",
    sa.column("account"),
    sa.column("guild_id"),
    sa.column("amount_mc"),
    sa.column("kind"),
    sa.column("made_at", Instant()),
)


def upgrade() -> None:
    op.add_column(
        "jobs", sa.Column("ceiling_mc", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("accounts", sa.Column("began_at", Instant(), nullable=True))
    op.add_column("accounts", sa.Column("ends_at", Instant(), nullable=True))
    connection = op.get_bind()
    rules = dict(connection.execute(sa.select(guilds.c.guild_id, guilds.c.rules)).all())
    found = connection.execute(
        sa.select(accounts.c.guild_id, accounts.c.member_id == BUDGET, accounts.c.refilled_until)
        .where(accounts.c.refilled_until.is_not(None))
        .distinct()
    ).all()
    for guild_id, is_budget, began_at in found:
        its = rules.get(guild_id, {})
        zone = _zone(its.get("timezone", "UTC"))
        if is_budget:
            _set_month(connection, guild_id, began_at, zone)
        else:
            _name_by_day(connection, guild_id, began_at, zone, its.get("period", "week"))
    # Only now: what a day is written as may be when another period began.
    connection.execute(
        accounts.update()
        .where(accounts.c.member_id != BUDGET)
        .values(refilled_until=accounts.c.ends_at, ends_at=None)
    )


def _set_month(connection, guild_id: int, began_at: datetime, zone: ZoneInfo) -> None:
    """Keep what was spent in the month that was running."""
    first = (_nearest_day(began_at, zone) + 15 * A_DAY).replace(day=1)
    following = (first + 31 * A_DAY).replace(day=1)
    ends_at = datetime.combine(following, time(), zone).astimezone(UTC)
    spent = sa.select(sa.func.coalesce(sa.func.sum(entries.c.amount_mc), 0)).where(
        entries.c.account == "revenue",
        entries.c.kind == "settle",
        entries.c.guild_id == guild_id,
        entries.c.made_at >= began_at,
        entries.c.made_at < ends_at,
    )
    connection.execute(
        accounts.update()
        .where(accounts.c.guild_id == guild_id, accounts.c.member_id == BUDGET)
        .values(
            began_at=began_at,
            ends_at=ends_at,
            spent_mc=spent.scalar_subquery(),
            refilled_until=None,
        )
    )


def _name_by_day(
    connection, guild_id: int, began_at: datetime, zone: ZoneInfo, period: str
) -> None:
    """Name the period that a member was refilled for by its first day."""
    day = _nearest_day(began_at, zone)
    # In a zone that was changed since, it may have begun on the evening before.
    if _is_first(day + A_DAY, period) and began_at.astimezone(zone).time() != time():
        day += A_DAY
    midnight = datetime.combine(day, time(), UTC)
    of_period = accounts.c.refilled_until == began_at
    of_members = (accounts.c.guild_id == guild_id) & (accounts.c.member_id != BUDGET)
    connection.execute(accounts.update().where(of_members, of_period).values(ends_at=midnight))


def _nearest_day(instant: datetime, zone: ZoneInfo) -> date:
    """The day whose midnight is nearest: clocks may skip it, or the zone be another by now."""
    return (instant.astimezone(zone).replace(tzinfo=None) + A_DAY / 2).date()


def _is_first(day: date, period: str) -> bool:
    return {"week": day.weekday() == 0, "month": day.day == 1}.get(period, False)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return ZoneInfo("UTC")
