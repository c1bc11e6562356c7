"""How large a file each guild takes: boosts raise it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import discord

from bot.delivery.discord_errors import PASSING
from bot.delivery.message_editor import TOKEN_LIFE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.client import Atelier
    from storage.jobs.jobs import Job

log = logging.getLogger(__name__)

DEFAULT_FILE_LIMIT = 10 << 20
MAX_MESSAGE_BYTES = 24 << 20
"""Under Discord's 25 MiB for a request."""

SMALLER_MESSAGES = (8 << 20, 2 << 20, 512 << 10)
"""What is tried where Discord, or what stands before it, finds a message too large all the same."""


@dataclass(frozen=True, slots=True)
class UploadLimit:
    """How many bytes each file may have, and all files of a message together."""

    file_bytes: int
    message_bytes: int = MAX_MESSAGE_BYTES

    @property
    def is_usual(self) -> bool:
        """Whether Discord takes at least so much, as far as it says."""
        return self.message_bytes == MAX_MESSAGE_BYTES


def upload_limits(limit_bytes: int) -> list[UploadLimit]:
    """What to try one after the other while files are too large, by the limit of a file."""
    # The limit of the interaction does not hold for the bot's own edits.
    usual = dict.fromkeys((limit_bytes, min(limit_bytes, DEFAULT_FILE_LIMIT)))
    smaller = [UploadLimit(min(limit_bytes, most), most) for most in SMALLER_MESSAGES]
    return [*(UploadLimit(limit) for limit in usual), *smaller]


class FileLimits:
    """Knows the limits from the gateway, or asks for them where there is none."""

    def __init__(self, client: Atelier, now: Callable[[], datetime]) -> None:
        self._client = client
        self._now = now
        self._asked: dict[int, int] = {}

    async def of_job(self, job: Job) -> int:
        """The limit where a job is shown now: its author's own while their token is used."""
        if job.file_limit_bytes and self._now() - job.token_given_at <= TOKEN_LIFE:
            return job.file_limit_bytes
        return await self.of(job.guild_id)

    async def of(self, guild_id: int) -> int:
        """The limit in bytes; the one of a guild without boosts where Discord does not tell."""
        guild = self._client.get_guild(guild_id)
        if guild:
            return guild.filesize_limit
        if guild_id not in self._asked:
            try:
                asked = await self._client.fetch_guild(guild_id, with_counts=False)
            except (discord.HTTPException, *PASSING) as error:
                log.info("guild %s does not tell its limits: %s", guild_id, type(error).__name__)
                return DEFAULT_FILE_LIMIT
            self._asked[guild_id] = asked.filesize_limit
        return self._asked[guild_id]
