"""What members prefer, with defaults of channels and servers, and their named styles."""

import sqlalchemy as sa
from alembic import op

from storage.tables import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("members", sa.Column("asks_from_mc", sa.BigInteger(), nullable=True))
    shares = sa.Column("shares_results", sa.Boolean(), nullable=False, server_default=sa.true())
    op.add_column("members", shares)
    op.create_table(
        "preferences",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("said", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "scope", "subject_id", name=op.f("pk_preferences")),
    )
    op.create_table(
        "styles",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("said", sa.String(length=1000), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "member_id", "name", name=op.f("pk_styles")),
    )
