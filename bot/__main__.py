"""The Discord bot: `python -m bot`, and the operator's commands beside it."""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot import log as logs
from bot.cli.commands import add_operator_commands
from bot.embedded import EmbeddedServer
from bot.errors import CannotStart
from bot.privacy import keep_new_files_private, warn_of_secrets
from bot.settings import Settings, SettingsError
from bot.shutdown import END_WITHIN_S, ClosingStack, ForcedEnd, end_tasks
from bot.state import open_folders, single_instance_lock
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator

log = logging.getLogger("bot")

M_ARENA_MAX = -8
"""The number of that parameter in glibc's malloc.h."""


def main() -> None:
    """Read the arguments and run until a signal."""
    keep_new_files_private()
    use_one_arena()
    arguments = _parser().parse_args()
    try:
        settings = Settings.read(arguments.env_file or None)
        logs.set_up(settings.atelier_log_level)
        if arguments.env_file:
            warn_of_secrets(Path(arguments.env_file))
        run: Callable[[Settings, argparse.Namespace], Awaitable[None]] = arguments.run
        asyncio.run(run_until_signal(run(settings, arguments)))
    except (CannotStart, SettingsError) as error:
        sys.stderr.write(f"Atelier: {error}\n")
        sys.exit(error.status if isinstance(error, CannotStart) else 1)
    except DatabaseUnavailable as error:
        sys.exit(f"Atelier: The database cannot be used: {error}.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="The Atelier bot.")
    parser.add_argument("--env-file", default=".env", help="settings beside the environment's")
    parser.add_argument(
        "--until-stdin-closes", action="store_true", help="end when standard input ends"
    )
    parser.add_argument(
        "--worker", action="store_true", help="execute jobs only, beside a bot on PostgreSQL"
    )
    parser.set_defaults(run=_run_bot)
    add_operator_commands(parser)
    return parser


async def run_until_signal(work: Awaitable[None], end_within_s: float = END_WITHIN_S) -> None:
    """Run the work; SIGTERM and SIGINT end it in good order, and by force if that takes long."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    forced_end, has_signal = ForcedEnd(end_within_s), False

    def end() -> None:
        nonlocal has_signal
        # Another signal, as when the terminal's parent ends too, must not break off the closing.
        if not has_signal:
            has_signal = True
            forced_end.start()
            task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    try:
        await task
    except asyncio.CancelledError:
        log.info("stopped")
    finally:
        forced_end.start()
        await end_tasks(asyncio.all_tasks() - {asyncio.current_task()})


async def _run_bot(settings: Settings, arguments: argparse.Namespace) -> None:
    if not settings.discord_token.get_secret_value():
        raise CannotStart(
            "DISCORD_TOKEN is not set: put the bot's token into .env. `make run` needs none."
        )
    parent = asyncio.create_task(_end_with_parent()) if arguments.until_stdin_closes else None
    try:
        await (_work(settings) if arguments.worker else _serve(settings))
    finally:
        if parent:
            parent.cancel()


async def _serve(settings: Settings) -> None:
    async with ClosingStack() as stack:
        if settings.is_sqlite:
            stack.enter_context(single_instance_lock(settings.atelier_state))
        open_folders(settings)
        server = await stack.enter_async_context(_embedded_server(settings))
        # The server takes as long to start as these imports, so it starts before them.
        with _lasting_objects():
            from bot.session import run

        await run(settings, server)


async def _work(settings: Settings) -> None:
    with _lasting_objects():
        from bot import worker

    worker.check(settings)
    open_folders(settings)
    await worker.run(settings)


def _embedded_server(settings: Settings) -> AbstractAsyncContextManager[EmbeddedServer | None]:
    if not settings.is_embedded:
        return nullcontext()
    # Only a SQLite file's folder is one bot's alone.
    folder = settings.atelier_state if settings.is_sqlite else None
    return EmbeddedServer(settings.atelier_engines, folder, dict(os.environ))


def use_one_arena() -> None:
    """Let all threads take memory from one place, where glibc would keep some for each of them.

    It makes a bot that has done some jobs about 12 MB smaller. Elsewhere it does nothing.
    """
    with suppress(AttributeError, OSError, TypeError):  # another libc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


@contextmanager
def _lasting_objects() -> Generator[None]:
    """Take what is made in here out of the garbage collector's sight.

    Libraries stay for as long as the process; to look through all of them again and again would
    hold up every answer for more than 50 ms at a time.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def _end_with_parent() -> None:
    """Standard input is a pipe from the process that started us; its end is theirs."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while await reader.read(1 << 12):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
