"""Forgetting a member: everything they typed and made goes, the amounts stay without a name.

Their past jobs and entries move to an account of nobody's, whose id is negative; what they have
left is carried over as one entry, so that the ledger is right before and after.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from storage import snapshot
from storage.jobs import parents
from storage.jobs.complaints import COUNTED_FOR
from storage.jobs.favourites import MARK
from storage.jobs.retention import FORGOTTEN
from storage.ledger import statements
from storage.ledger.accounts import Account
from storage.ledger.entries import Movement, write_transfer
from storage.ledger.periods import Period
from storage.preferences import Scope
from storage.tables import (
    IS_OPEN,
    IS_UNSHOWN,
    accounts,
    artifacts,
    audit,
    closes,
    complaints,
    drafts,
    entries,
    job_words,
    jobs,
    members,
    posts,
    preferences,
    styles,
    unaccepted_cards,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Table

REPORT = "report"
"""The action of a member's report in the audit log, whose detail is what they typed."""

CARRIED = "carry"
"""The kind of the entry that brings over what a member has left."""


@dataclass(frozen=True, slots=True)
class KeptOfMember:
    """How much is kept of a member in one guild."""

    jobs: int
    results: int
    drafts: int
    styles: int
    favourites: int


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job with the messages that show it."""

    id: str
    channel_id: int
    message_ids: Sequence[int]


def kept_of(connection: Connection, account: Account) -> KeptOfMember:
    """How much is kept of a member."""

    def count(table: Table, *where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(table).where(_of(table, account), *where)
        return int(connection.execute(query).scalar_one())

    has_files = exists().where(artifacts.c.job_id == jobs.c.id)
    return KeptOfMember(
        jobs=count(jobs),
        results=count(jobs, has_files),
        drafts=count(drafts),
        styles=count(styles),
        favourites=count(job_words, job_words.c.word == MARK),
    )


def has_open_jobs(connection: Connection, account: Account) -> bool:
    """Whether the hold of one of a member's jobs is not closed."""
    is_open = ~exists().where(closes.c.job_id == jobs.c.id)
    query = select(literal(1)).select_from(jobs).where(_of(jobs, account), is_open).limit(1)
    return connection.execute(query).first() is not None


def has_jobs_at_work(connection: Connection, account: Account) -> bool:
    """Whether a member has jobs that cannot be erased yet: those whose result is not made."""
    query = select(literal(1)).select_from(jobs).where(_of(jobs, account), IS_OPEN, ~IS_UNSHOWN)
    return connection.execute(query.limit(1)).first() is not None


def shown_jobs(connection: Connection, account: Account, limit: int) -> list[ShownJob]:
    """Jobs of a member that have files or messages left, some at a time."""
    is_left = jobs.c.message_id.is_not(None) | exists().where(artifacts.c.job_id == jobs.c.id)
    # One that was begun meanwhile cannot be erased yet.
    is_idle = or_(~IS_OPEN, IS_UNSHOWN)
    query = select(jobs).where(_of(jobs, account), is_left, is_idle).limit(limit)
    return [
        ShownJob(
            row.id,
            row.channel_id,
            [one for one in (row.message_id, row.more_message_id) if one],
        )
        for row in connection.execute(query)
    ]


def forget_messages(connection: Connection, job_id: str) -> None:
    """A job is shown nowhere any more."""
    its = jobs.c.id == job_id
    connection.execute(update(jobs).where(its).values(message_id=None, more_message_id=None))
    connection.execute(delete(posts).where(posts.c.job_id == job_id))


def forget_member(connection: Connection, account: Account, now: datetime) -> bool:
    """Forget a member whose files are erased; False while one of their jobs is open."""
    values = {"of_guild": account.guild_id, "of_member": account.member_id}
    row = connection.execute(statements.LOCKED_ROW, values).one_or_none()
    if has_open_jobs(connection, account):
        return False
    if row is not None:
        _carry_spent(connection, values, now)
        _move_books(connection, account, row.available_mc, now)
    _forget_jobs(connection, account)
    for table in (drafts, styles):
        connection.execute(delete(table).where(_of(table, account)))
    own = and_(
        preferences.c.guild_id == account.guild_id,
        preferences.c.scope == str(Scope.MEMBER),
        preferences.c.subject_id == account.member_id,
    )
    connection.execute(delete(preferences).where(own))
    connection.execute(
        update(members).where(_of(members, account)).values(wants_mention=True, asks_from_mc=None)
    )
    # The note of a card that may be repaired stays, without what was typed for it.
    connection.execute(
        update(unaccepted_cards).where(_of(unaccepted_cards, account)).values(draft={})
    )
    _forget_reports(connection, account, now)
    return True


def _carry_spent(connection: Connection, values: dict[str, int], now: datetime) -> None:
    """Remember what they spent today as an amount alone, which the cap of the day still counts."""
    seen = snapshot.look(connection, values["of_guild"], values["of_member"])
    today = seen.guild.rules.calendar.start_of(now, Period.DAY)
    spent_mc = connection.execute(statements.SPENT_SINCE, {**values, "since": today}).scalar_one()
    carried = {**values, "amount": int(spent_mc), "since": today}
    connection.execute(statements.CARRY_SPENT, carried)


def _move_books(connection: Connection, account: Account, available_mc: int, now: datetime) -> None:
    """Give past entries to nobody's account, and carry over what is left."""
    nobody = _nobody(account.guild_id)
    connection.execute(
        insert(accounts).values(
            guild_id=nobody.guild_id,
            member_id=nobody.member_id,
            available_mc=0,
            held_mc=0,
            bound_mc=0,
            spent_mc=0,
            opened_at=now,
        )
    )
    connection.execute(
        update(entries)
        .where(_of(entries, account))
        .values(member_id=nobody.member_id, reason=FORGOTTEN)
    )
    by_them = and_(
        entries.c.guild_id == account.guild_id,
        entries.c.actor_id == account.member_id,
        # What a moderator gave stays as it is: it is another member's.
        or_(entries.c.kind == "gift", entries.c.member_id == nobody.member_id),
    )
    connection.execute(update(entries).where(by_them).values(actor_id=None, reason=FORGOTTEN))
    theirs = jobs.update().where(_of(jobs, account))
    connection.execute(theirs.values(member_id=nobody.member_id))
    if available_mc:
        sides = (
            Movement("available", "available", available_mc, CARRIED, "carried over"),
            Movement("available", "available", available_mc, CARRIED, "what you had before"),
        )
        write_transfer(connection, nobody, account, sides, now)


def _forget_jobs(connection: Connection, account: Account) -> None:
    """Forget what nobody's jobs drew and what from, and what a key tells of who ordered them."""
    nobodys = and_(jobs.c.guild_id == account.guild_id, jobs.c.member_id < 0)
    connection.execute(
        update(jobs)
        .where(nobodys, jobs.c.key != literal("forgotten:") + jobs.c.id)
        .values(
            key=literal("forgotten:") + jobs.c.id,
            spec={},
            failure=None,
            interaction_token=None,
            message_id=None,
            more_message_id=None,
            # Else its end would be posted anew, and name nobody.
            show_at=None,
            unshown_since=None,
        )
    )
    connection.execute(delete(job_words).where(_of(job_words, account)))
    parents.forget(connection, select(jobs.c.id).where(nobodys))


def _forget_reports(connection: Connection, account: Account, now: datetime) -> None:
    """Forget what they reported, in the words of the audit log too; that they did stays there."""
    here = select(jobs.c.id).where(jobs.c.guild_id == account.guild_id)
    theirs = and_(complaints.c.member_id == account.member_id, complaints.c.job_id.in_(here))
    # How many they made today still counts, so the latest stay without their words; what a crash
    # held up is not passed on any more.
    is_late = complaints.c.made_at > now - COUNTED_FOR
    connection.execute(delete(complaints).where(theirs, ~is_late))
    connection.execute(update(complaints).where(theirs).values(reason="", passed_on_at=now))
    noted = and_(
        audit.c.guild_id == account.guild_id,
        audit.c.actor_id == account.member_id,
        audit.c.action == REPORT,
    )
    connection.execute(update(audit).where(noted).values(detail=FORGOTTEN))


def _nobody(guild_id: int) -> Account:
    """An account that no member has: Discord's ids are positive."""
    return Account(guild_id, -(secrets.randbits(61) + 2))


def _of(table: Any, account: Account) -> ColumnElement[bool]:
    return and_(table.c.guild_id == account.guild_id, table.c.member_id == account.member_id)
