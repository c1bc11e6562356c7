"""The server with models as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

READY = re.compile(r"Inference ready: grpc (\S+), http (\S+), engines .+\n")


@asynccontextmanager
async def serving(catalogue: Path) -> AsyncGenerator[tuple[str, str]]:
    """A server as a process: its addresses for gRPC and HTTP."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inference", "--grpc-port", "0", "--http-port", "0"),
        *("--engines", str(catalogue)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "ATELIER_INFERENCE_TOKEN": "", "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout is not None
    try:
        ready = READY.fullmatch((await process.stdout.readline()).decode())
        assert ready is not None
        yield ready[1], ready[2]
    finally:
        process.terminate()
        await process.wait()
