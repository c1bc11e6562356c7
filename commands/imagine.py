"""/imagine: pictures from words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import Attachment, Interaction, app_commands

from commands.access.moderators import manages_messages
from commands.access.requester import account_of
from commands.access.sharing import check_shared
from commands.access.subjects import (
    check_card_without_job,
    check_prompt_is_shown,
    job_of_card,
    own_draft,
)
from commands.errors import AlreadyOrdered, DraftGone, NotTaken
from commands.kinds.image.job_request import ImageJobRequest, ImageServices
from commands.kinds.image.preferred import complete, with_style
from commands.kinds.image.read import (
    ImageRequestForm,
    names_strength,
    whole_text,
    without_seed,
    without_unknown,
)
from commands.kinds.kept_request import KeptRequest
from commands.kinds.registry import EDIT_ACTIONS
from commands.options.adapters import AdapterSuggestions
from commands.options.engines import EngineSuggestions
from commands.options.mentions import readable
from commands.options.pictures import (
    Aspect,
    Count,
    EngineName,
    Percent,
    Prompt,
    Seed,
    Size,
    describe_drawing,
)
from commands.options.shapes import ShapeSuggestions
from commands.options.slash import drop_options, drop_suggestions, runs_command, slash
from commands.studio.cards.help import TOPICS
from commands.ui.answers import bears, show_in_place
from commands.ui.job_cards import cancelled_card
from commands.ui.modals import parse_submit, prompt_modal
from commands.uploads import uploaded
from generation.request import MAX_CONTROL_STRENGTH
from jobs.errors import NotYours, TooLate
from jobs.orders.image import ImageOrder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from commands import Action, Registered
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices, MediaServices, PendingOrders, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from commands.submission import Submission
    from commands.upload import Upload
    from jobs.videos import Videos
    from storage.jobs.jobs import Job

Range = app_commands.Range

MAX_CONTROL_PERCENT = round(MAX_CONTROL_STRENGTH * 100)
CONTROL_OPTIONS = ("control", "control_kind", "control_strength")


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
    services = ImageServices(jobs=jobs, engines=engines, uploads=media.uploads, videos=videos)
    imagine = Imagine(services, submission, pending, preferences, rules)
    actions: dict[str, Action] = {
        "reroll": imagine.reroll,
        "edit": imagine.edit,
        "edit_own": imagine.edit_own,
        "edited": imagine.edited,
        "redo": imagine.redo,
        "without": imagine.without,
        "redone": imagine.redone,
        "confirm": imagine.confirm,
        "cheaper": imagine.cheaper,
        "cancel": imagine.cancel,
        "try_it": imagine.try_it,
        "tried": imagine.tried,
    }
    suggested = EngineSuggestions(engines)
    suggestions = {
        "engine": suggested.engine,
        **ShapeSuggestions(engines, preferences).by_option,
        "control_kind": suggested.control_kind,
        "prompt": AdapterSuggestions(engines).prompt,
    }
    return [slash("imagine", imagine.command, suggestions=suggestions)], actions


def offer(commands: Sequence[Registered], engines: OfferedEngines) -> Sequence[Registered]:
    """The command, without what no engine has: control pictures, and names of LoRAs to offer."""
    if not engines.has_adapters:
        for command in commands:
            drop_suggestions(command, ("prompt",))
    if not engines.controls:
        for command in commands:
            drop_options(command, CONTROL_OPTIONS)
    return commands


class Imagine:
    """The command, and its buttons and forms; each is given the job's or the draft's id."""

    def __init__(
        self,
        services: ImageServices,
        submission: Submission,
        pending: PendingOrders,
        preferences: MemberPreferences,
        rules: RuleServices,
    ) -> None:
        self._services = services
        self._jobs = services.jobs
        self._submission = submission
        self._pending = pending
        self._preferences = preferences
        self._rules = rules

    @runs_command
    @describe_drawing
    async def command(
        self,
        interaction: Interaction[Any],
        prompt: Prompt,
        negative: Range[str, 1, 1000] | None = None,
        aspect: Aspect | None = None,
        size: Size | None = None,
        engine: EngineName | None = None,
        count: Count | None = None,
        seed: Seed | None = None,
        image: Attachment | None = None,
        mask: Attachment | None = None,
        strength: Percent | None = None,
        control: Attachment | None = None,
        control_kind: Range[str, 1, 40] | None = None,
        control_strength: Range[int, 0, MAX_CONTROL_PERCENT] | None = None,
        private: bool | None = None,
    ) -> None:
        """Draw pictures from words.

        Args:
            prompt: What to draw; weights like a castle::2 fog::-0.5, options like --ar 3:2 last
            negative: What to keep out of the picture
            seed: The same seed and words give the same picture again
            image: A picture to start from
            mask: Black where the picture may change, white where it stays
            strength: How much of the picture may change, in percent
            control: A picture of edges, a pose or depth, whose shapes the result follows
            control_kind: What the control picture is, for example canny
            control_strength: How closely the result follows it, in percent
        """
        words = readable(interaction, prompt)
        kept_out = readable(interaction, negative) if negative else None
        form = ImageRequestForm(prompt=words, negative=kept_out, private=private)
        form = replace(form, aspect=aspect, size=size, engine=engine, count=count, seed=seed)
        form = replace(form, image=_upload(image), mask=_upload(mask), strength=strength)
        form = replace(form, control=_upload(control), control_kind=control_kind)
        form = replace(form, control_strength=control_strength)
        await self._submit(interaction, await complete(self._preferences, interaction, form))

    async def reroll(self, interaction: Interaction[Any], job_id: str) -> None:
        """Draw the same words again with another seed, on the account of who asks."""
        job = await self._picture(interaction, job_id)
        prefix = f"reroll:{job_id}:{interaction.user.id}:"
        count, is_open = await self._jobs.records.repeats(prefix)
        if is_open:
            raise AlreadyOrdered
        order = ImageOrder.from_json(job.spec)
        form = replace(
            _repeat_form(job_id, order, without_seed(order.prompt)), private=job.is_private or None
        )
        # A double click computes the same key, so it makes one job.
        await self._submit(interaction, form, key=f"{prefix}{count}", parent_id=job_id)

    async def edit(self, interaction: Interaction[Any], job_id: str) -> None:
        """Open the form with the whole prompt."""
        job = await self._picture(interaction, job_id)
        text = ImageOrder.from_json(job.spec).prompt
        await interaction.response.send_modal(prompt_modal("edited", job_id, text))

    async def edit_own(self, interaction: Interaction[Any], job_id: str) -> None:
        """The same from a card that does not show the prompt: it is its author's own."""
        job = await self._picture(interaction, job_id)
        if interaction.user.id != job.member_id:
            raise NotYours
        await self.edit(interaction, job_id)

    async def edited(self, interaction: Interaction[Any], job_id: str) -> None:
        """Draw what the form says, from the same uploads."""
        job = await self._picture(interaction, job_id)
        text = _typed(interaction)
        order = ImageOrder.from_json(job.spec)
        form = replace(
            _repeat_form(job_id, order, text), video=order.video, private=job.is_private or None
        )
        form = await with_style(self._preferences, interaction, form)
        await self._submit(interaction, form, parent_id=job_id)

    async def redo(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form with the text of a refused order."""
        form, _ = await self._draft(interaction, draft_id)
        await interaction.response.send_modal(prompt_modal("redone", draft_id, whole_text(form)))

    async def without(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw a refused order without the options that are none."""
        form, kept = await self._draft(interaction, draft_id)
        key = f"without:{draft_id}"
        await self._submit(interaction, without_unknown(form), key=key, **kept.changed)

    async def redone(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Try again with what the form says."""
        text = _typed(interaction)
        form, kept = await self._draft(interaction, draft_id)
        form = await with_style(self._preferences, interaction, form.with_prompt(text))
        await self._submit(interaction, form, **kept.changed)

    async def confirm(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the pictures whose price was shown."""
        form, kept = await self._draft(interaction, draft_id)
        await self._submit(interaction, form, **kept.agreed(f"confirm:{draft_id}"))

    async def cheaper(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Draw the cheaper variant that a refusal offered."""
        form, kept = await self._draft(interaction, draft_id)
        await self._submit(interaction, form, **kept.agreed(f"cheaper:{draft_id}"))

    async def try_it(self, interaction: Interaction[Any], topic: str) -> None:
        """Open the form with the example of a topic of the help."""
        found = TOPICS.get(topic)
        if found is None or not found.example:
            raise TooLate
        await interaction.response.send_modal(prompt_modal("tried", topic, found.example))

    async def tried(self, interaction: Interaction[Any], _topic: str) -> None:
        """Draw what the form says."""
        form = ImageRequestForm(prompt=_typed(interaction))
        await self._submit(interaction, await complete(self._preferences, interaction, form))

    async def cancel(self, interaction: Interaction[Any], job_id: str) -> None:
        """Cancel a job; its card is replaced by a line that says so, or by the end it had."""
        if not await self._jobs.records.is_known(job_id):
            # The card comes a moment before the job, and nothing is held before that.
            await self._let_go(interaction, job_id)
            await _delete_card(interaction)
            return
        await job_of_card(self._jobs.records, interaction, job_id)
        is_moderator = manages_messages(interaction)
        try:
            job = await self._jobs.cancellation.cancel(
                job_id, interaction.user.id, is_moderator=is_moderator
            )
        except TooLate:
            await self._show_end(interaction, job_id)
            return
        card = cancelled_card(job, EDIT_ACTIONS.get(job.kind))
        await show_in_place(interaction, card, files=())

    async def _show_end(self, interaction: Interaction[Any], job_id: str) -> None:
        """Bring the card of a job up to date of which Discord did not take the end.

        Raises:
            TooLate: its end is not known yet, or is on its way.
            NotTaken: Discord does not take it now either.
        """
        job = await self._jobs.redelivery.take(job_id, interaction.token)
        await interaction.response.defer()
        if not await self._jobs.redelivery.show(job):
            raise NotTaken

    async def _let_go(self, interaction: Interaction[Any], job_id: str) -> None:
        """Withdraw an order that is no job yet, unless a process broke off there."""
        is_moderator = manages_messages(interaction)
        if interaction.message is None or not bears(interaction.message.components, job_id):
            raise TooLate
        account = account_of(interaction)
        if not self._pending.in_flight.withdraw(job_id, account, is_moderator=is_moderator):
            await check_card_without_job(self._pending, interaction, job_id)
        if await self._jobs.records.is_known(job_id):
            # Accepted since the first look: the order may not have seen its withdrawal.
            with suppress(TooLate):
                await self._jobs.cancellation.cancel(
                    job_id, interaction.user.id, is_moderator=is_moderator
                )

    async def _submit(
        self, interaction: Interaction[Any], form: ImageRequestForm, **values: Any
    ) -> None:
        """Submit a form; the values are those of its request."""
        request = ImageJobRequest(
            services=self._services, form=form, wants_private=form.private, **values
        )
        await self._submission.submit(interaction, request)

    async def _picture(self, interaction: Interaction[Any], job_id: str) -> Job:
        job = await job_of_card(self._jobs.records, interaction, job_id)
        if job.kind != ImageOrder.kind:
            raise TooLate
        check_prompt_is_shown(interaction, job)
        await check_shared(self._rules, interaction, job)
        return job

    async def _draft(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[ImageRequestForm, KeptRequest]:
        draft = await own_draft(self._pending, interaction, draft_id)
        if "prompt" not in draft.content:
            raise DraftGone
        form, kept = KeptRequest.split(draft.content)
        return ImageRequestForm.from_json(form), kept


def _typed(interaction: Interaction[Any]) -> str:
    """The prompt of a form."""
    _, _, text = parse_submit(interaction)
    return readable(interaction, text)


def _upload(attachment: Attachment | None) -> Upload | None:
    return None if attachment is None else uploaded(attachment)


def _repeat_form(job_id: str, order: ImageOrder, prompt: str) -> ImageRequestForm:
    control = next(iter(order.first.controls), None)
    return ImageRequestForm(
        prompt=prompt,
        strength=None if names_strength(prompt) else round(order.first.strength * 100),
        control_kind=control and control.kind,
        control_strength=None if control is None else round(control.strength * 100),
        uploads_of=job_id if order.uses_init or control else None,
    )


async def _delete_card(interaction: Interaction[Any]) -> None:
    """Delete the message with the button, unless a second click or a moderator was faster."""
    await interaction.response.defer()
    with suppress(discord.NotFound):
        await interaction.delete_original_response()
