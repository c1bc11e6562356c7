"""/morph: short films that morph from one prompt to another, frame by frame."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import Interaction, app_commands

from commands.access.sharing import check_shared
from commands.access.subjects import check_prompt_is_shown, job_of_card, own_draft
from commands.errors import DraftGone
from commands.kinds.kept_request import KeptRequest
from commands.kinds.morph.forms import morph_form
from commands.kinds.morph.job_request import MorphJobRequest
from commands.kinds.morph.read import MORPH, MorphRequestForm
from commands.options.camera import EASINGS, MOVES
from commands.options.engines import EngineSuggestions
from commands.options.mentions import readable
from commands.options.pictures import Aspect, EngineName, Seed, Size
from commands.options.shapes import ShapeSuggestions
from commands.options.slash import runs_command, slash
from commands.ui.modals import answers
from jobs.errors import NotYours, TooLate
from jobs.orders.morph import MAX_FPS, MAX_FRAMES, MIN_FPS, MIN_FRAMES, MorphOrder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, PendingOrders, RuleServices
    from commands.submission import Submission

MAX_TEXT = 2000

Range = app_commands.Range


def build(
    jobs: JobServices,
    pending: PendingOrders,
    submission: Submission,
    engines: OfferedEngines,
    rules: RuleServices,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its buttons and forms."""
    morph = Morph(jobs, pending, submission, engines, rules)
    actions: dict[str, Action] = {
        "morph_draw": morph.draw,
        "morph_redo": morph.redo,
        "morph_redone": morph.redone,
        "morph_edit": morph.edit,
        "morph_edit_own": morph.edit_own,
        "morph_edited": morph.edited,
    }
    suggestions = {
        "engine": EngineSuggestions(engines).engine,
        **ShapeSuggestions(engines, None, is_of_frames=True).by_option,
    }
    return [slash("morph", morph.command, suggestions=suggestions)], actions


class Morph:
    """The command, and its buttons and forms; each is given the job's or the draft's id."""

    def __init__(
        self,
        jobs: JobServices,
        pending: PendingOrders,
        submission: Submission,
        engines: OfferedEngines,
        rules: RuleServices,
    ) -> None:
        self._jobs = jobs
        self._pending = pending
        self._submission = submission
        self._engines = engines
        self._rules = rules

    @runs_command
    @app_commands.choices(camera=MOVES, easing=EASINGS)
    async def command(
        self,
        interaction: Interaction[Any],
        first: Range[str, 1, MAX_TEXT],
        second: Range[str, 1, MAX_TEXT],
        third: Range[str, 1, MAX_TEXT] | None = None,
        frames: Range[int, MIN_FRAMES, MAX_FRAMES] | None = None,
        fps: Range[int, MIN_FPS, MAX_FPS] | None = None,
        seed: Seed | None = None,
        size: Size | None = None,
        aspect: Aspect | None = None,
        engine: EngineName | None = None,
        camera: str | None = None,
        strength: Range[int, 1, 100] | None = None,
        easing: str | None = None,
    ) -> None:
        """Morph one prompt into another, as a short film; its price is shown first.

        Args:
            first: What the film begins with; weights and options as in /imagine
            second: What it turns into
            third: And what that turns into
            frames: How many pictures are drawn, each paid like one; 24 if you do not say
            fps: How many of them are shown in a second; 12 if you do not say
            seed: The same seed and words give the same film again
            size: Width and height in pixels, for example 512x512
            aspect: Width to height, for example 3:2
            engine: Which engine draws
            camera: Camera move in the film
            strength: Strength of the camera move, in percent
            easing: How the camera speeds up and slows down
        """
        form = MorphRequestForm(
            first=first,
            second=second,
            third=third or "",
            frames=str(frames or ""),
            fps=str(fps or ""),
            seed=seed,
            size=size,
            aspect=aspect,
            engine=engine,
            camera=camera,
            strength=strength,
            easing=easing,
        )
        await self._quote(interaction, form)

    async def draw(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the morph that was quoted; a second press of the button is refused."""
        form, kept = await self._kept(interaction, draft_id)
        request = self._request(form, **kept.agreed(f"morph:{draft_id}"))
        await self._submission.submit(interaction, request)

    async def redo(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form with a morph that was quoted or refused."""
        form, _ = await self._kept(interaction, draft_id)
        await interaction.response.send_modal(morph_form("morph_redone", draft_id, form.as_form()))

    async def redone(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Quote what the form says."""
        form, _ = await self._kept(interaction, draft_id)
        await self._quote(interaction, form.edited(answers(interaction.data)))

    async def edit(self, interaction: Interaction[Any], job_id: str) -> None:
        """Open the form with the morph of a job."""
        form = MorphRequestForm.again(await self._order(interaction, job_id))
        await interaction.response.send_modal(morph_form("morph_edited", job_id, form.as_form()))

    async def edit_own(self, interaction: Interaction[Any], job_id: str) -> None:
        """The same from a card that does not show the prompts: they are its author's own."""
        job = await job_of_card(self._jobs.records, interaction, job_id)
        if interaction.user.id != job.member_id:
            raise NotYours
        await self.edit(interaction, job_id)

    async def edited(self, interaction: Interaction[Any], job_id: str) -> None:
        """Quote what the form says, with the camera of the job."""
        form = MorphRequestForm.again(await self._order(interaction, job_id))
        await self._quote(interaction, form.edited(answers(interaction.data)))

    async def _quote(self, interaction: Interaction[Any], form: MorphRequestForm) -> None:
        """Say privately what the morph will be and what it costs, or why there is none."""
        named = replace(
            form,
            first=readable(interaction, form.first),
            second=readable(interaction, form.second),
            third=readable(interaction, form.third),
        )
        await self._submission.submit(interaction, self._request(named))

    def _request(self, form: MorphRequestForm, **values: Any) -> MorphJobRequest:
        return MorphJobRequest(
            engines=self._engines, forecast=self._jobs.forecast, form=form, **values
        )

    async def _kept(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[MorphRequestForm, KeptRequest]:
        """A kept form, and what else is known of its request.

        Raises:
            DraftGone, NotYours
        """
        draft = await own_draft(self._pending, interaction, draft_id)
        if draft.content.get("kind") != MORPH:
            raise DraftGone
        form, kept = KeptRequest.split(draft.content)
        return MorphRequestForm.from_json(form), kept

    async def _order(self, interaction: Interaction[Any], job_id: str) -> MorphOrder:
        job = await job_of_card(self._jobs.records, interaction, job_id)
        if job.kind != MorphOrder.kind:
            raise TooLate
        check_prompt_is_shown(interaction, job)
        await check_shared(self._rules, interaction, job)
        return MorphOrder.from_json(job.spec)
