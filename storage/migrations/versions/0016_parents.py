"""The jobs that a job follows from, in a table: a blend has as many as it has pictures of."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.tables import Instant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BATCH = 1000


def upgrade() -> None:
    op.create_table(
        "parents",
        sa.Column("job_id", sa.String(length=24), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("parent_id", sa.String(length=24), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_parents_job_id")),
        sa.PrimaryKeyConstraint("job_id", "number", name=op.f("pk_parents")),
    )
    # What a member had forgotten tells nothing of what it was made from.
    op.execute(
        "INSERT INTO parents (job_id, number, parent_id, accepted_at)"
        " SELECT id, 0, parent_id, accepted_at FROM jobs"
        " WHERE parent_id IS NOT NULL AND member_id > 0"
    )
    _add_blended(op.get_bind())
    op.create_index(
        "ix_parents_parent", "parents", ["parent_id", "accepted_at", "job_id"], unique=False
    )
    op.drop_index("ix_jobs_parent", "jobs")
    op.drop_column("jobs", "parent_id")


def _add_blended(connection: sa.Connection) -> None:
    """Note the other jobs whose pictures were blended, which are known from the order."""
    jobs = sa.table(
        "jobs",
        *map(sa.column, ("id", "kind", "parent_id", "member_id", "accepted_at")),
        sa.column("spec", sa.JSON()),
    )
    parents = sa.table("parents", *map(sa.column, ("job_id", "number", "parent_id", "accepted_at")))
    last = ""
    while True:
        blends = sa.select(jobs).where(
            jobs.c.kind == "blend",
            jobs.c.parent_id.is_not(None),
            jobs.c.member_id > 0,
            jobs.c.id > last,
        )
        found = connection.execute(blends.order_by(jobs.c.id).limit(BATCH)).all()
        if not found:
            return
        last = found[-1].id
        rows = [
            {
                "job_id": row.id,
                "number": number,
                "parent_id": parent_id,
                "accepted_at": row.accepted_at,
            }
            for row in found
            for number, parent_id in enumerate(_blended(row.spec or {}, row.parent_id))
            if number
        ]
        if rows:
            connection.execute(parents.insert(), rows)


def _blended(spec: dict[str, Any], first: str) -> list[str]:
    """The jobs whose pictures were blended, each once.

    One that was drawn again follows from the blend before alone.
    """
    origins = [origin[0] for origin in spec.get("origins", []) if origin]
    return list(dict.fromkeys(origins)) if first in origins else [first]
