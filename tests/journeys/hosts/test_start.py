"""The bot as a process: what it says at its start, and what it registers."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from playground.server import Playground
from tests.journeys.backend import Backend, serving_backend
from tests.journeys.studio import REMOVED, Studio, shown, text_of

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLOSED = "127.0.0.1:1"
SECRET = "a-secret-that-nobody-may-read"
REGISTER = "PUT /applications/{application_id}/commands"
REGISTER_IN_GUILD = "PUT /applications/{application_id}/guilds/{guild_id}/commands"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    """A studio whose bot draws with the scripted engine."""
    folder = tmp_path_factory.mktemp("studio")
    async with Studio(folder, STABILITY_HOST=f"127.0.0.1:{backend.port}") as opened:
        yield opened


def without_settings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in REMOVED}


async def refusal(environment: dict[str, str], status: int = 1) -> str:
    """The one sentence with which `python -m bot` ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--env-file", ""),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    async with asyncio.timeout(30):
        said, _ = await process.communicate()
    lines = said.decode().strip().splitlines()
    assert process.returncode == status, lines
    assert len(lines) == 1, "\n".join(lines)
    assert lines[0].startswith("Atelier: ")
    assert SECRET not in lines[0]
    return lines[0]


async def test_no_token():
    said = await refusal(without_settings())
    assert "DISCORD_TOKEN is not set" in said
    assert "make run" in said


async def test_a_token_that_discord_does_not_take(studio: Studio, tmp_path: Path):
    wrong = {"DISCORD_TOKEN": SECRET, "ATELIER_STATE": str(tmp_path)}
    assert "DISCORD_TOKEN" in await refusal(studio.environment | wrong)


async def test_discord_that_cannot_be_reached(studio: Studio, tmp_path: Path):
    away = {"ATELIER_DISCORD_API": f"http://{CLOSED}/api/v10", "ATELIER_STATE": str(tmp_path)}
    assert "cannot be reached" in await refusal(studio.environment | away)


async def test_a_second_bot_on_the_same_state(studio: Studio):
    said = await refusal(studio.environment, status=78)
    assert re.search(r"Another bot already uses .* \(process \d+ on \S+, since 20.* UTC\)\.", said)


async def test_an_engines_file_that_is_not_there(studio: Studio, tmp_path: Path):
    file = tmp_path / "engines.toml"
    own = {"ATELIER_STATE": str(tmp_path), "ATELIER_ENGINES": str(file), "STABILITY_HOST": ""}
    assert str(file) in await refusal(studio.environment | own)


async def test_commands_are_registered_only_when_they_changed(studio: Studio):
    before = (await studio.driver.report())["requests"]
    await studio.restart()
    after = (await studio.driver.report())["requests"]
    assert before[REGISTER] == after[REGISTER] == 1
    outcome = await studio.driver.invoke("help")
    assert re.search(r"</imagine:\d+>", text_of(shown(outcome)))


async def test_videos_are_not_spoken_of_where_none_are_made(studio: Studio):
    state = await studio.driver.state()
    assert not {"animate", "Animate"} & {one["name"] for one in state["commands"]}
    outcome = await studio.driver.invoke("help")
    assert "Extend" not in text_of(shown(outcome))


async def test_a_guild_gets_its_own_commands_once(backend: Backend, tmp_path: Path):
    async with Playground() as playground:
        own: dict[str, Any] = {
            "STABILITY_HOST": f"127.0.0.1:{backend.port}",
            "ATELIER_SYNC_GUILD": playground.world.guild.id,
        }
        async with Studio(tmp_path, playground=playground, **own) as studio:
            await studio.restart()
            requests = (await studio.driver.report())["requests"]
            assert requests[REGISTER_IN_GUILD] == 1
            assert REGISTER not in requests
            assert [one for one in studio.said if "registered" in one] == []


async def _bot(environment: dict[str, str]) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--env-file", "", "--until-stdin-closes"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )


async def invite(environment: dict[str, str]) -> list[str]:
    """What `python -m bot invite` prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "--env-file", "", "invite"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment,
    )
    async with asyncio.timeout(30):
        said, _ = await process.communicate()
    assert process.returncode == 0, said
    return said.decode().splitlines()


async def test_the_bot_in_no_server_says_how_to_invite_it(studio: Studio, tmp_path: Path):
    async with Playground(guilds=0) as playground:
        elsewhere = {
            "DISCORD_TOKEN": playground.token,
            "ATELIER_DISCORD_API": playground.api_base,
            "ATELIER_DISCORD_GATEWAY": playground.gateway_url,
            "ATELIER_STATE": str(tmp_path),
        }
        process = await _bot(studio.environment | elsewhere)
        assert process.stdout
        async with asyncio.timeout(30):
            while b"Invite it: " not in (line := await process.stdout.readline()):
                assert line
        link = line.decode().split("Invite it: ")[1]
        process.terminate()
        await process.communicate()
        client_id = playground.world.bot.id
        assert await invite(studio.environment | elsewhere) == [link.strip()]
    assert link.startswith("https://discord.com/oauth2/authorize?")
    assert "permissions=274878024704" in link
    assert "scope=bot+applications.commands" in link
    assert f"client_id={client_id}" in link
