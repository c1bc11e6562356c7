"""Pictures that their authors marked as favourites."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    favourite = sa.Column("is_favourite", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("artifacts", favourite)
