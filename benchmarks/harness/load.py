"""The load generator, a process of its own: `python -m benchmarks.load`, its order as JSON.

Arrivals are fixed in advance (open loop), so that a slow bot does not slow down its own load; or a
fixed number of members act one after the other (closed loop). The latency of an acknowledgement is
the playground's own figure, from the dispatch to the body of the callback, so what happens in here
is no part of it; how late this process itself was and how much processor it took is told as well.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import aiohttp

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE_WITHIN_S = 60
LOOK_EVERY_S = 0.1
CHANNEL = "studio"
DISCORD_EPOCH_MS = 1_420_070_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to do: `count` interactions, `rate` a second or `at_once` members in a row.

    `{n}` in a text option becomes the number of the interaction, beginning with `first`.
    """

    url: str
    command: str
    options: dict[str, Any]
    members: list[str]
    count: int
    rate: float = 0.0
    at_once: int = 1
    first: int = 1
    until_picture: bool = False


@dataclass(slots=True)
class Played:
    """What came of it; a failure is an interaction without an acknowledgement or its picture."""

    interactions: list[str] = field(default_factory=list[str])
    acks_ms: list[float] = field(default_factory=list[float])
    pictures_s: list[float] = field(default_factory=list[float])
    whole_s: list[float] = field(default_factory=list[float])
    """From the command to its picture."""

    late_ms: list[float] = field(default_factory=list[float])
    failures: list[str] = field(default_factory=list[str])
    seconds: float = 0.0
    cpu_s: float = 0.0

    @classmethod
    def from_json(cls, text: str) -> Self:
        """What the process printed."""
        return cls(**json.loads(text))


class Generator:
    """Plays one order."""

    def __init__(self, order: Order, session: aiohttp.ClientSession) -> None:
        self._order = order
        self._session = session
        self._played = Played()
        self._members = itertools.cycle(order.members)
        self._pending: list[str] = []

    async def play(self) -> Played:
        """Do everything and wait until the last picture is there."""
        began, used = time.perf_counter(), time.process_time()
        numbers = iter(range(self._order.first, self._order.first + self._order.count))
        if self._order.rate:
            await self._at_fixed_times(numbers)
        else:
            await asyncio.gather(*(self._in_a_row(numbers) for _ in range(self._order.at_once)))
        if not self._order.until_picture:
            self._played.seconds = time.perf_counter() - began
        for interaction in self._pending:
            await self._wait_for_picture(interaction)
        self._played.seconds = self._played.seconds or time.perf_counter() - began
        self._played.cpu_s = time.process_time() - used
        return self._played

    async def _at_fixed_times(self, numbers: Iterator[int]) -> None:
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for position, number in enumerate(numbers):
                due = began + position / self._order.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                self._played.late_ms.append((time.perf_counter() - due) * 1000)
                group.create_task(self._act(number))

    async def _in_a_row(self, numbers: Iterator[int]) -> None:
        for number in numbers:
            interaction = await self._act(number)
            if interaction and self._order.until_picture:
                self._pending.remove(interaction)
                await self._wait_for_picture(interaction)

    async def _act(self, number: int) -> str | None:
        """Use the command once; the interaction when it was acknowledged."""
        options = {
            name: value.replace("{n}", str(number)) if isinstance(value, str) else value
            for name, value in self._order.options.items()
        }
        body = {
            "command": self._order.command,
            "options": options,
            "member": next(self._members),
            "channel": CHANNEL,
        }
        async with self._session.post("drive/invoke", json=body) as answer:
            outcome: dict[str, Any] = await answer.json()
        acknowledged = outcome.get("ack_ms")
        # A card that only its member sees is a refusal where a picture is wanted.
        if acknowledged is None or (self._order.until_picture and outcome["ephemeral"]):
            self._played.failures.append(json.dumps(outcome)[:500])
            return None
        self._played.interactions.append(outcome["id"])
        self._played.acks_ms.append(acknowledged)
        if self._order.until_picture:
            self._pending.append(outcome["id"])
        return outcome["id"]

    async def _wait_for_picture(self, interaction: str) -> None:
        until = time.perf_counter() + PICTURE_WITHIN_S
        while True:
            async with self._session.get(f"drive/interactions/{interaction}") as answer:
                message: dict[str, Any] | None = (await answer.json())["message"]
            if message and message["attachments"]:
                self._played.pictures_s += _waited_s(message)
                self._played.whole_s.append(_whole_s(int(interaction), message))
                return
            if time.perf_counter() > until:
                self._played.failures.append(f"no picture came: {json.dumps(message)[:500]}")
                return
            await asyncio.sleep(LOOK_EVERY_S)


def _waited_s(message: dict[str, Any]) -> list[float]:
    """From the card to its picture; a deferred answer had no card before."""
    if message["edited_timestamp"] is None:
        return []
    posted, edited = (
        datetime.fromisoformat(message[name]) for name in ("timestamp", "edited_timestamp")
    )
    return [(edited - posted).total_seconds()]


def _whole_s(interaction_id: int, message: dict[str, Any]) -> float:
    """By the playground's clock: an id tells when the interaction was made."""
    shown = datetime.fromisoformat(message["edited_timestamp"] or message["timestamp"])
    return shown.timestamp() - ((interaction_id >> 22) + DISCORD_EPOCH_MS) / 1000


async def play(order: Order) -> Played:
    """Play an order in this process."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(order.url, connector=connector) as session:
        return await Generator(order, session).play()


def main() -> None:
    """Play the order that standard input holds."""
    played = asyncio.run(play(Order(**json.loads(sys.stdin.read()))))
    print(json.dumps(asdict(played)))


if __name__ == "__main__":
    main()
