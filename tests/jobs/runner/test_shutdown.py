"""What the engine leaves undone at a shutdown is done by its next start.

Apart from the other tests of the engine: there is one in a process at a time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.database import Database, sqlite_url
from tests.jobs.runner.tracks import STEPS, Track, over, running, start

if TYPE_CHECKING:
    from pathlib import Path


async def test_a_shutdown_hands_everything_to_the_next_start(tmp_path: Path):
    database = await Database.open(sqlite_url(tmp_path / "atelier.sqlite"))
    before, after = Track(), Track()
    at_step = {f"{step}-1": step for step in STEPS}
    waiting = [f"mina-{n}" for n in range(4)]
    before.hold(*(f"{job_id} {step}" for job_id, step in at_step.items()), "mina-0 generate")
    before.hold("mina-1 generate")
    async with running(database, before) as engine:
        await start(database, engine, *at_step, *waiting)
        reached = {(step, job_id) for job_id, step in at_step.items()}
        reached |= {("generate", "mina-0"), ("generate", "mina-1")}
        await before.until(lambda: reached <= set(before.taken))
    assert before.closed == {}
    async with running(database, after) as engine:
        await over(engine, *at_step, *waiting)
    await database.close()
    assert after.closed == dict.fromkeys([*at_step, *waiting], (None, 1))
    for job_id in at_step:
        # What was made is found in the job's rows, and what was shown is shown again.
        assert [after.taken[step, job_id] for step in STEPS] == [1, 1, 1]
