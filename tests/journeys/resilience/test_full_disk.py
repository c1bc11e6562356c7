"""A disk without room: every command says so in a sentence, and goes on when there is some."""

from __future__ import annotations

import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.journeys.backend import Backend, serving_backend
from tests.journeys.studio import Studio, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("full")
    async with Studio(folder, STABILITY_HOST=f"127.0.0.1:{backend.port}") as opened:
        yield opened
        assert not any("Traceback" in line for line in opened.said), "\n".join(opened.said)


@contextmanager
def full_disk(studio: Studio) -> Generator[None]:
    """No file of the bot's takes another byte."""
    assert studio.process
    pid = studio.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


async def said(studio: Studio, command: str, member: str = "rowan", **options: object) -> str:
    outcome = await studio.driver.invoke(command, options, member=member)
    assert outcome.ephemeral, outcome
    return text_of(shown(outcome))


@pytest.mark.parametrize(
    ("command", "options"),
    [
        ("imagine", {"prompt": "a fox without room"}),
        ("imagine", {"prompt": "a fox --ar nonsense"}),
        ("morph", {"first": "a fox", "second": "a hare"}),
        ("credits", {}),
        ("limits pause", {}),
    ],
)
async def test_every_command_says_that_there_is_no_room(
    studio: Studio, command: str, options: dict[str, object]
):
    with full_disk(studio):
        # Whose account is there already is told their credits all the same.
        member = "jun" if command == "credits" else "rowan"
        text = await said(studio, command, member, **options)
    assert "went wrong" not in text
    assert "room" in text or "nonsense" in text, text


async def test_afterwards_everything_goes_on(studio: Studio, backend: Backend):
    backend.draw_at_once()
    with full_disk(studio):
        assert "room" in await said(studio, "imagine", prompt="a fox in a full house")
    outcome = await studio.imagine("a fox with room")
    await studio.result(outcome)
    assert "spent" in await studio.settled()
