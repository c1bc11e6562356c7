"""The baseline: a bot of discord.py alone that only defers and posts as many bytes as Atelier.

Its words come from a JSON file: how long the components of an answer are, and which picture to
post. It has no database, no jobs and no engine, and builds its answers anew each time.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from discord.ui import Container, LayoutView, MediaGallery, TextDisplay

PICTURE = "picture.png"


class Bare(discord.Client):
    """Answers /credits at once, and /imagine with a picture after a defer."""

    def __init__(self, script: dict[str, Any]) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.tree = app_commands.CommandTree(self)
        self._credits_bytes: int = script["credits_bytes"]
        self._card_bytes: int = script["card_bytes"]
        self._picture = Path(script["picture"])

    async def setup_hook(self) -> None:
        """Register both commands."""

        @self.tree.command(name="credits", description="A private answer.")
        async def credits_(interaction: discord.Interaction[Bare]) -> None:
            view = of_size(self._credits_bytes)
            await interaction.response.send_message(view=view, ephemeral=True)

        @self.tree.command(name="imagine", description="A picture.")
        async def imagine(
            interaction: discord.Interaction[Bare], prompt: str, size: str | None = None
        ) -> None:
            _ = prompt, size
            await interaction.response.defer()
            view = of_size(self._card_bytes, f"attachment://{PICTURE}")
            file = discord.File(self._picture, filename=PICTURE)
            await interaction.edit_original_response(view=view, attachments=[file])

        _ = credits_, imagine
        await self.tree.sync()

    async def on_connect(self) -> None:
        """Say that it is ready, as Atelier does at the same moment."""
        print("Bare bot ready", flush=True)


def of_size(size_bytes: int, picture: str | None = None) -> LayoutView:
    """A view whose components are that long as JSON."""
    empty = len(json.dumps(_view("", picture).to_components()))
    return _view("x" * max(1, size_bytes - empty), picture)


def _view(text: str, picture: str | None) -> LayoutView:
    container: Container[LayoutView] = Container(TextDisplay(text))
    if picture:
        container.add_item(MediaGallery(discord.MediaGalleryItem(picture)))
    return LayoutView(timeout=None).add_item(container)


def main() -> None:
    """Run with the address and the token that Atelier would be given."""
    script = json.loads(Path(sys.argv[1]).read_text())
    Route.BASE = os.environ["ATELIER_DISCORD_API"]
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["ATELIER_DISCORD_GATEWAY"])
    Bare(script).run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
