"""Results that members look up again: when they were erased, their words, and further messages."""

import sqlalchemy as sa
from alembic import op

from storage.jobs.search_words import MAX_WORD, split_words
from storage.tables import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

IS_RESULT = sa.text("state = 'delivered' AND erased_at IS NULL")
BATCH = 1000


def upgrade() -> None:
    op.add_column("jobs", sa.Column("erased_at", Instant(), nullable=True))
    op.add_column("jobs", sa.Column("is_age_restricted", sa.Boolean(), nullable=True))
    # What has no files is erased; how long since is not known, and not needed.
    op.execute(
        "UPDATE jobs SET erased_at = finished_at WHERE finished_at IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM artifacts WHERE artifacts.job_id = jobs.id)"
    )
    op.create_index("ix_jobs_guild", "jobs", ["guild_id", "accepted_at"], unique=False)
    for name, more in {"": [], "_kind": ["kind"], "_engine": ["engine_id"]}.items():
        op.create_index(
            f"ix_jobs_results{name}",
            "jobs",
            ["guild_id", "member_id", *more, "accepted_at", "id"],
            unique=False,
            sqlite_where=IS_RESULT,
            postgresql_where=IS_RESULT,
        )
    op.create_table(
        "job_words",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.String(length=MAX_WORD), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.Column("job_id", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_job_words_job_id")),
        sa.PrimaryKeyConstraint(
            *("guild_id", "member_id", "word", "accepted_at", "job_id"),
            name=op.f("pk_job_words"),
        ),
    )
    op.create_index("ix_job_words_job_id", "job_words", ["job_id"], unique=False)
    op.create_table(
        "posts",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.String(length=24), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("posted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_posts_job_id")),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_posts")),
    )
    op.create_index("ix_posts_job_id", "posts", ["job_id"], unique=False)
    _note_words(op.get_bind())


def _words_of(spec: dict[str, object]) -> str:
    return str(spec.get("title") or spec.get("prompt") or "")


def _note_words(connection: sa.Connection) -> None:
    """Make what was drawn before findable, by its title."""
    jobs = sa.table(
        "jobs",
        *(sa.column("id"), sa.column("guild_id"), sa.column("member_id")),
        sa.column("accepted_at"),
        sa.column("erased_at"),
        sa.column("spec", sa.JSON()),
    )
    words = sa.table(
        "job_words",
        *map(sa.column, ("guild_id", "member_id", "word", "accepted_at", "job_id")),
    )
    last = ""
    while True:
        query = sa.select(jobs).where(jobs.c.id > last).order_by(jobs.c.id).limit(BATCH)
        found = connection.execute(query).all()
        if not found:
            return
        last = found[-1].id
        rows = [
            {
                "guild_id": row.guild_id,
                "member_id": row.member_id,
                "word": word,
                "accepted_at": row.accepted_at,
                "job_id": row.id,
            }
            for row in found
            if row.erased_at is None
            for word in split_words(_words_of(row.spec or {}))
        ]
        if rows:
            connection.execute(words.insert(), rows)
