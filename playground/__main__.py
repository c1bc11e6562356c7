"""`python -m playground`: the loopback Discord with its page, and the bot beside it."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

from playground.access import is_loopback
from playground.drive.options import DriveError
from playground.server import Playground
from playground.supervise import BotProcess, run_bot_command, say

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


async def _play(arguments: argparse.Namespace, page_token: str | None) -> str | None:
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
        await _serve(playground, None if arguments.no_bot else BotProcess(environment))
        return None
    return f"The playground cannot listen on {arguments.host}:{first}: {complaint}."


def _bot_environment(playground: Playground) -> dict[str, str]:
    """What points the bot at this playground, whatever real token is set outside."""
    return {
        "DISCORD_TOKEN": playground.token,
        "ATELIER_DISCORD_API": playground.api_base,
        "ATELIER_DISCORD_GATEWAY": playground.gateway_url,
    }


async def _serve(playground: Playground, bot: BotProcess | None) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if bot is None:
        settings = _bot_environment(playground)
        say("For a bot of your own: " + " ".join(f"{k}={v}" for k, v in settings.items()))
    else:
        bot.start()
    say(f"Playground ready: {playground.url}")
    await stopped.wait()
    if bot is not None:
        await bot.stop()
    await playground.stop()


if __name__ == "__main__":
    main()
