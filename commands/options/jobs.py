"""What is offered while somebody types the id of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from discord import app_commands

from commands.access.moderators import is_moderator
from commands.access.requester import account_of
from commands.access.visible_results import is_shown_here
from commands.languages import say
from commands.ui.text import UNSEEN, clamp
from jobs.errors import TooLate
from jobs.orders.blend import BlendOrder
from jobs.orders.by_kind import order_of
from jobs.orders.edit import EditOrder
from jobs.orders.image import ImageOrder
from jobs.orders.upscale import UpscaleOrder
from storage.jobs.history import HistoryFilter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from discord import Interaction

    from jobs.history import JobHistory
    from storage.jobs.jobs import Job

    Choices = list[app_commands.Choice[str]]

MAX_CHOICES = 25
MAX_LABEL = 100
PICTURES = (ImageOrder.kind, UpscaleOrder.kind, BlendOrder.kind, EditOrder.kind)
LOOKED_AT = 100
"""Of what is typed, so many of the newest jobs are looked through."""


class JobSuggestions:
    """Suggests recent jobs by their ids and words."""

    def __init__(self, history: JobHistory) -> None:
        self._history = history

    async def own(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The member's own recent results."""
        if interaction.guild_id is None:
            return []
        page = await self._history.page(account_of(interaction), HistoryFilter(), LOOKED_AT)
        return _choices((one for one in page.jobs if is_shown_here(interaction, one)), typed)

    async def own_pictures(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The member's own recent results that are pictures."""
        if interaction.guild_id is None:
            return []
        page = await self._history.page(account_of(interaction), HistoryFilter(), LOOKED_AT)
        shown = (one for one in page.jobs if is_shown_here(interaction, one))
        return _choices((one for one in shown if one.kind in PICTURES), typed)

    async def each_own_picture(self, interaction: Interaction[Any], typed: str) -> Choices:
        """The pictures of the member's own recent results, each by itself."""
        if interaction.guild_id is None:
            return []
        page = await self._history.page(account_of(interaction), HistoryFilter(), LOOKED_AT)
        shown = (one for one in page.jobs if is_shown_here(interaction, one))
        pictures = [one for one in shown if one.kind in PICTURES]
        positions = await self._history.positions(pictures)
        labels: dict[str, str] = {}
        for job in pictures:
            kept, title = positions.get(job.id, []), _title(job)
            for position in kept:
                value = job.id if len(kept) == 1 else f"{job.id}:{position + 1}"
                labels[value] = f"{value} · {title}"
        return _matching(labels, typed)

    async def of_guild(self, interaction: Interaction[Any], typed: str) -> Choices:
        """Recent jobs of all members, for moderators."""
        if interaction.guild_id is None or not is_moderator(interaction):
            return []
        found = await self._history.newest_of_guild(interaction.guild_id, LOOKED_AT)
        shown = (one for one in found if not one.is_private and is_shown_here(interaction, one))
        return _choices(shown, typed)


def _choices(found: Iterable[Job], typed: str) -> Choices:
    return _matching({job.id: f"{job.id} · {_title(job)}" for job in found}, typed)


def _matching(labels: Mapping[str, str], typed: str) -> Choices:
    wanted = typed.strip().lower()
    matching = [(job_id, label) for job_id, label in labels.items() if wanted in label.lower()]
    return [
        app_commands.Choice(name=clamp(label, MAX_LABEL), value=job_id)
        for job_id, label in matching[:MAX_CHOICES]
    ]


def _title(job: Job) -> str:
    try:
        title = order_of(job).heading
    except TooLate:
        return say("not kept any more")
    return UNSEEN.sub("", " ".join(title.split()))
