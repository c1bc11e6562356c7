"""The options of `python -m inference.ray_app`: those of each server, and what is beside them."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inference.options import TOKEN_VARIABLE, Options, StartError, count, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MAX_SHARE = 1024
"""GPUs or cores that one server may ask for."""
HTTP_CALLS = 64
"""HTTP requests at once for each server, beside its calls for pictures."""


@dataclass(frozen=True, slots=True)
class RayOptions:
    """How many servers there are, what each is, and where; without an address Ray is started."""

    each: Options
    replicas: int = 1
    gpus: float = 0.0
    cpus: float = 1.0
    address: str | None = None

    @property
    def resources(self) -> Mapping[str, float]:
        """What Ray Serve sets aside for one server."""
        return {"num_cpus": self.cpus, "num_gpus": self.gpus}

    @property
    def most_calls(self) -> int:
        """Calls and HTTP requests at once, of all servers; a single one may get them all."""
        return (self.each.max_calls + HTTP_CALLS) * self.replicas

    def of_server(self, name: str) -> Options:
        """The options of the server with the name, which only its own replica reaches."""
        limits = self.each.limits
        return replace(
            self.each,
            host="127.0.0.1",
            grpc_port=0,
            http_port=0,
            ends_with_stdin=False,
            videos=self.each.videos and self.each.videos / f"server-{name}",
            # All come from one address, the replica's: the ingress has given each client its share.
            limits=replace(limits, uploads_each=limits.uploads, uploads_waiting=self.most_calls),
        )

    def check(self) -> RayOptions:
        """The options themselves.

        Raises:
            StartError: Ray Serve cannot do what they say; says why in one sentence.
        """
        if not self.each.token:
            raise StartError(
                "Ray Serve opens its gRPC port on every address of this machine: set"
                f" {TOKEN_VARIABLE} to a secret."
            )
        if self.each.certificate or self.each.private_key:
            raise StartError(
                "Ray Serve's gRPC port speaks no TLS: leave --tls-cert and --tls-key out, and let"
                " a proxy before the ports speak it."
            )
        self.each.check()
        return self


def parse_ray(arguments: Sequence[str], token: str) -> RayOptions:
    """The options on a command line; argparse itself ends the process where it cannot read them."""
    usual = RayOptions(Options())
    parser = argparse.ArgumentParser(
        prog="python -m inference.ray_app",
        description="Servers on several GPUs and machines behind one address, with Ray Serve.",
        epilog="Every other option is one of `python -m inference`, for each of the servers.",
    )
    add = parser.add_argument
    add("--replicas", type=count, default=usual.replicas, help="servers, one for each GPU")
    add("--gpus", type=_share, default=usual.gpus, help="GPUs of each server, 1 or a part")
    add("--cpus", type=_share, default=usual.cpus, help="cores of each server")
    add("--address", help="of a Ray cluster that runs; without one it is started")
    given, rest = parser.parse_known_args(arguments)
    return RayOptions(parse(rest, token), **vars(given))


def _share(text: str) -> float:
    share = float(text)
    if not 0.0 <= share <= MAX_SHARE:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to {MAX_SHARE}")
    return share
