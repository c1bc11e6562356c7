"""Turns the HTTP statuses of Stability's REST API into our errors, by what to do next.

| status | at a submit | at a poll, or where the balance is asked for |
|---|---|---|
| 3xx | Misconfigured: redirects are not followed | same |
| 400 | BadRequest or Declined, with the service's text about the input | ResultGone |
| 401 | Unauthorized | same |
| 402, 429 about the balance | OutOfCredit | same |
| 403, 422 | Declined, with the service's text about the input | same |
| 403 for the balance | | Unauthorized in the service's words, else Unreachable |
| 413 | Declined, with the service's text about the input | ResultGone |
| 404, 405 | Misconfigured: the host is no such API | ResultGone |
| 408 | AnswerLost: the time-out may be that of the work | TooSlow |
| 429 | Busy, for as long as it says, else 60 s | same |
| 500 with a body of the service | EngineFailed: another try or two may help | Unreachable |
| other 5xx, 500 with another body | AnswerLost: what is behind it may have drawn | Unreachable |
| 2xx but 200 | AnswerLost | GarbledAnswer |
"""

from __future__ import annotations

from datetime import timedelta

from generation.errors import (
    AnswerLost,
    BadRequest,
    Busy,
    Declined,
    EngineFailed,
    GarbledAnswer,
    GenerationError,
    Misconfigured,
    OutOfCredit,
    ResultGone,
    TooSlow,
    Unauthorized,
    Unreachable,
)
from generation.rest.refusal import RefusalText
from generation.stability.check import member_name
from generation.stability.operations import OPERATIONS

PAUSE = timedelta(seconds=60)
"""For how long the service refuses everything after a 429 that does not say it."""

ABOUT_INPUT = frozenset(
    {"bad_request", "content_moderation", "payload_too_large", "invalid_language", "public_figure"}
)
"""The names of refusals whose text is about what was sent."""

NOT_ABOUT_INPUT = ("authorization", "content-type")
"""What a text can name that is no field of the member's."""

FIELDS = frozenset(name for operation in OPERATIONS.values() for name in operation.fields)


class Refusal(RefusalText):
    """A status that is no success."""

    def at_submit(self) -> GenerationError:
        """Our error for a submit."""
        if self.status in (400, 403, 413, 422):
            return self._declined()
        if self.status in (404, 405):
            return Misconfigured("the host does not offer this service")
        if self.status == 500 and self.name and self.lines:
            return EngineFailed(self.text)
        if self.status >= 500 or self.status < 300 or self.status == 408:
            return AnswerLost(self.text)
        return self._anywhere() or Declined()

    def at_poll(self) -> GenerationError:
        """Our error for a poll, which pays nothing: what may pass is asked for again."""
        if self.status == 408:
            return TooSlow(self.text)
        if self.status in (403, 422):
            return self._declined()
        if self.status >= 500:
            return Unreachable(self.text, self.retry_after())
        if self.status < 300:
            return GarbledAnswer(self.text)
        return self._anywhere() or ResultGone(self.text)

    def at_balance(self) -> GenerationError:
        """Our error for a question about the account, without input that could be refused."""
        if self.status == 403:
            # Without words of the service's it comes from what stands before it.
            return Unauthorized(self.text) if self.lines or self.name else Unreachable(self.text)
        return self.at_poll()

    def _anywhere(self) -> GenerationError | None:
        if 300 <= self.status < 400:
            return Misconfigured("the address redirects elsewhere, which is not followed")
        if self.status == 401:
            return Unauthorized(self.text)
        if self.status == 402 or (self.status == 429 and "balance" in self.name):
            return OutOfCredit(self.text)
        if self.status == 429:
            pause = self.retry_after()
            return Busy(self.text, PAUSE if pause is None else pause)
        return None

    def _declined(self) -> BadRequest | Declined:
        lines = [line for line in self.lines if not line.startswith(NOT_ABOUT_INPUT)]
        if not lines or self.name not in ABOUT_INPUT:
            return Declined()
        name, colon, reason = lines[0].partition(": ")
        if len(lines) == 1 and colon and name in FIELDS:
            return BadRequest(member_name(name), reason)
        return Declined("; ".join(lines))
