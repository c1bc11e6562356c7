"""Films as the commands see them: what they go on from, and the answers of their authors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeVar

from jobs.errors import NotYours, OthersJob, PictureGone, TooLate
from jobs.orders.by_kind import order_of
from jobs.orders.image import APPROVED_WITHIN, ImageOrder
from jobs.orders.order import PREVIEW_ROLE, Input
from jobs.orders.video import VideoOrder
from jobs.runner.estimate import WaitEstimate
from storage.jobs import history
from storage.jobs.jobs import OPEN_STATES, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from generation.catalogue.catalogue import Engine
    from jobs.runner.estimate import Estimate
    from storage.database import Database
    from storage.jobs.artifacts import Artifact, Artifacts
    from storage.jobs.jobs import Job
    from storage.jobs.segments import Segments

PictureT = TypeVar("PictureT", "Picture", "Artifact")

SHOWN = (JobState.DELIVERING, JobState.DELIVERED)
"""A result is on its card a moment before its job is over."""


class Missing(Enum):
    """Why a picture that was ordered is not kept."""

    DELETED = auto()
    NOT_MADE = auto()
    DELETED_OR_NOT_MADE = auto()


@dataclass(frozen=True, slots=True)
class Still:
    """A kept picture that a film can start from: PNG, size in pixels."""

    data: bytes
    size: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """A kept picture of a job; size in pixels.

    Its position among all that were ordered stays, so members count by it.
    """

    position: int
    size: tuple[int, int]
    seed: int
    is_favourite: bool = False

    @property
    def number(self) -> int:
        """What members call it by."""
        return self.position + 1


class Videos:
    """Looks after films; `engines_now` says what makes them, the usual engine first."""

    def __init__(
        self,
        *,
        engines_now: Callable[[], Sequence[Engine]],
        database: Database,
        artifacts: Artifacts,
        segments: Segments,
        estimate: Estimate,
        now: Callable[[], datetime],
    ) -> None:
        self._engines_now = engines_now
        self._database = database
        self._artifacts = artifacts
        self._segments = segments
        self._estimate = estimate
        self._now = now

    @property
    def engine(self) -> Engine | None:
        """What makes films where no engine is named, if anything does."""
        return self.find_engine("")

    def find_engine(self, engine_id: str) -> Engine | None:
        """The engine of that id if it makes films now; the usual one where none is named."""
        engines = self._engines_now()
        if not engine_id:
            return next(iter(engines), None)
        return next((engine for engine in engines if engine.id == engine_id), None)

    async def wait_estimate(self, order: VideoOrder, price_mc: int) -> WaitEstimate:
        """When a film would be ready: nobody waits for the films of others here."""
        engine = self.find_engine(order.engine_id)
        if not order.segments or engine is None:
            return WaitEstimate(0, None)
        usual = await self._database.read(
            self._estimate.duration, order.engine_id, order.charge_mc(price_mc, 1)
        )
        each = usual or timedelta(seconds=engine.typical_s)
        return WaitEstimate(0, each * order.segments)

    async def still(self, job: Job, position: int) -> Still:
        """A picture of a job.

        Raises:
            TooLate: it is not kept.
            PictureGone: only others of the job are.
        """
        kept = await self._kept_pictures(job)
        artifact = _at(position, kept)
        return Still(await self._read(artifact), (artifact.width, artifact.height))

    async def pictures(self, job: Job) -> list[Picture]:
        """The pictures of a job.

        Raises:
            TooLate: none is kept.
        """
        return [
            Picture(
                artifact.position,
                (artifact.width, artifact.height),
                artifact.seed,
                artifact.is_favourite,
            )
            for artifact in await self._kept_pictures(job)
        ]

    async def picture(self, job: Job, position: int) -> Picture:
        """The picture of a job that stands there.

        Raises:
            TooLate: none is kept.
            PictureGone: only others are.
        """
        return _at(position, await self.pictures(job))

    async def why_missing(self, job: Job, position: int) -> Missing:
        """Why a picture of a job is not kept, as far as that is known."""
        noted = await self._artifacts.of_job(job.id)
        if any(artifact.position == position for artifact in noted):
            # It was withheld.
            return Missing.NOT_MADE
        if job.failure is None and job.state in SHOWN:
            # Whatever a job lacks of what was ordered, it fails for.
            return Missing.DELETED
        order = order_of(job)
        kept = sum(not artifact.is_filtered for artifact in noted)
        with_missing = kept + order.units - len(noted)
        # How many came is told by what was paid for them, so of free work nothing is known.
        if not job.price_mc:
            return Missing.DELETED_OR_NOT_MADE
        delivered_mc = await self._database.read(history.delivered_mc, job.id)
        if order.charge_mc(job.price_mc, kept) >= delivered_mc:
            return Missing.NOT_MADE
        if order.charge_mc(job.price_mc, with_missing) <= delivered_mc:
            return Missing.DELETED
        return Missing.DELETED_OR_NOT_MADE

    async def clip(self, job: Job) -> bytes:
        """The finished film of a job.

        Raises:
            TooLate: it is not kept.
        """
        for artifact in await self._artifacts.of_job(job.id):
            if artifact.mime.startswith("video/"):
                return await self._read(artifact)
        raise TooLate

    def finished(self, job: Job) -> VideoOrder:
        """The order of a film that was delivered.

        Raises:
            TooLate: it was not, or it is not kept.
        """
        if job.kind != VideoOrder.kind or job.state not in SHOWN:
            raise TooLate
        return VideoOrder.from_json(job.spec)

    async def parts(self, job: Job) -> list[Input]:
        """All parts of a film with their last frames, for one that goes on from it.

        Raises:
            TooLate: they are not kept.
        """
        found: list[Input] = []
        for role in ("segment", "last", "first", PREVIEW_ROLE):
            for artifact in await self._artifacts.of_job(job.id, role):
                found.append(
                    Input(
                        role=role,
                        data=await self._read(artifact),
                        size=(artifact.width, artifact.height),
                        position=artifact.position,
                        mime=artifact.mime,
                    )
                )
        if not any(part.role == "segment" for part in found):
            raise TooLate
        return found

    def for_approval(self, job: Job) -> ImageOrder:
        """The order of a picture that is shown for approval.

        Raises:
            TooLate: it is not there yet, or its hour is over.
        """
        if job.kind != ImageOrder.kind:
            raise TooLate
        order = ImageOrder.from_json(job.spec)
        if order.video is None or job.state not in SHOWN:
            raise TooLate
        if job.finished_at is not None and self._now() > job.finished_at + APPROVED_WITHIN:
            raise TooLate
        return order

    async def answer(
        self, job: Job, actor_id: int, *, wants_again: bool, is_moderator: bool
    ) -> None:
        """Take an author's answer to whether a lost start is to be sent once more.

        Raises:
            NotYours, OthersJob, TooLate
        """
        # Another one is paid for with the author's credits, but anybody in charge may end it.
        if actor_id != job.member_id and (wants_again or not is_moderator):
            raise NotYours if wants_again else OthersJob
        if job.state not in OPEN_STATES:
            raise TooLate
        if not await self._database.write(self._segments.answer, job.id, wants_again=wants_again):
            raise TooLate

    async def _kept_pictures(self, job: Job) -> list[Artifact]:
        kept = [
            artifact
            for artifact in await self._artifacts.of_job(job.id)
            if not artifact.is_filtered and artifact.mime.startswith("image/")
        ]
        if not kept:
            raise TooLate
        return kept

    async def _read(self, artifact: Artifact) -> bytes:
        try:
            return await self._artifacts.read(artifact)
        except FileNotFoundError:
            raise TooLate from None


def _at(position: int, pictures: Sequence[PictureT]) -> PictureT:
    for picture in pictures:
        if picture.position == position:
            return picture
    raise PictureGone
