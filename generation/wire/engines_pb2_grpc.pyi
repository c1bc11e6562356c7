from collections.abc import AsyncIterator, Awaitable

import grpc.aio

from generation.wire import engines_pb2 as pb

class EnginesServiceStub:
    def __init__(self, channel: grpc.aio.Channel) -> None: ...
    ListEngines: grpc.aio.UnaryUnaryMultiCallable[pb.ListEnginesRequest, pb.Engines]

class EnginesServiceServicer:
    def ListEngines(
        self, request: pb.ListEnginesRequest, context: grpc.aio.ServicerContext[pb.ListEnginesRequest, pb.Engines]
    ) -> Awaitable[pb.Engines]: ...

def add_EnginesServiceServicer_to_server(
    servicer: EnginesServiceServicer, server: grpc.aio.Server
) -> None: ...
