"""Starts that were lost before another was sent: the operator may have to pay for each."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    lost = sa.Column("lost_starts", sa.Integer(), nullable=False, server_default="0")
    op.add_column("segments", lost)
