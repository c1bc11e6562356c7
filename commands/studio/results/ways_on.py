"""What a private card about a result offers to do with it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from commands.access.sharing import check_shared
from commands.errors import NotShared
from commands.languages import say
from commands.studio.cards.recipe import NO_WAYS_ON, WaysOn
from commands.ui.buttons import Press
from commands.ui.picture_select import picture_select
from jobs.errors import TooLate
from jobs.orders.image import ImageOrder

if TYPE_CHECKING:
    from discord import Interaction

    from commands.kinds.view import OfferedEngines
    from commands.services import RuleServices
    from jobs.videos import Videos
    from storage.jobs.jobs import Job


class WaysOnward:
    """Knows what can be done with a result by who asks."""

    def __init__(self, rules: RuleServices, engines: OfferedEngines, videos: Videos) -> None:
        self._rules = rules
        self._engines = engines
        self._videos = videos

    async def of(self, interaction: Interaction[Any], job: Job) -> WaysOn:
        """Upscale and Edit; nothing where its author keeps it to themselves, or it is gone."""
        with suppress(NotShared, TooLate):
            await check_shared(self._rules, interaction, job)
            pictures = await self._videos.pictures(job)
            edit = Press("edit", job.id, say("Edit"))
            buttons = [edit] if job.kind == ImageOrder.kind else []
            if len(pictures) > 1:
                seeds = [picture.seed for picture in pictures]
                positions = [picture.position for picture in pictures]
                return WaysOn(buttons, picture_select(job.id, seeds, positions))
            label = say("Upscale") if len(self._engines.upscalers) else say("More")
            return WaysOn([Press("upscale", job.id, label), *buttons])
        return NO_WAYS_ON
