"""The gateway breaks off in every way it can: the bot answers again, and jobs go on meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

from playground.server import Playground
from tests.journeys.backend import Backend, serving_backend
from tests.journeys.line import Line
from tests.journeys.studio import Studio, attachments, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.asyncio(loop_scope="module")

BACK_WITHIN_S = 20


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def playground() -> AsyncGenerator[Playground]:
    async with Playground() as playground:
        yield playground


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def line(playground: Playground) -> AsyncGenerator[Line]:
    port = urlsplit(playground.url).port
    assert port
    line = Line(port)
    await line.open()
    playground.access.ports.add(line.port)
    # Where sessions are resumed: over the line as well.
    playground.gateway.url = f"ws://127.0.0.1:{line.port}/"
    yield line
    await line.cut()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend, playground: Playground, line: Line
) -> AsyncGenerator[Studio]:
    """A studio whose bot reaches the playground over a line that can be cut."""
    settings: dict[str, Any] = {
        "ATELIER_DISCORD_API": f"http://127.0.0.1:{line.port}/api/v10",
        "ATELIER_DISCORD_GATEWAY": f"ws://127.0.0.1:{line.port}/",
        "STABILITY_HOST": f"127.0.0.1:{backend.port}",
    }
    folder = tmp_path_factory.mktemp("studio")
    async with Studio(folder, playground, **settings) as studio:
        yield studio
        status, said = await studio.operator("ledger", "verify")
        assert status == 0, said


async def answers(studio: Studio) -> None:
    """Wait until the bot answers a member again."""
    async with asyncio.timeout(BACK_WITHIN_S):
        while True:
            await studio.driver.wait_for_bot(within=BACK_WITHIN_S)
            outcome = await studio.driver.invoke("help")
            if outcome.message:
                return


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("reconnect", {}),
        ("invalid_session", {"resumable": True}),
        ("invalid_session", {"resumable": False}),
        ("close", {"code": 4000}),
        ("close", {"code": 1000}),
        ("close", {"code": 4009}),
        ("malformed", {}),
    ],
)
async def test_the_bot_comes_back_and_its_job_goes_on(
    studio: Studio, backend: Backend, action: str, more: dict[str, Any]
):
    released = backend.hold_back()
    outcome = await studio.imagine("a gull")
    await backend.engine.called.wait()
    await studio.driver.gateway(action, **more)
    released.set()
    card = await studio.result(outcome)
    assert len(attachments(card)) == 1
    await answers(studio)
    backend.draw_at_once()
    again = await studio.result(await studio.imagine("another gull"))
    assert "another gull" in text_of(again)


async def test_an_interaction_is_answered_once_after_reconnects(studio: Studio, backend: Backend):
    """A connection that was left open would get every interaction as well."""
    backend.draw_at_once()
    await studio.driver.gateway("malformed")
    await answers(studio)
    before = len(await studio.driver.messages())
    outcome = await studio.imagine("a single tern")
    await studio.result(outcome)
    assert len(await studio.driver.messages()) == before + 1
    problems = (await studio.driver.report())["problems"]
    assert [one for one in problems if one["kind"] == "double_acknowledgement"] == []


async def test_discord_goes_away_and_comes_back(studio: Studio, backend: Backend, line: Line):
    released = backend.hold_back()
    outcome = await studio.imagine("a storm petrel")
    await backend.engine.called.wait()
    await line.cut()
    released.set()
    await asyncio.sleep(1.5)
    await line.open()
    card = await studio.result(outcome)
    assert len(attachments(card)) == 1
    assert card["id"] == shown(outcome)["id"]
    await answers(studio)


async def test_a_token_that_was_reset_ends_the_bot(studio: Studio, backend: Backend):
    assert studio.process
    released = backend.hold_back()
    outcome = await studio.imagine("a tern that waits")
    await backend.engine.called.wait()
    await studio.driver.gateway("close", code=4004)
    said = await studio.wait_until_said("closed the connection for good")
    status, everything = await studio.process.wait(), [*studio.said]
    await studio.restart()
    assert "DISCORD_TOKEN" in said
    assert status == 1
    assert not [one for one in everything if "Traceback" in one], "\n".join(everything)
    released.set()
    assert attachments(await studio.result(outcome))
