"""Why a job is not accepted or not touched; the sentences are in `commands.ui.error_messages`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


class JobError(Exception):
    """A job that is not accepted, or an action on one that is not allowed."""


class TooDear(JobError):
    """The job costs more than a rule allows; a cheaper one may pass."""


class OverBudget(TooDear):
    """The member has fewer credits than the job costs, in millicredits.

    `refill_mc` more come at `refills_at`, if any.
    """

    def __init__(
        self,
        needed_mc: int,
        available_mc: int,
        held_mc: int,
        refill_mc: int = 0,
        refills_at: datetime | None = None,
    ) -> None:
        super().__init__(f"{needed_mc} mc needed, {available_mc} mc available")
        self.needed_mc = needed_mc
        self.available_mc = available_mc
        self.held_mc = held_mc
        self.refill_mc = refill_mc
        self.refills_at = refills_at


class QueueFull(JobError):
    """Too many jobs wait already."""

    def __init__(self, waiting: int, limit: int) -> None:
        super().__init__(f"{waiting} jobs wait, {limit} may")
        self.waiting = waiting
        self.limit = limit


class NotYours(JobError):
    """Only the author may do that."""


class OthersJob(NotYours):
    """Only the author may do that, or who may take other members' messages away."""


class TooLate(JobError):
    """The job is over, or its data is not kept any more."""


class PictureGone(TooLate):
    """One picture of a result was deleted; others of it are still there."""


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


class NotAnswered(JobError):
    """A start whose answer was lost, and for an hour nobody said what to do."""


class GivenUp(JobError):
    """A start whose answer was lost, and its author does not want another one."""


class NoVideos(JobError):
    """Films are not made here: there is no engine for them."""


class NotAdmitted(JobError):
    """The operator has not admitted this guild, or has refused it."""

    def __init__(self, guild_id: int) -> None:
        super().__init__(guild_id)
        self.guild_id = guild_id


class Paused(JobError):
    """Moderators have paused the studio in this guild."""


class Blocked(JobError):
    """Moderators have blocked the member, until then if there is an end."""

    def __init__(self, until: datetime | None) -> None:
        super().__init__(f"blocked until {until}")
        self.until = until


class WrongChannel(JobError):
    """Only some channels may be used; their ids."""

    def __init__(self, channels: Sequence[int]) -> None:
        super().__init__("not in this channel")
        self.channels = tuple(channels)


class WrongRole(JobError):
    """Only some roles may draw; their ids."""

    def __init__(self, roles: Sequence[int]) -> None:
        super().__init__("no role that may draw")
        self.roles = tuple(roles)


class TooNew(JobError):
    """The member joined the guild too recently."""

    def __init__(self, days: int, welcome_at: datetime) -> None:
        super().__init__(f"a member for less than {days} days")
        self.days = days
        self.welcome_at = welcome_at


class ForbiddenWords(JobError):
    """The guild's word list has a word of the prompt."""

    def __init__(self, word: str) -> None:
        super().__init__("a word of the guild's list")
        self.word = word


class AdultContent(JobError):
    """Adult content is drawn in age-restricted channels only; the word that says it is.

    `channels` are the ids of some where it would pass.
    """

    def __init__(self, word: str, channels: Sequence[int] = ()) -> None:
        super().__init__("adult content")
        self.word = word
        self.channels = tuple(channels)


class OverJobCap(TooDear):
    """One job may cost at most so much, in millicredits."""

    def __init__(self, needed_mc: int, cap_mc: int) -> None:
        super().__init__(f"{needed_mc} mc needed, {cap_mc} mc allowed for a job")
        self.needed_mc = needed_mc
        self.cap_mc = cap_mc


class OverDayCap(TooDear):
    """A member may spend so much a day, in millicredits; the next day begins at `resets_at`."""

    def __init__(self, needed_mc: int, spent_mc: int, cap_mc: int, resets_at: datetime) -> None:
        super().__init__(f"{needed_mc} mc needed, {spent_mc} of {cap_mc} mc spent today")
        self.needed_mc = needed_mc
        self.spent_mc = spent_mc
        self.cap_mc = cap_mc
        self.resets_at = resets_at


class TooManyJobs(JobError):
    """The member has so many jobs that wait or run."""

    def __init__(self, open_jobs: int, limit: int) -> None:
        super().__init__(f"{open_jobs} jobs are open, {limit} may")
        self.open_jobs = open_jobs
        self.limit = limit


class OverGuildBudget(TooDear):
    """The guild's budget of this month has less left than the job costs, in millicredits."""

    def __init__(self, needed_mc: int, left_mc: int, resets_at: datetime) -> None:
        super().__init__(f"{needed_mc} mc needed, {left_mc} mc left in the guild's budget")
        self.needed_mc = needed_mc
        self.left_mc = left_mc
        self.resets_at = resets_at


class OverCeiling(OverGuildBudget):
    """The operator's ceiling for the guild has less left in this month of UTC's."""


class NoSpace(JobError):
    """The disk has no room for more pictures."""
