from collections.abc import AsyncIterator, Awaitable

import grpc.aio

from generation.wire import generation_pb2 as pb

class GenerationServiceStub:
    def __init__(self, channel: grpc.aio.Channel) -> None: ...
    Generate: grpc.aio.UnaryStreamMultiCallable[pb.Request, pb.Answer]
    ChainGenerate: grpc.aio.UnaryStreamMultiCallable[pb.ChainRequest, pb.Answer]

class GenerationServiceServicer:
    def Generate(
        self, request: pb.Request, context: grpc.aio.ServicerContext[pb.Request, pb.Answer]
    ) -> AsyncIterator[pb.Answer]: ...
    def ChainGenerate(
        self, request: pb.ChainRequest, context: grpc.aio.ServicerContext[pb.ChainRequest, pb.Answer]
    ) -> AsyncIterator[pb.Answer]: ...

def add_GenerationServiceServicer_to_server(
    servicer: GenerationServiceServicer, server: grpc.aio.Server
) -> None: ...
