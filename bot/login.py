"""Logging in: what Discord may object to, in one sentence each."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import discord

from bot.errors import CannotStart
from commands.ui.answers import NOT_TAKEN

if TYPE_CHECKING:
    from collections.abc import Generator

    from bot.client import Atelier
    from bot.settings import Settings


async def log_in(client: Atelier, settings: Settings) -> None:
    """Let Discord know who we are; afterwards its REST routes can be used.

    Raises:
        CannotStart: the token is not accepted, or Discord cannot be reached.
    """
    with discord_at_the_start():
        try:
            await client.login(settings.discord_token.get_secret_value())
        except discord.LoginFailure:
            raise CannotStart("Discord does not accept DISCORD_TOKEN.") from None


@contextmanager
def discord_at_the_start() -> Generator[None]:
    """While the program starts, an error of Discord ends it with a sentence."""
    try:
        yield
    except NOT_TAKEN as error:
        raise CannotStart(f"Discord cannot be reached: {type(error).__name__}.") from error
