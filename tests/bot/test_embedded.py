"""What the embedded server keeps while bots come and go."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.embedded import EmbeddedError, EmbeddedServer
from tests.inference.video.videos import BETA, form, scenery_png, until_over

if TYPE_CHECKING:
    from pathlib import Path


def client_of(server: EmbeddedServer) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        f"http://127.0.0.1:{server.http_port}",
        headers={"Authorization": f"Bearer {server.token}"},
    )


async def test_the_next_bot_gets_the_video_that_the_last_one_started(tmp_path: Path):
    async with EmbeddedServer(None, tmp_path, dict(os.environ)) as server:
        await server.wait_until_ready()
        client = client_of(server)
        async with client, client.post(BETA, data=form(scenery_png())) as response:
            video_id = (await response.json())["id"]
    async with EmbeddedServer(None, tmp_path, dict(os.environ)) as server:
        await server.wait_until_ready()
        async with client_of(server) as client:
            status, _ = await until_over(client, f"{BETA}/result/{video_id}")
    assert status == 200


def test_its_token_lasts_with_its_folder_and_is_for_its_owner_only(tmp_path: Path):
    first, again = (EmbeddedServer(None, tmp_path, {}).token for _ in range(2))
    assert first == again
    assert len(first) >= 32
    (token_file,) = tmp_path.iterdir()
    assert token_file.stat().st_mode & 0o077 == 0
    assert EmbeddedServer(None, None, {}).token != EmbeddedServer(None, None, {}).token


def test_a_token_that_cannot_be_kept_stops_the_start(tmp_path: Path):
    (tmp_path / "embedded.token").mkdir()
    with pytest.raises(EmbeddedError, match=r"embedded\.token"):
        EmbeddedServer(None, tmp_path, {})
    with pytest.raises(EmbeddedError):
        EmbeddedServer(None, tmp_path / "missing", {})
