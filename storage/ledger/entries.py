"""Entries: every movement writes two, whose amounts cancel."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import insert

from storage.tables import entries

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.ledger.accounts import Account

_WRITE = insert(entries)


@dataclass(frozen=True, slots=True)
class Movement:
    """A pair of entries to write: from one side of an account to another."""

    source: str
    target: str
    amount_mc: int
    kind: str
    reason: str
    actor_id: int | None = None
    job_id: str | None = None


class BillReason(StrEnum):
    """Why something is billed to the operator that its member does not pay for."""

    FILTERED = "filtered"
    """The service drew it, withheld it, and wants to be paid."""
    LOST = "lost"
    """It was sent and never answered: it may have been paid."""
    UNDELIVERED = "undelivered"
    """It came and is kept, but was never shown."""


@dataclass(frozen=True, slots=True)
class Bill:
    """What the operator pays for something that its member does not, in millicredits."""

    reason: BillReason
    mc: int


def write(
    connection: Connection, account: Account, movements: Iterable[Movement], now: datetime
) -> None:
    """Write the two entries of each movement; one of nothing writes none."""
    rows = [
        row(account, side, sign * movement.amount_mc, movement, now)
        for movement in movements
        if movement.amount_mc
        for side, sign in ((movement.source, -1), (movement.target, 1))
    ]
    if rows:
        connection.execute(_WRITE, rows)


def write_transfer(
    connection: Connection,
    giver: Account,
    receiver: Account,
    movements: tuple[Movement, Movement],
    now: datetime,
) -> None:
    """Write what goes from one member to another, each side with its own reason."""
    sent, received = movements
    rows = [
        row(giver, sent.source, -sent.amount_mc, sent, now),
        row(receiver, received.target, received.amount_mc, received, now),
    ]
    connection.execute(_WRITE, rows)


def row(
    account: Account, side: str, amount_mc: int, movement: Movement, now: datetime
) -> dict[str, object]:
    """An entry as the table has it."""
    return {
        "account": side,
        "guild_id": account.guild_id,
        "member_id": account.member_id,
        "amount_mc": amount_mc,
        "kind": movement.kind,
        "reason": movement.reason,
        "actor_id": movement.actor_id,
        "job_id": movement.job_id,
        "made_at": now,
    }
