"""`python -m playground` as a process: ports, tokens, the bot beside it, and the end."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import pytest

from tests.driver.driver import Driver, DriveRefused

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

ROOT = Path(__file__).parents[2]

# Stands where the real bot does: it tells what it was given and ends when its pipe closes.
BOT = """
import json, os, pathlib, sys
here = pathlib.Path.cwd()
settings, arguments = sys.argv[1:3], sys.argv[3:]
assert settings == ["--env-file", ""]
if arguments[0] == "credits":
    print("some noise", flush=True)
    if arguments[-1] == "13":
        sys.exit("13 brings bad luck.")
    (here / "granted.json").write_text(json.dumps(arguments))
    sys.exit()
starts = here / "starts"
starts.write_text(starts.read_text() + "x" if starts.exists() else "x")
if starts.read_text() == "x" and (here / "die").exists():
    sys.exit(3)
if (here / "in use").exists():
    sys.exit(78)
names = ("DISCORD_TOKEN", "ATELIER_DISCORD_API", "ATELIER_DISCORD_GATEWAY", "ATELIER_STATE")
given = {name: os.environ.get(name) for name in names}
pathlib.Path(given["ATELIER_STATE"] or "state").mkdir(parents=True, exist_ok=True)
print("bot:", json.dumps({"arguments": arguments, "environment": given}), flush=True)
sys.stdin.read()
(here / "ended").write_text("x")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A working folder with a stand-in for the bot."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "__init__.py").touch()
    (tmp_path / "bot" / "__main__.py").write_text(BOT)
    return tmp_path


@asynccontextmanager
async def playing(folder: Path, *arguments: str, **environment: str) -> AsyncGenerator[Process]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("PLAYGROUND", "COV"))}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "playground", *arguments),
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=folder,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def line(process: Process, start: str) -> str:
    """The next line that starts so."""
    assert process.stdout is not None
    async with asyncio.timeout(20):
        while True:
            raw = await process.stdout.readline()
            assert raw, "the process ended"
            if raw.decode().startswith(start):
                return raw.decode().strip()


async def ended(process: Process) -> tuple[int, str]:
    """Exit status and everything that was said."""
    said, _ = await asyncio.wait_for(process.communicate(), 10)
    return process.returncode or 0, said.decode()


def names_in(folder: Path) -> set[str]:
    return {one.name for one in folder.iterdir()}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_bot_beside_the_playground(folder: Path) -> None:
    port = str(free_port())
    real = {"DISCORD_TOKEN": "a real token", "ATELIER_STATE": "kept"}
    async with playing(folder, "--port", port, **real) as process:
        ready = await line(process, "Playground ready: ")
        url = ready.removeprefix("Playground ready: ")
        assert url == f"http://127.0.0.1:{port}/"
        said = json.loads((await line(process, "bot: ")).removeprefix("bot: "))
        assert said["arguments"] == ["--until-stdin-closes"]
        given = said["environment"]
        assert given["ATELIER_DISCORD_API"] == f"{url}api/v10"
        assert given["ATELIER_DISCORD_GATEWAY"] == f"ws://127.0.0.1:{port}/"
        assert given["ATELIER_STATE"] == "kept"
        assert given["DISCORD_TOKEN"] != "a real token"
        headers = {"Authorization": f"Bot {given['DISCORD_TOKEN']}"}
        async with (
            aiohttp.ClientSession(headers=headers) as session,
            session.get(f"{url}api/v10/users/@me") as me,
        ):
            assert me.status == 200
        async with Driver(url) as driver:
            state = await driver.state()
            assert state["top_up"] is True
            await driver.top_up(25, member="jun")
            member = next(m["id"] for m in state["members"] if m["name"] == "Jun")
            wanted = ["credits", "grant", "--guild", state["guild"]["id"]]
            wanted += ["--member", member, "--amount", "25"]
            assert json.loads((folder / "granted.json").read_text()) == wanted
            with pytest.raises(DriveRefused, match="13 brings bad luck"):
                await driver.top_up(13)
        process.terminate()
        status, _ = await ended(process)
        assert status == 0
        assert (folder / "ended").exists()


async def test_bot_that_dies_is_started_again(folder: Path) -> None:
    (folder / "die").touch()
    async with playing(folder, "--port", str(free_port())) as process:
        assert "status 3" in await line(process, "The bot ended")
        await line(process, "bot: ")
        assert (folder / "starts").read_text() == "xx"
        process.terminate()
        assert (await ended(process))[0] == 0


async def test_a_trial_has_a_folder_of_its_own_and_erases_it(folder: Path) -> None:
    async with playing(folder, "--port", str(free_port())) as process:
        said = json.loads((await line(process, "bot: ")).removeprefix("bot: "))
        assert said["environment"]["ATELIER_STATE"] == f"{folder}/.playground/state"
        assert {*names_in(folder), "ended"} == {".playground", "bot", "starts", "ended"}
        process.terminate()
        assert (await ended(process))[0] == 0
    assert names_in(folder) == {"bot", "starts", "ended"}


async def test_a_second_trial_says_who_uses_the_folder(folder: Path) -> None:
    async with playing(folder, "--port", str(free_port())) as first:
        url = (await line(first, "Playground ready: ")).removeprefix("Playground ready: ")
        async with playing(folder, "--port", str(free_port())) as second:
            status, said = await ended(second)
        assert status == 1
        user = f"The playground at {url} (process {first.pid}) already uses {folder}/.playground."
        assert said.startswith(user)
        assert said.count("\n") == 1
        async with playing(folder, "--port", str(free_port()), ATELIER_STATE="other") as second:
            await line(second, "bot: ")
        first.kill()
    async with playing(folder, "--port", str(free_port())) as later:
        await line(later, "bot: ")


async def test_bot_whose_folder_is_in_use_is_not_started_again(folder: Path) -> None:
    (folder / "in use").touch()
    async with playing(folder, "--port", str(free_port()), ATELIER_STATE="kept") as process:
        status, said = await ended(process)
    assert status == 1
    assert "starts again" not in said
    assert (folder / "starts").read_text() == "x"


async def test_bot_does_not_outlive_the_playground(folder: Path) -> None:
    async with playing(folder, "--port", str(free_port())) as process:
        await line(process, "bot: ")
        process.kill()
        assert process.stdout is not None
        # The pipe that both of them write to ends when the bot has ended too.
        async with asyncio.timeout(10):
            await process.stdout.read()
        assert (folder / "ended").exists()


async def test_taken_port_that_was_asked_for(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        async with playing(folder, "--port", port, "--no-bot") as process:
            status, said = await ended(process)
    assert status == 1
    assert said.startswith(f"The playground cannot listen on 127.0.0.1:{port}: ")
    assert said.count("\n") == 1


async def test_next_free_port(folder: Path) -> None:
    async with playing(folder, "--no-bot") as first:
        one = await line(first, "Playground ready: ")
        async with playing(folder, "--no-bot") as second:
            two = await line(second, "Playground ready: ")
    ports = [int(text.rsplit(":", 1)[1].rstrip("/")) for text in (one, two)]
    assert 8642 <= ports[0] < ports[1] < 8700


async def test_beyond_loopback_only_with_a_token(folder: Path) -> None:
    async with playing(folder, "--host", "0.0.0.0", "--no-bot") as process:
        status, said = await ended(process)
    assert status == 1
    assert "PLAYGROUND_TOKEN" in said
    assert said.count("\n") == 1
    port = str(free_port())
    arguments = ("--host", "0.0.0.0", "--port", port, "--no-bot")
    async with playing(folder, *arguments, PLAYGROUND_TOKEN="sesame") as process:
        await line(process, "Playground ready: ")
        url = f"http://127.0.0.1:{port}/"
        async with Driver(url, token="sesame") as driver:
            assert (await driver.state())["top_up"] is False


async def test_each_start_draws_another_token_for_the_bot(folder: Path) -> None:
    tokens: set[str] = set()
    for _ in range(2):
        async with playing(folder, "--port", str(free_port()), "--no-bot") as process:
            told = await line(process, "For a bot of your own: ")
            settings = dict(word.split("=", 1) for word in told.split() if "=" in word)
            await line(process, "Playground ready: ")
            tokens.add(settings["DISCORD_TOKEN"])
            for token, status in ((settings["DISCORD_TOKEN"], 200), ("playground-bot-token", 401)):
                me = f"{settings['ATELIER_DISCORD_API']}/users/@me"
                headers = {"Authorization": f"Bot {token}"}
                async with aiohttp.request("GET", me, headers=headers) as answer:
                    assert answer.status == status
    assert len(tokens) == 2
    assert all(len(token) > 32 for token in tokens)


async def test_unreadable_description(folder: Path) -> None:
    async with playing(folder, "--no-bot", DISCORD_OPENAPI="/nowhere.json") as process:
        status, said = await ended(process)
    assert status == 1
    assert said == "DISCORD_OPENAPI names no file: /nowhere.json\n"
