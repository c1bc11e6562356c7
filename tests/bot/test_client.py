"""The client at its end: its routes are there for as long as anybody uses them, and no longer."""

from __future__ import annotations

import asyncio
import gc
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import discord
import pytest
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.client import Atelier, answer_error
from bot.clock import now
from bot.errors import CannotStart
from bot.login import discord_at_the_start
from playground.server import Playground
from prompts import parse
from tests.commands.interactions import an_interaction

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

WITHIN_S = 10


@pytest.fixture
async def playground(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Playground]:
    async with Playground() as playing:
        monkeypatch.setattr(Route, "BASE", playing.api_base)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(playing.gateway_url))
        yield playing


@asynccontextmanager
async def connected(playground: Playground) -> AsyncGenerator[tuple[Atelier, asyncio.Task[None]]]:
    """A client that was told READY a moment ago, and the task in which it is connected."""
    async with Atelier(now) as client:
        await client.login(playground.token)
        connecting = asyncio.create_task(client.connect())
        await asyncio.wait_for(client.wait_for("connect"), WITHIN_S)
        yield client, connecting
        connecting.cancel()
        with suppress(asyncio.CancelledError, discord.ConnectionClosed):
            await connecting


async def test_who_is_turned_away_by_the_gateway_can_still_end_what_is_under_way(
    playground: Playground,
):
    async with connected(playground) as (client, connecting):
        playground.gateway.close_all(4004)
        with pytest.raises(discord.ConnectionClosed) as turned_away:
            await asyncio.wait_for(connecting, WITHIN_S)
        assert turned_away.value.code == 4004
        assert not client.is_closed()
        assert await client.application_info()
    assert client.is_closed()


async def test_nothing_is_scheduled_on_a_closed_client(playground: Playground):
    """The library's delay after READY is under way when the client is closed."""
    troubles: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: troubles.append(context))
    before = asyncio.all_tasks()
    called: list[str] = []
    async with connected(playground) as (client, _):

        @client.event
        async def on_ready() -> None:
            called.append("ready")

        _ = on_ready
    left = {task for task in asyncio.all_tasks() - before if "_delay_ready" in repr(task)}
    assert left
    await asyncio.wait(left, timeout=WITHIN_S)
    del left
    gc.collect()
    await asyncio.sleep(0)
    assert (troubles, called) == ([], [])


async def test_a_limit_that_is_too_long_is_a_bad_line(caplog: pytest.LogCaptureFixture):
    interaction = an_interaction()
    interaction.client.is_closed.return_value = False
    interaction.response.send_message.side_effect = discord.RateLimited(3600)
    await answer_error(interaction, discord.RateLimited(3600))
    assert "Traceback" not in caplog.text
    met, answered = (record.getMessage() for record in caplog.records)
    assert "met a bad line: RateLimited" in met
    assert "could not be answered: RateLimited" in answered


async def test_a_limit_that_is_too_long_ends_the_start_with_a_sentence():
    with pytest.raises(CannotStart, match="cannot be reached: RateLimited"), discord_at_the_start():
        raise discord.RateLimited(3600)


@pytest.mark.parametrize("is_wrapped", [False, True])
async def test_a_members_words_are_in_no_traceback(
    caplog: pytest.LogCaptureFixture, *, is_wrapped: bool
):
    """Of the refusal that was told when something else went wrong."""
    typed = "a castle --ar of:our-secret"
    interaction = an_interaction()
    interaction.client.is_closed.return_value = False
    with pytest.raises(RuntimeError) as raised:
        _fail_while_it_is_told(typed)
    error: Exception = raised.value
    assert "secret" in str(error.__context__)
    if is_wrapped:
        error = app_commands.CommandInvokeError(Mock(), error)
        error.__cause__ = raised.value
    await answer_error(interaction, error)
    assert "something else" in caplog.text
    assert "secret" not in caplog.text


def _fail_while_it_is_told(prompt: str) -> None:
    try:
        parse(prompt)
    finally:
        _fail()


def _fail() -> None:
    raise RuntimeError("something else")
