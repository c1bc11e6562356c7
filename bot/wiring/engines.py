"""What draws and films: the hosts with what they offer, and where films are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.wiring.hosts import ask_at_the_start, open_hosts
from bot.wiring.upgrade_notes import tell_of_changes
from bot.wiring.video_service import open_video_service
from generation.catalogue.engine import VIDEO

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AsyncExitStack

    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from bot.wiring.video_service import VideoService
    from generation.catalogue.catalogue import Catalogue, Engine
    from generation.hosts.hosts import Hosts
    from generation.hosts.offered import OfferedCatalogue
    from media.pool import MediaPool
    from storage.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The hosts of those that draw, and where films are made, if anywhere."""

    hosts: Hosts
    videos: VideoService | None

    @property
    def known(self) -> Catalogue:
        """The whole catalogue, offered or not."""
        return self.hosts.known

    @property
    def offered(self) -> OfferedCatalogue:
        """What draws now."""
        return self.hosts.offered

    @property
    def upscalers(self) -> OfferedCatalogue:
        """What makes pictures larger now."""
        return self.hosts.upscalers

    @property
    def editors(self) -> OfferedCatalogue:
        """What edits pictures now."""
        return self.hosts.editors

    @property
    def default(self) -> Engine | None:
        """What draws where no engine is named; None where nothing draws now."""
        return self.hosts.default

    @property
    def video_engine(self) -> Engine | None:
        """What makes films where no engine is named, if anything does."""
        return self.videos.engine if self.videos else None

    @property
    def video_engines(self) -> Sequence[Engine]:
        """What makes films now, the usual one first."""
        return self.videos.engines if self.videos else ()

    def is_metered(self, engine_id: str) -> bool:
        """Whether what an engine makes costs the operator money; without an id, whether any."""
        engine = self.known.find(engine_id)
        if engine is not None and engine.kind == VIDEO:
            return self._are_videos_metered
        return self.hosts.is_metered(engine_id) or (engine is None and self._are_videos_metered)

    @property
    def _are_videos_metered(self) -> bool:
        return self.videos is not None and not self.videos.server.is_own


async def open_engines(
    settings: Settings,
    server: EmbeddedServer | None,
    stack: AsyncExitStack,
    pool: MediaPool,
    database: Database,
) -> Engines:
    """The engines as the settings name them; `server` is the embedded one that starts.

    Raises:
        CannotStart
    """
    if server:
        await server.wait_until_ready()
    hosts = await open_hosts(settings, server, stack, database, pool)
    await ask_at_the_start(hosts)
    tell_of_changes(settings)
    videos = await open_video_service(settings, server, hosts, stack, pool, database)
    return Engines(hosts=hosts, videos=videos)
