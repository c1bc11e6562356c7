"""An inference server of one's own with the painter, which can be killed and started again."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

READY = re.compile(r"grpc 127\.0\.0\.1:(\d+), http 127\.0\.0\.1:(\d+)")
READY_WITHIN_S = 40
TOKEN = "of the campaign"


class PainterServer:
    """`python -m inference` on the same ports each time; its films are kept in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: Process | None = None
        self._grpc_port = 0
        self._http_port = 0

    @property
    def host(self) -> str:
        """Where it answers gRPC."""
        return f"127.0.0.1:{self._grpc_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a bot needs to use it, for pictures and films."""
        return {
            "ATELIER_INFERENCE_HOST": self.host,
            "ATELIER_INFERENCE_REST": f"http://127.0.0.1:{self._http_port}",
            "ATELIER_INFERENCE_TOKEN": TOKEN,
        }

    async def start(self) -> None:
        """Start it until it is ready."""
        self._process = process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "inference", "--films", str(self._folder)),
            *("--grpc-port", str(self._grpc_port), "--http-port", str(self._http_port)),
            "--until-stdin-closes",
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env={**os.environ, "ATELIER_INFERENCE_TOKEN": TOKEN},
        )
        assert process.stdout
        async with asyncio.timeout(READY_WITHIN_S):
            found = READY.search((await process.stdout.readline()).decode())
        assert found, "the server did not start"
        self._grpc_port, self._http_port = int(found[1]), int(found[2])

    async def kill(self) -> None:
        """kill -9."""
        if self._process and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
