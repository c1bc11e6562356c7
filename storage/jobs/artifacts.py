"""Artifacts: the kept pictures, their bytes in an object store and their rows beside the jobs."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url
from sqlalchemy import bindparam, delete, false, func, select, true, update

from storage.errors import DatabaseUnavailable
from storage.inserts import insert_once
from storage.jobs import favourites, history
from storage.tables import artifacts
from storage.units import repeatable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from storage.database import Database


log = logging.getLogger(__name__)

HASHED_AT_ONCE = 1 << 20
"""So many bytes take less than a millisecond or two; more are hashed in a thread."""


class ArtifactsError(Exception):
    """The place for pictures cannot be used; the text is one sentence for the operator."""


class NotKept(Exception):
    """The bytes of a picture could not be written, most likely for want of room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A kept picture; `role` is result, init or mask.

    One that is filtered is billed where its service wants to be paid for it all the same.
    """

    job_id: str
    role: str
    position: int
    object_key: str
    mime: str
    size_bytes: int
    width: int
    height: int
    seed: int = 0
    is_filtered: bool = False
    is_billed: bool = False
    is_favourite: bool = False


ARTIFACT_FIELDS = tuple(field.name for field in fields(Artifact))

# Built once: building a statement takes longer than running it.
_OF_JOB = (
    select(artifacts)
    .where(artifacts.c.job_id == bindparam("of_job"), artifacts.c.role == bindparam("in_role"))
    .order_by(artifacts.c.position)
)
_UNFILTERED = (
    select(func.count())
    .select_from(artifacts)
    .where(
        artifacts.c.job_id == bindparam("of_job"),
        artifacts.c.role == bindparam("in_role"),
        artifacts.c.is_filtered == false(),
    )
)
_BILLED = (
    select(func.count())
    .select_from(artifacts)
    .where(artifacts.c.job_id == bindparam("of_job"), artifacts.c.is_billed == true())
)


class Artifacts:
    """Keeps pictures and hands them out.

    `is_public` says that somebody else hands them out too: files on this machine, which are the
    process's own user's alone, are then given to everybody to read.
    """

    def __init__(
        self,
        database: Database,
        store: Any,
        now: Callable[[], datetime],
        *,
        is_public: bool = False,
    ) -> None:
        self._database = database
        self._store = store
        self._now = now
        self._is_public = is_public

    def with_database(self, database: Database) -> Artifacts:
        """The same pictures, their rows through another door."""
        return Artifacts(database, self._store, self._now, is_public=self._is_public)

    async def put(
        self,
        job_id: str,
        role: str,
        position: int,
        data: bytes,
        *,
        mime: str,
        size: tuple[int, int],
        seed: int = 0,
    ) -> Artifact:
        """Write the bytes of a picture; `record` makes it known.

        Raises:
            NotKept: they could not be written.
        """
        digest = await _digest(data)
        artifact = Artifact(
            job_id=job_id,
            role=role,
            position=position,
            object_key=f"{job_id}/{role}-{position}-{digest}.{mime.rpartition('/')[2]}",
            mime=mime,
            size_bytes=len(data),
            width=size[0],
            height=size[1],
            seed=seed,
        )
        try:
            await self._store.put_async(artifact.object_key, data)
            if self._is_public and isinstance(self._store, LocalStore):
                await asyncio.to_thread(_publish, self._store, artifact.object_key)
        except (BaseError, OSError) as error:
            raise NotKept(_first_line(error)) from error
        return artifact

    def record(self, connection: Connection, artifact: Artifact) -> bool:
        """Write the row of a picture unless its place is taken; whether it was written.

        The bytes come first, so a row always has its bytes.
        """
        values = {name: getattr(artifact, name) for name in ARTIFACT_FIELDS}
        return insert_once(connection, artifacts, **values, kept_at=self._now())

    async def withhold(
        self, job_id: str, position: int, role: str = "result", *, is_billed: bool = False
    ) -> None:
        """Mark a picture as filtered and let go of its bytes, also when it never came."""
        filtered = Artifact(
            job_id=job_id,
            role=role,
            position=position,
            object_key="",
            mime="",
            size_bytes=0,
            width=0,
            height=0,
            is_filtered=True,
            is_billed=is_billed,
        )
        # Read before, since a repeat of the unit does not find them any more.
        known = [
            one.object_key for one in await self.of_job(job_id, role) if one.position == position
        ]
        key = await self._database.write(self._withhold, filtered)
        for path in filter(None, {key, *known}):
            await _delete(self._store, path)

    @repeatable
    def _withhold(self, connection: Connection, filtered: Artifact) -> str:
        """Write that row, in the place of another one; the key of its bytes, if there are any."""
        if self.record(connection, filtered):
            return ""
        its = (
            artifacts.c.job_id == filtered.job_id,
            artifacts.c.role == filtered.role,
            artifacts.c.position == filtered.position,
        )
        key: str = connection.execute(select(artifacts.c.object_key).where(*its)).scalar_one()
        values = {"is_filtered": True, "object_key": "", "size_bytes": 0}
        values["is_billed"] = filtered.is_billed
        connection.execute(update(artifacts).where(*its).values(values))
        return key

    async def of_job(self, job_id: str, role: str = "result") -> list[Artifact]:
        """The kept pictures of a job, in order."""
        return await self._database.read(artifacts_of, job_id, role)

    async def read(self, artifact: Artifact) -> bytes:
        """The bytes of a kept picture.

        Raises:
            FileNotFoundError: it was erased.
        """
        answer = await self._store.get_async(artifact.object_key)
        return bytes(await answer.bytes_async())

    async def put_aside(self, job_id: str, name: str, data: bytes) -> None:
        """Keep bytes beside the files of a job, for as long as those are kept.

        Raises:
            NotKept: they could not be written.
        """
        try:
            await self._store.put_async(f"{job_id}/{name}", data)
        except (BaseError, OSError) as error:
            raise NotKept(_first_line(error)) from error

    async def read_aside(self, job_id: str, name: str) -> bytes | None:
        """What was put beside the files of a job under that name."""
        try:
            answer = await self._store.get_async(f"{job_id}/{name}")
            return bytes(await answer.bytes_async())
        except FileNotFoundError:
            return None

    async def erase(self, job_id: str) -> int:
        """Erase all pictures of a job, uploads too; how many there were."""
        keys = await self._database.write(_erase, job_id, self._now())
        # By folder rather than by row: a crash between bytes and row leaves bytes without a row.
        listed = await self._store.list(prefix=f"{job_id}/").collect_async()
        paths = {*keys, *(item["path"] for item in listed)}
        for path in paths:
            await _delete(self._store, path)
        return len(keys)

    async def erase_one(self, job_id: str, position: int) -> None:
        """Erase one result of a job; the others stay."""
        for path in await self._database.write(_erase_one, job_id, position):
            await _delete(self._store, path)

    async def discard(self, job_id: str) -> None:
        """Erase what no job came to need; what cannot be erased now is found later."""
        try:
            await self.erase(job_id)
        except (BaseError, OSError, DatabaseUnavailable) as error:
            log.warning("the files of job %s stay for now: %s", job_id, _first_line(error))

    async def folders_before(self, instant: datetime) -> set[str]:
        """The jobs that have bytes here, none of them written since then."""
        old: set[str] = set()
        young: set[str] = set()
        async for chunk in self._store.list():
            for item in chunk:
                folder = str(item["path"]).partition("/")[0]
                (old if item["last_modified"] < instant else young).add(folder)
        return old - young


def artifacts_of(connection: Connection, job_id: str, role: str = "result") -> list[Artifact]:
    """The kept pictures of a job, in order."""
    values = {"of_job": job_id, "in_role": role}
    return [artifact_of_row(row) for row in connection.execute(_OF_JOB, values).mappings()]


def positions_of(connection: Connection, job_ids: Collection[str]) -> dict[str, list[int]]:
    """Which files of some results are kept and may be shown, by the ids of the jobs."""
    query = (
        select(artifacts.c.job_id, artifacts.c.position)
        .where(
            artifacts.c.job_id.in_(job_ids),
            artifacts.c.role == "result",
            artifacts.c.is_filtered == false(),
        )
        .order_by(artifacts.c.job_id, artifacts.c.position)
    )
    found: dict[str, list[int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.job_id, []).append(row.position)
    return found


def unfiltered_of(connection: Connection, job_id: str, role: str) -> int:
    """How many files of that role are kept of a job and may be shown."""
    return int(connection.execute(_UNFILTERED, {"of_job": job_id, "in_role": role}).scalar_one())


def billed_of(connection: Connection, job_id: str) -> int:
    """How many pictures of a job were filtered and have to be paid for all the same."""
    return int(connection.execute(_BILLED, {"of_job": job_id}).scalar_one())


@repeatable
def _erase(connection: Connection, job_id: str, now: datetime) -> list[str]:
    its = artifacts.c.job_id == job_id
    statement = delete(artifacts).where(its).returning(artifacts.c.object_key)
    keys = [row.object_key for row in connection.execute(statement)]
    history.note_erased(connection, job_id, now)
    return keys


@repeatable
def _erase_one(connection: Connection, job_id: str, position: int) -> list[str]:
    its = (
        artifacts.c.job_id == job_id,
        artifacts.c.role == "result",
        artifacts.c.position == position,
    )
    # A repeat finds no row; what it leaves is swept with the job.
    statement = delete(artifacts).where(*its).returning(artifacts.c.object_key)
    keys = [row.object_key for row in connection.execute(statement)]
    favourites.note_mark(connection, job_id)
    return keys


def artifact_of_row(row: RowMapping) -> Artifact:
    """The kept picture of a row."""
    return Artifact(**{name: row[name] for name in ARTIFACT_FIELDS})


def _publish(store: LocalStore, path: str) -> None:
    top = Path(str(store.prefix))
    (top / path).chmod(0o644)
    for folder in ((top / path).parent, top):
        folder.chmod(0o755)


async def _delete(store: Any, path: str) -> None:
    try:
        await store.delete_async(path)
    except FileNotFoundError:
        return


def open_store(place: str) -> Any:
    """The object store at a folder or an address such as s3://bucket/prefix.

    Raises:
        ArtifactsError: when there is no such kind of place or it cannot be written.
    """
    try:
        if "://" in place:
            return from_url(place)
        folder = Path(place).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        return LocalStore(folder)
    except (OSError, ValueError, BaseError) as error:
        raise ArtifactsError(f"ATELIER_ARTIFACTS is not usable: {_first_line(error)}") from error


async def _digest(data: bytes) -> str:
    """What tells the data from other data; of much of it made in a thread."""
    is_long = len(data) > HASHED_AT_ONCE
    made = await asyncio.to_thread(hashlib.sha256, data) if is_long else hashlib.sha256(data)
    return made.hexdigest()[:16]


def _first_line(error: Exception) -> str:
    """What an error says; beyond its first line the library prints its own innards."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".")
