"""When a report was passed on, so that one that a crash held up is passed on later."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("complaints", sa.Column("passed_on_at", Instant(), nullable=True))
    op.execute("UPDATE complaints SET passed_on_at = made_at")
    is_due = sa.text("passed_on_at IS NULL")
    op.create_index(
        "ix_complaints_due",
        "complaints",
        ["made_at"],
        unique=False,
        sqlite_where=is_due,
        postgresql_where=is_due,
    )
