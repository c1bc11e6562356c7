"""Assembly: from the kept parts or frames of a job to the one film that is shown."""

from __future__ import annotations

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, TypeVarTuple

from generation.errors import GarbledAnswer
from jobs.kinds.kind import NewArtifact
from media.errors import BadPicture

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from jobs.kinds.kind import JobRun
    from media.pool import MediaPool
    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job

    Finish = Callable[[Path, Path, Job, Mapping[str, Any]], Awaitable[None]]
    Cut = Callable[[Path], Awaitable[Path]]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

LIMIT = timedelta(minutes=5)
"""How long a film may be worked on; the longest takes half a minute on an idle machine."""

SUFFIXES = {"image/png": "png", "video/mp4": "mp4"}


class FilmOrder(Protocol):
    """What a film says of itself: its size in pixels, its seed, how it can be made again."""

    @property
    def width(self) -> int:
        """In pixels."""
        ...

    @property
    def height(self) -> int:
        """In pixels."""
        ...

    @property
    def seed(self) -> int:
        """The first seed."""
        ...

    @property
    def recipe(self) -> Mapping[str, Any]:
        """How it can be made again, for the file's metadata."""
        ...


class Assembly:
    """Keeps what a kind cuts of its parts as the job's result.

    `finish` writes a film once more with what it was made from; `folder` is for work in progress.
    """

    def __init__(self, pool: MediaPool, finish: Finish, folder: Path) -> None:
        self._pool = pool
        self._finish = finish
        self._folder = folder

    async def keep(self, run: JobRun, order: FilmOrder, cut: Cut) -> Artifact:
        """The film that `cut` writes in a folder, kept once: a repeat finds it.

        Raises:
            GarbledAnswer: the parts do not go together.
        """
        for known in await run.artifacts():
            return known
        data = await self._cut(run.job, order, cut)
        film = NewArtifact(
            role="result",
            position=0,
            data=data,
            mime="video/mp4",
            size=(order.width, order.height),
            seed=order.seed,
        )
        (kept,) = await run.keep(film)
        return kept

    async def files(self, run: JobRun, role: str, folder: Path) -> Sequence[Path]:
        """The job's artifacts of a role as files, in order, without those that are withheld."""
        files: list[Path] = []
        for artifact in await run.artifacts(role):
            if artifact.is_filtered:
                continue
            path = folder / f"{role}-{artifact.position:04}.{SUFFIXES[artifact.mime]}"
            await asyncio.to_thread(path.write_bytes, await run.read(artifact))
            files.append(path)
        return files

    async def work(self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Do it in a worker, within the time that a film may take."""
        return await self._pool.run(function, *args, limit=LIMIT)

    async def _cut(self, job: Job, order: FilmOrder, cut: Cut) -> bytes:
        await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder) as name:
            finished = Path(name) / "finished.mp4"
            try:
                await self._finish(await cut(Path(name)), finished, job, order.recipe)
            except BadPicture as error:
                raise GarbledAnswer(f"the film could not be cut ({error.reason})") from error
            return await asyncio.to_thread(finished.read_bytes)
