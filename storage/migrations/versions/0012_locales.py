"""In which language the card of a job is."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    locale = sa.Column("locale", sa.String(10), nullable=False, server_default="")
    op.add_column("jobs", locale)
