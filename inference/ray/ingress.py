"""What Ray Serve calls for a client: the gRPC services' methods by their names, and HTTP.

What a server that dies has not finished is asked of another one.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import grpc
from grpc_health.v1 import health_pb2
from starlette.responses import Response

from generation.wire import dashboard_pb2, engines_pb2, generation_pb2
from inference.ray.bodies import Bodies
from inference.ray.client_call import ClientCall
from inference.ray.link import RayLink
from inference.ray.messages import End, HttpRequest, NoServer, ServerDied
from inference.ray.refusals import CallFailed, log_no_refusals
from inference.ray.servers import Servers
from inference.ray.site import ATTEMPTS, ServersSite, refused
from inference.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

    from ray.serve.grpc_util import RayServegRPCContext
    from ray.serve.handle import DeploymentHandle
    from starlette.requests import Request

    from inference.options import Options
    from inference.ray.messages import HttpAnswer, Pairs

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
CHECK, WATCH = "/grpc.health.v1.Health/Check", "/grpc.health.v1.Health/Watch"
_CODES = {code.value[0]: code for code in grpc.StatusCode}
_PROGRESS = (generation_pb2.ARTIFACT_TEXT, generation_pb2.ARTIFACT_LATENT)


class Ingress:
    """The one address of several servers."""

    async def __init__(self, handles: Mapping[str, DeploymentHandle], options: Options) -> None:
        log_no_refusals()
        self._servers = Servers({name: RayLink(handle) for name, handle in handles.items()})
        self._site = ServersSite(self._servers)
        self._bodies = Bodies(options)
        self._watches = [asyncio.create_task(server.watch()) for server in self._servers.all]

    async def __call__(self, request: Request) -> Response:
        """The answer to an HTTP request."""
        answer = await self._http_answer(request)
        return Response(answer.body, answer.status, dict(answer.headers))

    async def Generate(
        self, request: generation_pb2.Request, grpc_context: RayServegRPCContext
    ) -> AsyncGenerator[generation_pb2.Answer]:
        """One answer for each picture, in the order in which they get ready."""
        key = request.request_id
        async with aclosing(self._pass_on(GENERATE, request, grpc_context, key)) as answers:
            async for answer in answers:
                yield generation_pb2.Answer.FromString(answer)

    async def ChainGenerate(
        self, request: generation_pb2.ChainRequest, grpc_context: RayServegRPCContext
    ) -> AsyncGenerator[generation_pb2.Answer]:
        """The answers of a chain's stages."""
        async with aclosing(self._pass_on(CHAIN, request, grpc_context)) as answers:
            async for answer in answers:
                yield generation_pb2.Answer.FromString(answer)

    async def ListEngines(
        self, request: engines_pb2.ListEnginesRequest, grpc_context: RayServegRPCContext
    ) -> engines_pb2.Engines:
        """The engines, all servers having the same."""
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

    async def Check(self, request: Any, grpc_context: RayServegRPCContext) -> Any:
        """The health, of one of the servers that are there."""
        answer = await self._one(CHECK, request, grpc_context)
        return health_pb2.HealthCheckResponse.FromString(answer)

    async def Watch(self, request: Any, grpc_context: RayServegRPCContext) -> AsyncGenerator[Any]:
        """The health of one of the servers whenever it changes, until that server ends."""
        async with aclosing(self._pass_on(WATCH, request, grpc_context)) as answers:
            async for answer in answers:
                yield health_pb2.HealthCheckResponse.FromString(answer)

    async def _one(self, method: str, message: Any, context: RayServegRPCContext) -> bytes:
        # To its end, which brings what the server says beside its answer.
        [answer] = [part async for part in self._pass_on(method, message, context)]
        return answer

    async def _pass_on(
        self, method: str, message: Any, context: RayServegRPCContext, key: str = ""
    ) -> AsyncGenerator[bytes]:
        """The answers of one server; of another one where it dies before it has given a result."""
        asked = ClientCall(
            method, message.SerializeToString(), context.invocation_metadata(), context.peer()
        )
        # Refused, a repeat still belongs where the first one was taken.
        new_key = key if self._servers.place(key) is None else ""
        for _ in range(ATTEMPTS):
            has_result = False
            try:
                with self._servers.choose(key).called() as link:
                    async with aclosing(link.answers(asked.passed_on())) as answers:
                        async for part in answers:
                            if isinstance(part, End):
                                self._end(part, context, new_key)
                                return
                            has_result = has_result or method != GENERATE or _is_result(part)
                            yield part
            except NoServer:
                break
            except ServerDied:
                # Drawn again, what the client has could come once more and differ.
                if has_result:
                    break
        said = "the server for this is being started again; ask again in a moment"
        self._end(End(grpc.StatusCode.UNAVAILABLE.value[0], said, ()), context, new_key)

    def _end(self, end: End, context: RayServegRPCContext, key: str) -> None:
        context.set_trailing_metadata(list(end.told))
        if end.code:
            self._servers.forget(key)
            context.set_code(_CODES[end.code])
            context.set_details(end.details)
            # Ray Serve reads the context of a stream with its messages, and here with the error.
            raise CallFailed

    async def _http_answer(self, request: Request) -> HttpAnswer:
        try:
            body = await self._bodies.read(request)
        except Refusal as refusal:
            return refused(refusal)
        headers: Pairs = tuple(request.headers.items())
        asked = HttpRequest(request.method, _target(request.scope), headers, body)
        return await self._site.answer(asked)


def _target(scope: Mapping[str, Any]) -> str:
    """The path and the query of an HTTP request as they were sent."""
    path, query = scope["raw_path"].lstrip(b"/"), scope["query_string"]
    return f"/{path.decode('latin-1')}{'?' if query else ''}{query.decode('latin-1')}"


def _is_result(answer: bytes) -> bool:
    artifacts = generation_pb2.Answer.FromString(answer).artifacts
    return any(artifact.type not in _PROGRESS for artifact in artifacts)
