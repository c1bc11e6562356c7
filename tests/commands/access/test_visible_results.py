"""Others' results are visible where they are shown to everybody who looks."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import AsyncMock, Mock, create_autospec

import discord
import pytest

from commands.access.visible_results import can_see
from storage.jobs.history import Post
from storage.jobs.jobs import JobState
from tests.commands.interactions import CHANNEL, MEMBER, an_interaction
from tests.commands.studio.test_show import a_job

ELSEWHERE, HIDDEN, OPEN_THREAD, PRIVATE_THREAD = 20, 21, 22, 23
OTHER = MEMBER + 1


def a_place(kind: type[Any], number: int, **values: Any) -> Any:
    place = create_autospec(kind, instance=True)
    place.id = number
    place.permissions_for.return_value = discord.Permissions.all()
    for name, value in values.items():
        getattr(place, name).return_value = value
    return place


async def sees(posts: tuple[int, ...] = (), **values: Any) -> bool:
    interaction = an_interaction()
    places = {
        ELSEWHERE: a_place(discord.TextChannel, ELSEWHERE),
        HIDDEN: a_place(discord.TextChannel, HIDDEN, permissions_for=discord.Permissions.none()),
        OPEN_THREAD: a_place(discord.Thread, OPEN_THREAD, is_private=False),
        PRIVATE_THREAD: a_place(discord.Thread, PRIVATE_THREAD, is_private=True),
    }
    interaction.guild = Mock(get_channel_or_thread=places.get)
    kept = [Post(number, channel_id) for number, channel_id in enumerate(posts)]
    records = SimpleNamespace(posts=AsyncMock(return_value=kept))
    return await can_see(cast("Any", records), interaction, a_job(**values))


@pytest.mark.parametrize("channel_id", [CHANNEL, ELSEWHERE, OPEN_THREAD])
async def test_what_everybody_sees(channel_id: int):
    assert await sees(member_id=OTHER, channel_id=channel_id)


@pytest.mark.parametrize("channel_id", [HIDDEN, PRIVATE_THREAD, 404])
async def test_what_others_do_not_see(channel_id: int):
    assert not await sees(member_id=OTHER, channel_id=channel_id)
    assert await sees(channel_id=channel_id)
    # Once its author has shown it, it is there for all.
    assert await sees((HIDDEN, ELSEWHERE), member_id=OTHER, channel_id=channel_id)


@pytest.mark.parametrize(
    "values",
    [
        {"is_private": True},
        {"state": JobState.FAILED},
        {"guild_id": 5},
        {"erased_at": object()},
        {"is_age_restricted": True},
        {"member_id": -7},
    ],
)
async def test_what_is_kept_from_others(values: dict[str, Any]):
    theirs: dict[str, Any] = {"member_id": OTHER, **values}
    assert not await sees(**theirs)


@pytest.mark.parametrize("values", [{"guild_id": 5}, {"erased_at": object()}])
async def test_what_its_author_does_not_see_either(values: dict[str, Any]):
    assert not await sees(**values)
