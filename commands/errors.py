"""What a command refuses by itself; the sentences are in `commands.ui.error_messages`."""

from __future__ import annotations

from generation.errors import GenerationError
from jobs.errors import JobError
from prompts import PromptError
from storage.errors import DatabaseUnavailable


class CommandError(Exception):
    """Something that a command does not do."""


REFUSALS = (PromptError, GenerationError, JobError, CommandError, DatabaseUnavailable)
"""What is answered with a sentence of its own."""


class CannotPost(CommandError):
    """The bot lacks permissions in the channel, named as Discord's settings name them."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        super().__init__(", ".join(missing))
        self.missing = missing


class BadUpload(CommandError):
    """An uploaded file that is no usable picture; `field` is the option."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class DraftGone(CommandError):
    """What a member typed or chose, and a button or a form refers to, is not kept any more."""


class AgeRestricted(CommandError):
    """It was drawn in an age-restricted channel, and is shown in such ones only."""


class NotShared(CommandError):
    """The author of a result does not let others use what they have made."""


class AlreadyOrdered(CommandError):
    """The same press was taken before: a double click, or a confirmation used twice."""


class OrderedBefore(CommandError):
    """A button that makes one job was pressed again after that job was over."""


class MessageDeleted(CommandError):
    """The message that was to show the answer was deleted meanwhile."""


class NotTaken(CommandError):
    """The job is over, but Discord does not let its card be changed now."""


class AlreadyDecided(CommandError):
    """Another moderator has done that, or something that settles it."""


class NotConfirmed(CommandError):
    """The member has not confirmed the price yet; what they have, in millicredits."""

    def __init__(self, available_mc: int) -> None:
        super().__init__(f"{available_mc} mc available")
        self.available_mc = available_mc


class NotOperator(CommandError):
    """Only the operator of the bot may do that."""


class NoStart(CommandError):
    """A film starts from a picture or from words: from one of them, and neither was given."""


class NoCameraMove(CommandError):
    """An option of a camera move, and no move; `field` is the option."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class BadInput(CommandError):
    """An option that cannot be used; `field` is its name."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class NotInGuild(CommandError):
    """Commands, buttons and forms work in servers only."""


class NotModerator(CommandError):
    """Only moderators, who may time members out, may do that."""


class NotManager(CommandError):
    """Only those who may manage the guild may do that."""


class GiftsOff(CommandError):
    """Moderators have not allowed gifts in this guild."""


class GiftWithoutAmount(CommandError):
    """A gift needs an amount."""


class GiftWithoutMember(CommandError):
    """An amount of credits needs somebody who gets them."""


class StillAtWork(CommandError):
    """The job is not over yet."""


class ReportedBefore(CommandError):
    """The member has reported that job already."""


class TooManyReports(CommandError):
    """The member has reported so many jobs within a day."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} reports a day")
        self.limit = limit
