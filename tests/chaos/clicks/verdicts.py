"""Whether an interaction was answered, and something came of it."""

from __future__ import annotations

import asyncio
import copy
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.rest.callbacks import DEFER_REPLY, DEFER_UPDATE, UPDATE
from playground.world.messages import MessageFlag

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.wire import Json
    from playground.world.interactions import Interaction
    from playground.world.messages import Message
    from playground.world.world import World

COMPLETED_WITHIN_S = 40
LOOKS_EVERY_S = 0.05
BROKEN = "Something went wrong"
"""What members are told after a fault that nobody expected."""

MAY_STAY_SAME = frozenset({"jobs_refresh"})
"""They show what is, which may be what was."""


@dataclass(frozen=True, slots=True)
class Before:
    """A message as it was before somebody pressed something on it."""

    components: list[Json]
    edited_at: float | None

    @classmethod
    def of(cls, message: Message) -> Before:
        """A message as it is now."""
        return cls(copy.deepcopy(message.components), message.edited_at)


async def complaint(
    world: World, interaction: Interaction, action: str, before: Before | None
) -> str | None:
    """What is wrong with how an interaction was answered; None if nothing is."""
    wrong = await _unanswered(world, interaction, action, before)
    answers = [interaction.original, *interaction.followups]
    if wrong is None and any(BROKEN in str(one.components) for one in answers if one):
        return f"{action}: {BROKEN}"
    return wrong


async def _unanswered(
    world: World, interaction: Interaction, action: str, before: Before | None
) -> str | None:
    if interaction.state != "acknowledged":
        return f"{action}: {interaction.error}"
    if interaction.ack_type == DEFER_REPLY:
        if await _comes(lambda: not _is_thinking(world, interaction)):
            return None
        return f"{action}: the bot thinks, and never answers"
    if interaction.ack_type == DEFER_UPDATE:
        if await _comes(lambda: _has_effect(world, interaction, before)):
            return None
        return f"{action}: nothing comes of it"
    source = interaction.source
    if interaction.ack_type == UPDATE and source and before and action not in MAY_STAY_SAME:
        is_same = source.components == before.components and not interaction.followups
        return f"{action}: the message stays as it was" if is_same else None
    return None


async def _comes(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + COMPLETED_WITHIN_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(LOOKS_EVERY_S)
    return True


def _is_thinking(world: World, interaction: Interaction) -> bool:
    original = interaction.original
    if original is None or not is_there(world, original):
        return not interaction.followups
    return original.has(MessageFlag.LOADING)


def _has_effect(world: World, interaction: Interaction, before: Before | None) -> bool:
    source = interaction.source
    if interaction.followups or source is None or before is None:
        return True
    return source.edited_at != before.edited_at or not is_there(world, source)


def is_there(world: World, message: Message) -> bool:
    """Whether a message was not deleted."""
    log = world.channels[message.channel_id].messages
    return log.get(message.id, message.visible_to) is message
