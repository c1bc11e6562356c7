"""Jobs that are shown to their authors alone."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    private = sa.Column("is_private", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("jobs", private)
