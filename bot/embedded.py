"""The embedded inference server: a child process on loopback, kept alive while the bot runs."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import secrets
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from bot.errors import CannotStart

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

START_LIMIT_S = 20
STOP_LIMIT_S = 4
LONGEST_PAUSE_S = 30
NEEDED = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
NEEDED_KINDS = (
    "LC_",
    "PYTHON",
    "GRPC_",
    "OMP_",
    "OPENBLAS_",
    "MKL_",
    "CUDA_",
    "HF_HOME",
    "HF_HUB_",
)
"""What the server sees of the environment, which holds keys and passwords; and how names begin."""

READY = re.compile(rb"grpc (\S+):(\d+), http (\S+?):(\d+)")


class EmbeddedError(CannotStart):
    """The embedded server did not start."""


class EmbeddedServer:
    """Starts `python -m inference` beside the bot and starts it again when it ends.

    Entering the context only begins to start it. Its standard input is a pipe from us, so it ends
    when we do, whatever ends us. With a folder that no other server has, its films and the token
    that opens them outlast us both.
    """

    def __init__(
        self, engines: Path | None, folder: Path | None, environment: dict[str, str]
    ) -> None:
        self._engines = engines
        self._folder = folder
        self.token = secrets.token_urlsafe(24) if folder is None else _lasting_token(folder)
        known = {
            name: value
            for name, value in environment.items()
            if name in NEEDED or name.startswith(NEEDED_KINDS)
        }
        self._environment = {**known, "ATELIER_INFERENCE_TOKEN": self.token}
        self._child: _Child | None = None
        self._watch: asyncio.Task[None] | None = None
        self.grpc_port = 0
        self.http_port = 0

    async def __aenter__(self) -> Self:
        self._child = await self._spawn()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._child:
            await self._child.stop()

    async def wait_until_ready(self) -> None:
        """Wait until it answers; from then on it is kept alive.

        Raises:
            EmbeddedError: it did not start.
        """
        assert self._child
        await self._get_ready(self._child)
        self._watch = asyncio.create_task(self._keep_alive())

    @property
    def host(self) -> str:
        """Where the server answers gRPC, host:port."""
        return f"127.0.0.1:{self.grpc_port}"

    @property
    def pid(self) -> int | None:
        """The server's process."""
        return self._child.process.pid if self._child else None

    async def _spawn(self) -> _Child:
        arguments = ["--host", "127.0.0.1", "--until-stdin-closes"]
        arguments += ["--grpc-port", str(self.grpc_port), "--http-port", str(self.http_port)]
        if self._engines:
            arguments += ["--engines", str(self._engines)]
        if self._folder:
            arguments += ["--films", str(self._folder / "films")]
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "inference", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment,
        )
        return _Child(process)

    async def _get_ready(self, child: _Child) -> None:
        try:
            async with asyncio.timeout(START_LIMIT_S):
                self.grpc_port, self.http_port = await child.ports()
        except TimeoutError:
            await child.stop()
            raise EmbeddedError("The embedded inference server did not start in time.") from None

    async def _keep_alive(self) -> None:
        pause = 1.0
        while self._child:
            status = await self._child.ended()
            log.warning("The embedded inference server ended (exit status %s).", status)
            await asyncio.sleep(pause)
            try:
                self._child = await self._spawn()
                await self._get_ready(self._child)
                log.warning("The embedded inference server runs again.")
                pause = 1.0
            except (EmbeddedError, OSError) as error:
                log.error("%s", error)
                pause = min(LONGEST_PAUSE_S, pause * 2)


def _lasting_token(folder: Path) -> str:
    """The token of the folder's server, made at its first start."""
    path = folder / "embedded.token"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        with open(descriptor, "r+", encoding="utf-8") as file:
            token = file.read().strip()
            if not token:
                token = secrets.token_urlsafe(24)
                file.write(token)
    except (OSError, ValueError) as error:
        raise EmbeddedError(
            f"The embedded inference server needs {path}, which cannot be used"
            f" ({type(error).__name__})."
        ) from error
    return token


class _Child:
    """One process of the server; what it says before it is ready explains why it is not."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout
        assert process.stderr
        self.process = process
        self._stdout = process.stdout
        self._stderr = process.stderr
        self._is_ready = False
        self._complaints = bytearray()
        self._listening = asyncio.create_task(self._listen())

    async def ports(self) -> tuple[int, int]:
        """Where it answers gRPC and HTTP, as soon as it does.

        Raises:
            EmbeddedError: it ended.
        """
        async for line in self._stdout:
            found = READY.search(line)
            if found:
                self._is_ready = True
                _pass_on(self._complaints)
                return int(found[2]), int(found[4])
        status = await self.process.wait()
        await asyncio.wait({self._listening}, timeout=1)
        said = self._complaints.decode(errors="replace").split("\n")
        reason = next((line.strip() for line in reversed(said) if line.strip()), "")
        why = reason or f"it ended with status {status}."
        raise EmbeddedError(f"The embedded inference server did not start: {why}")

    async def ended(self) -> int:
        """Its exit status, once it has ended."""
        # Reading on keeps the pipe from filling up.
        while await self._stdout.read(1 << 12):
            pass
        return await self.process.wait()

    async def stop(self) -> None:
        """End it, in good order if it can."""
        for end, limit_s in ((self.process.terminate, STOP_LIMIT_S), (self.process.kill, 1)):
            with suppress(ProcessLookupError):
                end()
            # A worker of its own may hold its pipes a moment longer than it lives.
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await self.process.wait()
                    break
        self._listening.cancel()

    async def _listen(self) -> None:
        while chunk := await self._stderr.read(1 << 12):
            if self._is_ready:
                _pass_on(chunk)
            else:
                self._complaints += chunk


def _pass_on(said: bytes | bytearray) -> None:
    sys.stderr.write(said.decode(errors="replace"))
    sys.stderr.flush()
