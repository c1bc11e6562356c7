"""Alerts reach the operator once, and nothing that members wrote reaches the log."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import aiohttp
import pytest

from bot.background.alerts import QUIET_FOR, Alerts
from tests.bot.webhook import Webhook, listening

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator


class Clock:
    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 21, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.instant


@pytest.fixture
async def webhook() -> AsyncGenerator[Webhook]:
    async with listening() as webhook:
        yield webhook


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_the_same_alert_is_not_sent_again_for_a_while(
    webhook: Webhook, session: aiohttp.ClientSession
):
    clock = Clock()
    alerts = Alerts(session, webhook.url, clock)
    for _ in range(3):
        await alerts.send("the engine is away")
    assert webhook.read == ["Atelier: the engine is away"]
    clock.instant += QUIET_FOR + timedelta(seconds=1)
    await alerts.send("the engine is away")
    assert len(webhook.read) == 2


async def test_a_long_alert_is_cut(webhook: Webhook, session: aiohttp.ClientSession):
    await Alerts(session, webhook.url, Clock()).send("a" * 5000)
    assert len(webhook.read[0]) == 2000


async def test_what_a_member_wrote_is_passed_on_but_not_logged(
    webhook: Webhook, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.DEBUG):
        await Alerts(session, webhook.url, Clock()).pass_on("job1 was reported", "private words")
    assert webhook.read == ["Atelier: job1 was reported\nprivate words"]
    assert "job1 was reported" in caplog.text
    assert "private words" not in caplog.text


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/a-secret-path", "no address"])
async def test_a_webhook_that_does_not_answer_is_no_error(
    session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture, url: str
):
    await Alerts(session, url, Clock()).send("the engine is away")
    assert "could not be reached" in caplog.text
    assert "a-secret-path" not in caplog.text
