"""Guilds, rules, audit log, refunds, promises, and what several processes share."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts") as accounts:
        accounts.add_column(
            sa.Column("bound_mc", sa.BigInteger(), nullable=False, server_default="0")
        )
        accounts.add_column(
            sa.Column("spent_mc", sa.BigInteger(), nullable=False, server_default="0")
        )
        accounts.add_column(sa.Column("refilled_until", Instant(), nullable=True))
        accounts.create_check_constraint(op.f("ck_accounts_bound_not_negative"), "bound_mc >= 0")
    of_revenue = sa.text("account = 'revenue'")
    op.create_index(
        "ix_entries_revenue",
        "entries",
        ["guild_id", "made_at"],
        unique=False,
        sqlite_where=of_revenue,
        postgresql_where=of_revenue,
    )
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("budget_mc", sa.BigInteger(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("tier", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("starts", sa.Integer(), nullable=False, server_default="0"))
        jobs.add_column(sa.Column("request_id", sa.String(length=40), nullable=True))
    of_waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_jobs_waiting",
        "jobs",
        ["tier", "engine_id", "guild_id", "member_id"],
        unique=False,
        sqlite_where=of_waiting,
        postgresql_where=of_waiting,
    )
    of_open = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_jobs_open",
        "jobs",
        ["guild_id", "member_id"],
        unique=False,
        sqlite_where=of_open,
        postgresql_where=of_open,
    )
    op.create_table(
        "guilds",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("admission", sa.String(length=12), nullable=False),
        sa.Column("ceiling_mc", sa.BigInteger(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", name=op.f("pk_guilds")),
    )
    op.create_table(
        "members",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("standing", sa.String(length=12), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("refill_mc", sa.BigInteger(), nullable=True),
        sa.Column("wants_mention", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "member_id", name=op.f("pk_members")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.String(length=400), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_guild", "audit", ["guild_id", "id"], unique=False)
    op.create_table(
        "warnings",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("month", Instant(), nullable=False),
        sa.Column("percent", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "month", "percent", name=op.f("pk_warnings")),
    )
    op.create_table(
        "refunds",
        sa.Column("job_id", sa.String(length=24), nullable=False),
        sa.Column("amount_mc", sa.BigInteger(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_refunds_job_id")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_refunds")),
    )
    op.create_table(
        "complaints",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.String(length=24), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_complaints_job_id")),
        sa.PrimaryKeyConstraint("member_id", "job_id", name=op.f("pk_complaints")),
    )
    op.create_table(
        "promises",
        sa.Column("job_id", sa.String(length=24), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("interaction_token", sa.String(length=300), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_promises")),
    )
    op.create_index("ix_promises_made_at", "promises", ["made_at"], unique=False)
    op.create_table(
        "paces",
        sa.Column("engine_id", sa.String(length=100), nullable=False),
        sa.Column("seconds_per_mc", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("engine_id", name=op.f("pk_paces")),
    )
    op.create_table(
        "rates",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_rates")),
    )
