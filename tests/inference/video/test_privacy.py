"""The films' folder is its owner's alone, whatever the usual umask and whatever it was before."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from inference.video.folder import open_folder
from tests.inference.video.videos import BETA, form, scenery_png, until_over


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def rights_of_others(top: Path) -> set[int]:
    return {path.stat().st_mode & 0o077 for path in (top, *top.rglob("*"))}


async def test_what_the_server_writes_is_private(tmp_path: Path):
    folder = tmp_path / "films"
    ports = ("--grpc-port", "0", "--http-port", "0")
    server = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "inference", *ports, "--films", str(folder)),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "ATELIER_INFERENCE_TOKEN": ""},
    )
    try:
        assert server.stdout
        ready = re.search(rb"http (\S+?),", await server.stdout.readline())
        assert ready
        async with aiohttp.ClientSession(f"http://{ready[1].decode()}") as client:
            async with client.post(BETA, data=form(scenery_png())) as response:
                video_id = (await response.json())["id"]
            status, _ = await until_over(client, f"{BETA}/result/{video_id}")
        assert status == 200
        assert {"film.mp4", "order.json"} <= {path.name for path in folder.rglob("*")}
        assert rights_of_others(folder) == {0}
    finally:
        server.terminate()
        await server.communicate()


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A folder as an earlier version left it."""
    tmp_path.chmod(0o755)
    return tmp_path


async def test_an_earlier_folder_is_made_private(earlier: Path, caplog: pytest.LogCaptureFixture):
    async with open_folder(earlier):
        assert rights_of_others(earlier) == {0}
    assert not caplog.messages


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("chmod", [refuse, lambda *_, **__: None], ids=["refused", "no effect"])
async def test_one_warning_where_that_fails(
    earlier: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, chmod: Any
):
    monkeypatch.setattr("os.chmod", chmod)
    async with open_folder(earlier):
        (line,) = caplog.messages
    assert str(earlier) in line
    async with open_folder(earlier, is_childs=True):
        assert caplog.messages == [line]
