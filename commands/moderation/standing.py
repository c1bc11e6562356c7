"""What moderators say of a member: blocked, exempt from rules, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.requester import guild_of
from storage.rules import Change, Standing

if TYPE_CHECKING:
    from datetime import datetime

    from discord import Interaction

    from commands.services import RuleServices


async def set_standing(
    interaction: Interaction[Any],
    rules: RuleServices,
    member_id: int,
    standing: Standing,
    until: datetime | None = None,
    *,
    action: str,
    detail: str = "",
) -> Change:
    """Set it, until then if there is an end; the line of the audit log, to be mirrored."""
    change = Change(
        guild_id=guild_of(interaction),
        actor_id=interaction.user.id,
        action=action,
        subject_id=member_id,
        detail=detail,
    )
    await rules.database.write(
        rules.store.change_member,
        change.guild_id,
        member_id,
        change,
        standing=standing,
        until=until,
    )
    return change
