"""The .proto files say what the protocol says, name by name and number by number."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.descriptor_pb2 import DescriptorProto

from generation.wire import (
    artifact_pb2,
    dashboard_pb2,
    engines_pb2,
    generation_pb2,
    image_pb2,
    tensors_pb2,
    transform_pb2,
)
from generation.wire import generate as generator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import (
        Descriptor,
        EnumDescriptor,
        FileDescriptor,
        ServiceDescriptor,
    )

MODULES = (
    artifact_pb2,
    dashboard_pb2,
    engines_pb2,
    generation_pb2,
    image_pb2,
    tensors_pb2,
    transform_pb2,
)
FILES: tuple[FileDescriptor, ...] = tuple(module.DESCRIPTOR for module in MODULES)
SCALARS = {
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FLOAT: "float",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_UINT64: "uint64",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
}


def expected() -> dict[str, str]:
    text = Path(__file__).with_name("wire_table.txt").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: rest.strip() for name, _, rest in (row.partition(":") for row in rows)}


def actual() -> dict[str, str]:
    table: dict[str, str] = {}
    for file in FILES:
        for enum in file.enum_types_by_name.values():
            table[f"enum {enum.full_name}"] = enum_row(enum)
        for message in file.message_types_by_name.values():
            table[f"message {message.full_name}"] = message_row(message)
            for enum in message.enum_types:
                table[f"enum {enum.full_name}"] = enum_row(enum)
        for service in file.services_by_name.values():
            table.update(service_rows(service))
    return table


def enum_row(enum: EnumDescriptor) -> str:
    return ", ".join(f"{value.name}={value.number}" for value in enum.values)


def message_row(message: Descriptor) -> str:
    fields = sorted(message.fields, key=lambda field: field.number)
    return "; ".join([*(field_row(field) for field in fields), *reserved(message)])


def field_row(field: FieldDescriptor) -> str:
    target = field.message_type or field.enum_type
    row = [str(field.number), field.name, target.full_name if target else SCALARS[field.type]]
    if field.is_repeated:
        row.append("repeated")
    if field.is_packed:
        row.append("packed")
    group = field.containing_oneof
    if group and len(group.fields) == 1 and group.name == f"_{field.name}":
        row.append("optional")
    elif group:
        row.append(f"oneof={group.name}")
    if field.has_presence:
        row.append("presence")
    return " ".join(row)


def reserved(message: Descriptor) -> Iterator[str]:
    plain = DescriptorProto()
    message.CopyToProto(plain)
    for span in plain.reserved_range:
        last = span.end - 1
        yield f"reserved {span.start}" if span.start == last else f"reserved {span.start}-{last}"


def service_rows(service: ServiceDescriptor) -> Iterator[tuple[str, str]]:
    for method in service.methods:
        asked = "stream " * method.client_streaming + method.input_type.full_name
        given = "stream " * method.server_streaming + method.output_type.full_name
        yield f"rpc /{service.full_name}/{method.name}", f"{asked} -> {given}"


@pytest.mark.parametrize("name", sorted(expected()))
def test_as_the_protocol_says(name: str) -> None:
    assert actual().get(name) == expected()[name]


def test_nothing_beyond_the_protocol() -> None:
    assert set(actual()) == set(expected())


def test_every_file_is_compared() -> None:
    stems = {Path(file.name).stem for file in FILES}
    assert stems == {path.stem for path in generator.WIRE.glob("*.proto")}
    assert {file.package for file in FILES} == {"gooseai", "tensors"}


def test_stubs_are_fresh(tmp_path: Path) -> None:
    pytest.importorskip("grpc_tools", reason="freshness of the stubs needs grpcio-tools")
    generator.generate(tmp_path)
    fresh = {path.name: path.read_bytes() for path in (tmp_path / "generation/wire").iterdir()}
    kept = {path.name: path.read_bytes() for path in generator.WIRE.glob("*_pb2*.py*")}
    assert kept == fresh
