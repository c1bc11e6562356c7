"""Whose films are whose, how long they are kept, and what a full queue and a restart do to them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest

from inference.options import Options, StartError, parse
from inference.server import serve
from inference.video.folder import open_folder
from tests.inference.video.videos import (
    BETA,
    DAY,
    form,
    frames_of,
    open_house,
    scenery_png,
    until_over,
)

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from tests.inference.video.videos import House


class Clock:
    """A time that only moves when it is told to."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 4, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


async def status_of(house: House, video_id: str, key: str = "", tail: str = "") -> int:
    headers = {"Authorization": key} if key else {}
    path = f"{BETA}/result/{video_id}{tail}"
    async with house.client.get(path, headers=headers) as response:
        body = await response.read()
        if response.status == 202:
            assert await response.json() == {"id": video_id, "status": "in-progress"}
        assert b"sk-" not in body
        assert b"sesame" not in body
        return response.status


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_a_video_that_waits_is_in_progress_and_only_its_key_is_told_so(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        async with house.client.post(
            BETA, data=form(scenery_png()), headers={"Authorization": "Bearer sk-one"}
        ) as response:
            video_id = (await response.json())["id"]
        for tail in ("", "/last-frame"):
            assert await status_of(house, video_id, "Bearer sk-one", tail) == 202
            assert await status_of(house, video_id, "sk-one", tail) == 202
            assert await status_of(house, video_id, "Bearer sk-two", tail) == 404
            assert await status_of(house, video_id, "", tail) == 404
    assert b"sk-one" not in everything_in(tmp_path)


async def test_without_the_servers_key_nothing_is_told(tmp_path: Path):
    async with open_house(tmp_path, token="open-sesame") as house:
        house.hold_up()
        video_id = await house.start()
        assert await status_of(house, video_id) == 202
        for key in ("Bearer other", "Bearer ", "\udcff"):
            assert await status_of(house, video_id, key) == 401
        async with house.client.post(
            BETA, data=form(scenery_png()), headers={"Authorization": "Bearer other"}
        ) as response:
            body = await response.json()
            assert response.headers["WWW-Authenticate"] == "Bearer"
        assert (response.status, body["name"]) == (401, "unauthorized")
        assert set(body) == {"id", "name", "errors"}


async def test_a_full_queue_says_when_to_come_back_and_keeps_nothing(tmp_path: Path):
    async with open_house(tmp_path, max_calls=2) as house:
        house.hold_up()
        await house.start()
        # One place is that of the film that is being made, one of the film that waits.
        async with house.client.post(BETA, data=form(scenery_png())) as response:
            assert response.status == 429
            assert int(response.headers["Retry-After"]) >= 1
            body = await response.json()
        assert body["name"] == "rate_limit_exceeded"
        assert len(names_in(tmp_path)) == 1


async def test_two_starts_that_race_for_the_last_place_get_one_place(tmp_path: Path):
    async with open_house(tmp_path, max_calls=2) as house:
        house.hold_up()

        async def start() -> int:
            async with house.client.post(BETA, data=form(scenery_png())) as response:
                return response.status

        assert sorted(await asyncio.gather(*(start() for _ in range(5)))) == [200, *[429] * 4]
        assert len(names_in(tmp_path)) == 1


async def test_an_accepted_video_is_made_after_a_restart_and_kept_over_another(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        ids = [await house.start(seed=seed) for seed in (5, 6)]
    # The limit is smaller by now; what was promised is kept all the same.
    async with open_house(tmp_path, max_calls=1) as house:
        results = [await house.until_finished(f"{BETA}/result/{video_id}") for video_id in ids]
        assert [headers["seed"] for headers, _ in results] == ["5", "6"]
    async with open_house(tmp_path) as house:
        headers, video = await house.until_finished(f"{BETA}/result/{ids[0]}")
        assert (headers["seed"], video) == ("5", results[0][1])
        assert len(frames_of(video)) == 25


async def test_a_video_expires_after_its_time_and_leaves_nothing(tmp_path: Path):
    clock = Clock()
    async with open_house(tmp_path, now=clock) as house:
        video_id = await house.start()
        await house.until_finished(f"{BETA}/result/{video_id}")
        clock.time += DAY - timedelta(seconds=1)
        assert await status_of(house, video_id) == 200
        clock.time += timedelta(seconds=1)
        assert await status_of(house, video_id) == 404
        assert names_in(tmp_path) == [video_id]
    async with open_house(tmp_path, now=clock) as house:
        assert await status_of(house, video_id) == 404
        assert names_in(tmp_path) == []


async def test_a_video_that_fails_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    async with open_house(tmp_path) as house:
        house.hold_up()
        video_id = await house.start()
        (tmp_path / video_id / "picture").write_bytes(b"rotten")
        house.let_go()
        status, said = await until_over(house.client, f"{BETA}/result/{video_id}")
        body = json.loads(said)
        assert status == 500
        assert body["name"] == "internal_error"
        assert body["errors"] == ["the film failed: PaintingFailed"]
    assert video_id[:8] in caplog.text
    async with open_house(tmp_path) as house:
        assert await status_of(house, video_id) == 500


async def test_a_video_whose_folder_is_gone_fails_alone(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        gone, other = [await house.start() for _ in range(2)]
        await asyncio.to_thread(shutil.rmtree, tmp_path / gone)
        house.let_go()
        status, _ = await until_over(house.client, f"{BETA}/result/{gone}")
        assert status == 500
        status, _ = await until_over(house.client, f"{BETA}/result/{other}")
        assert status == 200


async def test_what_cannot_be_read_in_the_folder_is_left_alone(tmp_path: Path):
    for name, order in (("a", "{"), ("b", "[]"), ("c", '{"owner": "x"}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "order.json").write_text(order)
    (tmp_path / "note.txt").write_text("mine")
    (tmp_path / "d.part").mkdir()
    async with open_house(tmp_path) as house:
        assert len(house.store) == 0
        assert await status_of(house, "a") == 404
    assert names_in(tmp_path) == ["a", "b", "c", "note.txt"]


@contextmanager
def process(folder: Path) -> Generator[tuple[subprocess.Popen[str], str]]:
    """`python -m inference` with that folder, and where it answers HTTP."""
    arguments = ("--grpc-port", "0", "--http-port", "0", "--workers", "1", "--films", str(folder))
    with subprocess.Popen(
        [sys.executable, "-m", "inference", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "ATELIER_INFERENCE_TOKEN": "open-sesame"},
    ) as server:
        try:
            assert server.stdout is not None
            ready = re.search(r"http (\S+),", server.stdout.readline())
            assert ready is not None
            yield server, f"http://{ready[1]}"
        finally:
            server.kill()


async def test_a_server_that_is_killed_makes_its_videos_when_it_runs_again(tmp_path: Path):
    headers = {"Authorization": "Bearer open-sesame"}
    with process(tmp_path) as (server, url):
        async with aiohttp.ClientSession(url, headers=headers) as client:
            async with client.post(BETA, data=form(scenery_png(), seed=9)) as response:
                video_id = (await response.json())["id"]
            server.kill()
    with process(tmp_path) as (_, url):
        async with aiohttp.ClientSession(url, headers=headers) as client:
            status, video = await until_over(client, f"{BETA}/result/{video_id}")
    assert status == 200
    assert len(frames_of(video)) == 25


async def test_the_server_keeps_videos_in_the_folder_of_its_options(tmp_path: Path):
    folder = tmp_path / "new" / "films"
    options = Options(grpc_port=0, http_port=0, workers=1, videos=folder)
    async with serve(options) as running:
        client = aiohttp.ClientSession(f"http://{running.http_address}")
        async with client, client.post(BETA, data=form(scenery_png())) as response:
            video_id = (await response.json())["id"]
        assert (folder / video_id).is_dir()
        with pytest.raises(StartError, match="Another server"):
            async with open_folder(folder, patience=timedelta(0)):
                pass
        # A successor that comes a little early waits for it.
        successor = asyncio.create_task(open_and_close(folder))
        await asyncio.sleep(0)
    await successor


async def open_and_close(folder: Path | None) -> Path:
    async with open_folder(folder) as opened:
        assert opened.is_dir()
        return opened


async def test_the_folder_has_to_be_one(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="file cannot be used"):
        await open_and_close(tmp_path / "file")


async def test_without_a_folder_videos_go_with_the_server():
    assert not (await open_and_close(None)).exists()


def test_how_long_videos_are_kept_is_an_option(capsys: pytest.CaptureFixture[str]):
    assert parse([], "").keep_videos == DAY
    assert parse(["--keep-films", "1.5"], "").keep_videos == timedelta(minutes=90)
    for wrong in ("-1", "nan", "forever"):
        with pytest.raises(SystemExit):
            parse(["--keep-films", wrong], "")
        assert "--keep-films" in capsys.readouterr().err
