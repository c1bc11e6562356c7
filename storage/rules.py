"""A guild's rules, as its moderators set them, and what is said of single members."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, select, update

from storage.inserts import insert_once
from storage.ledger.periods import IN_UTC, Calendar, Period, Running
from storage.ledger.pools import MonthLimit, Pool
from storage.tables import audit, guilds, members, warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping


class Admission(StrEnum):
    """What the operator says of a guild; NEW ones have the default ceiling."""

    NEW = "new"
    ADMITTED = "admitted"
    REFUSED = "refused"


class Standing(StrEnum):
    """What moderators say of a member; ALLOWED stands above channels, roles and age."""

    NORMAL = "normal"
    ALLOWED = "allowed"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A guild's rules; amounts in millicredits, None where there is no limit.

    `running` are the periods that were running when the time zone was changed last. `words` are not
    drawn, except within the phrases of `exceptions`. `role_refills_mc` and `role_tiers` are by role
    id, and the largest counts. Empty `channels` or `roles` stand for all of them.
    """

    starting_mc: int = 25_000
    refill_mc: int = 25_000
    period: Period = Period.WEEK
    timezone: str = "UTC"
    running: Mapping[Period, Running] = field(default_factory=dict[Period, Running])
    role_refills_mc: Mapping[int, int] = field(default_factory=dict[int, int])
    role_tiers: Mapping[int, int] = field(default_factory=dict[int, int])
    min_age_days: int = 0
    job_cap_mc: int | None = None
    day_cap_mc: int | None = None
    open_jobs: int = 100
    channels: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    allows_gifts: bool = False
    allows_others_pictures: bool = False
    is_paused: bool = False
    budget_mc: int | None = None
    budget_channel_id: int | None = None
    report_channel_id: int | None = None
    audit_channel_id: int | None = None

    @property
    def calendar(self) -> Calendar:
        """By which refills, days and the budget's months begin."""
        return Calendar(self.timezone, self.running)

    def to_json(self) -> dict[str, Any]:
        """Plain data for the guild's row."""
        return {**asdict(self), "running": self.calendar.running_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Rules:
        """The rules that `to_json` wrote; what is new since then has its default."""
        values = {known.name: data[known.name] for known in fields(cls) if known.name in data}
        for name in ("role_refills_mc", "role_tiers"):
            values[name] = {int(role): value for role, value in values.get(name, {}).items()}
        for name in ("channels", "roles", "words", "exceptions"):
            values[name] = tuple(values.get(name, ()))
        values["period"] = Period(values.get("period", Period.WEEK))
        values["running"] = Calendar.from_json("", values.get("running", {})).running
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guild:
    """A guild as operator and moderators see it."""

    id: int
    name: str = ""
    admission: Admission = Admission.NEW
    ceiling_mc: int | None = None
    rules: Rules = field(default_factory=Rules)

    def ceiling(self, default_mc: int | None) -> int | None:
        """What the operator lets it spend in a month, in millicredits; None for no limit.

        The default holds for a guild that nobody spoke of; with 0 it is as good as refused.
        """
        if self.admission is Admission.REFUSED:
            return 0
        if self.ceiling_mc is None and self.admission is Admission.NEW:
            return default_mc
        return self.ceiling_mc

    def month_limit(self, default_mc: int | None) -> int | None:
        """What it may spend in a month: the ceiling or its own budget, whichever is less."""
        return min((limit.limit_mc for limit in self.month_limits(default_mc)), default=None)

    def month_limits(self, default_mc: int | None) -> tuple[MonthLimit, ...]:
        """Its own budget, by its own calendar, and the operator's ceiling, by that of UTC."""
        limits = (
            (Pool.BUDGET, self.rules.budget_mc, self.rules.calendar),
            (Pool.CEILING, self.ceiling(default_mc), IN_UTC),
        )
        return tuple(
            MonthLimit(pool, limit_mc, calendar)
            for pool, limit_mc, calendar in limits
            if limit_mc is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What is set for one member; a standing with an end is NORMAL after it."""

    guild_id: int
    id: int
    standing: Standing = Standing.NORMAL
    until: datetime | None = None
    refill_mc: int | None = None
    wants_mention: bool = True
    asks_from_mc: int | None = None
    shares_results: bool = True

    def standing_at(self, now: datetime) -> Standing:
        """The standing that holds now."""
        is_over = self.until is not None and self.until <= now
        return Standing.NORMAL if is_over else self.standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A line of the audit log: who did what to whom."""

    id: int = 0
    guild_id: int
    actor_id: int
    action: str
    subject_id: int | None = None
    detail: str = ""
    made_at: datetime | None = None


_GUILD = select(guilds).where(guilds.c.guild_id == bindparam("of_guild"))
_MEMBER = select(members).where(
    members.c.guild_id == bindparam("of_guild"), members.c.member_id == bindparam("of_member")
)
MAX_DETAIL = 400
MAX_NAME = 100


class RuleStore:
    """Reads and changes rules; every change leaves a line in the audit log."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def guild(self, connection: Connection, guild_id: int) -> Guild:
        """The guild; one seen for the first time has the default rules."""
        row = connection.execute(_GUILD, {"of_guild": guild_id}).mappings().one_or_none()
        return guild_of_row(guild_id, row)

    def guilds(self, connection: Connection) -> list[Guild]:
        """Every guild that was ever heard of, by name."""
        query = select(guilds).order_by(guilds.c.name, guilds.c.guild_id)
        return [guild_of_row(row["guild_id"], row) for row in connection.execute(query).mappings()]

    def note_name(self, connection: Connection, guild_id: int, name: str) -> None:
        """Remember what a guild is called now."""
        self._make_guild(connection, guild_id)
        its = guilds.c.guild_id == guild_id
        connection.execute(update(guilds).where(its).values(name=name[:MAX_NAME]))

    def member(self, connection: Connection, guild_id: int, member_id: int) -> Member:
        """What is set for a member."""
        values = {"of_guild": guild_id, "of_member": member_id}
        row = connection.execute(_MEMBER, values).mappings().one_or_none()
        return member_of_row(guild_id, member_id, row)

    def change_guild(
        self, connection: Connection, guild_id: int, change: Change, **values: Any
    ) -> Guild:
        """Set fields of the guild's row: name, admission, ceiling_mc."""
        self._make_guild(connection, guild_id)
        its = guilds.c.guild_id == guild_id
        connection.execute(update(guilds).where(its).values(**values))
        self.note(connection, change)
        return self.guild(connection, guild_id)

    def admit_if_unheard(
        self, connection: Connection, guild_id: int, change: Change, ceiling_mc: int | None
    ) -> bool:
        """Let a guild in unless the operator spoke of it before; whether this call did it."""
        self._make_guild(connection, guild_id)
        nobody_spoke = guilds.c.ceiling_mc.is_(None) & (guilds.c.admission == Admission.NEW)
        admitted = (
            update(guilds)
            .where((guilds.c.guild_id == guild_id) & nobody_spoke)
            .values(admission=Admission.ADMITTED, ceiling_mc=ceiling_mc)
        )
        if not connection.execute(admitted).rowcount:
            return False
        self.note(connection, change)
        return True

    def change_rules(
        self, connection: Connection, guild_id: int, change: Change, edit: Callable[[Rules], Rules]
    ) -> Rules:
        """Replace the rules by what `edit` makes of them; two changes at once both hold."""
        self._make_guild(connection, guild_id)
        its = guilds.c.guild_id == guild_id
        kept = select(guilds.c.rules).where(its).with_for_update()
        before = Rules.from_json(connection.execute(kept).scalar_one())
        rules = _on_its_calendar(before, edit(before), self._now())
        connection.execute(update(guilds).where(its).values(rules=rules.to_json()))
        self.note(connection, change)
        return rules

    def change_member(
        self,
        connection: Connection,
        guild_id: int,
        member_id: int,
        change: Change | None,
        **values: Any,
    ) -> Member:
        """Set fields of a member's row, for example standing, until or wants_mention."""
        insert_once(connection, members, **_plain_member(guild_id, member_id))
        its = (members.c.guild_id == guild_id) & (members.c.member_id == member_id)
        connection.execute(update(members).where(its).values(**values))
        if change is not None:
            self.note(connection, change)
        return self.member(connection, guild_id, member_id)

    def note_warning(
        self, connection: Connection, guild_id: int, month: datetime, percent: int
    ) -> bool:
        """Remember that a guild is told of its budget; False when it was told before."""
        values = {"guild_id": guild_id, "month": month, "percent": percent}
        return insert_once(connection, warnings, **values)

    def note(self, connection: Connection, change: Change) -> None:
        """Write a line of the audit log."""
        values = asdict(replace(change, made_at=self._now(), detail=change.detail[:MAX_DETAIL]))
        del values["id"]
        connection.execute(audit.insert(), values)

    def _make_guild(self, connection: Connection, guild_id: int) -> None:
        insert_once(
            connection,
            guilds,
            guild_id=guild_id,
            name="",
            admission=Admission.NEW,
            ceiling_mc=None,
            rules={},
        )


def _on_its_calendar(before: Rules, after: Rules, now: datetime) -> Rules:
    """The rules after a change; another time zone leaves the running periods as they are."""
    if after.timezone == before.timezone:
        return replace(after, running=before.running)
    return replace(after, running=before.calendar.moved(after.timezone, now).running)


def guild_of_row(guild_id: int, row: RowMapping | Mapping[str, Any] | None) -> Guild:
    """The guild as its row has it; one without a row has the default rules."""
    if row is None:
        return Guild(id=guild_id)
    return Guild(
        id=guild_id,
        name=row["name"],
        admission=Admission(row["admission"]),
        ceiling_mc=row["ceiling_mc"],
        rules=Rules.from_json(row["rules"]),
    )


def member_of_row(
    guild_id: int, member_id: int, row: RowMapping | Mapping[str, Any] | None
) -> Member:
    """What is set for a member, as their row has it."""
    if row is None:
        return Member(guild_id=guild_id, id=member_id)
    return Member(
        guild_id=guild_id,
        id=member_id,
        standing=Standing(row["standing"]),
        until=row["until"],
        refill_mc=row["refill_mc"],
        wants_mention=row["wants_mention"],
        asks_from_mc=row["asks_from_mc"],
        shares_results=row["shares_results"],
    )


def _plain_member(guild_id: int, member_id: int) -> dict[str, Any]:
    return {
        "guild_id": guild_id,
        "member_id": member_id,
        "standing": Standing.NORMAL,
        "until": None,
        "refill_mc": None,
        "wants_mention": True,
        "asks_from_mc": None,
        "shares_results": True,
    }
