"""Ray Serve before two painters, as a process in its own environment."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

PYTHON = Path(".venv-ray/bin/python").absolute()
TOKEN = "open sesame"
SERVER, INGRESS = (f"ray::ServeReplica:atelier:{name}" for name in ("server", "ingress"))


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that answers."""

    process: subprocess.Popen[str]
    address: str
    http: str

    def processes(self, kind: str = SERVER) -> list[int]:
        """The process ids of its servers, or of its ingress."""
        session = os.getsid(self.process.pid)
        listed = subprocess.run(
            ["ps", "-eo", "pid=,sid=,args="], capture_output=True, text=True, check=True
        )
        rows = [row.split(None, 2) for row in listed.stdout.splitlines()]
        return [int(pid) for pid, sid, args in rows if int(sid) == session and kind in args]


@contextmanager
def cluster(films: Path) -> Generator[Cluster]:
    """Two servers behind one address, until the block is left; everything of it is ended."""
    ports = _free_port(), _free_port()
    command = [PYTHON, "-m", "inference.ray_app", "--replicas", "2", "--cpus", "0.5"]
    addresses = ["--grpc-port", str(ports[0]), "--http-port", str(ports[1])]
    options = ["--workers", "1", "--films", str(films)]
    with subprocess.Popen(
        [*map(str, command), *addresses, *options, "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, "ATELIER_INFERENCE_TOKEN": TOKEN},
    ) as process:
        try:
            assert process.stdout
            line = process.stdout.readline()
            while line and not line.startswith("Ray ready"):
                line = process.stdout.readline()
            assert line, "the cluster did not start"
            yield Cluster(process, f"127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}")
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    session = os.getsid(process.pid)
    assert process.stdin
    process.stdin.close()
    try:
        process.wait(60)
    finally:
        listed = subprocess.run(
            ["ps", "-eo", "pid=,sid="], capture_output=True, text=True, check=True
        )
        for pid, sid in (row.split() for row in listed.stdout.splitlines()):
            if int(sid) == session:
                os.kill(int(pid), signal.SIGKILL)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
