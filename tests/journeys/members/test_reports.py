"""Reports of members where moderators chose no channel: they reach the operator."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update

from bot.clock import now
from commands.moderation.report_posts import HELD_UP_FOR
from playground.world.permissions import Permission
from playground.world.world import STUDIO_ID
from storage.database import Database, sqlite_url
from storage.tables import IS_HELD_UP, complaints
from tests.bot.webhook import Webhook, listening
from tests.journeys.resilience.places import Place
from tests.journeys.studio import Studio, answered, buttons, opened, shown, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from sqlalchemy import Connection

    from storage.database import Transaction

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
    private = await studio.private_answer(sent)
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


async def test_a_report_that_a_crash_held_up_is_passed_on_after_the_restart(
    studio: Studio, webhook: Webhook
):
    card = await studio.result(await studio.imagine("a third portrait"))
    form = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    field = opened(form)["components"][0]["component"]["custom_id"]
    await studio.driver.submit(form.id, {field: "held up by a crash"}, member="jun")
    await webhook.wait_for("held up by a crash")
    await studio.kill()
    async with held_up(studio) as database:
        webhook.read.clear()
        await studio.start()
        assert f"/{card['id']}\nheld up by a crash" in await webhook.wait_for("held up by a crash")
        await studio.wait_until_said("reports had been held up")
        assert await database.read(count_held_up) == 0


@pytest.mark.parametrize("can_read", [True, False])
async def test_one_that_was_posted_right_before_a_crash_is_not_posted_again(
    studio: Studio, *, can_read: bool
):
    """It is found in the channel, or Discord knows it by its nonce for some minutes."""
    channel = {"channel": STUDIO_ID}
    await studio.driver.invoke("limits reports", channel, member="rowan")
    reason = f"can read: {can_read}"
    card = await studio.result(await studio.imagine("a fourth portrait"))
    form = await studio.driver.click(card["id"], buttons(card)["Report"], member="jun")
    field = opened(form)["components"][0]["component"]["custom_id"]
    sent = await studio.driver.submit(form.id, {field: reason}, member="jun")
    await answered(studio.driver, sent)
    await studio.kill()
    if can_read:
        await studio.driver.advance(600)
    place = Place(studio.playground.world)
    place.deny(0 if can_read else Permission.READ_MESSAGE_HISTORY)
    async with held_up(studio) as database:
        await studio.start()
        await studio.wait_until_said("reports had been held up")
        assert await database.read(count_held_up) == 0
    place.restore()
    posts = [one for one in await studio.driver.messages() if reason in text_of(one)]
    assert len(posts) == 1
    await studio.driver.invoke("limits reports", {}, member="rowan")


@asynccontextmanager
async def held_up(studio: Studio) -> AsyncGenerator[Database]:
    """The books as if the bot had ended before it noted any report as passed on, a while ago."""
    database = await Database.open(sqlite_url(studio.folder / "state" / "atelier.sqlite"))
    values = {"passed_on_at": None, "made_at": now() - 1.5 * HELD_UP_FOR}

    def hold_up(connection: Transaction) -> None:
        newest = select(func.max(complaints.c.made_at)).scalar_subquery()
        its = complaints.c.made_at == newest
        connection.execute(update(complaints).where(its).values(values))

    await database.write(hold_up)
    yield database
    await database.close()


def count_held_up(connection: Connection) -> int:
    return len(connection.execute(select(complaints).where(IS_HELD_UP)).all())
