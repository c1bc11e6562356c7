"""“Recipe” in the messages' menu, and the buttons Recipe and Copy prompt of every result."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from commands.access.shown_results import job_shown_in
from commands.access.subjects import check_prompt_is_shown, job_of_card
from commands.access.visible_results import can_see, is_known_to
from commands.kinds.registry import open_views
from commands.kinds.view import SourcePicture
from commands.studio.cards.lineage import lineage_button
from commands.studio.cards.recipe import Followed, copy_card, recipe_card, text_file
from commands.studio.file_recipes import FileRecipes
from commands.studio.results.ways_on import WaysOnward
from commands.ui.answers import answer_privately
from commands.ui.job_links import jobs_named
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines, Recipe
    from commands.services import JobServices, MediaServices, RuleServices
    from commands.submission import Submission
    from jobs.videos import Videos
    from storage.jobs.jobs import Job


def build(
    jobs: JobServices,
    rules: RuleServices,
    engines: OfferedEngines,
    media: MediaServices,
    submission: Submission,
    videos: Videos,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The entry of the messages' menu, and the actions of the two buttons."""
    ways_on = WaysOnward(rules, engines, videos)
    recipes = Recipes(jobs, engines, ways_on, FileRecipes(jobs, engines, media, submission))
    menu = app_commands.ContextMenu(name="Recipe", callback=recipes.show_of_message)
    return [menu], {"recipe": recipes.show, "copy_prompt": recipes.copy}


class Recipes:
    """Tells how a result was made, to whoever sees it."""

    def __init__(
        self, jobs: JobServices, engines: OfferedEngines, ways_on: WaysOnward, files: FileRecipes
    ) -> None:
        self._database = jobs.database
        self._history = jobs.history
        self._records = jobs.records
        self._views = open_views(engines)
        self._ways_on = ways_on
        self._files = files

    async def show(self, interaction: Interaction[Any], job_id: str) -> None:
        """Show every setting, the prompt to paste, and what changed against what it follows."""
        await self._show(interaction, await self._job(interaction, job_id))

    async def copy(self, interaction: Interaction[Any], job_id: str) -> None:
        """Show the prompt as it was typed, to be copied."""
        job = await self._job(interaction, job_id)
        prompt = order_of(job).prompt
        if not prompt:
            raise TooLate
        await answer_privately(interaction, copy_card(prompt), text_file(prompt))

    async def show_of_message(
        self, interaction: Interaction[Any], message: discord.Message
    ) -> None:
        """Show how the picture of a message was made: by its job, its file, or how it looks."""
        job = await job_shown_in(self._records, message)
        if job is not None and await can_see(self._records, interaction, job):
            await self._show(interaction, job)
            return
        alike = await self._files.show(interaction, message)
        if alike is not None:
            await self._show(interaction, alike.job, alike.lead)

    async def _show(self, interaction: Interaction[Any], job: Job, lead: str = "") -> None:
        recipe = self._views[job.kind].recipe(job)
        followed = await self._followed(interaction, job)
        sources = await self._sources(interaction, job, recipe, followed)
        ways_on = await self._ways_on.of(interaction, job)
        if is_known_to(interaction, job) and await self._history.has_relatives(job):
            ways_on = replace(ways_on, buttons=[*ways_on.buttons, lineage_button(job.id)])
        card = recipe_card(job, recipe, followed, sources=sources, lead=lead, ways_on=ways_on)
        await answer_privately(interaction, card, text_file(recipe.paste))

    async def _job(self, interaction: Interaction[Any], job_id: str) -> Job:
        job = await job_of_card(self._records, interaction, job_id)
        check_prompt_is_shown(interaction, job)
        return job

    async def _sources(
        self,
        interaction: Interaction[Any],
        job: Job,
        recipe: Recipe,
        followed: Sequence[Followed],
    ) -> Mapping[str, Job]:
        """The jobs that the recipes name, of those that the member may know of."""
        recipes = [recipe, *(one.recipe for one in followed if one.recipe)]
        values = [value for one in recipes for value in one.values.values()]
        named = (value.job_id for value in values if isinstance(value, SourcePicture))
        found = await jobs_named(self._database, job.guild_id, named)
        return {
            job_id: source for job_id, source in found.items() if is_known_to(interaction, source)
        }

    async def _followed(self, interaction: Interaction[Any], job: Job) -> Sequence[Followed]:
        """The results that a job follows, but those that were taken away or are shown elsewhere."""
        parents = await self._history.parents(job)
        # Of a blend it says nothing what is different from one of several.
        is_compared = len(parents) == 1 and parents[0].kind == job.kind
        found: list[Followed] = []
        for parent in parents:
            is_hidden = parent.is_private and interaction.user.id != parent.member_id
            is_here = parent.channel_id == job.channel_id and parent.erased_at is None
            if is_here and not is_hidden:
                with suppress(TooLate):
                    check_prompt_is_shown(interaction, parent)
                    recipe = self._views[parent.kind].recipe(parent)
                    found.append(Followed(parent, recipe if is_compared else None))
        return found
