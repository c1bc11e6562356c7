"""The running bot: logged in, commands registered, jobs taken up, connected and kept connected."""

from __future__ import annotations

import asyncio
import logging
import sys
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

import discord

from bot.background.host_watch import watch_hosts
from bot.background.maintenance import run_with_upkeep
from bot.background.monitor import run_maintenance
from bot.command_sync import sync
from bot.discord_address import configure_discord_urls
from bot.errors import CannotStart
from bot.health import show_health
from bot.invitation import invite_link
from bot.login import discord_at_the_start, log_in
from bot.wiring.services import opened
from commands import discover
from commands.ui.answers import NOT_TAKEN
from generation.edits import EditAction
from storage.jobs.artifacts import ArtifactsError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from bot.client import Atelier
    from bot.embedded import EmbeddedServer
    from bot.settings import Settings
    from bot.wiring.services import Services
    from generation.catalogue.engine import Engine
    from generation.hosts.hosts import Hosts

log = logging.getLogger(__name__)

LONGEST_PAUSE_S = 60
AUTHENTICATION_FAILED = 4004


async def run(settings: Settings, server: EmbeddedServer | None) -> None:
    """Open everything and run until cancelled; `server` is the embedded one, which still starts.

    Raises:
        CannotStart: what cannot be used, in one sentence.
    """
    async with opened_for(settings, server) as services:
        await _serve(settings, services)


@asynccontextmanager
async def opened_for(settings: Settings, server: EmbeddedServer | None) -> AsyncGenerator[Services]:
    """Everything opened, with what is wrong in one sentence.

    Raises:
        CannotStart
    """
    try:
        await configure_discord_urls(settings)
        async with opened(settings, server) as services:
            yield services
    except ArtifactsError as error:
        raise CannotStart(f"{error}.") from error


async def _serve(settings: Settings, services: Services) -> None:
    client = services.client
    client.use(discover(services.commands))
    services.guild_events.listen()
    await log_in(client, settings)
    await _register_commands(client, settings)
    await run_with_upkeep(
        services,
        _stay_connected(client),
        _say_ready(services),
        watch_hosts(services.hosts),
        _offer_late(settings, services),
        run_maintenance(services.sweeper, services.monitor),
        show_health(client, settings.atelier_state),
    )


async def _offer_late(settings: Settings, services: Services) -> None:
    """Register the commands again, once each, when something comes to be offered that was not."""
    engines = services.commands.engines
    looks: dict[str, Callable[[], bool]] = {
        "films": lambda: engines.video is not None,
        "control pictures": lambda: bool(engines.controls),
        "LoRAs": lambda: engines.has_adapters,
        "edits": lambda: engines.has_masks,
        **{
            f"edits ({action})": partial(_has_some, engines.editors_for, action)
            for action in EditAction
        },
    }
    missing = {what for what, is_offered in looks.items() if not is_offered()}

    def found() -> set[str]:
        return {what for what in missing if looks[what]()}

    while missing:
        await services.hosts.wait_until(lambda: bool(found()))
        come = found()
        missing -= come
        await _register_again(settings, services, " and ".join(sorted(come)))


def _has_some(find: Callable[[EditAction], Sequence[Engine]], action: EditAction) -> bool:
    return bool(find(action))


async def _register_again(settings: Settings, services: Services, what: str) -> None:
    services.client.use(discover(services.commands))
    try:
        await sync(services.client, settings.atelier_sync_guild)
    except NOT_TAKEN as error:
        log.warning("%s are offered from the next start on: %s", what, type(error).__name__)
        return
    log.info("the commands were registered again, with %s", what)


async def _register_commands(client: Atelier, settings: Settings) -> None:
    with discord_at_the_start():
        try:
            await sync(client, settings.atelier_sync_guild)
        except (discord.Forbidden, discord.NotFound) as error:
            guild_id = settings.atelier_sync_guild or "every server"
            raise CannotStart(
                f"Discord lets the bot register no commands in {guild_id} (ATELIER_SYNC_GUILD):"
                f" {error.text.rstrip('.')}."
            ) from error


async def _stay_connected(client: Atelier) -> None:
    """Connect again whatever ends the connection; the library gives up on some errors."""
    pause = 1.0
    while True:
        started = asyncio.get_running_loop().time()
        try:
            await client.connect()
            return
        except discord.ConnectionClosed as error:
            # The library raises it only for what no new connection mends.
            hint = "; is DISCORD_TOKEN still valid?" if error.code == AUTHENTICATION_FAILED else ""
            raise CannotStart(
                f"Discord closed the connection for good with code {error.code}{hint}."
            ) from error
        except discord.PrivilegedIntentsRequired as error:
            raise CannotStart(f"Discord refuses the bot: {error}") from error
        except Exception as error:
            log.warning("the gateway connection broke off: %s: %s", type(error).__name__, error)
            await _hang_up(client)
        if asyncio.get_running_loop().time() - started > LONGEST_PAUSE_S:
            pause = 1.0
        await asyncio.sleep(pause)
        pause = min(LONGEST_PAUSE_S, pause * 2)


async def _hang_up(client: Atelier) -> None:
    """Close what the library left open when it broke off; its heartbeats would go on."""
    if client.ws:
        with suppress(Exception):
            await client.ws.close()


async def _say_ready(services: Services) -> None:
    client = services.client
    await client.wait_for("connect")
    await services.guild_events.wait_for_all()
    default = services.hosts.default
    is_painted = default is not None and not default.has_model
    note = " (pictures come from a painter without a model)" if is_painted else ""
    assert client.user
    count = len(client.guilds)
    servers = "1 server" if count == 1 else f"{count} servers"
    _say(f"Atelier ready: {client.user.name} in {servers}, {offers(services.hosts)}{note}")
    if not client.guilds:
        assert client.application_id
        link = invite_link(client.application_id)
        _say(f"The bot is in no server yet. Invite it: {link}")
        await client.wait_for("guild_join")
    _say("In any channel, type: /imagine prompt: a red lighthouse at dusk")


def offers(hosts: Hosts) -> str:
    """What is offered, for the line that says that the bot is ready."""
    ids = ", ".join(engine.id for engine in hosts.offered)
    return f"engines {ids}" if ids else "no engine answers yet"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
