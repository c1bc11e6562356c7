"""What the jobs room needs from the outside: somebody who shows a job to its author."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a job is: so many of its units have arrived, or when it will be ready.

    `is_due` says that this moment has come, `is_late` that it is well past. What is under way has
    taken so many of its `steps`, and `previews` are small JPEGs of it.
    """

    done: int = 0
    total: int = 0
    step: int = 0
    steps: int = 0
    previews: Sequence[bytes] = field(default=(), repr=False)
    ready_at: datetime | None = None
    is_due: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a job made: its files in order, how many units they hold, and why any are missing.

    Without files there is nothing to show. Where only some of several files can be shown, each
    counts as a unit. The `poster` stands for a file that is too large for its place.
    """

    files: Sequence[Artifact] = ()
    made: int = 0
    failure: Exception | None = None
    poster: Artifact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a job was shown: how many files or units, and in which messages.

    Where Discord did not take it but may later, the result or only the card is due again. The
    `failure` is why there is no result, as it was told, or is to be told later.
    """

    count: int = 0
    message_id: int | None = None
    more_message_id: int | None = None
    is_result_due: bool = False
    is_card_due: bool = False
    failure: Exception | None = None

    @property
    def is_due(self) -> bool:
        """Whether anything is to be shown again."""
        return self.is_result_due or self.is_card_due


NOTHING_MADE = Result()
NOTHING_SHOWN = Shown()
CARD_IS_DUE = Shown(is_card_due=True)


class Delivery(Protocol):
    """Shows the state of a job of any kind where it was asked for; the bot implements it.

    Every method may be repeated after a crash and then shows the same again.
    """

    async def away(self, job: Job, since: datetime) -> None:
        """The engine has not answered since then; the job goes on waiting."""
        ...

    async def no_room(self, job: Job, since: datetime) -> None:
        """What was made finds no room since then; the job goes on waiting."""
        ...

    async def progress(self, job: Job, progress: Progress) -> None:
        """The job is under way; shown as soon as the rate limits allow, or never."""
        ...

    async def question(
        self,
        job: Job,
        number: int,
        until: datetime,
        count: int = 1,
        result: Result = NOTHING_MADE,
    ) -> bool:
        """Whether that part was begun is not known: the author decides, until then.

        Returns whether the question is shown; where it is not, it may be asked again.

        Of several at once, the number is that of one of them. What has come of the job is shown
        beside the question.
        """
        ...

    async def result(self, job: Job, result: Result) -> Shown:
        """What was made, and why any is missing; how many of the files could be shown."""
        ...

    async def take_back(self, job: Job, shown: Shown) -> None:
        """A result was erased while it was being shown: its messages go, where that can be."""
        ...

    async def failed(self, job: Job, failure: Exception) -> Shown:
        """Nothing arrived, nothing is charged."""
        ...

    async def cancelled(self, job: Job) -> Shown:
        """The job was cancelled; shown if its card is still there."""
        ...

    async def alert(self, text: str) -> None:
        """The operator has to act."""
        ...
