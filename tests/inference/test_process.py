"""`python -m inference` as a process: its one line, its errors, and its end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc.aio

from generation.codec import encode_request
from generation.wire.generation_pb2_grpc import GenerationServiceStub
from tests.inference.installed import NETWORKS, SERVED
from tests.inference.orders import order

if TYPE_CHECKING:
    from collections.abc import Generator

READY = re.compile(
    r"Inference ready: grpc 127\.0\.0\.1:\d+, http 127\.0\.0\.1:\d+,"
    r" engines "
    + ", ".join(
        rf"{engine} \({'Real-ESRGAN' if engine in NETWORKS else 'a painter without a model'}\)"
        for engine in SERVED
    )
    + r"\n"
)

READY_LINE: list[str] = []
"""What the servers of these tests said, the last one last."""


def start(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    free = () if "--grpc-port" in arguments else ("--grpc-port", "0")
    return subprocess.Popen(
        [sys.executable, "-m", "inference", *free, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ATELIER_INFERENCE_TOKEN": "", **environment},
    )


@contextmanager
def running(*arguments: str, **environment: str) -> Generator[subprocess.Popen[str], None, None]:
    with start("--http-port", "0", *arguments, **environment) as process:
        try:
            assert process.stdout is not None
            READY_LINE.append(process.stdout.readline())
            assert READY.fullmatch(READY_LINE[-1])
            yield process
        finally:
            process.kill()


def test_it_says_one_line_and_ends_cleanly_on_a_signal():
    with running() as process:
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=5)
        assert (process.returncode, out, err) == (0, "", "")
        assert time.monotonic() - began < 5


def test_it_ends_with_its_parent():
    with running("--until-stdin-closes") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(timeout=5) == 0


def refusal(*arguments: str, **environment: str) -> str:
    """The one sentence of a start that fails."""
    with start(*arguments, **environment) as process:
        out, err = process.communicate(timeout=20)
    assert process.returncode not in (0, None)
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_it_does_not_let_others_in_without_a_token():
    assert "ATELIER_INFERENCE_TOKEN" in refusal("--host", "0.0.0.0")


def test_a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        # A parent's own wish for gRPC's errors must not add gRPC's lines to the one sentence.
        for verbosity in ("", "ERROR"):
            said = refusal("--grpc-port", str(port), GRPC_VERBOSITY=verbosity)
            assert f"127.0.0.1:{port} cannot be opened" in said


def test_a_wrong_option_is_named():
    with start("--http-port", "many") as process:
        _, err = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "--http-port" in err


async def test_a_line_for_each_request_holds_no_prompt():
    with running("--log-level", "info", "--log-format", "json") as process:
        assert process.stdout is not None
        address = re.search(r"grpc (\S+),", READY_LINE[-1])
        assert address is not None
        async with grpc.aio.insecure_channel(address[1]) as channel:
            request = encode_request(order("a secret garden", width=64, height=64), "r-1")
            assert [answer async for answer in GenerationServiceStub(channel).Generate(request)]
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert "secret" not in err
    (line,) = [line for line in map(json.loads, err.splitlines()) if line.get("request_id")]
    assert (line["request_id"], line["engine"], line["pictures"]) == ("r-1", "atelier-painter", 1)


def test_the_server_itself_does_without_numpy():
    code = "import sys, inference.server; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
