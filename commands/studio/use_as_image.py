"""“Use as image” in the messages' menu: draws from a picture, or along the shapes in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from commands.access.requester import guild_of
from commands.access.sharing import check_shared
from commands.access.shown_pictures import usable_pictures
from commands.access.shown_results import job_shown_in
from commands.access.subjects import own_draft, whole_number
from commands.access.visible_results import can_see
from commands.errors import DraftGone
from commands.kinds.image.job_request import ImageJobRequest, ImageServices
from commands.kinds.image.preferred import with_style
from commands.kinds.image.read import ImageRequestForm, without_seed
from commands.languages import say
from commands.options.mentions import readable
from commands.ui.modals import answers, choice_field, parse_submit, prompt_modal
from commands.ui.picture_select import picture_names
from commands.upload import Upload
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, PendingOrders, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from jobs.videos import Picture, Videos
    from storage.jobs.jobs import Job

KIND = "use_as_image"
"""The kind of a draft with the pictures of a message."""

ACTION = "used_as_image"
START = "start"
MAX_PICTURES = 25
MAX_KINDS = 24
"""With the start they fill a select."""


def build(
    jobs: JobServices,
    pending: PendingOrders,
    submission: Submission,
    rules: RuleServices,
    engines: OfferedEngines,
    media: MediaServices,
    preferences: MemberPreferences,
    videos: Videos,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The entry of the messages' menu, and the action of its form."""
    images = ImageServices(jobs=jobs, engines=engines, uploads=media.uploads, videos=videos)
    using = UseAsImage(images, pending, submission, rules, preferences)
    menu = app_commands.ContextMenu(name="Use as image", callback=using.open)
    return [menu], {ACTION: using.draw}


class UseAsImage:
    """Asks what to draw from a picture of a message, and draws it."""

    def __init__(
        self,
        images: ImageServices,
        pending: PendingOrders,
        submission: Submission,
        rules: RuleServices,
        preferences: MemberPreferences,
    ) -> None:
        self._images = images
        self._pending = pending
        self._submission = submission
        self._rules = rules
        self._preferences = preferences

    async def open(self, interaction: Interaction[Any], message: discord.Message) -> None:
        """Open a form for the words, with a choice of the picture and of what it is for."""
        guild = await self._rules.guild(guild_of(interaction))
        allows_others = guild.rules.allows_others_pictures
        shown = await job_shown_in(self._images.jobs.records, message)
        if shown is not None:
            await check_shared(self._rules, interaction, shown)
        found = usable_pictures(interaction, message, allows_others=allows_others)[:MAX_PICTURES]
        for upload in found[:1]:
            self._images.uploads.check("image", upload)
        kept = {
            "kind": KIND,
            "pictures": [asdict(upload) for upload in found],
            "parent": shown.id if shown is not None and self._is_here(interaction, shown) else "",
        }
        draft_id = await self._submission.keep(interaction, kept)
        text = await self._words(interaction, shown)
        names = await self._names(found, shown)
        choices = _choices(names, sorted(self._images.engines.controls)[:MAX_KINDS])
        form = prompt_modal(ACTION, draft_id, text, choices, title=say("Use as image"))
        await interaction.response.send_modal(form)

    async def draw(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw what the form says from the chosen picture."""
        draft = await own_draft(self._pending, interaction, draft_id)
        if draft.content.get("kind") != KIND:
            raise DraftGone
        _, _, text = parse_submit(interaction)
        said = answers(interaction.data)
        pictures = [Upload(**one) for one in draft.content["pictures"]]
        chosen = pictures[min(whole_number(said.get("picture", "0")), len(pictures) - 1)]
        words = readable(interaction, text)
        form = ImageRequestForm(prompt=words, image=chosen)
        if (kind := said.get("use", START)) != START:
            form = self._following(words, chosen, kind)
        form = await with_style(self._preferences, interaction, form)
        parent_id = draft.content["parent"] or None
        request = ImageJobRequest(services=self._images, form=form, parent_id=parent_id)
        await self._submission.submit(interaction, request)

    def _following(self, words: str, picture: Upload, kind: str) -> ImageRequestForm:
        """The order of a picture along the shapes of another one, by an engine that can."""
        able = (one for one in self._images.engines.catalogue if kind in one.controls)
        default = self._images.engines.find_default()
        engine = default if default and kind in default.controls else next(able, None)
        return ImageRequestForm(
            prompt=words,
            control=picture,
            control_kind=kind,
            preferred_engine=engine.id if engine else None,
        )

    async def _words(self, interaction: Interaction[Any], shown: Job | None) -> str:
        """What the picture was drawn from, where the member may see that."""
        records = self._images.jobs.records
        if shown is None or not await can_see(records, interaction, shown):
            return ""
        text = order_of(shown).prompt
        return without_seed(text) if text else ""

    async def _names(self, pictures: Sequence[Upload], shown: Job | None) -> list[str]:
        """What the pictures are called: those of a result as its own card calls them."""
        drawn: list[Picture] = []
        if shown is not None:
            with suppress(TooLate):
                drawn = await self._images.videos.pictures(shown)
        if len(drawn) == len(pictures):
            return picture_names([one.seed for one in drawn], [one.position for one in drawn])
        return [f"{at}. {upload.filename}" for at, upload in enumerate(pictures, start=1)]

    def _is_here(self, interaction: Interaction[Any], shown: Job) -> bool:
        return shown.guild_id == interaction.guild_id and shown.erased_at is None


def _choices(names: Sequence[str], kinds: Sequence[str]) -> list[discord.ui.Label[Any]]:
    """Which picture, where there are several; and what for, where it can be followed."""
    pictures = [(str(at), name) for at, name in enumerate(names)]
    uses = [(START, say("Start from it")), *((kind, _use(kind)) for kind in kinds)]
    return [
        *([choice_field(say("Picture"), "picture", pictures)] if len(names) > 1 else []),
        *([choice_field(say("What is it for?"), "use", uses)] if kinds else []),
    ]


def _use(kind: str) -> str:
    return say("Follow its shapes: {kind}", kind=kind)
