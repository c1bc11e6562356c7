"""What members prefer, with defaults of channels and servers, and the styles they have named."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, delete, func, select, tuple_, update

from storage.inserts import insert_once
from storage.tables import preferences, styles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from storage.ledger.accounts import Account

MAX_STYLES = 50
"""Of one member in one guild."""

# Built once: building a statement takes longer than running it.
_KEPT = select(preferences).where(
    preferences.c.guild_id == bindparam("of_guild"),
    tuple_(preferences.c.scope, preferences.c.subject_id).in_(
        bindparam("of_subjects", expanding=True)
    ),
)


class Scope(StrEnum):
    """Whose a preference is; what stands first counts first."""

    MEMBER = "member"
    CHANNEL = "channel"
    GUILD = "guild"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What is said in one scope; None where nothing is.

    `suffix` is put behind each prompt, `style` names a preset or a member's own style.
    """

    engine: str | None = None
    aspect: str | None = None
    count: int | None = None
    style: str | None = None
    suffix: str | None = None
    is_private: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for the row, without what is not said."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Preferences:
        """The preferences that `to_json` wrote; what is not known any more is left out."""
        return cls(**{one.name: data[one.name] for one in fields(cls) if one.name in data})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member is: the guild, the channel, and of a thread the channel that it is in."""

    account: Account
    channel_id: int
    parent_channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds for a member in a channel, and by which scope each field does."""

    values: Preferences
    sources: Mapping[str, Scope]


@dataclass(frozen=True, slots=True)
class Style:
    """A member's own name for words that are put behind a prompt."""

    name: str
    text: str


def chosen(connection: Connection, place: Place) -> Chosen:
    """What holds for a member: their own choice, else the channel's, else the server's."""
    subjects = [
        (Scope.MEMBER, place.account.member_id),
        (Scope.CHANNEL, place.channel_id),
        *([(Scope.CHANNEL, place.parent_channel_id)] if place.parent_channel_id else []),
        (Scope.GUILD, place.account.guild_id),
    ]
    kept = _kept(connection, place.account.guild_id, subjects)
    values: dict[str, Any] = {}
    sources: dict[str, Scope] = {}
    for subject in subjects:
        for name, value in kept.get(subject, {}).items():
            if name not in values:
                values[name], sources[name] = value, subject[0]
    return Chosen(Preferences.from_json(values), sources)


def of_scope(connection: Connection, guild_id: int, scope: Scope, subject_id: int) -> Preferences:
    """What is said in one scope alone."""
    kept = _kept(connection, guild_id, [(scope, subject_id)])
    return Preferences.from_json(kept.get((scope, subject_id), {}))


def change(
    connection: Connection,
    guild_id: int,
    scope: Scope,
    subject_id: int,
    values: Mapping[str, Any],
) -> Preferences:
    """Set fields of one scope; a value of None takes what was said back."""
    key = {"guild_id": guild_id, "scope": str(scope), "subject_id": subject_id}
    insert_once(connection, preferences, **key, said={})
    its = and_(*(preferences.c[name] == value for name, value in key.items()))
    before = connection.execute(select(preferences.c.said).where(its).with_for_update())
    merged = Preferences.from_json({**before.scalar_one(), **values})
    connection.execute(update(preferences).where(its).values(said=merged.to_json()))
    return merged


def styles_of(connection: Connection, account: Account) -> list[Style]:
    """A member's own styles, by name."""
    query = select(styles).where(_of(account)).order_by(styles.c.name)
    return [Style(row.name, row.said) for row in connection.execute(query)]


def save_style(connection: Connection, account: Account, style: Style, now: datetime) -> bool:
    """Keep a style, in the place of one of the same name; False where there are too many."""
    its = and_(_of(account), styles.c.name == style.name)
    changed = connection.execute(update(styles).where(its).values(said=style.text, made_at=now))
    if changed.rowcount:
        return True
    query = select(func.count()).select_from(styles).where(_of(account))
    if connection.execute(query).scalar_one() >= MAX_STYLES:
        return False
    insert_once(
        connection,
        styles,
        guild_id=account.guild_id,
        member_id=account.member_id,
        name=style.name,
        said=style.text,
        made_at=now,
    )
    return True


def delete_style(connection: Connection, account: Account, name: str) -> bool:
    """Forget a style; whether there was one."""
    its = and_(_of(account), styles.c.name == name)
    return bool(connection.execute(delete(styles).where(its)).rowcount)


def _of(account: Account) -> Any:
    return and_(styles.c.guild_id == account.guild_id, styles.c.member_id == account.member_id)


def _kept(
    connection: Connection, guild_id: int, subjects: Sequence[tuple[Scope, int]]
) -> dict[tuple[Scope, int], dict[str, Any]]:
    values = {
        "of_guild": guild_id,
        "of_subjects": [(str(scope), subject_id) for scope, subject_id in subjects],
    }
    rows = connection.execute(_KEPT, values)
    return {(Scope(row.scope), row.subject_id): dict(row.said) for row in rows}
