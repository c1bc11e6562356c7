"""How fast each engine works, learned by all processes together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Float, bindparam, select, update

from storage.inserts import insert_once
from storage.tables import engine_speeds

if TYPE_CHECKING:
    from storage.database import Database

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


class EngineSpeeds:
    """Keeps a moving average of seconds per millicredit for each engine."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, engine_id: str) -> float | None:
        """The average, or None before the first job of the engine."""
        async with self._database.read() as connection:
            return (await connection.execute(_GET, {"of_engine": engine_id})).scalar()

    async def learn(self, engine_id: str, seconds_per_mc: float, weight: float) -> None:
        """Move the average towards the newest value by that weight, 0 to 1."""
        values = {"of_engine": engine_id, "newest": seconds_per_mc, "weight": weight}
        async with self._database.begin() as connection:
            if (await connection.execute(_LEARN, values)).first() is None:
                await insert_once(
                    connection, engine_speeds, engine_id=engine_id, seconds_per_mc=seconds_per_mc
                )
