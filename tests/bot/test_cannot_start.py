"""What keeps the bot from starting is said in one sentence that names it, and no secret."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import discord
import pytest
import pytest_asyncio
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.cli import ledger, status
from bot.errors import CannotStart
from bot.session import run
from bot.settings import Settings, SettingsError
from bot.state import single_instance_lock
from playground.server import Playground
from tests.bot.wiring.settings import settings_of
from tests.databases import migrated_sqlite
from tests.journeys.backend import KEY, Backend, serving_backend

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

pytestmark = pytest.mark.asyncio(loop_scope="module")

CLOSED = "127.0.0.1:1"
SECRET = "a-secret-that-nobody-may-read"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def playground() -> AsyncGenerator[Playground]:
    async with Playground() as playground:
        yield playground


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend(key=KEY) as backend:
        yield backend


@pytest.fixture
def environment(
    playground: Playground, backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """Settings with which the bot would start."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    # The bot points the library at the playground; afterwards it points where it did.
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(discord.Asset, "BASE", discord.Asset.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL("ws://127.0.0.1:1/"))
    return {
        "DISCORD_TOKEN": playground.token,
        "ATELIER_DISCORD_API": playground.api_base,
        "ATELIER_DISCORD_GATEWAY": playground.gateway_url,
        "ATELIER_STATE": str(tmp_path / "state"),
        "STABILITY_HOST": f"127.0.0.1:{backend.port}",
        "STABILITY_KEY": KEY,
        "STABILITY_TLS": "0",
    }


async def start(env_file: str) -> None:
    settings = Settings.read(env_file or None)
    with single_instance_lock(settings.atelier_state):
        await run(settings, None)


async def refusal(environment: dict[str, str], env_file: str = "") -> str:
    """The one sentence with which the bot ends."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        with pytest.raises((CannotStart, SettingsError)) as raised:
            await start(env_file)
    said = str(raised.value)
    assert "\n" not in said
    assert SECRET not in said
    assert said.endswith(".")
    return said


@pytest.mark.parametrize("token", [SECRET, f"{SECRET}\n{SECRET}", f"{SECRET}é…"])
async def test_a_token_that_discord_does_not_take(environment: dict[str, str], token: str):
    assert "DISCORD_TOKEN" in await refusal(environment | {"DISCORD_TOKEN": token})


@pytest.mark.parametrize("gateway", ["", f"ws://{CLOSED}/"])
async def test_discord_that_cannot_be_reached(environment: dict[str, str], gateway: str):
    away = {"ATELIER_DISCORD_API": f"http://{CLOSED}/api/v10", "ATELIER_DISCORD_GATEWAY": gateway}
    assert "cannot be reached" in await refusal(environment | away)


async def test_commands_for_a_guild_that_is_not_there(environment: dict[str, str]):
    assert "ATELIER_SYNC_GUILD" in await refusal(environment | {"ATELIER_SYNC_GUILD": "12345"})


async def test_a_key_that_the_engine_does_not_take(environment: dict[str, str]):
    assert "STABILITY_KEY" in await refusal(environment | {"STABILITY_KEY": SECRET})


async def test_an_engine_that_offers_nothing_known(environment: dict[str, str], backend: Backend):
    backend.engine_ids = ["engine-of-the-future"]
    try:
        said = await refusal(environment)
    finally:
        backend.reset()
    assert "engine-of-the-future" in said


async def test_an_engine_that_lists_none_and_a_catalogue_that_names_none(
    environment: dict[str, str], backend: Backend
):
    backend.lists = False
    try:
        said = await refusal(environment)
    finally:
        backend.reset()
    assert "ATELIER_ENGINES" in said


async def test_the_status_beside_a_catalogue_that_cannot_be_read(tmp_path: Path):
    file = tmp_path / "engines.toml"
    file.write_text("[[engine]")
    settings = settings_of(
        ATELIER_STATE=str(tmp_path / "state"), STABILITY_KEY=KEY, ATELIER_ENGINES=str(file)
    )
    with pytest.raises(CannotStart, match="The engine catalogue cannot be used"):
        await status.told(settings)


async def test_each_host_of_several_says_what_is_wrong(environment: dict[str, str]):
    said = await refusal(
        environment | {"STABILITY_KEY": SECRET, "ATELIER_INFERENCE_HOST": f"{SECRET}:port"}
    )
    assert "STABILITY_KEY" in said
    assert "ATELIER_INFERENCE_HOST is not usable" in said


@pytest.mark.parametrize("name", ["STABILITY_KEY", "ATELIER_INFERENCE_TOKEN"])
async def test_a_key_that_cannot_be_sent(environment: dict[str, str], name: str):
    if name == "ATELIER_INFERENCE_TOKEN":
        environment["ATELIER_INFERENCE_HOST"] = environment.pop("STABILITY_HOST")
        del environment["STABILITY_KEY"]
    said = await refusal(environment | {name: f"{SECRET}é"})
    assert f"{name} is not usable" in said


@pytest.mark.parametrize(
    ("name", "value"), [("ATELIER_SYNC_GUILD", SECRET), ("STABILITY_HOST", f"{SECRET}:port")]
)
async def test_settings_that_cannot_be_read(environment: dict[str, str], name: str, value: str):
    assert name in await refusal(environment | {name: value})


async def test_a_settings_file_that_cannot_be_read(environment: dict[str, str], tmp_path: Path):
    file = tmp_path / "settings"
    file.write_bytes(b"DISCORD_TOKEN=\xff\xfe\n")
    assert str(file) in await refusal(environment, str(file))


@pytest.mark.parametrize("text", [None, "[[engine", "[[engine]]\nid = 'one'\n"])
async def test_an_engines_file_that_cannot_be_used(
    environment: dict[str, str], tmp_path: Path, text: str | None
):
    file = tmp_path / "engines.toml"
    if text is not None:
        file.write_text(text)
    assert str(file) in await refusal(environment | {"ATELIER_ENGINES": str(file)})


async def test_a_database_that_is_none(environment: dict[str, str], tmp_path: Path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "atelier.sqlite").write_bytes(b"no database at all" * 500)
    assert "database" in await refusal(environment)


async def test_a_database_that_was_emptied(environment: dict[str, str], tmp_path: Path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "atelier.sqlite").touch()
    assert "is an empty file; put a backup in its place" in await refusal(environment)


async def test_a_database_with_a_damaged_page(environment: dict[str, str], tmp_path: Path):
    state = tmp_path / "state"
    state.mkdir()
    await migrated_sqlite(state / "atelier.sqlite")
    with (state / "atelier.sqlite").open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 4096)
    said = await refusal(environment)
    assert "The database is damaged" in said
    with pytest.raises(CannotStart, match="The database is damaged"):
        await ledger.verify(settings_of(ATELIER_STATE=str(state)))


async def test_a_database_of_a_newer_atelier(environment: dict[str, str], tmp_path: Path):
    state = tmp_path / "state"
    state.mkdir()
    with closing(sqlite3.connect(state / "atelier.sqlite")) as connection, connection:
        connection.execute("create table alembic_version (version_num varchar(32) not null)")
        connection.execute("insert into alembic_version values ('9999')")
    assert "newer" in await refusal(environment)


@pytest.mark.parametrize(
    "url",
    [
        "no address",
        f"mysql://someone:{SECRET}@localhost/atelier",
        f"postgresql://someone:{SECRET}@localhost:port/atelier",
        f"postgresql://someone:{SECRET}@{CLOSED}/atelier",
        "sqlite:////proc/nowhere/atelier.sqlite",
    ],
)
async def test_a_database_address_that_cannot_be_used(environment: dict[str, str], url: str):
    said = await refusal(environment | {"ATELIER_DATABASE_URL": url})
    assert "database" in said.lower()


async def test_a_state_folder_that_is_a_file(environment: dict[str, str], tmp_path: Path):
    (tmp_path / "state").write_text("in the way")
    assert "ATELIER_STATE" in await refusal(environment)


async def test_a_state_folder_that_cannot_be_written(environment: dict[str, str], tmp_path: Path):
    (tmp_path / "state" / "bot.lock").mkdir(parents=True)
    assert "ATELIER_STATE" in await refusal(environment)


@pytest.mark.parametrize("place", ["{folder}/file", "{folder}/file/deeper", "gopher://nowhere"])
async def test_a_place_for_pictures_that_cannot_be_used(
    environment: dict[str, str], tmp_path: Path, place: str
):
    (tmp_path / "file").write_text("in the way")
    said = await refusal(environment | {"ATELIER_ARTIFACTS": place.format(folder=tmp_path)})
    assert "ATELIER_ARTIFACTS" in said


async def test_a_state_folder_that_another_bot_uses(environment: dict[str, str], tmp_path: Path):
    with single_instance_lock(tmp_path / "state"):
        assert "Another bot" in await refusal(environment)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"CERTIFICATE": b""}, "ATELIER_C2PA_KEY is not set"),
        ({"KEY": b""}, "ATELIER_C2PA_CERTIFICATE is not set"),
        ({"CERTIFICATE": b"nothing", "KEY": b"nothing"}, "holds no certificates"),
        ({"CERTIFICATE": None, "KEY": None}, "cannot be read: No such file"),
    ],
)
async def test_a_certificate_that_cannot_be_used(
    environment: dict[str, str], tmp_path: Path, files: dict[str, bytes | None], says: str
):
    for name, content in files.items():
        path = tmp_path / f"{name}.pem"
        if content is not None:
            path.write_bytes(content)
        environment[f"ATELIER_C2PA_{name}"] = str(path)
    said = await refusal(environment)
    assert says in said
    assert said.startswith("ATELIER_C2PA_CERTIFICATE with ATELIER_C2PA_KEY cannot be used: ")


async def test_credentials_that_cannot_be_kept(environment: dict[str, str], tmp_path: Path):
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "credentials").write_text("no folder")
    assert "for content credentials cannot be used" in await refusal(environment)
