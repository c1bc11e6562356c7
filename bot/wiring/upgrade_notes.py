"""What settings of an earlier version mean now, said once at the start."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings

log = logging.getLogger(__name__)

REST_NOW = (
    "STABILITY_KEY alone means the engines of Stability's REST API; earlier versions went to its"
    " gRPC host, which STABILITY_HOST=grpc.stability.ai:443 still names"
)
NO_FILMS = (
    "no films are made: Stability ended its video service in July 2025; with a server of your own"
    " (ATELIER_INFERENCE_HOST, ATELIER_INFERENCE_REST) there are films"
)
FREE_OF_LIMITS = (
    "ATELIER_GUILD_CEILING and ATELIER_RATE_LIMIT hold for hosts that cost money, and none is set"
)


def tell_of_changes(settings: Settings) -> None:
    """Say in the log what is not as it was, a sentence each."""
    for note in notes(settings):
        log.info("%s", note)


def notes(settings: Settings) -> list[str]:
    """The sentences that these settings call for."""
    limits = settings.atelier_guild_ceiling or settings.atelier_rate_limit
    is_free = not (settings.api_address or settings.stability_host or settings.video_address)
    found = {
        REST_NOW: bool(settings.api_address) and not settings.stability_api,
        NO_FILMS: settings.are_videos_over,
        FREE_OF_LIMITS: bool(limits) and is_free,
    }
    return [note for note, is_needed in found.items() if is_needed]
