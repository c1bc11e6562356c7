"""Drafts: what a member typed that did not become a job yet, so that no prompt is lost."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select

from storage.tables import drafts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.ledger.accounts import Account

KEPT_FOR = timedelta(days=7)
CHANNEL = "in_channel"
"""The field of the content that says where it was typed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A member's kept text and options."""

    id: str
    guild_id: int
    member_id: int
    content: dict[str, Any]
    channel_id: int | None = None
    """Where it was typed, if that is known; it may be used there only."""


class Drafts:
    """Keeps drafts for a week."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def keep(
        self,
        connection: Connection,
        account: Account,
        content: dict[str, Any],
        channel_id: int | None = None,
    ) -> str:
        """Keep a draft and return its id; drafts that are too old go at the same time."""
        draft_id = secrets.token_hex(8)
        now = self._now()
        connection.execute(delete(drafts).where(drafts.c.kept_at < now - KEPT_FOR))
        connection.execute(
            insert(drafts).values(
                id=draft_id,
                guild_id=account.guild_id,
                member_id=account.member_id,
                content={**content, CHANNEL: channel_id},
                kept_at=now,
            )
        )
        return draft_id

    def get(self, connection: Connection, draft_id: str) -> Draft | None:
        """The draft of that id, if it is still kept."""
        query = select(drafts).where(drafts.c.id == draft_id)
        row = connection.execute(query).one_or_none()
        if row is None:
            return None
        content = dict(row.content)
        channel_id = content.pop(CHANNEL, None)
        return Draft(row.id, row.guild_id, row.member_id, content, channel_id)
