"""How fast each engine works, learned by all processes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Float, bindparam, select, update

from storage.inserts import insert_once
from storage.tables import engine_speeds

if TYPE_CHECKING:
    from sqlalchemy import Connection

_GET = select(engine_speeds.c.seconds_per_mc).where(
    engine_speeds.c.engine_id == bindparam("of_engine")
)
_LEARN = (
    update(engine_speeds)
    .where(engine_speeds.c.engine_id == bindparam("of_engine"))
    .values(
        seconds_per_mc=engine_speeds.c.seconds_per_mc
        + bindparam("weight", type_=Float)
        * (bindparam("newest", type_=Float) - engine_speeds.c.seconds_per_mc)
    )
    .returning(engine_speeds.c.engine_id)
)


def get(connection: Connection, engine_id: str) -> float | None:
    """The average, or None before the first job of the engine."""
    return connection.execute(_GET, {"of_engine": engine_id}).scalar()


def learn(connection: Connection, engine_id: str, seconds_per_mc: float, weight: float) -> None:
    """Move the average towards the newest value by that weight, 0 to 1."""
    values = {"of_engine": engine_id, "newest": seconds_per_mc, "weight": weight}
    if connection.execute(_LEARN, values).first() is None:
        insert_once(connection, engine_speeds, engine_id=engine_id, seconds_per_mc=seconds_per_mc)
