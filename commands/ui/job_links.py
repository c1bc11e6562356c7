"""Where a job is shown: the address of its card, and its id as a link there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from commands.languages import say

if TYPE_CHECKING:
    from storage.jobs.jobs import Job


def jump_url(job: Job) -> str:
    """The address of the card that shows a job; of its channel where no card is known."""
    return f"https://discord.com/channels/{job.guild_id}/{job.channel_id}/{job.message_id or ''}"


def linked(job: Job) -> str:
    """The id of a job, which leads to its card where others see one."""
    if job.is_private:
        return say("job {job_id}", job_id=job.id)
    return f"[{say('job {job_id}', job_id=job.id)}]({jump_url(job)})"
