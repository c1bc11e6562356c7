"""`python -m inference.ray_app`: Ray Serve before servers on several GPUs and machines.

Each server is one as `python -m inference` starts it, on loopback ports; the ingress answers
clients on one gRPC and one HTTP port by way of them.
"""

from __future__ import annotations

import os
import sys
import threading
from signal import SIGINT, SIGTERM, signal
from typing import TYPE_CHECKING, Any

import ray
from ray import serve

from inference.options import TOKEN_VARIABLE, StartError
from inference.ray.ingress import Ingress
from inference.ray.options import RayOptions, parse_ray
from inference.ray.proxy import SERVICES
from inference.ray.replica import Replica

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = "atelier"
LOOKS = 8
"""Calls at once that the ingress and Ray make to a server by themselves."""
LOGGING = {"log_level": "ERROR", "enable_access_log": False}
"""Of Ray Serve's own log, which would have a line for each call and each look at a server."""


def build(options: RayOptions) -> Any:
    """The application: an ingress before the servers, each with its part of a machine.

    Each server is a deployment of its own: films are asked of the server that makes them, and Ray
    picks among the replicas of one deployment by itself.
    """
    names = [str(number + 1) for number in range(options.replicas)]
    ingress = serve.deployment(
        Ingress,
        name="ingress",
        num_replicas=1,
        max_ongoing_requests=options.most_calls,
        ray_actor_options={"num_cpus": 0},
    )
    return ingress.bind({name: _server(options, name) for name in names}, options.each)


def _server(options: RayOptions, name: str) -> Any:
    own = options.of_server(name)
    deployment = serve.deployment(
        Replica,
        name=f"server-{name}",
        num_replicas=1,
        # All calls may go to the only server that is there, which refuses what is too much for it.
        max_ongoing_requests=options.most_calls + LOOKS,
        graceful_shutdown_timeout_s=own.drain.total_seconds() + 5,
        ray_actor_options=dict(options.resources),
    )
    return deployment.bind(own)


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal or the end of standard input; the exit status."""
    options = parse_ray(arguments, os.environ.get(TOKEN_VARIABLE, "").strip())
    try:
        options.check()
    except StartError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one sentence of a failed start
        return 1
    each = options.each
    # Ray tells its makers about every cluster unless somebody says no.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray.init(address=options.address, include_dashboard=False, log_to_driver=False)
    serve.start(
        http_options={"host": each.host, "port": each.http_port},
        grpc_options={"port": each.grpc_port, "grpc_servicer_functions": [SERVICES]},
        logging_config=LOGGING,
    )
    serve.run(build(options), name=NAME, route_prefix="/", logging_config=LOGGING)
    addresses = f"grpc {each.host}:{each.grpc_port}, http {each.host}:{each.http_port}"
    print(f"Ray ready: {addresses}", flush=True)  # noqa: T201 - the one line that says so
    _wait_for_end(ends_with_stdin=each.ends_with_stdin)
    serve.shutdown()
    ray.shutdown()
    return 0


def _wait_for_end(*, ends_with_stdin: bool) -> None:
    ended = threading.Event()

    def end(*_: object) -> None:
        ended.set()

    for number in (SIGTERM, SIGINT):
        signal(number, end)
    if ends_with_stdin:
        threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    ended.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
