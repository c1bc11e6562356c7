"""What the buttons and forms of films do; each is given the id of a job or of a draft."""

from __future__ import annotations

import asyncio
import io
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import discord

from commands.access.moderators import manages_messages
from commands.access.requester import asker_of, guild_of
from commands.access.sharing import check_shared
from commands.access.shown_results import job_shown_in
from commands.access.subjects import job_here, job_of_card, own_draft, whole_number
from commands.errors import AlreadyOrdered, BadInput, DraftGone
from commands.kinds.kept_request import KeptRequest
from commands.kinds.video.forms import animate_form, camera_form
from commands.kinds.video.job_request import VideoJobRequest, VideoRemakeRequest, draft_of
from commands.kinds.video.read import (
    REMAKE,
    VIDEO,
    VideoRequestForm,
    read_fit,
    read_length,
    read_motion,
    video_order,
    video_sizes,
)
from commands.kinds.video.sources import Source, numbered_titles, of_job, of_message
from commands.languages import say
from commands.options.camera import read_camera
from commands.ui.answers import show_in_place
from commands.ui.cards import note_card
from commands.ui.job_cards import again_card
from commands.ui.modals import answers
from jobs.errors import TooLate
from jobs.orders.by_kind import marked_as
from media.camera import Easing
from media.errors import BadPicture
from media.video import animation
from storage.jobs.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from discord import Interaction

    from commands import Action
    from commands.kinds.video.services import VideoServices
    from commands.services import PendingOrders, RuleServices
    from commands.submission import Submission
    from jobs.orders.order import Input
    from jobs.orders.video import VideoOrder
    from storage.jobs.jobs import Job

ANIMATED = {"GIF": "GIF", "WEBP": "WebP"}
"""The formats of animated pictures, and how members know them."""

ANIMATED_WITHIN = timedelta(minutes=2)
MAX_ANIMATION_BYTES = 8 << 20
"""What everybody's client loads gladly."""


class VideoActions:
    """Animate, extend, move the camera, give as GIF, answer a lost start."""

    def __init__(
        self,
        services: VideoServices,
        submission: Submission,
        pending: PendingOrders,
        rules: RuleServices,
    ) -> None:
        self._services = services
        self._submission = submission
        self._pending = pending
        self._rules = rules
        self._given: set[int] = set()

    @property
    def by_name(self) -> Mapping[str, Action]:
        """The actions by the names in the ids of buttons and forms."""
        return {
            "animate": self.open_for_job,
            "animated": self.take_form,
            "shorter": self.take_shorter,
            "animate_confirm": self.take_confirmed,
            "animate_edit": self.edit,
            "extend": self.extend,
            "extend_confirm": self.extend_confirmed,
            "camera": self.open_camera,
            "camera_set": self.take_camera,
            "gif": self.give_gif,
            "webp": self.give_webp,
            "resend": self.send_again,
            "let_go": self.let_go,
        }

    async def open_for_message(
        self, interaction: Interaction[Any], message: discord.Message
    ) -> None:
        """Open the form for the pictures of a message."""
        guild = await self._rules.guild(guild_of(interaction))
        allows_others = guild.rules.allows_others_pictures
        parent_id = None
        if shown := await job_shown_in(self._services.records, message):
            await check_shared(self._rules, interaction, shown)
            is_here = shown.guild_id == interaction.guild_id and shown.erased_at is None
            parent_id = shown.id if is_here else None
        found = of_message(interaction, message, allows_others=allows_others)
        await self.open_for_sources(interaction, found, parent_id)

    async def open_for_job(self, interaction: Interaction[Any], job_id: str) -> None:
        """Open the form for the pictures of a result."""
        job = await job_of_card(self._services.records, interaction, job_id)
        await check_shared(self._rules, interaction, job)
        await self.open_for_sources(interaction, await of_job(self._services.videos, job))

    async def take_form(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Make the film that the form asks for."""
        draft, sources, kept = await self._kept(interaction, draft_id)
        said = answers(interaction.data)
        form = replace(
            draft,
            motion=read_motion(said.get("motion")),
            fit=read_fit(said.get("fit")),
            segments=self._parts(said.get("length"), draft.engine_id),
            camera=read_camera(said.get("camera"), None, None),
        )
        number = whole_number(said.get("picture", "0"))
        source = sources[min(number, len(sources) - 1)]
        parent_id = kept.parent_id or source.job_id or None
        request = VideoJobRequest(
            services=self._services, form=form, source=source, parent_id=parent_id
        )
        await self._submission.submit(interaction, request)

    async def take_shorter(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Make the shorter film that a refusal offered."""
        await self._submit_kept(interaction, draft_id, f"shorter:{draft_id}")

    async def take_confirmed(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Make the film whose price was shown."""
        await self._submit_kept(interaction, draft_id, f"animate_confirm:{draft_id}")

    async def edit(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Open the form of a film that was refused or asked about, as it was sent."""
        form, sources, _ = await self._kept(interaction, draft_id)
        engine = self._services.engine(form.engine_id)
        filled = animate_form(draft_id, numbered_titles(sources), engine, form)
        await interaction.response.send_modal(filled)

    async def _submit_kept(self, interaction: Interaction[Any], draft_id: str, key: str) -> None:
        form, (source, *_), kept = await self._kept(interaction, draft_id)
        values = kept.agreed(key)
        values["parent_id"] = kept.parent_id or source.job_id or None
        request = VideoJobRequest(services=self._services, form=form, source=source, **values)
        await self._submission.submit(interaction, request)

    async def submit(
        self, interaction: Interaction[Any], form: VideoRequestForm, source: Source
    ) -> None:
        """Make a film of a picture."""
        request = VideoJobRequest(services=self._services, form=form, source=source)
        await self._submission.submit(interaction, request)

    async def extend(self, interaction: Interaction[Any], job_id: str) -> None:
        """Make another part of a film, from where it ended."""
        job, order = await self._finished(interaction, job_id)
        await self._extend(interaction, job, order)

    async def extend_confirmed(self, interaction: Interaction[Any], draft_id: str) -> None:
        """Make the part whose price was shown."""
        draft = await own_draft(self._pending, interaction, draft_id)
        if draft.content.get("kind") != REMAKE:
            raise DraftGone
        job = await job_here(self._services.records, interaction, str(draft.content["job"]))
        order = self._services.videos.finished(job)
        _, kept = KeptRequest.split(draft.content)
        await self._extend(
            interaction, job, order, kept.agreed(_extensions(interaction, job) + draft_id)
        )

    async def _extend(
        self,
        interaction: Interaction[Any],
        job: Job,
        order: VideoOrder,
        agreed: Mapping[str, Any] | None = None,
    ) -> None:
        """Make another part; `agreed` are the values of a request that was asked about."""
        parts = await self._services.videos.parts(job)
        earlier = _segments_of(parts)
        if not order.has_room(earlier):
            raise TooLate
        prefix = _extensions(interaction, job)
        count, is_open = await self._services.records.repeats(prefix)
        if is_open:
            raise AlreadyOrdered
        engine = self._services.videos.find_engine(order.engine_id) or self._services.engine()
        if (order.width, order.height) not in video_sizes(engine):
            # Another engine now, which could not go on from where it ended.
            raise TooLate
        longer = replace(
            order,
            engine_id=engine.id,
            segments=1,
            segment_s=engine.segment_s,
            earlier=earlier,
            earlier_s=order.length_s(earlier - order.earlier),
            notices=(),
        )
        if not engine.takes_prompt:
            longer = replace(longer, words="", negative_words="")
        # A double click computes the same key, so it makes one job.
        values: dict[str, Any] = {"key": f"{prefix}{count}", **(agreed or {}), "parent_id": job.id}
        request = VideoRemakeRequest(services=self._services, order=longer, parts=parts, **values)
        await self._submission.submit(interaction, request)

    async def open_camera(self, interaction: Interaction[Any], job_id: str) -> None:
        """Open the form for a camera move in a film."""
        _, order = await self._finished(interaction, job_id)
        await self._rules.limits.check(asker_of(interaction), order, 0)
        await interaction.response.send_modal(camera_form(job_id))

    async def take_camera(self, interaction: Interaction[Any], job_id: str) -> None:
        """Make the film anew with the camera move that the form asks for."""
        said = answers(interaction.data)
        camera = read_camera(said.get("camera"), None, None)
        if camera is not None:
            strength = whole_number(said.get("strength", str(camera.strength)))
            camera = read_camera(camera.move, strength, said.get("easing", Easing.SMOOTH))
        job, order = await self._finished(interaction, job_id)
        parts = await self._services.videos.parts(job)
        earlier = _segments_of(parts)
        moved = replace(
            order,
            segments=0,
            earlier=earlier,
            earlier_s=order.length_s(earlier - order.earlier),
            camera=camera,
            notices=(),
        )
        request = VideoRemakeRequest(
            services=self._services, order=moved, parts=parts, parent_id=job_id
        )
        await self._submission.submit(interaction, request)

    async def give_gif(self, interaction: Interaction[Any], job_id: str) -> None:
        """Give the film as GIF."""
        await self._give(interaction, job_id, "GIF")

    async def give_webp(self, interaction: Interaction[Any], job_id: str) -> None:
        """Give the film as animated WebP."""
        await self._give(interaction, job_id, "WEBP")

    async def send_again(self, interaction: Interaction[Any], job_id: str) -> None:
        """Send a start once more whose answer was lost."""
        await self._answer(interaction, job_id, wants_again=True)

    async def let_go(self, interaction: Interaction[Any], job_id: str) -> None:
        """Leave a start alone whose answer was lost."""
        await self._answer(interaction, job_id, wants_again=False)

    async def open_for_sources(
        self,
        interaction: Interaction[Any],
        sources: Sequence[Source],
        parent_id: str | None = None,
    ) -> None:
        """Open the form for these pictures; `parent_id` is the job whose card shows them."""
        engine = self._services.engine()
        order = video_order(VideoRequestForm(), engine, sources[0])
        await self._submission.check(interaction, order, self._services.each_mc())
        draft = KeptRequest(parent_id=parent_id).beside(draft_of(VideoRequestForm(), sources))
        draft_id = await self._submission.keep(interaction, draft)
        form = animate_form(draft_id, numbered_titles(sources), engine)
        await interaction.response.send_modal(form)

    def _parts(self, seconds: str | None, engine_id: str) -> int:
        engine = self._services.engine(engine_id)
        return read_length(whole_number(seconds) if seconds else None, engine)

    async def _finished(self, interaction: Interaction[Any], job_id: str) -> tuple[Job, VideoOrder]:
        """A film that was delivered and may be used, and its order.

        Raises:
            TooLate, NotShared
        """
        job = await job_of_card(self._services.records, interaction, job_id)
        await check_shared(self._rules, interaction, job)
        return job, self._services.videos.finished(job)

    async def _kept(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[VideoRequestForm, list[Source], KeptRequest]:
        """A form, its pictures, and what else is known of its request.

        Raises:
            DraftGone, NotYours
        """
        draft = await own_draft(self._pending, interaction, draft_id)
        if draft.content.get("kind") != VIDEO or "sources" not in draft.content:
            raise DraftGone
        sources = [Source.from_json(source) for source in draft.content["sources"]]
        _, kept = KeptRequest.split(draft.content)
        return VideoRequestForm.from_json(draft.content["wish"]), sources, kept

    async def _give(self, interaction: Interaction[Any], job_id: str, kind: str) -> None:
        """The film as animated picture, for whoever asks alone."""
        job = await job_of_card(self._services.records, interaction, job_id)
        clip = await self._services.videos.clip(job)
        # Nobody pays for it, so whoever asks has one made at a time.
        member_id = interaction.user.id
        if member_id in self._given:
            raise AlreadyOrdered
        self._given.add(member_id)
        try:
            await interaction.response.defer(ephemeral=True, thinking=True)
            data = await self._animation(job, clip, kind, interaction.filesize_limit)
        finally:
            self._given.discard(member_id)
        name = f"atelier-{job_id}.{kind.lower()}"
        await interaction.followup.send(
            view=note_card(
                say("The film as {kind}, for you alone; save it or share it.", kind=ANIMATED[kind]),
                name,
            ),
            file=discord.File(io.BytesIO(data), filename=name),
            ephemeral=True,
        )

    async def _animation(self, job: Job, clip: bytes, kind: str, file_limit_bytes: int) -> bytes:
        """The film as animated picture, signed anew."""
        marks = self._services.media.marks
        limit = max(1, min(file_limit_bytes, MAX_ANIMATION_BYTES) - marks.reserve_bytes)
        work = partial(animation, source_type=marks.source_type(marked_as(job)))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "film.mp4"
            await asyncio.to_thread(path.write_bytes, clip)
            try:
                data = await self._services.media.converters.run(
                    work, path, kind, limit, limit=ANIMATED_WITHIN
                )
            except BadPicture:
                raise BadInput(
                    kind.lower(), say("the film is too long for that; download it as it is")
                ) from None
        return await marks.picture(data, f"image/{kind.lower()}", marked_as(job))

    async def _answer(
        self, interaction: Interaction[Any], job_id: str, *, wants_again: bool
    ) -> None:
        job = await job_of_card(self._services.records, interaction, job_id)
        await self._services.videos.answer(
            job,
            interaction.user.id,
            wants_again=wants_again,
            is_moderator=manages_messages(interaction),
        )
        if wants_again and job.state is not JobState.DELIVERING:
            await show_in_place(interaction, again_card(job))
        else:
            # The job itself shows its end, or what has come of it while it goes on, a moment later
            # and once: nothing may come in after it.
            await interaction.response.defer()


def _extensions(interaction: Interaction[Any], job: Job) -> str:
    """What the keys of a member's extensions of a film begin with."""
    return f"extend:{job.id}:{interaction.user.id}:"


def _segments_of(parts: Sequence[Input]) -> int:
    return sum(part.role == "segment" for part in parts)
