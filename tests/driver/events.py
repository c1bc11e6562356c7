"""What a driver of the playground gets to hear: events, outcomes and refusals."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from playground.wire import Json

MESSAGE_EVENTS = ("message_create", "message_update")
Field: TypeAlias = str | bool | list[str]
"""What a member enters into one field of a form."""


class DriveRefused(Exception):
    """The playground would not let the member do that: HTTP status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event."""

    type: str
    data: Json


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an interaction; `ack_ms` is milliseconds from dispatch to first response."""

    id: str
    kind: str
    state: str
    ack_type: int | None
    ack_ms: float | None
    ephemeral: bool
    message: Json | None
    modal: Json | None
    followups: list[Json]
    error: str | None


class Ear:
    """Everything that one member has heard since the driver began to listen for them."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.listening = asyncio.Event()
        self.news = asyncio.Condition()

    async def hear(self, event: Event) -> None:
        """Keep an event and wake whoever waits."""
        async with self.news:
            self.events.append(event)
            self.news.notify_all()
