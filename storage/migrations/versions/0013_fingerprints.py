"""How pictures look: four parts of a fingerprint, by which similar ones are found."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

IS_UNSEEN = sa.text("fingerprint_1 IS NULL AND role = 'result'")


def upgrade() -> None:
    for number in range(1, 5):
        name = f"fingerprint_{number}"
        op.add_column("artifacts", sa.Column(name, sa.Integer(), nullable=True))
        op.create_index(f"ix_artifacts_{name}", "artifacts", [name], unique=False)
    op.create_index(
        "ix_artifacts_unseen",
        "artifacts",
        ["id"],
        unique=False,
        sqlite_where=IS_UNSEEN,
        postgresql_where=IS_UNSEEN,
    )
