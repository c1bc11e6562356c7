"""The link with which somebody adds the bot to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

if TYPE_CHECKING:
    from discord import AppInfo

PERMISSIONS = 274_878_024_704
"""View, send, send in threads, embed links, attach files, read history."""


def invite_link(application_id: int) -> str:
    """Discord's page that adds the bot, with the scopes and the permissions that it uses."""
    return discord.utils.oauth_url(
        application_id,
        permissions=discord.Permissions(PERMISSIONS),
        scopes=("bot", "applications.commands"),
    )


def obstacles(application: AppInfo) -> list[str]:
    """What the application's settings in the developer portal have against the link."""
    found: list[str] = []
    if not application.bot_public:
        found.append(
            "Only you can add it: “Public Bot” is off on the page “Bot” of the developer portal."
        )
    if application.bot_require_code_grant:
        found.append(
            "The link does not work as long as “Requires OAuth2 Code Grant” is on, on the page"
            " “Bot” of the developer portal: switch it off."
        )
    return found
