"""Who the operator is: the owner of the application, or a team that owns it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

if TYPE_CHECKING:
    from discord import AppInfo, Interaction


def is_operator(interaction: Interaction[Any]) -> bool:
    """Whether the member owns the application; Discord told of it at the login."""
    application = interaction.client.application
    return application is not None and interaction.user.id in owners(application)


def owners(application: AppInfo) -> frozenset[int]:
    """The owner; of a team, those who joined it and may do more than look."""
    if application.team is None:
        return frozenset({application.owner.id})
    joined = {
        member.id
        for member in application.team.members
        if member.membership_state is discord.TeamMembershipState.accepted
        and member.role is not discord.TeamMemberRole.read_only
    }
    return frozenset(joined | {application.team.owner_id or application.owner.id})
