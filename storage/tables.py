"""The tables: the truth about jobs and money."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    and_,
    literal_column,
)

from storage.column_types import Day, Instant

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# A 64-bit key that SQLite still numbers by itself: there only INTEGER PRIMARY KEY does.
Counter = BigInteger().with_variant(Integer, "sqlite")

accounts = Table(
    "accounts",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("available_mc", BigInteger, nullable=False),
    Column("held_mc", BigInteger, nullable=False),
    # Starting credits that are not spent yet: they cannot be given away.
    Column("bound_mc", BigInteger, nullable=False, server_default="0"),
    # Of a member: the first day of the period that refills are paid up to.
    Column("refilled_until", Day),
    # Of a pool of a guild: its month, and what is spent in it. Of a member who had everything of
    # theirs forgotten: when that day began, and what they had spent in it, which caps still count.
    Column("began_at", Instant),
    Column("ends_at", Instant),
    Column("spent_mc", BigInteger, nullable=False, server_default="0"),
    Column("opened_at", Instant, nullable=False),
    CheckConstraint("available_mc >= 0", name="available_not_negative"),
    CheckConstraint("held_mc >= 0", name="held_not_negative"),
    CheckConstraint("bound_mc >= 0", name="bound_not_negative"),
)
"""One row per member of a guild, and one for each of its pools (`storage.ledger.pools`)."""

entries = Table(
    "entries",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("account", String(12), nullable=False),  # available, held, mint or revenue
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("amount_mc", BigInteger, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("reason", String(200), nullable=False),
    Column("actor_id", BigInteger),
    Column("job_id", String(24)),
    Column("made_at", Instant, nullable=False),
    Index("ix_entries_member", "guild_id", "member_id", "id"),
    Index("ix_entries_job", "job_id"),
)
# A literal: SQLite takes a partial index only where it can read the condition in the query.
IS_REVENUE = entries.c.account == literal_column("'revenue'")
Index(
    "ix_entries_revenue",
    entries.c.guild_id,
    entries.c.made_at,
    sqlite_where=IS_REVENUE,
    postgresql_where=IS_REVENUE,
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("key", String(100), nullable=False, unique=True),
    Column("kind", String(12), nullable=False),
    Column("state", String(12), nullable=False),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger),
    Column("more_message_id", BigInteger),
    Column("member_id", BigInteger, nullable=False),
    Column("interaction_token", String(300)),
    # When the token was given, if not when the job was accepted.
    Column("token_at", Instant),
    # How large a file Discord takes there while the token lives.
    Column("file_limit_bytes", BigInteger),
    Column("spec", JSON, nullable=False),
    Column("price_mc", BigInteger, nullable=False),
    # What the guild's pools hold for it: the price, or nothing where there was no such limit.
    Column("budget_mc", BigInteger, nullable=False, server_default="0"),
    Column("ceiling_mc", BigInteger, nullable=False, server_default="0"),
    # The operator pays for what it makes: it was no server of their own.
    Column("is_metered", Boolean, nullable=False, server_default="1"),
    Column("tier", Integer, nullable=False, server_default="0"),
    Column("engine_id", String(100), nullable=False),
    # How often it was begun, and under which id its engine was asked last.
    Column("starts", Integer, nullable=False, server_default="0"),
    Column("request_id", String(40)),
    Column("failure", JSON),
    Column("accepted_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("waiting_since", Instant),
    Column("cancelled_at", Instant),
    Column("finished_at", Instant),
    # How many of its units are shown before its end, beside a question or in a first message.
    Column("shown_count", Integer, nullable=False, server_default="0"),
    # When its end is shown again that Discord did not take, and since when it does not take it.
    Column("show_at", Instant),
    Column("unshown_since", Instant),
    # When the last of its files was erased, at its author's or a moderator's word or by age.
    Column("erased_at", Instant),
    # Whether it was asked for in a channel for adults; of earlier jobs that is not known.
    Column("is_age_restricted", Boolean),
    # Shown to its author alone.
    Column("is_private", Boolean, nullable=False, server_default="0"),
    Column("locale", String(10), nullable=False, server_default=""),
    Index("ix_jobs_state", "state", "accepted_at"),
    Index("ix_jobs_member", "guild_id", "member_id", "accepted_at"),
    Index("ix_jobs_guild", "guild_id", "accepted_at"),
)
IS_WAITING = jobs.c.state == literal_column("'waiting'")
Index(
    "ix_jobs_waiting",
    *(jobs.c.tier, jobs.c.engine_id, jobs.c.guild_id, jobs.c.member_id),
    sqlite_where=IS_WAITING,
    postgresql_where=IS_WAITING,
)
IS_OPEN = jobs.c.finished_at.is_(None)
Index(
    "ix_jobs_open",
    *(jobs.c.guild_id, jobs.c.member_id),
    sqlite_where=IS_OPEN,
    postgresql_where=IS_OPEN,
)
IS_UNSHOWN = jobs.c.show_at.is_not(None)
Index(
    "ix_jobs_show_at",
    jobs.c.show_at,
    sqlite_where=IS_UNSHOWN,
    postgresql_where=IS_UNSHOWN,
)

# The results that a member can still look at, newest first: all, of a kind, and of an engine.
IS_RESULT = and_(jobs.c.state == literal_column("'delivered'"), jobs.c.erased_at.is_(None))
for _name, _filters in {"": (), "_kind": (jobs.c.kind,), "_engine": (jobs.c.engine_id,)}.items():
    Index(
        f"ix_jobs_results{_name}",
        *(jobs.c.guild_id, jobs.c.member_id, *_filters, jobs.c.accepted_at, jobs.c.id),
        sqlite_where=IS_RESULT,
        postgresql_where=IS_RESULT,
    )

parents = Table(
    "parents",
    metadata,
    Column("job_id", String(24), ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("parent_id", String(24), nullable=False),
    # That of the job itself, so that the first results of many are read from the index.
    Column("accepted_at", Instant, nullable=False),
    Index("ix_parents_parent", "parent_id", "accepted_at", "job_id"),
)
"""The jobs that a job follows from: one, or of a blend each that drew one of its pictures."""

job_words = Table(
    "job_words",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("word", String(40), primary_key=True),
    Column("accepted_at", Instant, primary_key=True),
    Column("job_id", String(24), ForeignKey("jobs.id"), primary_key=True),
    Index("ix_job_words_job_id", "job_id"),
)
"""The words of what was ordered, as its author looks for them, and the mark of a favourite."""

posts = Table(
    "posts",
    metadata,
    Column("message_id", BigInteger, primary_key=True, autoincrement=False),
    Column("job_id", String(24), ForeignKey("jobs.id"), nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("posted_at", Instant, nullable=False),
    Index("ix_posts_job_id", "job_id"),
)
"""Further messages that show a result, which its author posted later."""

closes = Table(
    "closes",
    metadata,
    Column("job_id", String(24), ForeignKey("jobs.id"), primary_key=True),
    Column("delivered_mc", BigInteger, nullable=False),
    Column("released_mc", BigInteger, nullable=False),
    Column("closed_at", Instant, nullable=False),
)

artifacts = Table(
    "artifacts",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("job_id", String(24), ForeignKey("jobs.id"), nullable=False),
    # result, init, mask, first, last, segment, preview or frame
    Column("role", String(12), nullable=False),
    Column("position", Integer, nullable=False),
    Column("object_key", String(200), nullable=False),
    Column("mime", String(40), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("seed", BigInteger, nullable=False),
    Column("is_filtered", Boolean, nullable=False),
    # It was filtered, and the operator pays for it all the same.
    Column("is_billed", Boolean, nullable=False, server_default="0"),
    Column("kept_at", Instant, nullable=False),
    # Of a result that was looked at, 16 bits each of how it looks; two pictures that differ in at
    # most 7 of the 64 have a part that differs in at most one (`storage.jobs.fingerprints`).
    *(Column(f"fingerprint_{number}", Integer, index=True) for number in range(1, 5)),
    # Its author marked it; retention leaves its job alone.
    Column("is_favourite", Boolean, nullable=False, server_default="0"),
    UniqueConstraint("job_id", "role", "position"),
)
IS_UNSEEN = and_(
    artifacts.c.fingerprint_1.is_(None), artifacts.c.role == literal_column("'result'")
)
Index("ix_artifacts_unseen", artifacts.c.id, sqlite_where=IS_UNSEEN, postgresql_where=IS_UNSEEN)

segments = Table(
    "segments",
    metadata,
    Column("job_id", String(24), ForeignKey("jobs.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    # How often its start was sent, each time as another generation.
    Column("starts", Integer, nullable=False, server_default="0"),
    # How many of them were lost and given up for another, at its author's word.
    Column("lost_starts", Integer, nullable=False, server_default="0"),
    Column("sent_at", Instant),
    Column("result_id", String(128)),
    Column("begun_at", Instant),
    Column("next_poll_at", Instant),
    # Its author was asked then what to do, since the answer to its start was lost.
    Column("asked_at", Instant),
    Column("is_given_up", Boolean, nullable=False, server_default="0"),
    Index("ix_segments_result_id", "result_id"),
)
"""The parts of a film: each is one generation that is paid for, and asked for until it is there.

Pictures that are paid by submit are noted here too, by their positions."""

drafts = Table(
    "drafts",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("content", JSON, nullable=False),
    Column("kept_at", Instant, nullable=False),
    Index("ix_drafts_kept_at", "kept_at"),
)

guilds = Table(
    "guilds",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(100), nullable=False),
    Column("admission", String(12), nullable=False),
    Column("ceiling_mc", BigInteger),
    Column("rules", JSON, nullable=False),
)

members = Table(
    "members",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("standing", String(12), nullable=False),
    Column("until", Instant),
    Column("refill_mc", BigInteger),
    Column("wants_mention", Boolean, nullable=False),
    # The price from which they are asked first; null for the usual one.
    Column("asks_from_mc", BigInteger),
    # Whether others may draw on, animate and edit what they have made.
    Column("shares_results", Boolean, nullable=False, server_default="1"),
)

preferences = Table(
    "preferences",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    # member, channel or guild
    Column("scope", String(12), primary_key=True),
    Column("subject_id", BigInteger, primary_key=True, autoincrement=False),
    Column("said", JSON, nullable=False),
)

styles = Table(
    "styles",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("name", String(32), primary_key=True),
    Column("said", String(1000), nullable=False),
    Column("made_at", Instant, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Counter, primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("actor_id", BigInteger, nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject_id", BigInteger),
    Column("detail", String(400), nullable=False),
    Column("made_at", Instant, nullable=False),
    Index("ix_audit_guild", "guild_id", "id"),
)

warnings = Table(
    "warnings",
    metadata,
    Column("guild_id", BigInteger, primary_key=True, autoincrement=False),
    Column("month", Instant, primary_key=True),
    Column("percent", Integer, primary_key=True, autoincrement=False),
)
"""Which parts of a month's budget a guild was told are used."""

refunds = Table(
    "refunds",
    metadata,
    Column("job_id", String(24), ForeignKey("jobs.id"), primary_key=True),
    Column("amount_mc", BigInteger, nullable=False),
    Column("actor_id", BigInteger),
    Column("made_at", Instant, nullable=False),
)

complaints = Table(
    "complaints",
    metadata,
    Column("member_id", BigInteger, primary_key=True, autoincrement=False),
    Column("job_id", String(24), ForeignKey("jobs.id"), primary_key=True),
    Column("reason", String(400), nullable=False),
    Column("made_at", Instant, nullable=False),
    # When it reached those who read it.
    Column("passed_on_at", Instant),
)
IS_HELD_UP = complaints.c.passed_on_at.is_(None)
Index(
    "ix_complaints_due",
    complaints.c.made_at,
    sqlite_where=IS_HELD_UP,
    postgresql_where=IS_HELD_UP,
)

unaccepted_cards = Table(
    "promises",
    metadata,
    Column("job_id", String(24), primary_key=True),
    Column("guild_id", BigInteger, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("interaction_token", String(300), nullable=False),
    Column("draft", JSON, nullable=False),
    Column("made_at", Instant, nullable=False),
    Index("ix_promises_made_at", "made_at"),
)
"""Cards that are about to be shown for jobs that are not accepted yet."""

engine_speeds = Table(
    "paces",
    metadata,
    Column("engine_id", String(100), primary_key=True),
    Column("seconds_per_mc", Float, nullable=False),
)

rates = Table(
    "rates",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("due_at", Instant, nullable=False),
)
"""One row for each account of an API: when its shared bucket is empty again."""
