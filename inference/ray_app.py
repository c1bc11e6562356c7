"""`python -m inference.ray_app`: Ray Serve before servers on several GPUs and machines.

Each replica is the server as it is, on a loopback port; the ingress speaks the same gRPC services
and passes calls on. What a replica that dies has not finished is asked of another one.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
from collections import OrderedDict
from contextlib import AsyncExitStack
from dataclasses import replace
from signal import SIGINT, SIGTERM, signal
from typing import TYPE_CHECKING, Any, NamedTuple

import grpc
import grpc.aio
import ray
from grpc_health.v1 import health_pb2
from ray import serve
from ray.exceptions import RayActorError

from generation.wire import dashboard_pb2, engines_pb2, generation_pb2
from inference.access.limits import raise_open_files
from inference.options import TOKEN_VARIABLE, Options, StartError, count, parse
from inference.server import MESSAGE_LIMIT
from inference.server import serve as open_server

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    Check = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
    Method = grpc.aio.UnaryStreamMultiCallable[bytes, bytes]

    from ray.serve.grpc_util import RayServegRPCContext
    from ray.serve.handle import DeploymentHandle

NAME = "atelier"
SERVICERS = tuple(
    f"generation.wire.{module}_pb2_grpc.add_{service}Servicer_to_server"
    for module, service in (
        ("generation", "GenerationService"),
        ("engines", "EnginesService"),
        ("dashboard", "DashboardService"),
    )
)
GENERATE, CHAIN, ENGINES, ME, ORGANIZATION = (
    f"/gooseai.{method}"
    for method in (
        "GenerationService/Generate",
        "GenerationService/ChainGenerate",
        "EnginesService/ListEngines",
        "DashboardService/GetMe",
        "DashboardService/GetOrganization",
    )
)
MAX_CLIENTS = 256
"""Connections that a replica keeps to its server: one for each client, for fair shares."""
MAX_SHARE = 1024
"""GPUs or cores that one server may ask for."""
ATTEMPTS = 3
"""How many replicas are asked, where replicas die before they have answered."""
_OPTIONS = (
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    # A connection of its own for each client: the server knows clients by their connections.
    ("grpc.use_local_subchannel_pool", 1),
)


class Call(NamedTuple):
    """A call as a client made it; the message as its bytes."""

    method: str
    message: bytes
    metadata: tuple[tuple[str, str], ...]
    client: str


class End(NamedTuple):
    """How a call ended; `told` is what the server said beside its answers."""

    code: int
    details: str
    told: tuple[tuple[str, str], ...]


class Replica:
    """A server of its own, on its share of the machine."""

    async def __init__(self, options: Options) -> None:
        raise_open_files()
        self._stack = AsyncExitStack()
        running = await self._stack.enter_async_context(open_server(options))
        self._address = running.grpc_address
        self._channels: OrderedDict[str, grpc.aio.Channel] = OrderedDict()
        self._warming = asyncio.create_task(asyncio.to_thread(running.registry.warm_up))

    async def answers(self, call: Call) -> AsyncGenerator[bytes | End]:
        """The answers of a call, as they came, and then its end."""
        channel = await self._channel(call.client)
        method: Method = channel.unary_stream(call.method)
        asked = method(call.message, metadata=call.metadata)
        try:
            async for answer in asked:
                yield answer
            yield await _end(asked)
        except grpc.aio.AioRpcError:
            yield await _end(asked)
        finally:
            # Without effect on a call that has ended; otherwise the server stops drawing.
            asked.cancel()

    async def check_health(self) -> None:
        """Tell Ray whether the server's own health check answers that it serves."""
        channel = await self._channel("")
        check: Check = channel.unary_unary("/grpc.health.v1.Health/Check")
        said = await check(b"", timeout=10)
        answer = health_pb2.HealthCheckResponse.FromString(said)
        if answer.status != health_pb2.HealthCheckResponse.SERVING:
            raise RuntimeError("the server does not serve")

    async def _channel(self, client: str) -> grpc.aio.Channel:
        channel = self._channels.pop(client, None)
        channel = channel or grpc.aio.insecure_channel(self._address, _OPTIONS)
        self._channels[client] = channel
        if len(self._channels) > MAX_CLIENTS:
            await self._channels.popitem(last=False)[1].close(grace=None)
        return channel

    async def __del__(self) -> None:
        """Drain the server; Ray calls and awaits this where a replica is stopped in good order."""
        await self._stack.aclose()


class Ingress:
    """The services' methods, by the names that Ray Serve looks for."""

    def __init__(self, replicas: DeploymentHandle) -> None:
        self._replicas = replicas.options(method_name="answers", stream=True)

    async def Generate(
        self, request: generation_pb2.Request, grpc_context: RayServegRPCContext
    ) -> AsyncGenerator[generation_pb2.Answer]:
        """One answer for each picture, in the order in which they get ready."""
        async for answer in self._pass_on(GENERATE, request, grpc_context):
            yield generation_pb2.Answer.FromString(answer)

    async def ChainGenerate(
        self, request: generation_pb2.ChainRequest, grpc_context: RayServegRPCContext
    ) -> AsyncGenerator[generation_pb2.Answer]:
        """The answers of a chain's stages."""
        async for answer in self._pass_on(CHAIN, request, grpc_context):
            yield generation_pb2.Answer.FromString(answer)

    async def ListEngines(
        self, request: engines_pb2.ListEnginesRequest, grpc_context: RayServegRPCContext
    ) -> engines_pb2.Engines:
        """The engines, all replicas having the same."""
        return engines_pb2.Engines.FromString(await self._one(ENGINES, request, grpc_context))

    async def GetMe(
        self, request: dashboard_pb2.EmptyRequest, grpc_context: RayServegRPCContext
    ) -> dashboard_pb2.User:
        """The account."""
        return dashboard_pb2.User.FromString(await self._one(ME, request, grpc_context))

    async def GetOrganization(
        self, request: dashboard_pb2.GetOrganizationRequest, grpc_context: RayServegRPCContext
    ) -> dashboard_pb2.Organization:
        """The balance."""
        answer = await self._one(ORGANIZATION, request, grpc_context)
        return dashboard_pb2.Organization.FromString(answer)

    async def _one(self, method: str, message: Any, context: RayServegRPCContext) -> bytes:
        # To its end, which brings what the server says beside its answer.
        [answer] = [part async for part in self._pass_on(method, message, context)]
        return answer

    async def _pass_on(
        self, method: str, message: Any, context: RayServegRPCContext
    ) -> AsyncGenerator[bytes]:
        """The answers of one replica; of another one where it dies before it has given a result."""
        call = Call(method, message.SerializeToString(), _passed_on(context), context.peer())
        for _ in range(ATTEMPTS):
            has_result = False
            try:
                async for part in self._replicas.remote(call):
                    if isinstance(part, End):
                        _tell(part, context)
                        return
                    has_result = has_result or method != GENERATE or _is_result(part)
                    yield part
            except RayActorError:
                # Drawn again, what the client has could come once more and differ.
                if has_result:
                    break
        _tell(End(grpc.StatusCode.UNAVAILABLE.value[0], "a replica died; ask again", ()), context)


class CallFailed(Exception):
    """A call ended with a status, which is in its context."""


def _tell(end: End, context: RayServegRPCContext) -> None:
    context.set_trailing_metadata(list(end.told))
    if end.code:
        context.set_code(_CODES[end.code])
        context.set_details(end.details)
        # Ray Serve reads the context of a stream with its messages, and here with the error.
        raise CallFailed


def _passed_on(context: RayServegRPCContext) -> tuple[tuple[str, str], ...]:
    own = ("authorization", "origin", "atelier-")
    return tuple(pair for pair in context.invocation_metadata() if pair[0].startswith(own))


def _is_result(answer: bytes) -> bool:
    artifacts = generation_pb2.Answer.FromString(answer).artifacts
    return any(artifact.type not in _PROGRESS for artifact in artifacts)


async def _end(asked: grpc.aio.UnaryStreamCall[bytes, bytes]) -> End:
    """The status of a call that has ended, and what the server said at its begin and end."""
    code = await asked.code()
    beside = (*(await asked.initial_metadata() or ()), *(await asked.trailing_metadata() or ()))
    told = tuple((key, str(value)) for key, value in beside if key.startswith("atelier-"))
    return End(code.value[0], await asked.details() or "", told)


_CODES = {code.value[0]: code for code in grpc.StatusCode}
_PROGRESS = (generation_pb2.ARTIFACT_TEXT, generation_pb2.ARTIFACT_LATENT)


def build(options: Options, replicas: int, resources: dict[str, float]) -> Any:
    """The application: an ingress before so many servers, each with its part of a machine."""
    # Where a replica runs only its own ingress reaches its server.
    own = replace(options, host="127.0.0.1", grpc_port=0, http_port=0, ends_with_stdin=False)
    drain_s = options.drain.total_seconds() + 5
    servers = serve.deployment(
        Replica,
        name="server",
        num_replicas=replicas,
        max_ongoing_requests=options.max_calls,
        graceful_shutdown_timeout_s=drain_s,
        ray_actor_options=resources,
    )
    ingress = serve.deployment(
        Ingress,
        name="ingress",
        num_replicas=1,
        max_ongoing_requests=options.max_calls * replicas,
        ray_actor_options={"num_cpus": 0},
    )
    return ingress.bind(servers.bind(own))


def _share(text: str) -> float:
    share = float(text)
    if not 0.0 <= share <= MAX_SHARE:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to {MAX_SHARE}")
    return share


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal or the end of standard input; the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m inference.ray_app",
        description="Servers on several GPUs and machines behind one address, with Ray Serve.",
        epilog="Every other option is one of `python -m inference`, for each of the servers.",
    )
    parser.add_argument("--replicas", type=count, default=1, help="servers, one for each GPU")
    parser.add_argument("--gpus", type=_share, default=0.0, help="GPUs of each server, 1 or a part")
    parser.add_argument("--cpus", type=_share, default=1.0, help="cores of each server")
    parser.add_argument("--address", help="of a Ray cluster that runs; without one it is started")
    given, rest = parser.parse_known_args(arguments)
    options = parse(rest, os.environ.get(TOKEN_VARIABLE, "").strip())
    try:
        options.check()
    except StartError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the one sentence of a failed start
        return 1
    ended = threading.Event()
    ray.init(address=given.address, include_dashboard=False, log_to_driver=False)
    serve.start(
        http_options={"host": options.host, "port": options.http_port},
        grpc_options={"port": options.grpc_port, "grpc_servicer_functions": list(SERVICERS)},
    )
    resources = {"num_cpus": given.cpus, "num_gpus": given.gpus}
    serve.run(build(options, given.replicas, resources), name=NAME, route_prefix="/")

    def end(*_: object) -> None:
        ended.set()

    for number in (SIGTERM, SIGINT):
        signal(number, end)
    if options.ends_with_stdin:
        threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    print(f"Ray ready: grpc {options.host}:{options.grpc_port}", flush=True)  # noqa: T201
    ended.wait()
    serve.shutdown()
    ray.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
