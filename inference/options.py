"""The options of the server."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from generation.catalogue.catalogue import OWN_SERVER
from generation.host_name import is_loopback
from inference.access.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

TOKEN_VARIABLE = "ATELIER_INFERENCE_TOKEN"  # noqa: S105 - the name of the variable, not a token
MAX_WORKERS = 8
LOG_LEVELS, LOG_FORMATS = ("warning", "info", "debug"), ("text", "json")
_MOST_HOURS = 24 * 366
_MOST_DRAIN_S = 3600


class StartError(Exception):
    """The server cannot start; the text says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Options:
    """Addresses, engines and limits of one server; port 0 means any free one."""

    host: str = "127.0.0.1"
    grpc_port: int = 50051
    http_port: int = 50080
    engines: Path = OWN_SERVER
    token: str = field(default="", repr=False)
    certificate: Path | None = None
    private_key: Path | None = None
    workers: int = 0
    """Pictures drawn at once; 0 means one for each processor core, at most `MAX_WORKERS`."""
    max_calls: int = 64
    """Requests for pictures that wait or are drawn at once."""
    max_films: int = 64
    """Films that wait or are made at once."""
    balance: float = 10_000.0
    """What GetOrganization says there is, in dollars; nothing is ever taken from it."""
    videos: Path | None = None
    """Where films are kept over restarts; None keeps them until the server ends."""
    keep_videos: timedelta = timedelta(hours=24)
    """How long a finished film can be fetched."""
    ends_with_stdin: bool = False
    log_level: str = "warning"
    log_format: str = "text"
    drain: timedelta = timedelta(seconds=2)
    """How long what is being made may take to finish when the server is stopped."""
    heartbeat: timedelta = timedelta(seconds=3)
    """An answer without a picture is sent this often while no picture is ready."""
    limits: Limits = field(default_factory=Limits)

    @property
    def is_loopback(self) -> bool:
        """Whether only this very machine can reach the server."""
        return is_loopback(self.host)

    def check(self) -> Options:
        """The options themselves.

        Raises:
            StartError: they do not fit together.
        """
        if not self.is_loopback and not self.token:
            raise StartError(
                f"Listening on {self.host} lets others in: set {TOKEN_VARIABLE} to a secret,"
                " or listen on 127.0.0.1."
            )
        if (self.certificate is None) != (self.private_key is None):
            raise StartError("TLS needs both --tls-cert and --tls-key.")
        return self

    def worker_count(self) -> int:
        """How many pictures are drawn at once."""
        return self.workers or min(os.cpu_count() or 1, MAX_WORKERS)


def parse(arguments: Sequence[str], token: str) -> Options:
    """The options on a command line; argparse itself ends the process where it cannot read them."""
    parser = argparse.ArgumentParser(
        prog="python -m inference",
        description="Atelier's own generation server. It draws with the models that are here.",
        epilog="`python -m inference models` lists the models and downloads them."
        f" {TOKEN_VARIABLE} holds the bearer token that callers must send (none: no check).",
    )
    _add_addresses(parser)
    _add_work(parser)
    _add_log(parser)
    given = vars(parser.parse_args(arguments))
    if given.pop("verbose"):
        given["log_level"] = "debug"
    return Options(**given, token=token)


def _add_addresses(parser: argparse.ArgumentParser) -> None:
    """Where the server listens, and what it is."""
    usual, add = Options(), parser.add_argument
    add("--host", default=usual.host, help="address to listen on")
    add("--grpc-port", type=_port, default=usual.grpc_port, help="0: any free")
    add("--http-port", type=_port, default=usual.http_port, help="0: any free")
    add("--engines", type=Path, default=usual.engines, help="catalogue file (TOML)")
    add("--tls-cert", dest="certificate", type=Path, help="certificate chain (PEM), for TLS")
    add("--tls-key", dest="private_key", type=Path, help="private key (PEM), for TLS")


def _add_work(parser: argparse.ArgumentParser) -> None:
    """What is made at once, and what is kept."""
    usual, add = Options(), parser.add_argument
    add("--workers", type=count, default=usual.workers, help="pictures drawn at once")
    add("--max-calls", type=count, default=usual.max_calls, help="in the queue")
    add("--max-films", type=count, default=usual.max_films, help="in the queue")
    add("--balance", type=float, default=usual.balance, help="in dollars")
    add("--films", dest="videos", type=Path, help="folder to keep films in over restarts")
    add(
        "--keep-films",
        dest="keep_videos",
        type=_hours,
        default=usual.keep_videos,
        help="hours, 24 by default",
    )
    add(
        "--until-stdin-closes",
        dest="ends_with_stdin",
        action="store_true",
        help="end with the parent",
    )
    add(
        "--drain", type=_drain, default=usual.drain, help="seconds for what is made when stopped, 2"
    )


def _add_log(parser: argparse.ArgumentParser) -> None:
    """What is written to the log."""
    usual, add = Options(), parser.add_argument
    told = "info: a line for each request, without its words"
    add("--log-level", choices=LOG_LEVELS, default=usual.log_level, help=told)
    add("--log-format", choices=LOG_FORMATS, default=usual.log_format)
    add("--verbose", action="store_true", help="log every request, with its words")


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 1 << 16:
        raise argparse.ArgumentTypeError(f"{number} is no port")
    return number


def _hours(text: str) -> timedelta:
    hours = float(text)
    if not 0.0 <= hours <= _MOST_HOURS:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to {_MOST_HOURS} hours")
    return timedelta(hours=hours)


def _drain(text: str) -> timedelta:
    seconds = float(text)
    if not 0.0 <= seconds <= _MOST_DRAIN_S:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to {_MOST_DRAIN_S} seconds")
    return timedelta(seconds=seconds)


def count(text: str) -> int:
    """A number of things on a command line, 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is fewer than 1")
    return number
