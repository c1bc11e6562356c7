"""Ends of jobs that Discord did not take, and which are shown again later."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shown_count = sa.Column("shown_count", sa.Integer(), nullable=False, server_default="0")
    op.add_column("jobs", shown_count)
    for name in ("show_at", "unshown_since", "token_at"):
        op.add_column("jobs", sa.Column(name, Instant(), nullable=True))
    is_unshown = sa.text("show_at IS NOT NULL")
    op.create_index(
        "ix_jobs_show_at",
        "jobs",
        ["show_at"],
        unique=False,
        sqlite_where=is_unshown,
        postgresql_where=is_unshown,
    )
