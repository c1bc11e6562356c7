"""What is kept of a member in one guild, as plain data for a file of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, select

from storage.jobs import favourites, parents
from storage.preferences import Scope
from storage.tables import complaints, drafts, entries, jobs, members, preferences, styles

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from storage.ledger.accounts import Account

MOST_ROWS = 10_000
"""Of jobs and of movements, the newest first."""


def data_of(connection: Connection, account: Account) -> dict[str, Any]:
    """Jobs with their prompts, movements of credits, drafts, styles, preferences and reports."""
    own = and_(
        preferences.c.guild_id == account.guild_id,
        preferences.c.scope == str(Scope.MEMBER),
        preferences.c.subject_id == account.member_id,
    )
    return {
        "guild_id": str(account.guild_id),
        "member_id": str(account.member_id),
        "jobs": _jobs(connection, account),
        "credits": _credits(connection, account),
        "drafts": [
            {"kept_at": _instant(row.kept_at), "content": row.content}
            for row in _rows(connection, drafts, account)
        ],
        "styles": [
            {"name": row.name, "text": row.said} for row in _rows(connection, styles, account)
        ],
        "preferences": list(connection.execute(select(preferences.c.said).where(own)).scalars()),
        "rules": [
            {
                "standing": row.standing,
                "mention": row.wants_mention,
                "asks_from_mc": row.asks_from_mc,
                "shares_results": row.shares_results,
            }
            for row in _rows(connection, members, account)
        ],
        "reports": _reports(connection, account),
    }


def _jobs(connection: Connection, account: Account) -> list[dict[str, Any]]:
    numbers = favourites.numbers_of(connection, account)
    parent_ids = parents.ids_of_parents(connection, account)
    query = (
        select(jobs)
        .where(jobs.c.guild_id == account.guild_id, jobs.c.member_id == account.member_id)
        .order_by(jobs.c.accepted_at.desc())
        .limit(MOST_ROWS)
    )
    return [
        {
            "id": row.id,
            "kind": row.kind,
            "state": row.state,
            "engine_id": row.engine_id,
            "channel_id": str(row.channel_id),
            "price_mc": row.price_mc,
            "accepted_at": _instant(row.accepted_at),
            "finished_at": _instant(row.finished_at),
            "favourites": numbers.get(row.id, []),
            "made_from": parent_ids.get(row.id, []),
            "order": row.spec,
        }
        for row in connection.execute(query)
    ]


def _credits(connection: Connection, account: Account) -> list[dict[str, Any]]:
    query = (
        select(entries)
        .where(entries.c.guild_id == account.guild_id, entries.c.member_id == account.member_id)
        .order_by(entries.c.id.desc())
        .limit(MOST_ROWS)
    )
    return [
        {
            "account": row.account,
            "amount_mc": row.amount_mc,
            "kind": row.kind,
            "reason": row.reason,
            "job_id": row.job_id,
            "made_at": _instant(row.made_at),
        }
        for row in connection.execute(query)
    ]


def _reports(connection: Connection, account: Account) -> list[dict[str, Any]]:
    query = (
        select(complaints)
        .join(jobs, jobs.c.id == complaints.c.job_id)
        .where(jobs.c.guild_id == account.guild_id, complaints.c.member_id == account.member_id)
        .order_by(complaints.c.made_at.desc())
        .limit(MOST_ROWS)
    )
    return [
        {"job_id": row.job_id, "reason": row.reason, "made_at": _instant(row.made_at)}
        for row in connection.execute(query)
    ]


def _rows(connection: Connection, table: Any, account: Account) -> Sequence[Row[Any]]:
    its = and_(table.c.guild_id == account.guild_id, table.c.member_id == account.member_id)
    return connection.execute(select(table).where(its)).all()


def _instant(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
