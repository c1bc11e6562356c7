"""What is posted can be taken away again, and comes once."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, Mock

import pytest

from commands.access.visible_results import is_shown_here
from commands.errors import AlreadyOrdered, BadInput
from commands.services import KeptFiles
from commands.studio.show import Shows
from commands.ui.cards import note_card
from jobs.errors import TooLate
from storage.errors import DatabaseUnavailable
from storage.jobs.jobs import JobState
from tests.commands.interactions import CHANNEL, MEMBER, an_interaction, text_of
from tests.jobs.harness import an_order


def a_job(**values: Any) -> Any:
    return SimpleNamespace(
        **{
            "id": "job1",
            "kind": "image",
            "state": JobState.DELIVERED,
            "guild_id": 1,
            "channel_id": CHANNEL,
            "message_id": 50,
            "more_message_id": None,
            "member_id": MEMBER,
            "spec": an_order().to_json(),
            "is_private": False,
            "is_age_restricted": False,
            "erased_at": None,
            **values,
        }
    )


class Studio:
    """The command, over a job that is kept and posts that are noted."""

    def __init__(self, job: Any) -> None:
        self.note_post = AsyncMock()
        self.get = AsyncMock(return_value=job)
        self.files = AsyncMock(return_value=KeptFiles([], []))
        records = SimpleNamespace(get=self.get, posts=AsyncMock(return_value=[]))
        history = SimpleNamespace(
            note_post=self.note_post, has_relatives=AsyncMock(return_value=False)
        )
        jobs = SimpleNamespace(records=records, history=history)
        rules = SimpleNamespace(limits=SimpleNamespace(check_showing=AsyncMock()))
        card = AsyncMock(return_value=note_card("its card"))
        results = SimpleNamespace(files=self.files, card=card)
        self.shows = Shows(cast("Any", jobs), cast("Any", rules), cast("Any", results))

    def press(self) -> tuple[Any, Any]:
        """A press of Post here on a private card, and the message that comes of it."""
        interaction, posted = an_interaction(), Mock(id=60, delete=AsyncMock())
        interaction.message = Mock(components=[Mock(custom_id="post:job1", children=())])
        interaction.message.flags.ephemeral = True
        interaction.followup = Mock(send=AsyncMock(return_value=posted))
        return interaction, posted


async def test_a_post_is_noted():
    studio = Studio(a_job())
    interaction, posted = studio.press()
    await studio.shows.post(interaction, "job1")
    studio.note_post.assert_awaited_once()
    posted.delete.assert_not_awaited()


async def test_two_presses_at_once_make_one_post():
    studio = Studio(a_job())
    (first, _), (second, _) = studio.press(), studio.press()
    is_read, may_go_on = asyncio.Event(), asyncio.Event()

    async def wait(*_: Any) -> KeptFiles:
        is_read.set()
        await may_go_on.wait()
        return KeptFiles([], [])

    studio.files.side_effect = wait
    task = asyncio.create_task(studio.shows.post(first, "job1"))
    async with asyncio.timeout(10):
        await is_read.wait()
    with pytest.raises(AlreadyOrdered):
        await studio.shows.post(second, "job1")
    may_go_on.set()
    await task
    studio.note_post.assert_awaited_once()
    await studio.shows.post(studio.press()[0], "job1")


async def test_a_post_that_cannot_be_noted_goes_again():
    studio = Studio(a_job())
    studio.note_post.side_effect = DatabaseUnavailable
    interaction, posted = studio.press()
    with pytest.raises(DatabaseUnavailable):
        await studio.shows.post(interaction, "job1")
    posted.delete.assert_awaited_once()


async def test_what_was_deleted_meanwhile_does_not_stay_posted():
    studio = Studio(a_job())
    interaction, posted = studio.press()

    async def erase(*_: Any) -> None:
        studio.get.return_value = a_job(erased_at=object())

    studio.note_post.side_effect = erase
    with pytest.raises(TooLate):
        await studio.shows.post(interaction, "job1")
    posted.delete.assert_awaited_once()


@pytest.mark.parametrize("values", [{"member_id": -7}, {"member_id": 3, "is_private": True}])
async def test_what_is_nobodys_or_another_s_alone_is_not_there(values: dict[str, Any]):
    with pytest.raises(BadInput, match="no job of that id"):
        await Studio(a_job(**values)).shows.command(an_interaction(), "job1")


async def test_nothing_leads_to_what_ones_own_private_card_was():
    interaction = an_interaction()
    job = a_job(is_private=True, state=JobState.FAILED)
    await Studio(job).shows.command(interaction, "job1")
    (answer,) = interaction.response.send_message.await_args_list
    assert "discord.com" not in text_of(answer.kwargs["view"])


def test_a_channel_that_is_for_adults_no_more_shows_nothing_that_was():
    interaction = an_interaction()
    assert is_shown_here(interaction, a_job())
    assert not is_shown_here(interaction, a_job(is_age_restricted=True))
    interaction.channel.is_nsfw.return_value = True
    assert is_shown_here(interaction, a_job(is_age_restricted=True))
