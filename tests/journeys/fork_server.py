"""Bots forked from a process that has imported everything a bot imports, which is most of a start.

`python -m tests.journeys.fork_server SOCKET` is that process; it lives as long as its standard
input is open. A connection carries one order, as JSON with the two descriptors of standard input
and output, and back come the bot's process id and in the end its exit status.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import json
import os
import runpy
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

IS_POSSIBLE = sys.platform == "linux"
NUMBER = struct.Struct("!i")
READY_WITHIN_S = 180


class ForkedProcess:
    """A bot as a process, with what tests use of `asyncio.subprocess.Process`."""

    def __init__(self, stdin: IO[bytes], stdout: asyncio.StreamReader) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.pid = 0
        self.returncode: int | None = None
        self._ending: asyncio.Task[int]

    @classmethod
    async def start(cls, arguments: Sequence[str], environment: Mapping[str, str]) -> ForkedProcess:
        """`python -m bot` with these arguments and this environment."""
        its_input, our_output = os.pipe()
        our_input, its_output = os.pipe()
        order = json.dumps({"arguments": [*arguments], "environment": {**environment}}).encode()
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(_server().path)
        head = NUMBER.pack(len(order))
        socket.send_fds(connection, [head], [its_input, its_output])
        connection.sendall(order)
        for descriptor in (its_input, its_output):
            os.close(descriptor)
        stdout = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stdout), os.fdopen(our_input, "rb", 0)
        )
        process = cls(os.fdopen(our_output, "wb", 0), stdout)
        news, writer = await asyncio.open_unix_connection(sock=connection)
        (process.pid,) = NUMBER.unpack(await news.readexactly(NUMBER.size))
        process._ending = asyncio.create_task(process._read_status(news, writer))
        return process

    def terminate(self) -> None:
        """SIGTERM."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """kill -9."""
        self._signal(signal.SIGKILL)

    async def wait(self) -> int:
        """Wait for its end; the exit status, negative for a signal."""
        return await asyncio.shield(self._ending)

    def _signal(self, number: int) -> None:
        # It may have ended, with its status still on the way here.
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    async def _read_status(self, news: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        (status,) = NUMBER.unpack(await news.readexactly(NUMBER.size))
        self.returncode = status
        self.stdin.close()
        writer.close()
        return status


class _Server:
    """The server of this test process, started when it is first needed."""

    known: _Server | None = None

    def __init__(self) -> None:
        self.path = str(Path(tempfile.mkdtemp(prefix="atelier-forks-")) / "socket")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.journeys.fork_server", self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        heard = select.select([self._process.stdout], [], [], READY_WITHIN_S)[0]
        if not heard or not self._process.stdout.readline():
            raise AssertionError("the fork server did not get ready")
        # It ends by itself with this process, whatever ends that.
        atexit.register(self._process.communicate)

    @property
    def is_over(self) -> bool:
        """Whether something ended it, such as a lack of memory."""
        return self._process.poll() is not None


def _server() -> _Server:
    if _Server.known is None or _Server.known.is_over:
        _Server.known = _Server()
    return _Server.known


def serve(path: str) -> dict[str, Any] | None:
    """Fork for every order, until standard input ends; in a fork, the order."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        heard = select.select([listener, sys.stdin], [], [])[0]
        if sys.stdin in heard:
            return None
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return _fork_bot(connection)
        connection.close()


def _fork_bot(connection: socket.socket) -> dict[str, Any]:
    """Fork the bot and wait for its end, in a process of its own; returns in the bot only."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    head, descriptors, _, _ = socket.recv_fds(connection, NUMBER.size, 2)
    (length,) = NUMBER.unpack(head)
    with connection.makefile("rb") as stream:
        order: dict[str, Any] = json.loads(stream.read(length))
    pid = os.fork()
    if pid:
        for descriptor in (0, 1, *descriptors):
            os.close(descriptor)
        connection.sendall(NUMBER.pack(pid))
        status = os.waitpid(pid, 0)[1]
        connection.sendall(NUMBER.pack(os.waitstatus_to_exitcode(status)))
        os._exit(0)
    connection.close()
    its_input, its_output = descriptors
    os.dup2(its_input, 0)
    os.dup2(its_output, 1)
    os.dup2(its_output, 2)
    for descriptor in descriptors:
        os.close(descriptor)
    return order


def run(order: dict[str, Any]) -> NoReturn:
    """Be the bot, from here to the end of the process."""
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["bot", *order["arguments"]]
    gc.unfreeze()
    runpy.run_module("bot", run_name="__main__", alter_sys=True)
    sys.exit()


def main() -> None:
    """Serve; in a fork, be the bot."""
    for module in ("bot.cli.commands", "bot.session", "bot.worker"):
        import_module(module)
    gc.freeze()
    path = Path(sys.argv[1])
    order = serve(str(path))
    if order is not None:
        run(order)
    shutil.rmtree(path.parent)


if __name__ == "__main__":
    main()
