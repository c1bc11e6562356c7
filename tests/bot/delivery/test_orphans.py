"""Cards whose order was lost: repaired as soon as Discord lets them be edited."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.delivery.orphans import OrphanedCards
from commands.ui.cards import reading_card
from storage.jobs.drafts import Drafts
from storage.jobs.unaccepted_cards import UnacceptedCards
from storage.tables import drafts
from tests.journeys.studio import text_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from tests.bot.delivery.cinema import Cinema

JOB = "qrstuvwx"
OFTEN = 100
AFTER_THE_TOKEN = timedelta(minutes=20)


@pytest.fixture
async def orphans(cinema: Cinema) -> OrphanedCards:
    """The repair, 20 minutes after an order was lost whose card is shown."""
    job = cinema.job
    room = cinema.client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
    await room.send(view=reading_card(job.member_id, "a castle", JOB))
    unaccepted_cards = UnacceptedCards(cinema.now)

    def note(connection: Connection) -> None:
        unaccepted_cards.make(
            connection,
            JOB,
            guild_id=job.guild_id,
            channel_id=job.channel_id,
            member_id=job.member_id,
            interaction_token="token",
            draft={"prompt": "a castle"},
        )

    await cinema.database.write(note)
    cinema.late = AFTER_THE_TOKEN
    return OrphanedCards(
        cinema.client, cinema.database, unaccepted_cards, Drafts(cinema.now), cinema.now
    )


async def is_told(cinema: Cinema) -> bool:
    cards = await cinema.driver.messages()
    return any("Nothing was charged" in text_of(card) for card in cards)


async def kept_drafts(cinema: Cinema) -> int:
    def count(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(drafts)).scalar_one()

    return await cinema.database.read(count)


@pytest.mark.parametrize(
    ("kind", "code"), [("400", 50083), ("403", 50001), ("401", 0), ("503", 0), ("drop", 0)]
)
async def test_a_card_that_cannot_be_edited_yet_is_repaired_later(
    cinema: Cinema, orphans: OrphanedCards, kind: str, code: int
):
    await cinema.driver.fault(kind, method="PATCH", times=OFTEN, code=code)
    assert [await orphans.repair() for _ in range(2)] == [0, 0]
    assert not await is_told(cinema)
    await cinema.driver.clear_faults()
    assert [await orphans.repair() for _ in range(2)] == [1, 0]
    assert await is_told(cinema)
    assert await kept_drafts(cinema) == 1


async def test_a_card_that_is_gone_is_forgotten(cinema: Cinema, orphans: OrphanedCards):
    await cinema.driver.fault("404", method="PATCH", code=10008)
    assert [await orphans.repair() for _ in range(2)] == [0, 0]
    assert not await is_told(cinema)


async def test_after_a_day_it_is_given_up(cinema: Cinema, orphans: OrphanedCards):
    cinema.late = timedelta(days=1, minutes=1)
    await cinema.driver.fault("400", method="PATCH", code=50083)
    assert [await orphans.repair() for _ in range(2)] == [0, 0]
    assert not await is_told(cinema)
