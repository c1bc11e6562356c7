"""Private answers, whatever was answered before."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, cast

import aiohttp
import discord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from discord import Interaction

    from commands.ui.cards import Card

log = logging.getLogger(__name__)

TOO_LATE = 10062
"""Discord's code for an interaction whose three seconds are over, or that it never knew."""

ALREADY_ANSWERED = 40060
UNKNOWN_MESSAGE = 10008
"""Discord's code for a message that is not there any more."""

NOT_TAKEN = (discord.HTTPException, discord.RateLimited, aiohttp.ClientError, OSError)
"""Why Discord may not have taken something; a limit that is too long is no HTTPException."""

ORIGINAL = cast("int", "@original")
"""How Discord names the first answer to an interaction; of a press, its message."""


async def answer_privately(
    interaction: Interaction[Any], card: Card, files: Sequence[discord.File] = ()
) -> None:
    """Show a card with its files to the member alone, as the answer or after it."""
    given: dict[str, Any] = {"files": list(files)} if files else {}
    try:
        if interaction.response.is_done():
            await interaction.followup.send(view=card, ephemeral=True, **given)
        else:
            await interaction.response.send_message(view=card, ephemeral=True, **given)
    except discord.HTTPException as error:
        if not is_stale(error):
            raise
        log.info("interaction %s came too late or twice", interaction.id)


async def turn_over(interaction: Interaction[Any], card: Card) -> None:
    """Show a card in place of the private one that its button is on; others are left alone."""
    if interaction.message is not None and interaction.message.flags.ephemeral:
        await show_in_place(interaction, card)
    else:
        await answer_privately(interaction, card)


async def show_in_place(
    interaction: Interaction[Any],
    card: Card,
    files: Sequence[discord.File | discord.Attachment] | None = None,
    *,
    if_deleted: Card | None = None,
) -> None:
    """Show a card in place of the one that was pressed, or of the waiting answer.

    `files` replace those of the message, which keeps its own without them. Where the message was
    deleted meanwhile, the member alone is shown the same, or `if_deleted`.
    """
    given: dict[str, Any] = {} if files is None else {"attachments": files}
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(view=card, **given)
        else:
            await interaction.response.edit_message(view=card, **given)
    except discord.NotFound as error:
        if not is_deleted(error):
            raise
        log.info("the card of interaction %s was deleted meanwhile", interaction.id)
        if if_deleted is not None:
            await answer_privately(interaction, if_deleted)
            return
        unsent = [file for file in files or () if isinstance(file, discord.File)]
        for file in unsent:
            file.reset()
        await answer_privately(interaction, card, unsent)


async def answer_with_job(
    interaction: Interaction[Any],
    make_card: Callable[[], Card],
    make_files: Callable[[], list[discord.File]] = list,
    *,
    is_private: bool = False,
) -> int | None:
    """Show a card as the first answer, to everybody unless it is private; its id.

    There is none where the card was deleted before Discord said where it is.
    """
    answered = await interaction.response.send_message(
        view=make_card(), files=make_files(), ephemeral=is_private
    )
    if answered.message_id is not None:
        return answered.message_id
    # Discord has taken it, but over a bad line it did not say where it is.
    try:
        return (await interaction.original_response()).id
    except discord.NotFound as error:
        if not is_deleted(error):
            raise
        return None


def bears(components: Sequence[Any], mark: str) -> bool:
    """Whether a card's buttons or its small lines end with the mark."""
    return any(
        str(getattr(component, "custom_id", "")).endswith(f":{mark}")
        or _is_signed(str(getattr(component, "content", "")), mark)
        or bears(getattr(component, "children", ()), mark)
        for component in components
    )


def _is_signed(text: str, mark: str) -> bool:
    """Whether one of the small lines ends with the mark; a member's own words are on no such."""
    return any(line.startswith("-# ") and line.endswith(mark) for line in text.splitlines())


def is_deleted(error: Exception) -> bool:
    """Whether Discord does not know the message any more."""
    return isinstance(error, discord.NotFound) and error.code == UNKNOWN_MESSAGE


def is_stale(error: discord.HTTPException) -> bool:
    """Whether the interaction was answered before, or is over."""
    return error.code in (TOO_LATE, ALREADY_ANSWERED)
