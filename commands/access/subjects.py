"""What the ids in buttons and forms stand for: jobs of this guild, and drafts of this member.

Nobody but the bot writes such ids, yet each is looked up as if anybody could: a job of another
guild is as if it were not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.moderators import manages_messages
from commands.access.requester import is_age_restricted
from commands.errors import AgeRestricted, DraftGone
from commands.ui.answers import bears
from jobs.errors import NotYours, OthersJob, TooLate
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from discord import Interaction

    from commands.services import PendingOrders
    from jobs.records import JobRecords
    from storage.jobs.drafts import Draft
    from storage.jobs.jobs import Job

MAX_DIGITS = 4
WITHOUT_PROMPT = (JobState.FAILED, JobState.CANCELLED)
"""The states of jobs whose cards do not repeat the prompt."""


async def job_here(records: JobRecords, interaction: Interaction[Any], job_id: str) -> Job:
    """The job of that id in the guild of the interaction.

    Raises:
        TooLate: there is none.
    """
    job = await records.get(job_id)
    if job.guild_id != interaction.guild_id:
        raise TooLate
    return job


async def job_of_card(records: JobRecords, interaction: Interaction[Any], job_id: str) -> Job:
    """The job on whose card a button is, or from whose card a form was opened.

    Its card, one that its author posted, or a private card of its author's. From elsewhere it is as
    if it were not there: what was removed is not brought back, and what was drawn for an
    age-restricted or hidden channel may be shown in no other.

    Raises:
        TooLate: the message shows another job, or none.
        AgeRestricted: it is the author's own, but nothing for this channel.
    """
    job, message = await job_here(records, interaction, job_id), interaction.message
    if message is None:
        raise TooLate
    if message.flags.ephemeral:
        if interaction.user.id != job.member_id or not bears(message.components, job_id):
            raise TooLate
        check_shown_here(interaction, job)
        return job
    is_its_card = message.id in (job.message_id, job.more_message_id)
    # Where the answer to an acknowledgement was lost, nobody knows the card's id.
    is_its_card |= job.message_id is None and bears(message.components, job_id)
    if is_its_card and job.channel_id == interaction.channel_id:
        return job
    if all(post.message_id != message.id for post in await records.posts(job)):
        raise TooLate
    return job


def check_shown_here(interaction: Interaction[Any], job: Job) -> None:
    """Keep what was drawn for adults to the channels that are for them.

    Raises:
        AgeRestricted
    """
    if not is_shown_here(interaction, job):
        raise AgeRestricted


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


def is_nobodys(job: Job) -> bool:
    """Whether its author had everything of theirs forgotten."""
    return job.member_id < 0


async def own_job(records: JobRecords, interaction: Interaction[Any], job_id: str) -> Job:
    """A job of the member's own, that may be shown in this channel.

    Raises:
        TooLate: there is none of that id here.
        AgeRestricted
    """
    job = await job_here(records, interaction, job_id)
    if job.member_id != interaction.user.id:
        raise TooLate
    check_shown_here(interaction, job)
    return job


def check_prompt_is_shown(interaction: Interaction[Any], job: Job) -> None:
    """Keep a prompt to its author where the card does not repeat it.

    Raises:
        NotYours
    """
    if job.state in WITHOUT_PROMPT and interaction.user.id != job.member_id:
        raise NotYours


async def check_card_without_job(
    pending: PendingOrders, interaction: Interaction[Any], job_id: str
) -> None:
    """Whether the message is a card whose order never became a job, and who may take it away.

    Raises:
        TooLate: it is no such card of this place.
        OthersJob: it is somebody else's.
    """
    message = interaction.message
    if message is None or not bears(message.components, job_id):
        raise TooLate
    card = await pending.database.read(pending.unaccepted_cards.get, job_id)
    if card is None:
        # Discord itself says whose command the message answers.
        answers = message.interaction_metadata
        if answers is None or answers.user.id != interaction.user.id:
            raise TooLate
        return
    if (card.guild_id, card.channel_id) != (interaction.guild_id, interaction.channel_id):
        raise TooLate
    if card.member_id != interaction.user.id and not manages_messages(interaction):
        raise OthersJob


def whole_number(subject: str) -> int:
    """A small number in a button or a form, 0 for anything else."""
    return (
        int(subject)
        if subject.isascii() and subject.isdecimal() and len(subject) <= MAX_DIGITS
        else 0
    )


async def own_draft(pending: PendingOrders, interaction: Interaction[Any], draft_id: str) -> Draft:
    """The draft of that id, for the member who typed it.

    Raises:
        DraftGone: there is none in this channel.
        NotYours: somebody else typed it.
    """
    draft = await pending.database.read(pending.drafts.get, draft_id)
    if draft is None or draft.guild_id != interaction.guild_id:
        raise DraftGone
    if draft.member_id != interaction.user.id:
        raise NotYours
    # What was allowed in one channel may be shown in no other.
    if draft.channel_id not in (None, interaction.channel_id):
        raise DraftGone
    return draft
