"""What can go wrong with a generation, classified by what to do next.

The exceptions carry facts only; the sentences that members read are in
`commands.ui.error_messages`. Their
`args` are their constructor's, so that they survive pickling between processes and into storage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta


class GenerationError(Exception):
    """A generation that did not come about."""


class Refused(GenerationError):
    """The request itself is at fault: tell the member, never retry."""


class BadRequest(Refused):
    """A field of the request is not what the engine takes."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"


class Filtered(Refused):
    """The engine's safety filter withheld the prompt or every picture."""

    def __init__(self, what: str = "prompt") -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"the {self.what} was filtered"


class Declined(Refused):
    """The service does not draw that; `reason` is its own text, where that is about the input."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason or type(self).__name__


class UnknownEngine(Refused):
    """No engine of that name is offered; `offered` are those that are."""

    def __init__(
        self, engine_id: str, nearest: str | None = None, offered: tuple[str, ...] = ()
    ) -> None:
        super().__init__(engine_id, nearest, offered)
        self.engine_id = engine_id
        self.nearest = nearest
        # Read back from JSON, it is a list.
        self.offered = tuple(offered)

    def __str__(self) -> str:
        return f"unknown engine {self.engine_id}"


class EngineAway(Refused):
    """An engine that is known is not offered at the moment; without an id, none is.

    `is_off` says that waiting alone does not help; `others` are the ids that are offered.
    """

    def __init__(self, engine_id: str, is_off: bool = False, others: tuple[str, ...] = ()) -> None:
        super().__init__(engine_id, is_off, others)
        self.engine_id = engine_id
        self.is_off = is_off
        self.others = others

    def __str__(self) -> str:
        return f"{self.engine_id or 'every engine'} is away"


class ResultGone(Refused):
    """The API does not know the result, or no longer: results are kept for 24 hours."""


class Unavailable(GenerationError):
    """The engine cannot answer now: keep the job and its hold, try again later."""

    def __init__(self, detail: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(detail, retry_after)
        self.detail = detail
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.detail or type(self).__name__


class Busy(Unavailable):
    """The engine is over its rate or concurrency limit."""


class Unreachable(Unavailable):
    """The engine cannot be reached, or broke off."""


class TooSlow(Unavailable):
    """The engine did not answer within the deadline."""


class GarbledAnswer(GenerationError):
    """The engine answered with something that is no picture or film as asked for.

    Worth another try or two, but not the wait that an absent engine gets.
    """

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail or type(self).__name__


class EngineFailed(GarbledAnswer):
    """The engine says that it failed, and by its own words another try may help."""


class AnswerLost(GenerationError):
    """A request was sent, but not answered: whether something was made and paid is not known.

    Never repeated without asking its author.
    """

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail or type(self).__name__


class Misconfigured(GenerationError):
    """The operator has to act: stop, wake them, apologise to the member."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail or type(self).__name__


class Unauthorized(Misconfigured):
    """The engine does not accept the key."""


class OutOfCredit(Misconfigured):
    """The account at the engine has no credit left."""
