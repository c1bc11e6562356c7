"""Lines about an order: how it was read, where it waits, what it will cost and what is missing."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from commands.languages import marked, say, say_count
from commands.ui.error_messages import words
from commands.ui.text import credits_of, listed, quoted, weight
from generation import credits as money
from generation.errors import BadRequest, Declined
from prompts import PromptError, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta

    from jobs.runner.estimate import WaitEstimate
    from prompts import Segment

NOUNS = (
    marked("picture"),
    marked("pictures"),
    marked("film"),
    marked("frame"),
    marked("frames"),
    marked("part"),
    marked("parts"),
    marked("prompt"),
)
"""What jobs make and what engines withhold, as kinds and orders name it."""

MAX_LIST = 800
"""Characters of what may be long: readings and notices."""

REMEMBERED = 64
"""Prompts that were read last."""

MAX_SECONDS = 120
"""From here on a wait is told in minutes."""


def readings(*prompts: str) -> list[str]:
    """How the weights of the prompts were read, where there are any."""
    room = MAX_LIST // len(prompts)
    return [line for prompt in prompts if (line := _reading(prompt, room))]


def _reading(prompt: str, room: int) -> str:
    segments = _segments(prompt)
    if all(segment.weight == 1 for segment in segments):
        return ""
    read = [f"{quoted(segment.plain, 80)} ×{weight(segment.weight)}" for segment in segments]
    return say("Read as: {read}", read=listed(read, " · ", room))


@lru_cache(maxsize=REMEMBERED)
def _segments(prompt: str) -> tuple[Segment, ...]:
    """The parts of a prompt, none if it cannot be read; a job's card is made many times."""
    try:
        return parse(prompt).segments
    except PromptError:
        return ()


def notices(texts: Sequence[str]) -> str:
    """Small lines about how an order was read."""
    return listed([f"-# {quoted(text)}" for text in texts], "\n", MAX_LIST)


def place_in_line(wait_estimate: WaitEstimate) -> str:
    """Where a waiting job is, and when it will be ready."""
    place = _ahead(wait_estimate.ahead) if wait_estimate.ahead else say("Next in line")
    if wait_estimate.ready_in is None:
        return place
    return say(
        "{place} · ready in {duration}", place=place, duration=_duration(wait_estimate.ready_in)
    )


def _ahead(count: int) -> str:
    return say_count("{count} order ahead of yours", "{count} orders ahead of yours", count)


def _duration(duration: timedelta) -> str:
    seconds = max(1, round(duration.total_seconds()))
    if seconds < MAX_SECONDS:
        return say_count("{count} second", "{count} seconds", seconds)
    return say("{count} minutes", count=round(seconds / 60))


def held(price_mc: int, arrives: str) -> str:
    """What is reserved for a job, and when it will be charged."""
    return say(
        "{price} reserved; charged only when {arrives}",
        price=credits_of(money.price(price_mc)),
        arrives=arrives,
    )


def arrives(noun: str, count: int = 1) -> str:
    """That so many of what the noun says are delivered, as a part of a sentence."""
    return say_count("the {noun} is delivered", "the {noun}s are delivered", count, noun=say(noun))


def missing_line(count: int, unit: str, failure: Exception) -> str:
    """How many units of a result are missing, and why."""
    what = say_count(
        "1 {unit} is missing and not charged.",
        "{count} {unit}s are missing and not charged.",
        count,
        unit=say(unit),
    )
    why = words(failure)
    # What the service says of the input is something that its author can mend.
    detail = why.detail if isinstance(failure, BadRequest | Declined) else ""
    return f"{what} {why.headline} {detail}".rstrip()
