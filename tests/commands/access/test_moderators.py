"""A moderator is who may time members out, whatever a server set for its commands."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from discord import Interaction, Permissions

from commands.access.moderators import check_moderator, is_moderator
from commands.errors import NotModerator


def asking(permissions: Permissions) -> Interaction:
    interaction = create_autospec(Interaction, instance=True)
    interaction.permissions = permissions
    return interaction


@pytest.mark.parametrize(
    ("permissions", "is_one"),
    [
        (Permissions(moderate_members=True), True),
        (Permissions(administrator=True), True),
        (Permissions(manage_messages=True, manage_guild=True), False),
        (Permissions.none(), False),
    ],
)
def test_moderators_may_time_members_out(permissions: Permissions, is_one: bool):
    assert is_moderator(asking(permissions)) == is_one


def test_everybody_else_is_stopped():
    check_moderator(asking(Permissions(moderate_members=True)))
    with pytest.raises(NotModerator):
        check_moderator(asking(Permissions.none()))
