"""Filtered pictures that the operator pays for all the same."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    billed = sa.Column("is_billed", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("artifacts", billed)
