"""Turns the HTTP statuses of the image-to-video API into our errors, by what to do next.

| status | at a start | at a poll |
|---|---|---|
| 3xx | Misconfigured: redirects are not followed | same |
| 400, 422, other 4xx | BadRequest with the API's own words | ResultGone |
| 401 | Unauthorized | same |
| 402, 429 about the balance | OutOfCredit | same |
| 403 `content_moderation` | Filtered (the picture) | Filtered (the film) |
| 403 otherwise | Unauthorized | same |
| 404, 405 | Misconfigured: the host is no such API | ResultGone |
| 413, 415 | BadRequest (the image) | ResultGone |
| 429 | Busy, for the time-out that the API imposes | same |
| 408 | AnswerLost: the time-out may be that of the work | TooSlow |
| 502, 504 | AnswerLost: what is behind the gateway may have begun | Unreachable |
| 503 | Unreachable | same |
| 500 with a body of the service | GarbledAnswer | EngineFailed with its own words |
| 500, other 5xx | GarbledAnswer: another try or two may help | same |
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from generation.errors import (
    AnswerLost,
    BadRequest,
    Busy,
    EngineFailed,
    Filtered,
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
from generation.server_text import clean
from sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

MODERATION = "content_moderation"
"""The `name` of a 403 that is about the content (v2beta)."""

FIELDS = {
    "image": "image",
    "seed": "seed",
    "cfg_scale": "cfg",
    "motion_bucket_id": "motion",
    "engine_id": "engine",
    "prompt": "prompt",
    "negative_prompt": "prompt",
}
"""The API's names of its fields, and those that members know."""


class Refusal(RefusalText):
    """A status that is no success; `penalty` is the time-out that a 429 imposes at least."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, key: str, penalty: timedelta
    ) -> None:
        super().__init__(status, headers, body, key)
        self.penalty = penalty

    def at_start(self) -> GenerationError:
        """Our error for a start that was refused."""
        if self.status in (404, 405):
            return Misconfigured("the host does not offer this service")
        if self.status in (413, 415):
            return BadRequest(
                "image", self._said(Sentence("the engine does not take a picture like this"))
            )
        if self.status in (408, 502, 504):
            return AnswerLost(self.text)
        if self.status == 403 and self.name == MODERATION:
            return Filtered("picture")
        return self._anywhere() or self._bad_request()

    def at_poll(self) -> GenerationError:
        """Our error for a poll that was refused."""
        if self.status == 500 and self.name and self.lines:
            return EngineFailed(self.text)
        if self.status == 408:
            return TooSlow(self.text)
        if self.status in (502, 504):
            return Unreachable(self.text, self.retry_after())
        if self.status == 403 and self.name == MODERATION:
            return Filtered("film")
        return self._anywhere() or ResultGone(self.text)

    def _anywhere(self) -> GenerationError | None:
        if 300 <= self.status < 400:
            return Misconfigured("the address redirects elsewhere, which is not followed")
        if self.status in (401, 403):
            return Unauthorized(self.text)
        if self.status == 402 or (self.status == 429 and "balance" in self.name):
            return OutOfCredit(self.text)
        if self.status == 429:
            return Busy(self.text, max(self.retry_after() or timedelta(0), self.penalty))
        if self.status == 503:
            return Unreachable(self.text, self.retry_after())
        if 400 <= self.status < 500:
            return None
        return GarbledAnswer(self.text)

    def _bad_request(self) -> BadRequest:
        for line in self.lines:
            name, colon, reason = line.partition(": ")
            if colon and name in FIELDS:
                return BadRequest(FIELDS[name], reason)
        return BadRequest(
            "request", self._said(Sentence("the engine refuses it and does not say why"))
        )

    def _said(self, otherwise: str) -> str:
        return clean("; ".join(self.lines)) or otherwise
