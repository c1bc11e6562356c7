"""Where Discord is: its own address, or another one that speaks the same protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aiohttp
import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.errors import CannotStart

if TYPE_CHECKING:
    from bot.settings import Settings

ASK_LIMIT_S = 10


class NoGateway(CannotStart):
    """The address given for Discord does not name a gateway."""


async def configure_discord_urls(settings: Settings) -> None:
    """Point discord.py at the address of the settings.

    The library keeps its addresses as class attributes and offers no other way; this is the one
    place that touches them.

    Raises:
        NoGateway: no gateway is set and the address names none.
    """
    if settings.is_real_discord:
        return
    Route.BASE = settings.atelier_discord_api
    origin = str(yarl.URL(settings.atelier_discord_api).origin())
    discord.Asset.BASE = origin  # pyright: ignore[reportAttributeAccessIssue]
    gateway = settings.atelier_discord_gateway or await _ask(settings.atelier_discord_api)
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)


async def _ask(api: str) -> str:
    timeout = aiohttp.ClientTimeout(total=ASK_LIMIT_S)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{api}/gateway") as answer,
        ):
            answer.raise_for_status()
            return str((await answer.json(content_type=None))["url"])
    except (aiohttp.ClientError, TimeoutError, ValueError, LookupError, TypeError) as error:
        raise NoGateway(
            f"ATELIER_DISCORD_API {api} cannot be reached: {type(error).__name__}."
        ) from error
