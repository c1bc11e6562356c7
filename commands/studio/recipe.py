"""The buttons Recipe and Copy prompt of every result."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from commands.access.subjects import check_prompt_is_shown, job_here, job_of_card
from commands.kinds.registry import open_views
from commands.studio.cards.recipe import Followed, copy_card, recipe_card, text_file
from commands.ui.answers import answer_privately
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from discord import Interaction

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices
    from storage.jobs.jobs import Job


def build(
    jobs: JobServices, engines: OfferedEngines
) -> tuple[list[Registered], Mapping[str, Action]]:
    """No command, and the actions of the two buttons."""
    recipes = Recipes(jobs, engines)
    return [], {"recipe": recipes.show, "copy_prompt": recipes.copy}


class Recipes:
    """Tells how a result was made, to whoever sees its card."""

    def __init__(self, jobs: JobServices, engines: OfferedEngines) -> None:
        self._records = jobs.records
        self._views = open_views(engines)

    async def show(self, interaction: Interaction[Any], job_id: str) -> None:
        """Show every setting, the prompt to paste, and what changed against what it follows."""
        job = await self._job(interaction, job_id)
        recipe = self._views[job.kind].recipe(job)
        followed = await self._followed(interaction, job)
        files = text_file(recipe.paste)
        await answer_privately(interaction, recipe_card(job, recipe, followed), files)

    async def copy(self, interaction: Interaction[Any], job_id: str) -> None:
        """Show the prompt as it was typed, to be copied."""
        job = await self._job(interaction, job_id)
        prompt = order_of(job).prompt
        if not prompt:
            raise TooLate
        await answer_privately(interaction, copy_card(prompt), text_file(prompt))

    async def _job(self, interaction: Interaction[Any], job_id: str) -> Job:
        job = await job_of_card(self._records, interaction, job_id)
        check_prompt_is_shown(interaction, job)
        return job

    async def _followed(self, interaction: Interaction[Any], job: Job) -> Followed | None:
        """The result that a job follows, unless it was taken away or is shown elsewhere."""
        if job.parent_id is None:
            return None
        with suppress(TooLate):
            parent = await job_here(self._records, interaction, job.parent_id)
            is_hidden = parent.is_private and interaction.user.id != parent.member_id
            is_here = parent.channel_id == job.channel_id and parent.erased_at is None
            if is_here and not is_hidden:
                check_prompt_is_shown(interaction, parent)
                recipe = self._views[parent.kind].recipe(parent)
                return Followed(parent, recipe if parent.kind == job.kind else None)
        return None
