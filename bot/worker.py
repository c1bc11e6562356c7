"""A worker: executes jobs and shows them over REST, without a connection to the gateway."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from bot.background.host_watch import watch_hosts
from bot.background.maintenance import run_with_upkeep
from bot.errors import CannotStart
from bot.login import log_in
from bot.session import offers, opened_for

if TYPE_CHECKING:
    from bot.settings import Settings
    from bot.wiring.services import Services


def check(settings: Settings) -> None:
    """Refuse what a worker cannot work with.

    Raises:
        CannotStart: in one sentence.
    """
    if settings.is_sqlite:
        raise CannotStart(
            "--worker needs PostgreSQL: set ATELIER_DATABASE_URL, since a SQLite file has room for"
            " one process only."
        )
    if settings.is_embedded:
        raise CannotStart(
            "--worker needs STABILITY_HOST, STABILITY_KEY or ATELIER_INFERENCE_HOST: the embedded"
            " painter belongs to the bot that starts it."
        )


async def run(settings: Settings) -> None:
    """Execute jobs until cancelled.

    Raises:
        CannotStart: what cannot be used, in one sentence.
    """
    async with opened_for(settings, None) as services:
        await log_in(services.client, settings)
        await run_with_upkeep(services, _wait(services), watch_hosts(services.hosts))


async def _wait(services: Services) -> None:
    offered = offers(services.hosts)
    sys.stdout.write(f"Atelier worker ready: {services.runner.executor_id}, {offered}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()
