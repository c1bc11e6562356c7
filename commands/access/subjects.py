"""What the ids in buttons and forms stand for: jobs of this guild, and drafts of this member.

Nobody but the bot writes such ids, yet each is looked up as if anybody could: a job of another
guild is as if it were not there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commands.access.moderators import manages_messages
from commands.access.visible_results import WITHOUT_PROMPT, can_see, is_shown_here
from commands.errors import AgeRestricted, DraftGone
from commands.ui.answers import bears
from jobs.errors import NotYours, OthersJob, TooLate

if TYPE_CHECKING:
    from discord import Interaction

    from commands.services import PendingOrders
    from jobs.records import JobRecords
    from storage.jobs.drafts import Draft
    from storage.jobs.jobs import Job

MAX_DIGITS = 4


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

    Its card, one that its author posted, or a private card about it. From elsewhere it is as
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
        if not bears(message.components, job_id):
            raise TooLate
        if interaction.user.id != job.member_id:
            if not await can_see(records, interaction, job):
                raise TooLate
        else:
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
