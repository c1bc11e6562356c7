"""Where a job is shown: the address of its card, and its id, written as a link and read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from commands.languages import LANGUAGES, marked, say
from storage.jobs.history import jobs_of_guild

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from storage.database import Database
    from storage.jobs.jobs import Job

NAMED = re.compile(r"\bjob ([0-9a-z]{1,24})\b")
"""How texts that are kept name a job."""

JOB = marked("job {job_id}")
"""How cards name a job, each in its server's language."""

MAX_NAMED = 50


def named_on_card(text: str) -> Iterator[str]:
    """The ids of jobs that a text of a card names, in whatever language it was said."""
    for said in dict.fromkeys([JOB, *(language.gettext(JOB) for language in LANGUAGES.values())]):
        before, after = map(re.escape, said.split("{job_id}"))
        yield from re.findall(rf"(?<!\w){before}([0-9a-z]{{1,24}}){after}(?![0-9a-z])", text)


def read_job_id(typed: str) -> str:
    """An id as somebody typed it, perhaps with what stands before it on a card."""
    *_, last = ["", *typed.lower().split()]
    return last.removeprefix("job")


def jump_url(job: Job) -> str:
    """The address of the card that shows a job; of its channel where no card is known."""
    return f"https://discord.com/channels/{job.guild_id}/{job.channel_id}/{job.message_id or ''}"


def linked(job: Job) -> str:
    """The id of a job, which leads to its card where others see one."""
    if job.is_private:
        return say(JOB, job_id=job.id)
    return f"[{say(JOB, job_id=job.id)}]({jump_url(job)})"


async def jobs_named(
    database: Database, guild_id: int, job_ids: Iterable[str | None]
) -> Mapping[str, Job]:
    """Those of the jobs that the guild has, by id."""
    wanted = list(dict.fromkeys(filter(None, job_ids)))[:MAX_NAMED]
    found = await database.read(jobs_of_guild, guild_id, wanted) if wanted else []
    return {job.id: job for job in found}


async def link_jobs(database: Database, guild_id: int, text: str) -> str:
    """A text for a card in which the ids of the guild's jobs lead to their cards."""
    jobs = await jobs_named(database, guild_id, NAMED.findall(text))
    return NAMED.sub(lambda found: linked(jobs[found[1]]) if found[1] in jobs else found[0], text)
