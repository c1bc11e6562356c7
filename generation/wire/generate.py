"""Writes the stubs of every .proto here: `python -m generation.wire.generate` (needs grpcio-tools).

The .proto files import each other by their path from the repository's root, so that the generated
modules are imports of this package as they stand and need no repair.
"""

from __future__ import annotations

import sys
import tempfile
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import FileDescriptorSet

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto, ServiceDescriptorProto

WIRE = Path(__file__).parent
ROOT = WIRE.parent.parent
PACKAGE = "generation.wire"


class GenerateError(Exception):
    """protoc refused the files; it has said why on standard error."""


def generate(out: Path = ROOT) -> None:
    """Write messages, their types, services and the services' types below `out`.

    Raises:
        GenerateError: protoc refused a file.
    """
    sources = sorted(WIRE.glob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "all"
        _protoc(
            sources, f"--python_out={out}", f"--pyi_out={out}", f"--descriptor_set_out={compiled}"
        )
        described = FileDescriptorSet.FromString(compiled.read_bytes()).file
    with_services = [file for file in described if file.service]
    _protoc([ROOT / file.name for file in with_services], f"--grpc_python_out={out}")
    for file in with_services:
        stub = (out / file.name).with_name(Path(file.name).stem + "_pb2_grpc.pyi")
        stub.write_text(service_types(file), encoding="utf-8")


def _protoc(sources: list[Path], *options: str) -> None:
    # Only this module needs the compiler, and only where the stubs are written.
    from grpc_tools import protoc  # pyright: ignore[reportMissingTypeStubs]

    well_known = str(files("grpc_tools") / "_proto")
    arguments = ["protoc", f"-I{ROOT}", f"-I{well_known}", *options, *map(str, sources)]
    if protoc.main(arguments):  # pyright: ignore[reportUnknownMemberType]
        raise GenerateError(" ".join(str(source.name) for source in sources))


def service_types(file: FileDescriptorProto) -> str:
    """The .pyi text for a file's services as asyncio sees them; protoc writes none itself."""
    own = Path(file.name).stem + "_pb2"
    parts = [
        "from collections.abc import AsyncIterator, Awaitable",
        "",
        "import grpc.aio",
        "",
        f"from {PACKAGE} import {own} as pb",
    ]
    for service in file.service:
        parts += ["", *_client(service), "", *_server(service)]
    return "\n".join(parts) + "\n"


def _message(type_name: str) -> str:
    return "pb." + type_name.rpartition(".")[2]


def _client(service: ServiceDescriptorProto) -> list[str]:
    lines = [
        f"class {service.name}Stub:",
        "    def __init__(self, channel: grpc.aio.Channel) -> None: ...",
    ]
    for method in service.method:
        kind = "UnaryStream" if method.server_streaming else "UnaryUnary"
        pair = f"{_message(method.input_type)}, {_message(method.output_type)}"
        lines.append(f"    {method.name}: grpc.aio.{kind}MultiCallable[{pair}]")
    return lines


def _server(service: ServiceDescriptorProto) -> list[str]:
    lines = [f"class {service.name}Servicer:"]
    for method in service.method:
        asked, given = _message(method.input_type), _message(method.output_type)
        result = f"AsyncIterator[{given}]" if method.server_streaming else f"Awaitable[{given}]"
        lines += [
            f"    def {method.name}(",
            f"        self, request: {asked}, context: grpc.aio.ServicerContext[{asked}, {given}]",
            f"    ) -> {result}: ...",
        ]
    return [
        *lines,
        "",
        f"def add_{service.name}Servicer_to_server(",
        f"    servicer: {service.name}Servicer, server: grpc.aio.Server",
        ") -> None: ...",
    ]


if __name__ == "__main__":
    try:
        generate()
    except GenerateError as error:
        sys.exit(f"protoc refused {error}")
