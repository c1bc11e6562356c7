"""Whether a member may go on with what another one has made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.errors import NotShared

if TYPE_CHECKING:
    from discord import Interaction

    from commands.services import RuleServices
    from storage.jobs.jobs import Job


async def check_shared(rules: RuleServices, interaction: Interaction[Any], job: Job) -> None:
    """Keep a result to its author where they want that; they choose it in /privacy.

    Raises:
        NotShared
    """
    if interaction.user.id == job.member_id:
        return
    author = await rules.database.read(rules.store.member, job.guild_id, job.member_id)
    if not author.shares_results:
        raise NotShared
