"""Films: their parts, and how large a file may be where a job was asked for."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("file_limit_bytes", sa.BigInteger(), nullable=True))
    op.create_table(
        "segments",
        sa.Column("job_id", sa.String(length=24), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("result_id", sa.String(length=128), nullable=True),
        sa.Column("begun_at", Instant(), nullable=True),
        sa.Column("next_poll_at", Instant(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True),
        sa.Column("is_given_up", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_segments_job_id")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_segments")),
    )
    op.create_index("ix_segments_result_id", "segments", ["result_id"], unique=False)
