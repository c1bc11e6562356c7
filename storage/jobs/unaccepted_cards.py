"""Cards that are about to be shown for jobs that are not accepted yet.

A process may die between Discord's acknowledgement and the transaction that accepts the job. The
row is what is left then: enough to repair the card.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, select

from storage.tables import Instant, jobs, unaccepted_cards

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class UnacceptedCard:
    """A card that is about to be shown, and what the member typed for it."""

    job_id: str
    guild_id: int
    channel_id: int
    member_id: int
    interaction_token: str
    draft: dict[str, Any]
    made_at: datetime


_MAKE = insert(unaccepted_cards)
_DROP = delete(unaccepted_cards).where(unaccepted_cards.c.job_id == bindparam("of_job"))
_COLUMNS = tuple(unaccepted_cards.c[field.name] for field in fields(UnacceptedCard))
_GET = select(*_COLUMNS).where(unaccepted_cards.c.job_id == bindparam("of_job"))
_ORPHANED = (
    select(*_COLUMNS)
    .where(
        unaccepted_cards.c.made_at < bindparam("before", type_=Instant),
        ~exists().where(jobs.c.id == unaccepted_cards.c.job_id),
    )
    .order_by(unaccepted_cards.c.made_at)
)


class UnacceptedCards:
    """Keeps cards until their job is accepted or refused."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def make(
        self,
        connection: Connection,
        job_id: str,
        *,
        guild_id: int,
        channel_id: int,
        member_id: int,
        interaction_token: str,
        draft: dict[str, Any],
    ) -> None:
        """Note that a card is about to be shown."""
        values = {
            "job_id": job_id,
            "guild_id": guild_id,
            "channel_id": channel_id,
            "member_id": member_id,
            "interaction_token": interaction_token,
            "draft": draft,
            "made_at": self._now(),
        }
        connection.execute(_MAKE, values)

    def drop(self, connection: Connection, job_id: str) -> None:
        """The job is accepted, or refused and its card taken back."""
        connection.execute(_DROP, {"of_job": job_id})

    def get(self, connection: Connection, job_id: str) -> UnacceptedCard | None:
        """The card of a job that is not accepted yet, unless it was taken back."""
        row = connection.execute(_GET, {"of_job": job_id}).mappings().one_or_none()
        return None if row is None else UnacceptedCard(**row)

    def orphaned(self, connection: Connection, before: datetime) -> list[UnacceptedCard]:
        """The cards shown before that instant whose job does not exist."""
        rows = connection.execute(_ORPHANED, {"before": before}).mappings().all()
        return [UnacceptedCard(**row) for row in rows]
