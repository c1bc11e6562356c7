"""What the ids in buttons and forms stand for: jobs of this guild, and drafts of this member.

Nobody but the bot writes such ids, yet each is looked up as if anybody could: a job of another
guild is as if it were not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.errors import DraftGone
from jobs.errors import NotYours, TooLate

if TYPE_CHECKING:
    from discord import Interaction

    from commands.tools import Tools
    from storage.drafts import Draft
    from storage.jobs import Job


async def job_here(tools: Tools, interaction: Interaction[Any], job_id: str) -> Job:
    """The job of that id in the guild of the interaction.

    Raises:
        TooLate: there is none.
    """
    job = await tools.jobs.get(job_id)
    if job.guild_id != interaction.guild_id:
        raise TooLate
    return job


async def own_draft(tools: Tools, interaction: Interaction[Any], draft_id: str) -> Draft:
    """The draft of that id, for the member who typed it.

    Raises:
        DraftGone: there is none in this guild.
        NotYours: somebody else typed it.
    """
    draft = await tools.drafts.get(draft_id)
    if draft is None or draft.guild_id != interaction.guild_id:
        raise DraftGone
    if draft.member_id != interaction.user.id:
        raise NotYours
    return draft
