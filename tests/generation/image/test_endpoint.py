"""Where an engine is: addresses, encryption and who gets warned."""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import grpc
import grpc.aio
import pytest

from generation.errors import Unreachable
from generation.headers import default_user_agent
from generation.image.client import ImageClient
from generation.image.endpoint import Endpoint, open_channel
from generation.wire.generation_pb2_grpc import add_GenerationServiceServicer_to_server
from tests.generation.image.scripted import KEY, REQUEST, Pauses, ScriptedEngine

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("host", "tls", "expected"),
    [
        ("grpc.stability.ai:443", None, True),
        ("grpc.stability.ai:443", False, False),
        ("localhost:50443", None, False),
        ("localhost:50443", True, True),
        ("[::1]:443", None, True),
    ],
)
def test_encryption(host: str, tls: bool | None, expected: bool) -> None:
    assert Endpoint(host, tls=tls).is_encrypted is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:1", True),
        ("LOCALHOST:1", True),
        ("127.0.0.2:1", True),
        ("[::1]:1", True),
        ("10.0.0.1:1", False),
        ("localhost.example.com:1", False),
    ],
)
def test_loopback(host: str, expected: bool) -> None:
    assert Endpoint(host).is_loopback is expected


@pytest.mark.parametrize(
    "host",
    [
        "",
        "grpc.stability.ai",
        ":443",
        "host:",
        "host:0",
        "host:65536",
        "host:x",
        "https://host:443",
    ],
)
def test_not_an_address(host: str) -> None:
    with pytest.raises(ValueError, match="host:port"):
        Endpoint(host)


@pytest.mark.parametrize("key", ["sk-a\n", " sk-a", "sk-ü", "sk\x00"])
def test_not_a_key(key: str) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        Endpoint("host:443", key)
    assert "sk" not in str(caught.value)


def test_the_key_is_not_printed() -> None:
    assert KEY not in repr(Endpoint("host:443", KEY))


@pytest.mark.parametrize(
    ("endpoint", "warned"),
    [
        (Endpoint("engine.example:50051", KEY), True),
        (Endpoint("engine.example:50051"), False),
        (Endpoint("engine.example:443", KEY), False),
        (Endpoint("127.0.0.1:50051", KEY), False),
    ],
)
async def test_a_key_without_encryption_is_warned_about(
    endpoint: Endpoint, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await open_channel(endpoint, "test").close()
    assert ("without encryption" in caplog.text) is warned
    assert KEY not in caplog.text


def test_user_agent_names_the_version() -> None:
    assert default_user_agent().startswith("atelier/")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    command = ["openssl", "req", "-x509", *made, *subject, *files]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return certificate, key


CLIENT = """
import asyncio, sys
from generation.image.client import Endpoint, ImageClient
from tests.generation.image.scripted import REQUEST

async def main():
    async with ImageClient(Endpoint(sys.argv[1], sys.argv[2], tls=True)) as client:
        print([len(picture.png) async for picture in client.generate(REQUEST, "job-1")])

asyncio.run(main())
"""


async def test_tls(certificate: tuple[Path, Path]) -> None:
    """In a process of its own, as gRPC reads the roots' variable once in a process."""
    public, private = certificate
    engine = ScriptedEngine()
    server = grpc.aio.server()
    add_GenerationServiceServicer_to_server(engine, server)
    pair = (private.read_bytes(), public.read_bytes())
    port = server.add_secure_port("localhost:0", grpc.ssl_server_credentials([pair]))
    await server.start()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, f"localhost:{port}", KEY,
        env={**os.environ, "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(public)},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert output.startswith(b"[")
    assert engine.metadata[0]["authorization"] == f"Bearer {KEY}"

    strange = Endpoint(f"localhost:{port}", KEY, tls=True)
    async with ImageClient(strange, sleep=Pauses()) as client:
        with pytest.raises(Unreachable):
            await anext(client.generate(REQUEST, "job-2"))
    assert len(engine.requests) == 1
    await server.stop(None)
