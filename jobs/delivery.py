"""What the jobs room needs from the outside: somebody who shows a job to its author."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job


class Shown(Protocol):
    """Shows the state of a job of any kind where it was asked for.

    Every method may be repeated after a crash and then shows the same again.
    """

    async def away(self, job: Job, since: datetime) -> None:
        """The engine has not answered since then; the job goes on waiting."""
        ...

    def progress(self, job: Job, done: int, total: int) -> None:
        """So many pictures have arrived; shown as soon as the rate limits allow, or never."""
        ...

    async def failed(self, job: Job, failure: Exception) -> None:
        """Nothing arrived, nothing is charged."""
        ...

    async def cancelled(self, job: Job) -> None:
        """The job was cancelled; shown if its card is still there."""
        ...

    async def alert(self, text: str) -> None:
        """The operator has to act."""
        ...


class Delivery(Protocol):
    """Shows pictures; the bot implements it."""

    async def result(
        self, job: Job, pictures: Sequence[tuple[Artifact, bytes]], failure: Exception | None
    ) -> int:
        """The pictures, and why any are missing; how many of them could be shown anywhere."""
        ...


class VideoDelivery(Protocol):
    """Shows films; the bot implements it."""

    async def underway(self, job: Job, ready_at: datetime, *, is_late: bool = False) -> None:
        """The film is being made and will be ready about then, or should have been by then."""
        ...

    async def asks(self, job: Job, number: int, until: datetime) -> None:
        """Whether that part of the film was begun is not known: its author decides, until then."""
        ...

    async def video(
        self, job: Job, clip: Artifact, data: bytes, made: int, failure: Exception | None
    ) -> bool:
        """The film with so many of its new parts, and why any are missing; whether it is shown."""
        ...
