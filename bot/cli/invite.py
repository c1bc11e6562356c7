"""`invite`: the link with which the bot is added to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.client import Atelier
from bot.clock import now
from bot.discord_address import configure_discord_urls
from bot.errors import CannotStart
from bot.invitation import invite_link, obstacles
from bot.login import log_in

if TYPE_CHECKING:
    from bot.settings import Settings


async def told(settings: Settings) -> str:
    """The link, and what is in its way.

    Raises:
        CannotStart: there is no token, Discord does not take it, or cannot be reached.
    """
    if not settings.discord_token.get_secret_value():
        raise CannotStart("DISCORD_TOKEN is not set, so it is not known which bot to invite.")
    await configure_discord_urls(settings)
    async with Atelier(now) as client:
        await log_in(client, settings)
        application = client.application
        assert application
        return "\n".join([invite_link(application.id), *obstacles(application)])
