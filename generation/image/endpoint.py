"""Where an engine is, and the channel to it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta

import grpc
import grpc.aio

from generation.host_name import is_host_name, is_loopback
from generation.image.status import MESSAGE_LIMIT

logger = logging.getLogger(__name__)

TLS_PORT = 443

Options = list[tuple[str, int | str]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host ("host:port"), the key to it and whether to encrypt (None: on port 443).

    Raises:
        ValueError: the host is no "host:port" or the key cannot be sent; says what is wrong.
    """

    host: str
    key: str = field(default="", repr=False)
    tls: bool | None = None

    def __post_init__(self) -> None:
        _split(self.host)
        if not (self.key.isascii() and self.key.isprintable()) or self.key != self.key.strip():
            raise ValueError("the key holds spaces at its ends or characters that no key has")

    @property
    def is_encrypted(self) -> bool:
        """Whether the channel uses TLS."""
        return _split(self.host)[1] == TLS_PORT if self.tls is None else self.tls

    @property
    def host_name(self) -> str:
        """The host in small letters, without its port."""
        return _split(self.host)[0].lower()

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this very machine."""
        return is_loopback(self.host_name)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait: for small calls, for all pictures of a request, between two answers.

    `verdict` is how long a call may stay open after its last picture, which a filter may still
    take back.
    """

    unary: timedelta = timedelta(seconds=10)
    generate: timedelta = timedelta(seconds=120)
    idle: timedelta = timedelta(seconds=60)
    verdict: timedelta = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is made in all, and the shortest and longest pause between two."""

    attempts: int = 4
    first: timedelta = timedelta(milliseconds=250)
    longest: timedelta = timedelta(seconds=4)


def open_channel(endpoint: Endpoint, user_agent: str) -> grpc.aio.Channel:
    """A channel that connects when first used and again whenever the server comes back.

    TLS trusts gRPC's roots, or those in GRPC_DEFAULT_SSL_ROOTS_FILE_PATH.
    """
    options = channel_options(endpoint, user_agent)
    if endpoint.is_encrypted:
        credentials = grpc.ssl_channel_credentials()
        return grpc.aio.secure_channel(endpoint.host, credentials, options)
    if endpoint.key and not endpoint.is_loopback:
        logger.warning("The key for %s is sent without encryption.", endpoint.host)
    return grpc.aio.insecure_channel(endpoint.host, options)


def channel_options(endpoint: Endpoint, user_agent: str) -> Options:
    """gRPC's settings for a channel; durations are in milliseconds."""
    return [
        ("grpc.max_send_message_length", MESSAGE_LIMIT),
        ("grpc.max_receive_message_length", MESSAGE_LIMIT),
        ("grpc.primary_user_agent", user_agent),
        # gRPC's own pauses grow to two minutes, in which a server that is back is not noticed.
        ("grpc.initial_reconnect_backoff_ms", 200),
        ("grpc.max_reconnect_backoff_ms", 3_000),
        # A connection that a router forgot looks alive for a quarter of an hour without pings.
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        # A proxy in the environment is not meant for this machine itself.
        ("grpc.enable_http_proxy", int(not endpoint.is_loopback)),
    ]


def _split(host: str) -> tuple[str, int]:
    name, _, port = host.rpartition(":")
    is_bracketed = name.startswith("[") and name.endswith("]")
    bare = name[1:-1] if is_bracketed else name
    is_port = port.isascii() and port.isdecimal() and 0 < int(port) < 1 << 16
    if not (is_port and is_host_name(bare, is_bracketed=is_bracketed)):
        raise ValueError(f"{host!r} is not of the form host:port, such as grpc.stability.ai:443")
    return bare, int(port)
