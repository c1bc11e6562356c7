"""What the files of a message say of how they were made, and whose results they look like."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commands.access.shown_pictures import check_message_here, pictures_of
from commands.access.visible_results import can_see
from commands.errors import BadInput, BadUpload
from commands.kinds.image.found_recipe import fit_recipe
from commands.kinds.image.read import ImageRequestForm
from commands.languages import say
from commands.studio.cards.found_recipe import found_card
from commands.studio.cards.recipe import text_file
from commands.ui.answers import answer_privately
from commands.ui.cards import note_card
from commands.ui.text import quoted
from storage.jobs.fingerprints import MAX_DISTANCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import discord
    from discord import Interaction

    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices
    from commands.submission import Submission
    from commands.upload import Upload
    from media.origins.examination import Examined
    from media.origins.found import FoundRecipe
    from storage.jobs.jobs import Job

MAX_LOOKED_AT = 4
"""Pictures of one message that are fetched."""

SURELY = 2
"""Up to so many different bits two pictures are taken for the same one."""

MAX_FILE_NAME = 60


@dataclass(frozen=True, slots=True)
class AlikeResult:
    """A result that a picture looks like, and what is said of it."""

    job: Job
    lead: str


class FileRecipes:
    """Reads recipes in files; without one it looks for results that look the same."""

    def __init__(
        self,
        jobs: JobServices,
        engines: OfferedEngines,
        media: MediaServices,
        submission: Submission,
    ) -> None:
        self._records = jobs.records
        self._fingerprints = jobs.fingerprints
        self._engines = engines
        self._uploads = media.uploads
        self._submission = submission

    async def show(
        self, interaction: Interaction[Any], message: discord.Message
    ) -> AlikeResult | None:
        """Show the recipe of the first picture that has one, or say that nothing is known.

        Returns a result that a picture looks like, which is still to be shown.

        Raises:
            BadInput: there is no picture.
            BadUpload: none of them can be read.
        """
        check_message_here(interaction, message)
        uploads = pictures_of(message)[:MAX_LOOKED_AT]
        if not uploads:
            raise BadInput("message", say("it has no picture; attached and embedded ones count"))
        await interaction.response.defer(ephemeral=True, thinking=True)
        seen = await self._examine(interaction.user.id, uploads)
        for upload, examined in seen:
            # What was made here has a card, which says more than its file.
            if alike := await self._find_alike(interaction, upload, examined):
                return alike
        for upload, examined in seen:
            if examined.recipe is not None:
                await self._tell(interaction, upload, examined.recipe)
                return None
        said = say(
            "**No recipe found.** The file says nothing of how it was made, and no result"
            " of this server that you may see looks like it."
        )
        await answer_privately(interaction, note_card(said))
        return None

    async def _examine(
        self, member_id: int, uploads: Sequence[Upload]
    ) -> Sequence[tuple[Upload, Examined]]:
        """What each picture tells, up to the first with a recipe."""
        found: list[tuple[Upload, Examined]] = []
        problem: BadUpload | None = None
        for upload in uploads:
            try:
                examined = await self._uploads.examine(member_id, "picture", upload)
            except BadUpload as error:
                problem = problem or error
                continue
            found.append((upload, examined))
            if examined.recipe is not None:
                break
        if not found and problem is not None:
            raise problem
        return found

    async def _tell(
        self, interaction: Interaction[Any], upload: Upload, found: FoundRecipe
    ) -> None:
        fitted = fit_recipe(found, self._engines)
        draft_id = None
        if fitted.paste:
            draft = ImageRequestForm(prompt=fitted.paste).to_json()
            draft_id = await self._submission.keep(interaction, draft)
        card = found_card(found, fitted, upload.filename, draft_id)
        await answer_privately(interaction, card, text_file(fitted.paste))

    async def _find_alike(
        self, interaction: Interaction[Any], upload: Upload, examined: Examined
    ) -> AlikeResult | None:
        """The result that looks most like a picture, of those that the member may see."""
        guild_id = interaction.guild_id or 0
        most = MAX_DISTANCE if examined.recipe is None else SURELY
        alike = await self._fingerprints.find_alike(guild_id, examined.fingerprint, examined.size)
        for one in alike:
            if one.distance <= most and await can_see(self._records, interaction, one.job):
                name = quoted(upload.filename, MAX_FILE_NAME)
                by = f"<@{one.job.member_id}>"
                is_sure = one.distance <= SURELY
                lead = (
                    say(
                        "{file} looks the same as a picture that {member} made.",
                        file=name,
                        member=by,
                    )
                    if is_sure
                    else say(
                        "{file} looks like a picture that {member} made.", file=name, member=by
                    )
                )
                return AlikeResult(one.job, lead)
        return None
