"""Why a job is not accepted or not touched; the sentences are in `commands.ui.words`."""

from __future__ import annotations


class JobError(Exception):
    """A job that is not accepted, or an action on one that is not allowed."""


class OverBudget(JobError):
    """The member has fewer credits than the job costs, in millicredits."""

    def __init__(self, needed_mc: int, available_mc: int, held_mc: int) -> None:
        super().__init__(f"{needed_mc} mc needed, {available_mc} mc available")
        self.needed_mc = needed_mc
        self.available_mc = available_mc
        self.held_mc = held_mc


class QueueFull(JobError):
    """Too many jobs wait already."""

    def __init__(self, waiting: int, limit: int) -> None:
        super().__init__(f"{waiting} jobs wait, {limit} may")
        self.waiting = waiting
        self.limit = limit


class NotYours(JobError):
    """Only the author, or a moderator, may do that."""


class TooLate(JobError):
    """The job is over, or its data is not kept any more."""


class Cancelled(JobError):
    """The member cancelled the job while it ran."""


class TooManyPictures(JobError):
    """A job asks for more pictures than one may hold."""

    def __init__(self, asked: int, limit: int) -> None:
        super().__init__(f"{asked} pictures asked, {limit} allowed")
        self.asked = asked
        self.limit = limit


class NotShown(JobError):
    """Discord did not take the pictures, so nothing is charged for them."""


class Interrupted(JobError):
    """The job ended without an answer and nobody knows why."""
