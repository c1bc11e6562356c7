"""Whether the operator pays for what a job makes, or their own server made it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    metered = sa.Column("is_metered", sa.Boolean(), nullable=False, server_default=sa.true())
    op.add_column("jobs", metered)
