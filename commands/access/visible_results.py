"""Which results of others a member may see: those that are shown where they may look."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from commands.access.requester import is_age_restricted
from commands.languages import marked, say
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction

    from jobs.records import JobRecords
    from storage.jobs.jobs import Job
    from storage.ledger.history import Movement

NOT_HERE = marked("drawn in an age-restricted channel; ask there to see it")
"""What stands for the words of a result that may not be shown in a channel."""

WITHOUT_PROMPT = (JobState.FAILED, JobState.CANCELLED)
"""The states of jobs whose cards do not repeat the prompt."""


async def can_see(records: JobRecords, interaction: Interaction[Any], job: Job) -> bool:
    """Whether a result may be shown here to who asks: their own, or one that they can look at."""
    if job.guild_id != interaction.guild_id or job.erased_at is not None:
        return False
    if not is_shown_here(interaction, job):
        return False
    if interaction.user.id == job.member_id:
        return True
    if job.is_private or is_nobodys(job) or job.state in WITHOUT_PROMPT:
        return False
    if _can_look(interaction, job.channel_id):
        return True
    posts = await records.posts(job)
    return any(_can_look(interaction, post.channel_id) for post in posts)


def _can_look(interaction: Interaction[Any], channel_id: int) -> bool:
    """Whether the member may view a channel; of a private thread only its members know."""
    if channel_id == interaction.channel_id:
        return True
    guild, member = interaction.guild, interaction.user
    channel = guild.get_channel_or_thread(channel_id) if guild else None
    if channel is None or not isinstance(member, discord.Member):
        return False
    if isinstance(channel, discord.Thread) and channel.is_private():
        return False
    permissions = channel.permissions_for(member)
    return permissions.view_channel and permissions.read_message_history


def is_shown_here(interaction: Interaction[Any], job: Job) -> bool:
    """Whether what was drawn in another channel may be shown in this one."""
    if is_age_restricted(interaction.channel):
        return True
    if job.is_age_restricted is not None:
        # Also in its own channel, which may have been for adults then and is not any more.
        return not job.is_age_restricted
    if job.channel_id == interaction.channel_id:
        return True
    # A job of an earlier version: what cannot be looked at any more may have been for adults.
    guild = interaction.guild
    channel = guild.get_channel_or_thread(job.channel_id) if guild else None
    return channel is not None and not is_age_restricted(channel)


def movements_here(
    interaction: Interaction[Any], movements: Sequence[Movement], jobs: Mapping[str, Job]
) -> list[Movement]:
    """The movements of credits, without the words of jobs that may not be shown here."""
    return [
        replace(one, title=say(NOT_HERE)) if job and not is_shown_here(interaction, job) else one
        for one in movements
        for job in (jobs.get(one.job_id or ""),)
    ]


def is_known_to(interaction: Interaction[Any], job: Job) -> bool:
    """Whether a member may know that a job is there: it is theirs, or was made for all to see."""
    if job.member_id == interaction.user.id:
        return True
    return not job.is_private and not is_nobodys(job)


def is_nobodys(job: Job) -> bool:
    """Whether its author had everything of theirs forgotten."""
    return job.member_id < 0
