"""How much of the server others may take, whoever they are."""

from __future__ import annotations

import resource
from dataclasses import dataclass, replace
from datetime import timedelta

OWN_FILES = 64
"""The server's own open files at most: sockets, pipes to its processes, films that are read."""
_MOST_FILES = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of connections, calls and uploads, and how long they may keep the server waiting."""

    http_connections: int = 512
    grpc_connections: int = 512
    calls: int = 64
    """Calls of one gRPC service at once, besides those that may wait for pictures."""
    uploads: int = 16
    uploads_each: int = 8
    """Read at once, in all and from one client's address; each is 10 MiB at most."""
    uploads_waiting: int = 64
    """On their way from one client, also those that wait until they are read."""
    idle: timedelta = timedelta(seconds=20)
    """How long an HTTP connection may stand without a request that was let in: heads that do not
    end, handshakes, pauses between requests. More than the 15 s after which aiohttp's clients hang
    up by themselves, so that none sends a request just when the server hangs up."""
    sending: timedelta = timedelta(seconds=120)
    """How long a client may take for the rest of an answer."""
    message: timedelta = timedelta(seconds=30)
    """How long the message of a gRPC call may take to arrive, and an upload waits for its turn."""
    grpc_handshake: timedelta = timedelta(seconds=10)
    grpc_idle: timedelta = timedelta(seconds=60)
    """How long a gRPC connection may stand without a call."""

    def within(self, files: int) -> Limits:
        """The same, with no more connections than so many open files allow."""
        share = max(4, (files - OWN_FILES) // 2)
        return replace(
            self,
            http_connections=min(self.http_connections, share),
            grpc_connections=min(self.grpc_connections, share),
        )


def open_files() -> int:
    """How many files this process may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def raise_open_files() -> None:
    """Let this process open as many files as the system grants it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, _MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
