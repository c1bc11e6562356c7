"""The button Lineage: where a result comes from, and what was made of it, as a drawn tree."""

from __future__ import annotations

import asyncio
import io
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import discord

from commands.access.subjects import job_here
from commands.access.visible_results import can_see, is_known_to
from commands.moderation.thumbnails import Thumbnails
from commands.studio.cards.lineage import TREE_FILE, Branch, lineage_card
from commands.studio.history import check_private
from commands.ui.answers import bears, show_in_place
from jobs.errors import TooLate
from jobs.orders.by_kind import marked_as
from media.errors import BadPicture
from media.lineage import draw_lineage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction

    from commands import Action, Registered
    from commands.services import JobServices, MediaServices
    from jobs.videos import Videos
    from storage.jobs.jobs import Job
    from storage.jobs.lineage import Lineage

LIMIT = timedelta(seconds=30)


def build(
    jobs: JobServices, media: MediaServices, videos: Videos
) -> tuple[list[Registered], Mapping[str, Action]]:
    """No command, and the action of the button."""
    return [], {"lineage": Lineages(jobs, media, videos).show}


class Lineages:
    """Shows the trees of results, to the member alone."""

    def __init__(self, jobs: JobServices, media: MediaServices, videos: Videos) -> None:
        self._history = jobs.history
        self._records = jobs.records
        self._media = media
        self._thumbnails = Thumbnails(media, videos)

    async def show(self, interaction: Interaction[Any], job_id: str) -> None:
        """Draw the tree of a result; of what others made in private there is a box without an id.

        Raises:
            TooLate: the result is not there, or not for this member to know of.
        """
        check_private(interaction)
        job = await job_here(self._records, interaction, job_id)
        is_open = partial(is_known_to, interaction)
        if not is_open(job) or not bears(_components(interaction), job_id):
            raise TooLate
        await interaction.response.defer(ephemeral=True, thinking=True)
        lineage = await self._history.lineage(job, is_open)
        branches = await self._with_pictures(interaction, _branches(interaction, job, lineage))
        tree = await self._drawn(job, branches)
        card = lineage_card(branches, has_earlier=lineage.has_earlier, has_tree=tree is not None)
        files = [discord.File(io.BytesIO(tree), filename=TREE_FILE)] if tree else []
        await show_in_place(interaction, card, files)

    async def _with_pictures(
        self, interaction: Interaction[Any], branches: Sequence[Branch]
    ) -> list[Branch]:
        """The branches with small pictures of what the member may see in this channel."""

        async def with_picture(branch: Branch) -> Branch:
            job = branch.job
            if job is None or not await can_see(self._records, interaction, job):
                return branch
            return replace(branch, picture=await self._thumbnails.unsigned(job))

        return await asyncio.gather(*map(with_picture, branches))

    async def _drawn(self, job: Job, branches: Sequence[Branch]) -> bytes | None:
        """The tree as a PNG with the marks of what machines made; None where it cannot be drawn."""
        rows = [branch.row for branch in branches]
        try:
            tree = await self._media.converters.run(draw_lineage, rows, limit=LIMIT)
        except BadPicture:
            return None
        return await self._media.marks.picture(tree, "image/png", marked_as(job))


def _branches(interaction: Interaction[Any], asked: Job, lineage: Lineage) -> list[Branch]:
    """The graph as the member may see it."""
    found: list[Branch] = []
    places: dict[str, int] = {}
    for relative in lineage.relatives:
        parents = [places[one] for one in relative.parent_ids if one in places]
        job = relative.job
        if job is None:
            found.append(Branch(parents, more=relative.more))
            continue
        places[job.id] = len(found)
        if is_known_to(interaction, job):
            is_asked, is_own = job.id == asked.id, job.member_id == interaction.user.id
            others = len(relative.parent_ids) - len(parents)
            found.append(Branch(parents, job, is_asked=is_asked, is_own=is_own, others=others))
        else:
            found.append(Branch(parents))
    return found


def _components(interaction: Interaction[Any]) -> Sequence[Any]:
    return interaction.message.components if interaction.message else []
