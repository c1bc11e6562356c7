"""The operator is the owner of the application, or the team that owns it."""

from __future__ import annotations

from unittest.mock import create_autospec

import pytest
from discord import AppInfo, Team, TeamMember, TeamMemberRole, TeamMembershipState, User

from commands.access.operators import owners

OWNER, INVITED, READER, ADMIN = 1, 2, 3, 4


def member(member_id: int, role: TeamMemberRole, state: TeamMembershipState) -> TeamMember:
    one = create_autospec(TeamMember, instance=True)
    one.id, one.role, one.membership_state = member_id, role, state
    return one


def application(team: Team | None) -> AppInfo:
    one = create_autospec(AppInfo, instance=True)
    one.owner = create_autospec(User, instance=True)
    one.owner.id = OWNER
    one.team = team
    return one


def test_one_person_owns_it():
    assert owners(application(None)) == {OWNER}


@pytest.mark.parametrize("owner_id", [9, None])
def test_a_team_owns_it_except_who_is_invited_or_may_only_look(owner_id: int | None):
    team = create_autospec(Team, instance=True)
    team.owner_id = owner_id
    accepted, invited = TeamMembershipState.accepted, TeamMembershipState.invited
    team.members = [
        member(INVITED, TeamMemberRole.admin, invited),
        member(READER, TeamMemberRole.read_only, accepted),
        member(ADMIN, TeamMemberRole.developer, accepted),
    ]
    assert owners(application(team)) == {ADMIN, owner_id or OWNER}
