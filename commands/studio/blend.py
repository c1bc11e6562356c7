"""/blend: two to four pictures become one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from discord import Attachment, Interaction
from discord.app_commands import Range

from commands.access.sharing import check_shared
from commands.access.subjects import check_prompt_is_shown, job_of_card, own_draft
from commands.errors import REFUSALS, AlreadyOrdered
from commands.kinds.blend.form import BlendForm, BlendSource, kept_jobs
from commands.kinds.blend.job_request import PREFIX, BlendJobRequest, BlendServices
from commands.kinds.blend.read import WORDLESS, check_count, read_weights
from commands.kinds.image.preferred import complete, with_style
from commands.kinds.image.read import ImageRequestForm, without_seed
from commands.kinds.kept_request import KeptRequest
from commands.options.engines import EngineSuggestions
from commands.options.jobs import JobSuggestions
from commands.options.mentions import readable
from commands.options.pictures import (
    Aspect,
    Count,
    EngineName,
    Prompt,
    Seed,
    Size,
    describe_drawing,
)
from commands.options.shapes import ShapeSuggestions
from commands.options.slash import runs_command, slash
from commands.studio.results.named_pictures import ResultPictures
from commands.ui.modals import parse_submit, prompt_modal
from commands.uploads import uploaded
from jobs.errors import NotYours, TooLate
from jobs.orders.blend import BlendOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, PendingOrders, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from jobs.videos import Videos
    from storage.jobs.jobs import Job

ResultName = Range[str, 1, 40]
Weights = Range[str, 1, 40]
RESULTS = ("result1", "result2", "result3", "result4")


def build(
    jobs: JobServices,
    pending: PendingOrders,
    submission: Submission,
    engines: OfferedEngines,
    media: MediaServices,
    preferences: MemberPreferences,
    rules: RuleServices,
    videos: Videos,
) -> tuple[list[Registered], Mapping[str, Action]]:
    """The command and the actions of its buttons and forms."""
    services = BlendServices(jobs=jobs, engines=engines, uploads=media.uploads, videos=videos)
    results = ResultPictures(jobs.records, videos, rules)
    blends = Blends(services, submission, pending, preferences, rules, results)
    own = JobSuggestions(jobs.history).each_own_picture
    suggestions = {
        "engine": EngineSuggestions(engines).blending_engine,
        **ShapeSuggestions(engines, preferences, is_of_blends=True).by_option,
        **dict.fromkeys(RESULTS, own),
    }
    return [slash("blend", blends.command, suggestions=suggestions)], blends.by_name


def offer(commands: Sequence[Registered], engines: OfferedEngines) -> Sequence[Registered]:
    """The command where an engine blends."""
    return commands if engines.blenders else []


class Blends:
    """The command, and its buttons and forms; each is given the job's or the draft's id."""

    def __init__(
        self,
        services: BlendServices,
        submission: Submission,
        pending: PendingOrders,
        preferences: MemberPreferences,
        rules: RuleServices,
        results: ResultPictures,
    ) -> None:
        self._services = services
        self._records = services.jobs.records
        self._submission = submission
        self._pending = pending
        self._preferences = preferences
        self._rules = rules
        self._results = results

    @property
    def by_name(self) -> Mapping[str, Action]:
        """The actions by the names in the ids of buttons and forms."""
        actions = (
            self.reroll, self.edit, self.edit_own, self.edited, self.redo, self.redone,
            self.confirm, self.cheaper,
        )  # fmt: skip
        return {f"{PREFIX}{action.__name__}": action for action in actions}

    @runs_command
    @describe_drawing
    async def command(
        self,
        interaction: Interaction[Any],
        image1: Attachment | None = None,
        image2: Attachment | None = None,
        image3: Attachment | None = None,
        image4: Attachment | None = None,
        result1: ResultName | None = None,
        result2: ResultName | None = None,
        result3: ResultName | None = None,
        result4: ResultName | None = None,
        weights: Weights | None = None,
        prompt: Prompt | None = None,
        engine: EngineName | None = None,
        aspect: Aspect | None = None,
        size: Size | None = None,
        count: Count | None = None,
        seed: Seed | None = None,
        private: bool | None = None,
    ) -> None:
        """Make one picture of two to four: attached ones, or results.

        Args:
            image1: A picture to blend
            image2: Another one
            image3: A third one
            image4: A fourth one
            result1: Or a result by its job id, like k3f9, or k3f9:2 for its second picture
            result2: Another result
            result3: A third result
            result4: A fourth result
            weights: How much each counts, in the order of the numbers, for example 2, 1
            prompt: Words that take part; weights and options as in /imagine
            seed: The same seed, pictures and words give the same result again
        """
        words = readable(interaction, prompt) if prompt else ""
        asked = ImageRequestForm(prompt=words, engine=engine, aspect=aspect, size=size)
        asked = replace(asked, count=count, seed=seed, private=private)
        attached, named = (image1, image2, image3, image4), (result1, result2, result3, result4)
        await self._blend(interaction, asked, attached, named, weights)

    async def reroll(self, interaction: Interaction[Any], job_id: str) -> None:
        """Draw the same blend again with another seed, on the account of who asks."""
        job, order = await self._of_card(interaction, job_id)
        prefix = f"{PREFIX}reroll:{job_id}:{interaction.user.id}:"
        count, is_open = await self._records.repeats(prefix)
        if is_open:
            raise AlreadyOrdered
        words = without_seed(order.prompt) if order.prompt else ""
        form = self._again(job, order, words)
        # A double click computes the same key, so it makes one job.
        await self._submit(interaction, form, key=f"{prefix}{count}", parent_id=job_id)

    async def edit(self, interaction: Interaction[Any], job_id: str) -> None:
        """Open the form with the words."""
        _, order = await self._of_card(interaction, job_id)
        await self._open(interaction, "edited", job_id, order.prompt)

    async def edit_own(self, interaction: Interaction[Any], job_id: str) -> None:
        """The same from a card that does not show the words: they are its author's own."""
        job = await job_of_card(self._records, interaction, job_id)
        if interaction.user.id != job.member_id:
            raise NotYours
        await self.edit(interaction, job_id)

    async def edited(self, interaction: Interaction[Any], job_id: str) -> None:
        """Blend the same pictures with what the form says."""
        job, order = await self._of_card(interaction, job_id)
        form = self._again(job, order, order.prompt).with_prompt(_typed(interaction))
        asked = await with_style(self._preferences, interaction, form.asked)
        await self._submit(interaction, replace(form, asked=asked), parent_id=job_id)

    async def redo(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form with the words of a refused blend."""
        form, _ = await self._draft(interaction, draft_id)
        await self._open(interaction, "redone", draft_id, form.whole_text)

    async def redone(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Try again with what the form says."""
        form, kept = await self._draft(interaction, draft_id)
        form = form.with_prompt(_typed(interaction))
        asked = await with_style(self._preferences, interaction, form.asked)
        await self._submit(interaction, replace(form, asked=asked), **kept.changed)

    async def confirm(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the blend whose price was shown."""
        form, kept = await self._draft(interaction, draft_id)
        await self._submit(interaction, form, **kept.agreed(f"{PREFIX}confirm:{draft_id}"))

    async def cheaper(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the cheaper variant that a refusal offered."""
        form, kept = await self._draft(interaction, draft_id)
        await self._submit(interaction, form, **kept.agreed(f"{PREFIX}cheaper:{draft_id}"))

    async def _blend(
        self,
        interaction: Interaction[Any],
        asked: ImageRequestForm,
        attached: Sequence[Attachment | None],
        named: Sequence[str | None],
        weights: str | None,
    ) -> None:
        """Blend the pictures that were attached and named."""
        form = BlendForm(asked=asked, sources=())
        try:
            sources = await self._sources(interaction, attached, named)
            check_count(sources)
            weighed = zip(sources, read_weights(weights, len(sources)), strict=True)
            form = replace(
                form, sources=tuple(replace(source, weight=weight) for source, weight in weighed)
            )
        except REFUSALS as error:
            await self._submission.refuse(interaction, self._request(form), error)
            return
        form = replace(form, asked=await self._completed(interaction, asked))
        await self._submit(interaction, form)

    async def _sources(
        self,
        interaction: Interaction[Any],
        attached: Sequence[Attachment | None],
        named: Sequence[str | None],
    ) -> list[BlendSource]:
        """The pictures in the order of their numbers.

        Raises:
            BadUpload, AgeRestricted, NotShared
        """
        found: list[BlendSource] = []
        for number, (file, typed) in enumerate(zip(attached, named, strict=True), start=1):
            if file:
                found.append(BlendSource(field=f"image{number}", upload=uploaded(file)))
            if typed:
                field = f"result{number}"
                kept = await self._results.find(interaction, field, typed)
                found.append(BlendSource(field=field, kept=kept))
        return found

    async def _completed(
        self, interaction: Interaction[Any], asked: ImageRequestForm
    ) -> ImageRequestForm:
        """What was asked with the member's defaults; the first picture decides the shape."""
        words = asked.prompt or WORDLESS
        full = await complete(self._preferences, interaction, replace(asked, prompt=words))
        prompt = full.prompt if asked.prompt else ""
        return replace(full, prompt=prompt, aspect=asked.aspect)

    def _again(self, job: Job, order: BlendOrder, words: str) -> BlendForm:
        form = BlendForm.again(job.id, order, words)
        return replace(form, asked=replace(form.asked, private=job.is_private or None))

    async def _open(
        self, interaction: Interaction[Any], action: str, subject: str, text: str
    ) -> None:
        modal = prompt_modal(f"{PREFIX}{action}", subject, text, is_required=False)
        await interaction.response.send_modal(modal)

    def _request(self, form: BlendForm, **values: Any) -> BlendJobRequest:
        return BlendJobRequest(
            services=self._services, form=form, wants_private=form.asked.private, **values
        )

    async def _submit(self, interaction: Interaction[Any], form: BlendForm, **values: Any) -> None:
        """Submit a form; the values are those of its request."""
        await self._submission.submit(interaction, self._request(form, **values))

    async def _of_card(self, interaction: Interaction[Any], job_id: str) -> tuple[Job, BlendOrder]:
        """The blend on whose card a button is, which the member may go on with.

        Raises:
            TooLate, NotYours, NotShared, AgeRestricted
        """
        job = await job_of_card(self._records, interaction, job_id)
        if job.kind != BlendOrder.kind:
            raise TooLate
        check_prompt_is_shown(interaction, job)
        await check_shared(self._rules, interaction, job)
        order = BlendOrder.from_json(job.spec)
        origins = [origin[0] for origin in order.origins if origin]
        await self._results.check_again(interaction, origins)
        return job, order

    async def _draft(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[BlendForm, KeptRequest]:
        """A kept form, and what else is known of its request.

        Raises:
            DraftGone, NotYours, NotShared, AgeRestricted
        """
        draft = await own_draft(self._pending, interaction, draft_id)
        content, kept = KeptRequest.split(draft.content)
        form = BlendForm.from_json(content)
        await self._results.check_again(interaction, kept_jobs(form.sources))
        return form, kept


def _typed(interaction: Interaction[Any]) -> str:
    """The words of a form."""
    _, _, text = parse_submit(interaction)
    return readable(interaction, text)
