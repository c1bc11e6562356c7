"""The job whose result a message shows, as somebody right-clicks it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from commands.ui.job_links import named_on_card
from jobs.errors import TooLate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import discord

    from jobs.records import JobRecords
    from storage.jobs.jobs import Job


async def job_shown_in(records: JobRecords, message: discord.Message) -> Job | None:
    """The job whose card a message is; anybody can write an id, only a job knows its card."""
    for message_id, components in _shown(message):
        for job_id in dict.fromkeys(_job_ids(components)):
            with suppress(TooLate):
                job = await records.get(job_id)
                posts = [post.message_id for post in await records.posts(job)]
                if message_id in (job.message_id, job.more_message_id, *posts):
                    return job
    return None


def _shown(message: discord.Message) -> Iterator[tuple[int, Sequence[Any]]]:
    """The ids and components of a message, and of the one that it forwards."""
    yield message.id, message.components
    forwarded = message.reference.message_id if message.reference else None
    if forwarded:
        for snapshot in message.message_snapshots:
            yield forwarded, snapshot.components


def _job_ids(components: Sequence[Any]) -> Iterator[str]:
    """What may be a job's id among a message's buttons and texts."""
    for component in components:
        _, _, subject = str(getattr(component, "custom_id", None) or "").partition(":")
        if subject:
            yield subject
        yield from named_on_card(str(getattr(component, "content", "")))
        yield from _job_ids(getattr(component, "children", ()))
