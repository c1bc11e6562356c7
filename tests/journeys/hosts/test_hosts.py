"""Hosts that come, go, refuse their key or list nothing, under the real bot."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from bot.embedded import EmbeddedServer
from tests.bot.webhook import listening
from tests.generation.image.scripted import png
from tests.journeys.backend import ENGINE_ID, KEY, Backend, serving_backend
from tests.journeys.studio import Studio, attachments, buttons, confirmed, shown, text_of
from tests.playground.test_main import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from tests.driver.driver import Outcome

OWN_ID = "stable-diffusion-v1-6"
TOKEN = "token-of-the-journeys"
OPERATOR = "ines"
NAMED = """
[[engine]]
id = "engine-of-my-own"
price = "flat:1"

[[engine]]
id = "another-of-mine"
price = "flat:2"
"""

PAINTERS = """
[[engine]]
id = "atelier-painter"
backend = "painter"
price = "flat:1"

[[engine]]
id = "my-painter"
like = "atelier-painter"

[[engine]]
id = "my-films"
kind = "video"
backend = "painter"
price = "flat:2"
typical_s = 4
default_size = [1024, 576]
sizes = [[1024, 576]]
"""


@pytest.fixture
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend(key=KEY) as backend:
        backend.draw_at_once()
        yield backend


def stability(backend: Backend, key: str = KEY) -> dict[str, Any]:
    """The settings with which a host takes Stability's key."""
    return {
        "STABILITY_HOST": f"127.0.0.1:{backend.port}",
        "STABILITY_KEY": key,
        "STABILITY_TLS": "0",
    }


def own(backend: Backend) -> dict[str, Any]:
    return {"ATELIER_INFERENCE_HOST": f"127.0.0.1:{backend.port}"}


async def status(studio: Studio) -> str:
    """What /operator status says."""
    outcome = await studio.driver.invoke("operator status", member=OPERATOR)
    async with asyncio.timeout(30):
        while not (said := _said_in(outcome)):
            await asyncio.sleep(0.05)
            outcome = await studio.driver.interaction(outcome.id)
    return said


def _said_in(outcome: Outcome) -> str:
    said = [outcome.message, *outcome.followups]
    return "\n".join(text_of(one) for one in said if one).replace("\\", "")


async def engines_suggested(studio: Studio) -> list[str]:
    choices = await studio.driver.autocomplete("imagine", "engine", {"engine": ""})
    return [choice["value"] for choice in choices]


async def drawn(studio: Studio, prompt: str = "a fox", **options: Any) -> str:
    """The text of the card of a picture that has come."""
    return text_of(await studio.result(await studio.imagine(prompt, **options)))


async def refused(studio: Studio, **options: Any) -> str:
    outcome = await studio.imagine("a fox", **options)
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


async def offered(studio: Studio) -> None:
    """Wait until the bot offers an engine."""
    await studio.wait_until_said("answers again and offers")


async def test_a_bot_whose_host_is_down_starts_and_draws_when_it_is_back(
    tmp_path: Path, backend: Backend
):
    await backend.stop()
    async with Studio(tmp_path, **stability(backend)) as studio:
        assert [line for line in studio.said if "no engine answers yet" in line]
        assert [line for line in studio.said if "does not work, Unreachable" in line]
        said = await refused(studio)
        assert "No engine answers at the moment" in said
        assert "Nothing was charged" in said
        assert "No engine answers" in await refused(studio, engine=ENGINE_ID)
        assert "does not work, Unreachable" in await status(studio)
        assert await engines_suggested(studio) == []
        assert "edit" not in await commands(studio)
        help_ = await studio.driver.invoke("help", {"topic": "pictures"})
        assert "No engine answers at the moment" in text_of(shown(help_))
        await backend.start()
        await offered(studio)
        assert ENGINE_ID in await drawn(studio)
        assert await engines_suggested(studio) == [ENGINE_ID]
        assert f"Engines: {ENGINE_ID}" in await status(studio)
        await studio.wait_until_said("registered again, with edits")
        assert "edit" in await commands(studio)
        assert not [line for line in studio.said if "Traceback" in line]


async def test_what_waits_for_a_host_that_is_down_at_a_restart_is_drawn_when_it_is_back(
    tmp_path: Path, backend: Backend
):
    async with Studio(tmp_path, **stability(backend)) as studio:
        await backend.stop()
        outcome = await studio.imagine("a walrus")
        assert not outcome.ephemeral
        await studio.restart()
        assert [line for line in studio.said if "no engine answers yet" in line]
        await backend.start()
        assert "walrus" in text_of(await studio.result(outcome, within=30))


async def test_two_hosts_at_once_each_with_its_own_key(tmp_path: Path, backend: Backend):
    async with serving_backend(key=TOKEN) as mine:
        mine.engine_ids = [OWN_ID]
        mine.draw_at_once()
        settings: dict[str, Any] = {
            **stability(backend),
            **own(mine),
            "ATELIER_INFERENCE_TOKEN": TOKEN,
            "ATELIER_DEFAULT_ENGINE": OWN_ID,
        }
        async with Studio(tmp_path, **settings) as studio:
            assert set(await engines_suggested(studio)) == {ENGINE_ID, OWN_ID}
            assert OWN_ID in await drawn(studio)
            # What costs money is not drawn for a server that is kept out.
            await studio.driver.invoke("operator refuse", member=OPERATOR)
            assert "not approved yet" in await refused(studio, engine=ENGINE_ID)
            admitted = {"ceiling": "100"}
            await studio.driver.invoke("operator admit", admitted, member=OPERATOR)
            assert ENGINE_ID in await drawn(studio, engine=ENGINE_ID)
            keys = [one.engine.metadata[-1]["authorization"] for one in (backend, mine)]
            assert keys == [f"Bearer {KEY}", f"Bearer {TOKEN}"]
            said = await status(studio)
            assert f"127.0.0.1:{backend.port}" in said
            assert f"127.0.0.1:{mine.port}" in said
            assert not [line for line in studio.said if KEY in line or TOKEN in line]


async def test_a_host_that_refuses_its_key_is_off_while_another_works(
    tmp_path: Path, backend: Backend
):
    async with serving_backend() as mine, listening() as webhook:
        mine.engine_ids = [OWN_ID]
        mine.draw_at_once()
        settings: dict[str, Any] = {
            **stability(backend, key="sk-of-somebody-else"),
            **own(mine),
            "ATELIER_ALERT_WEBHOOK": webhook.url,
            "ATELIER_DEFAULT_ENGINE": ENGINE_ID,
        }
        async with Studio(tmp_path, **settings) as studio:
            assert "does not accept STABILITY_KEY" in await webhook.wait_for("STABILITY_KEY")
            await webhook.wait_for(f"{OWN_ID} draws instead")
            assert OWN_ID in await drawn(studio)
            said = await refused(studio, engine=ENGINE_ID)
            assert "is switched off at the moment" in said
            assert OWN_ID in said


async def test_a_malformed_address_is_told_while_another_host_works(
    tmp_path: Path, backend: Backend
):
    settings: dict[str, Any] = {**stability(backend), "ATELIER_INFERENCE_HOST": "no-port"}
    async with listening() as webhook:
        webhook_url: dict[str, Any] = {"ATELIER_ALERT_WEBHOOK": webhook.url}
        async with Studio(tmp_path, **settings, **webhook_url) as studio:
            await webhook.wait_for("ATELIER_INFERENCE_HOST is not usable")
            assert ENGINE_ID in await drawn(studio)
            assert "ATELIER_INFERENCE_HOST is not usable" in await status(studio)


async def test_an_engine_that_goes_away_later_is_not_offered_and_the_default_falls(
    tmp_path: Path, backend: Backend
):
    backend.engine_ids = [ENGINE_ID, OWN_ID]
    settings: dict[str, Any] = {**stability(backend), "ATELIER_DEFAULT_ENGINE": OWN_ID}
    async with Studio(tmp_path, **settings) as studio:
        assert OWN_ID in await drawn(studio)
        backend.engine_ids = [ENGINE_ID]
        # A look of the operator's is as good as the bot's own, which comes every few minutes.
        await status(studio)
        assert ENGINE_ID in await drawn(studio)
        assert "not offered here" in await refused(studio, engine=OWN_ID)


async def test_a_server_without_a_list_has_what_the_operators_file_names(
    tmp_path: Path, backend: Backend
):
    backend.lists = False
    file = tmp_path / "engines.toml"
    file.write_text(NAMED)
    async with Studio(tmp_path, **stability(backend), ATELIER_ENGINES=str(file)) as studio:
        assert await engines_suggested(studio) == ["engine-of-my-own", "another-of-mine"]
        assert "engine-of-my-own" in await drawn(studio)


@pytest.mark.timeout(180)
async def test_two_painters_at_once_and_films_that_come_later(tmp_path: Path):
    """The second server starts after the bot, and brings films along."""
    file = tmp_path / "engines.toml"
    file.write_text(PAINTERS)
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(EmbeddedServer(None, None, dict(os.environ)))
        await first.wait_until_ready()
        grpc_port, http_port = free_port(), free_port()
        settings: dict[str, Any] = {
            "STABILITY_HOST": first.host,
            "STABILITY_KEY": first.token,
            "ATELIER_INFERENCE_HOST": f"127.0.0.1:{grpc_port}",
            "ATELIER_INFERENCE_REST": f"http://127.0.0.1:{http_port}",
            "ATELIER_ENGINES": str(file),
        }
        second = EmbeddedServer(file, None, dict(os.environ))
        second.grpc_port, second.http_port = grpc_port, http_port
        settings["ATELIER_INFERENCE_TOKEN"] = second.token
        studio = await stack.enter_async_context(Studio(tmp_path, **settings))
        assert await engines_suggested(studio) == ["atelier-painter"]
        assert "animate" not in await commands(studio)
        await stack.enter_async_context(second)
        await second.wait_until_ready()
        await offered(studio)
        assert set(await engines_suggested(studio)) == {"atelier-painter", "my-painter"}
        for engine, label in (("atelier-painter", "Painter"), ("my-painter", "my-painter")):
            assert f"{label} (demo)" in await drawn(studio, engine=engine)
        await studio.wait_until_said("registered again, with films")
        assert "animate" in await commands(studio)
        upload = await studio.driver.upload("start.png", png(0, (1024, 576)))
        asked = await studio.driver.invoke("animate", {"image": upload["id"]})
        outcome = await confirmed(studio.driver, asked)
        card_id = shown(outcome)["id"]
        film = await studio.message(card_id, lambda one: "Extend" in str(buttons(one)), within=40)
        assert attachments(film)


async def commands(studio: Studio) -> set[str]:
    """The names of the registered commands."""
    return {one["name"] for one in (await studio.driver.state())["commands"]}
