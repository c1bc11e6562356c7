"""The contract: the unmodified stability-sdk 0.8.6 gets its pictures from this server."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import socket
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from inference.options import Options
from inference.server import serve
from tests.inference.installed import HAS_REAL_ESRGAN
from tests.inference.orders import painted

if TYPE_CHECKING:
    from inference.server import Running

ROOT = Path(__file__).parents[2]
SDK_PYTHON = ROOT / ".venv-sdk" / "bin" / "python"
SESSION = Path(__file__).with_name("sdk_session.py")
TOKEN = "sk-loopback"

pytestmark = [
    pytest.mark.sdk,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        not SDK_PYTHON.exists(), reason="stability-sdk 0.8.6 is missing: run 'make sdk' once"
    ),
]


async def run_sdk(*arguments: str, **environment: str) -> bytes:
    """Standard output of the SDK's interpreter, which knows nothing of this environment."""
    process = await asyncio.create_subprocess_exec(
        str(SDK_PYTHON),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "GRPC_VERBOSITY": "ERROR", **environment},
    )
    out, err = await asyncio.wait_for(process.communicate(), 50)
    assert process.returncode == 0, err.decode()
    return out


def digest(*prompts: str | tuple[str, float], **more: Any) -> str:
    """The hash of the picture that the painter makes of the same request."""
    pixels = painted(*prompts, **{"steps": 20, **more})
    return hashlib.sha256(pixels.tobytes()).hexdigest()


async def test_both_clients_of_the_sdk_get_all_they_ask_for(shared_server: Running):
    found = json.loads(
        await run_sdk(str(SESSION), "plain", shared_server.grpc_address, "sk-unused")
    )
    (text,) = found["text"]
    assert (text["mime"], text["finish_reason"], text["seed"]) == ("image/png", 0, 7)
    assert text["hash"] == digest("a red lighthouse")
    weighted = digest(("a red lighthouse", 1.5), ("fog", -0.5))
    assert [row["hash"] for row in found["weighted"]] == [weighted]
    assert abs(found["init"][0]["corner"][0] - 200) <= 2
    assert found["mask"][0]["corner"] == [200, 30, 30]
    assert found["mask"][0]["far"] != [200, 30, 30]
    assert [row["seed"] for row in found["samples"]] == [7, 8, 9]
    assert found["samples"][2]["hash"] == digest("a red lighthouse", seed=9)
    assert len({found[name][0]["hash"] for name in ("text", "style", "sampler", "guided")}) == 4
    assert found["default size"][0]["size"] == [1024, 1024]
    code, details = found["unknown engine"]
    assert code == "NOT_FOUND"
    assert details.startswith("The specified engine (ID stable-diffusion-v9) was not found.")
    size, colour = found["context"].pop("upscaled")
    assert size == [256, 256]
    # A network keeps a flat colour nearly.
    assert colour == pytest.approx([200, 30, 30], abs=6 if HAS_REAL_ESRGAN else 0)
    assert found["context"] == {
        "pictures": [[128, 128], [128, 128]],
        "started": [200, 30, 30],
        "kept": [200, 30, 30],
        "balance": 100 * Options().balance,
        "upscaled to a width": [200, 200],
    }


async def test_its_command_line_writes_a_picture(shared_server: Running, tmp_path: Path):
    arguments = ["-W", "128", "-H", "64", "-S", "12345", "-s", "20", "-C", "8.5"]
    prefix = str(tmp_path / "picture_")
    await run_sdk(
        *("-m", "stability_sdk", "generate", "-p", prefix, *arguments, "a stunning house"),
        STABILITY_HOST=shared_server.grpc_address,
        STABILITY_KEY="sk-unused",
    )
    (name,) = os.listdir(tmp_path)
    assert name.endswith(".png")
    with Image.open(tmp_path / name) as picture:
        assert picture.size == (128, 64)


async def test_its_command_line_upscales_a_picture(shared_server: Running, tmp_path: Path):
    given, prefix = tmp_path / "given.png", str(tmp_path / "larger_")
    Image.new("RGB", (128, 64), (200, 30, 30)).save(given)
    await run_sdk(
        *("-m", "stability_sdk", "upscale", "-i", str(given), "-p", prefix),
        STABILITY_HOST=shared_server.grpc_address,
        STABILITY_KEY="sk-unused",
    )
    (name,) = (name for name in os.listdir(tmp_path) if name != "given.png")
    with Image.open(tmp_path / name) as picture:
        assert picture.size == (256, 128)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
async def test_over_tls_the_key_opens_the_gate(tmp_path: Path):
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    await make_certificate(certificate, key)
    options = Options(
        http_port=0, grpc_port=port_for_tls(), token=TOKEN, certificate=certificate, private_key=key
    )
    async with serve(replace(options, host="localhost")) as server:
        arguments = (str(SESSION), "tls", server.grpc_address, TOKEN)
        trust = {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH": str(certificate)}
        found = json.loads(await run_sdk(*arguments, **trust))
    assert found["text"][0]["hash"] == digest("a red lighthouse")


async def make_certificate(certificate: Path, key: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-nodes", "-days", "1", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0


def port_for_tls() -> int:
    """A free port that ends with 443: that is how the SDK decides to encrypt."""
    for thousand in range(10, 65):
        port = thousand * 1000 + 443
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) != 0:
                return port
    pytest.fail("every port that ends with 443 is taken")
