"""Reports of members where moderators chose no channel: they reach the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.bot.webhook import Webhook, listening
from tests.journeys.studio import Studio, buttons, opened, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

pytestmark = pytest.mark.asyncio(loop_scope="module")

REASON = "a face that I know, and not @everyone else does"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def webhook() -> AsyncGenerator[Webhook]:
    async with listening() as webhook:
        yield webhook


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, webhook: Webhook
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    async with Studio(folder, ATELIER_ALERT_WEBHOOK=webhook.url) as opened_studio:
        yield opened_studio


async def test_without_a_channel_the_operator_is_told(studio: Studio, webhook: Webhook):
    card = await studio.result(await studio.imagine("a portrait"))
    form = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    field = opened(form)["components"][0]["component"]["custom_id"]
    sent = await studio.driver.submit(form.id, {field: REASON}, member="jun")
    private = await studio.driver.wait_for_message(
        lambda one: one["id"] == shown(sent)["id"] and bool(text_of(one)), member="jun"
    )
    assert "The operator of this bot gets it now" in text_of(private)
    told = await webhook.wait_for(f"/{card['id']}")
    assert f"/{card['id']}\n{REASON}" in told
    await studio.wait_until_said("was reported by")
    assert not [line for line in studio.said if "a face" in line]
    again = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    assert "You have already reported this" in text_of(shown(again))


async def test_a_report_arrives_though_discord_does_not_take_its_answer(
    studio: Studio, webhook: Webhook
):
    card = await studio.result(await studio.imagine("another portrait"))
    form = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    field = opened(form)["components"][0]["component"]["custom_id"]
    await studio.driver.fault("404", method="POST", route="/callback", code=10062, times=2)
    await studio.driver.submit(form.id, {field: "what nobody answers"}, member="jun")
    assert f"/{card['id']}\nwhat nobody answers" in await webhook.wait_for("nobody answers")
    await studio.driver.clear_faults()
    again = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    assert "You have already reported this" in text_of(shown(again))
