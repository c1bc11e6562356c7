"""`python -m inference`: the generation server as a process."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

# gRPC's core writes its own lines about a taken port; ours says it in one sentence. A parent may
# have asked for errors for its own sake; who looks for a fault asks for more.
if os.environ.get("GRPC_VERBOSITY", "").upper() not in {"INFO", "DEBUG"}:
    os.environ["GRPC_VERBOSITY"] = "NONE"

from inference.access.limits import raise_open_files
from inference.options import TOKEN_VARIABLE, Options, StartError, parse

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> int:
    """Serve until a signal or the end of standard input; the exit status."""
    # Films and the pictures that they start from are members' own.
    os.umask(0o077)
    if sys.argv[1:2] == ["models"]:
        from inference.weights.command import run

        return run(sys.argv[2:])
    options = parse(sys.argv[1:], os.environ.get(TOKEN_VARIABLE, "").strip())
    from inference.logs import open_log

    open_log(options.log_level, options.log_format)
    raise_open_files()
    try:
        asyncio.run(_serve(options))
    except StartError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one sentence of a failed start
        return 1
    return 0


async def _serve(options: Options) -> None:
    # Imported here: a wrong option is answered at once, before the heavy libraries are loaded.
    options.check()
    from inference.server import serve

    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    if options.ends_with_stdin:
        _watch_stdin(lambda: loop.call_soon_threadsafe(ended.set))
    async with serve(options) as running:
        print(running, flush=True)  # noqa: T201 - the one line that says it is ready
        # Only now, so that being ready does not wait for it.
        warming = asyncio.create_task(asyncio.to_thread(running.registry.warm_up))
        await ended.wait()
    await warming


def _watch_stdin(end: Callable[[], object]) -> None:
    """Call `end` when standard input ends: the parent has gone, however it went."""

    def wait() -> None:
        try:
            while os.read(0, 4096):
                pass
        except OSError:
            pass
        end()

    threading.Thread(target=wait, name="stdin", daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
