"""Artifacts: bytes before rows, erased together."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from storage.jobs.artifacts import HASHED_AT_ONCE, Artifacts, ArtifactsError, open_store

if TYPE_CHECKING:
    from pathlib import Path

    from storage.database import Database
    from storage.jobs.artifacts import Artifact


async def keep(
    database: Database, artifacts: Artifacts, data: bytes, position: int = 0
) -> Artifact:
    artifact = await artifacts.put(
        "job1", "result", position, data, mime="image/png", size=(64, 64), seed=7
    )

    await database.write(artifacts.record, artifact)
    return artifact


@pytest.fixture(autouse=True)
async def job(database: Database, store, make_job) -> None:
    await database.write(store.add, make_job())


async def test_a_picture_comes_back(database: Database, artifacts: Artifacts):
    await keep(database, artifacts, b"second", 1)
    await keep(database, artifacts, b"first", 0)
    kept = await artifacts.of_job("job1")
    assert [await artifacts.read(one) for one in kept] == [b"first", b"second"]
    assert kept[0].seed == 7


@pytest.mark.parametrize("length", [1, HASHED_AT_ONCE, HASHED_AT_ONCE + 1])
async def test_a_file_of_any_length_is_named_by_its_bytes(
    database: Database, artifacts: Artifacts, length: int
):
    data = bytes(length)
    kept = await keep(database, artifacts, data)
    assert hashlib.sha256(data).hexdigest()[:16] in kept.object_key
    assert await artifacts.read(kept) == data


async def test_a_place_keeps_its_first_picture(database: Database, artifacts: Artifacts):
    await keep(database, artifacts, b"first")
    await keep(database, artifacts, b"again")
    kept = await artifacts.of_job("job1")
    assert [await artifacts.read(one) for one in kept] == [b"first"]


async def test_a_withheld_picture_loses_its_bytes(
    database: Database, artifacts: Artifacts, tmp_path: Path
):
    await keep(database, artifacts, b"secret")
    await artifacts.withhold("job1", 0)
    await artifacts.withhold("job1", 1)
    assert [one.is_filtered for one in await artifacts.of_job("job1")] == [True, True]
    assert not [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]


async def test_erasing_takes_files_and_rows(
    database: Database, artifacts: Artifacts, tmp_path: Path
):
    await keep(database, artifacts, b"first")
    await artifacts.put("job1", "init", 0, b"no row", mime="image/png", size=(1, 1))
    assert await artifacts.erase("job1") == 1
    assert await artifacts.of_job("job1") == []
    assert not [path for path in (tmp_path / "artifacts").rglob("*") if path.is_file()]


def test_an_unusable_place_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ArtifactsError, match="ATELIER_ARTIFACTS"):
        open_store(str(tmp_path / "file"))


@pytest.mark.parametrize(("is_public", "modes"), [(False, {0}), (True, {0o55, 0o44})])
async def test_only_what_a_web_server_hands_out_is_for_others(
    database: Database, tmp_path: Path, is_public: bool, modes: set[int]
):
    """A process's own files are private by its umask."""
    before = os.umask(0o077)
    try:
        store = open_store(str(tmp_path / "pictures"))
        pictures = Artifacts(database, store, lambda: datetime.now(UTC), is_public=is_public)
        kept = await keep(database, pictures, b"a picture")
    finally:
        os.umask(before)
    assert await pictures.read(kept) == b"a picture"
    top = tmp_path / "pictures"
    assert {path.stat().st_mode & 0o077 for path in (top, *top.rglob("*"))} == modes
