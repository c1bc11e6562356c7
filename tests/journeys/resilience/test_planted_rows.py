"""A row that somebody wrote into a stopped bot's state: told of at the start, never obeyed."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.jobs.runner.test_serializer import trapped
from tests.journeys.backend import serving_backend
from tests.journeys.studio import Studio

ROW = (
    "insert into workflow_status (workflow_uuid, status, name, executor_id, created_at, updated_at,"
    " application_version, queue_name, inputs, priority, serialization, queue_partition_key)"
    " values ('planted', 'ENQUEUED', 'image', 'bot', 0, 0, '1', 'images-0', ?, 0, 'py_pickle', 'p')"
)


def plant(database: Path, text: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(ROW, (text,))
        connection.commit()


async def test_the_bot_draws_on_and_names_the_row(tmp_path: Path):
    marker = tmp_path / "marker"
    async with (
        serving_backend() as backend,
        Studio(tmp_path, STABILITY_HOST=f"127.0.0.1:{backend.port}") as studio,
    ):
        await studio.stop()
        plant(tmp_path / "state" / "atelier.sqlite", trapped(marker))
        await studio.start()
        said = await studio.wait_until_said("table workflow_status are refused")
        assert "'py_pickle'" in said
        assert "'planted'" in said
        backend.draw_at_once()
        await studio.result(await studio.imagine("a fox"))
        assert not [line for line in studio.said if "Traceback" in line]
        assert not marker.exists()
