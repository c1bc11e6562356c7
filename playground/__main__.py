"""`python -m playground`: the loopback Discord with its page, and the bot beside it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING

from playground.access import is_loopback
from playground.drive.options import DriveError
from playground.server import Playground
from playground.state_folder import FOLDER, FolderInUse, opened_state_folder
from playground.supervise import BotProcess, run_bot_command, say

if TYPE_CHECKING:
    from playground.state_folder import StateFolder

DEFAULT_PORT = 8642
PORTS_TO_TRY = 50


def main() -> None:
    """Read the arguments and play until a signal comes."""
    arguments = _arguments()
    page_token = os.environ.get("PLAYGROUND_TOKEN")
    if not is_loopback(arguments.host) and not page_token:
        sys.exit(
            f"Listening on {arguments.host} lets others in: set PLAYGROUND_TOKEN, "
            "which the page then asks for."
        )
    try:
        sys.exit(asyncio.run(_play(arguments, page_token)))
    except ValueError as error:
        sys.exit(str(error))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="playground", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: loopback)")
    parser.add_argument("--port", type=int, help=f"default: {DEFAULT_PORT}, or the next free one")
    parser.add_argument("--guests", type=int, default=0, help="further members, for load")
    parser.add_argument("--no-bot", action="store_true", help="do not start the bot beside it")
    return parser.parse_args()


async def _play(arguments: argparse.Namespace, page_token: str | None) -> str | int | None:
    """Play, in a state folder of our own unless one is named; what `sys.exit` takes."""
    with ExitStack() as stack:
        folder = None
        if not (arguments.no_bot or os.environ.get("ATELIER_STATE")):
            try:
                folder = stack.enter_context(opened_state_folder())
            except FolderInUse as error:
                return str(error)
            except OSError as error:
                return f"The playground cannot use {FOLDER.absolute()}: {error.strerror}."
        return await _listen(arguments, page_token, folder)


async def _listen(
    arguments: argparse.Namespace, page_token: str | None, folder: StateFolder | None
) -> str | int | None:
    environment = dict(os.environ)

    async def top_up(guild: str, member: str, amount: str) -> None:
        command = ["credits", "grant", "--guild", guild, "--member", member, "--amount", amount]
        said = await run_bot_command(command, environment)
        if said is not None:
            raise DriveError(said, 409)

    complaint = ""
    explicit = arguments.port is not None
    first = arguments.port if explicit else DEFAULT_PORT
    for port in range(first, first + (1 if explicit else PORTS_TO_TRY)):
        playground = Playground(
            arguments.host,
            port,
            token=os.environ.get("PLAYGROUND_BOT_TOKEN"),
            guests=arguments.guests,
            page_token=page_token,
            top_up=None if arguments.no_bot else top_up,
        )
        try:
            await playground.start()
        except OSError as error:
            complaint = error.strerror or str(error)
            continue
        environment |= _bot_environment(playground)
        if folder is not None:
            environment["ATELIER_STATE"] = str(folder.path)
            folder.note(playground.url)
        return await _serve(playground, None if arguments.no_bot else BotProcess(environment))
    return f"The playground cannot listen on {arguments.host}:{first}: {complaint}."


def _bot_environment(playground: Playground) -> dict[str, str]:
    """What points the bot at this playground, whatever real token is set outside."""
    return {
        "DISCORD_TOKEN": playground.token,
        "ATELIER_DISCORD_API": playground.api_base,
        "ATELIER_DISCORD_GATEWAY": playground.gateway_url,
    }


async def _serve(playground: Playground, bot: BotProcess | None) -> int:
    """Serve until a signal comes or the bot cannot run; the exit status."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if bot is None:
        settings = _bot_environment(playground)
        say("For a bot of your own: " + " ".join(f"{k}={v}" for k, v in settings.items()))
    else:
        bot.start(stopped.set)
    say(f"Playground ready: {playground.url}")
    await stopped.wait()
    status = 1 if bot is not None and bot.is_given_up else 0
    if bot is not None:
        await bot.stop()
    await playground.stop()
    return status


if __name__ == "__main__":
    main()
