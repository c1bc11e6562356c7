"""How wishes become films: planned, priced, accepted; and what can be done with a film."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from commands.access.requester import account_of, asker_of
from commands.access.subjects import job_of_card, own_draft
from commands.errors import AlreadyOrdered, DraftGone
from commands.kinds.video.cards import PREVIEW, video_waiting_card
from commands.kinds.video.read import VIDEO, VideoRequestForm, video_order
from commands.kinds.video.sources import Source
from commands.submission import REFUSALS, Plan, Prepared, Submission, check_permissions, own_key
from commands.ui.answers import answer_privately
from commands.ui.cards import refusal_card
from generation import credits as money
from generation.pricing import segment_price_mc
from jobs.errors import NoVideos, TooDear, TooLate
from jobs.orders.order import Input
from media.fit import preview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from commands.tools import Tools
    from generation.catalogue.catalogue import Engine
    from jobs.orders.video import VideoOrder
    from media.camera import Camera
    from storage.jobs.jobs import Job


class VideoSubmission:
    """Places orders for films."""

    def __init__(self, tools: Tools, submission: Submission) -> None:
        self._tools = tools
        self._submission = submission

    @property
    def engine(self) -> Engine:
        """What makes films here.

        Raises:
            NoFilms
        """
        engine = self._tools.videos.engine
        if engine is None:
            raise NoVideos
        return engine

    @property
    def each_mc(self) -> int:
        """What a part of a film costs.

        Raises:
            NoFilms
        """
        return segment_price_mc(self.engine)

    async def submit(
        self,
        interaction: Interaction[Any],
        form: VideoRequestForm,
        source: Source,
        *,
        key: str | None = None,
        parent_id: str | None = None,
    ) -> None:
        """Turn a wish into a film's job, or answer privately why not."""
        try:
            engine = self.engine
            check_permissions(interaction)
            self._tools.space.check()
            if source.upload is not None:
                self._tools.uploads.check("image", source.upload)
            order = video_order(form, engine, source)
            plan = Plan(
                order=order,
                price_mc=self.each_mc * form.segments,
                key=key or own_key(interaction),
                draft=_draft(form, [source]),
                prepare=lambda job_id: self._from_source(interaction, order, source, form, job_id),
                parent_id=parent_id,
            )
            await self._submission.accept(interaction, plan)
        except REFUSALS as error:
            offers = await self._shorter(interaction, form, source, error)
            card = refusal_card(error, offers=offers, offer_action="shorter")
            await answer_privately(interaction, card)

    async def go_on(self, interaction: Interaction[Any], job_id: str) -> None:
        """Make another part of a film, from where it ended."""
        job, order = await self.finished(interaction, job_id)
        parts = await self._tools.videos.parts(job)
        earlier = sum(one.role == "segment" for one in parts)
        if not order.has_room(earlier):
            raise TooLate
        prefix = f"extend:{job_id}:{interaction.user.id}:"
        count, is_open = await self._tools.jobs.repeats(prefix)
        if is_open:
            raise AlreadyOrdered
        longer = replace(order, engine_id=self.engine.id, segments=1, earlier=earlier, notices=())
        # A double click computes the same key, so it makes one job.
        await self._place_from(interaction, longer, parts, self.each_mc, f"{prefix}{count}", job_id)

    async def move_camera(
        self, interaction: Interaction[Any], job_id: str, camera: Camera | None
    ) -> None:
        """Make a film anew with another camera move; that costs nothing."""
        job, order = await self.finished(interaction, job_id)
        parts = await self._tools.videos.parts(job)
        earlier = sum(one.role == "segment" for one in parts)
        moved = replace(order, segments=0, earlier=earlier, camera=camera, notices=())
        await self._place_from(interaction, moved, parts, 0, own_key(interaction), job_id)

    async def finished(self, interaction: Interaction[Any], job_id: str) -> tuple[Job, VideoOrder]:
        """A film of this guild that was delivered, and its order.

        Raises:
            TooLate
        """
        job = await job_of_card(self._tools, interaction, job_id)
        return job, self._tools.videos.finished(job)

    async def check(self, interaction: Interaction[Any], source: Source) -> None:
        """Whether the shortest film of a picture would be accepted now.

        Raises:
            GenerationError, JobError, CommandError: why not.
        """
        engine = self.engine
        check_permissions(interaction)
        self._tools.space.check()
        order = video_order(VideoRequestForm(), engine, source)
        await self._tools.limits.check(asker_of(interaction), order, self.each_mc)

    async def keep(
        self, interaction: Interaction[Any], form: VideoRequestForm, sources: Sequence[Source]
    ) -> str:
        """Keep a wish and the pictures to choose from; the draft's id."""
        return await self._tools.drafts.keep(
            account_of(interaction), _draft(form, sources), interaction.channel_id
        )

    async def kept(
        self, interaction: Interaction[Any], draft_id: str
    ) -> tuple[VideoRequestForm, list[Source]]:
        """A wish and its pictures.

        Raises:
            DraftGone, NotYours
        """
        draft = await own_draft(self._tools, interaction, draft_id)
        if draft.content.get("kind") != VIDEO:
            raise DraftGone
        sources = [Source.from_json(one) for one in draft.content["sources"]]
        return VideoRequestForm.from_json(draft.content["wish"]), sources

    async def _place_from(
        self,
        interaction: Interaction[Any],
        order: VideoOrder,
        parts: Sequence[Input],
        price_mc: int,
        key: str,
        parent_id: str,
    ) -> None:
        try:
            check_permissions(interaction)
            self._tools.space.check()
            last = max((one for one in parts if one.role == "last"), key=lambda one: one.position)
            kept = [one for one in parts if one.role != "preview"]
            plan = Plan(
                order=order,
                price_mc=price_mc,
                key=key,
                draft={"kind": VIDEO},
                prepare=lambda job_id: self._prepared(
                    interaction, order, price_mc, kept, last.data, job_id, order.engine_id
                ),
                parent_id=parent_id,
            )
            await self._submission.accept(interaction, plan)
        except REFUSALS as error:
            await answer_privately(interaction, refusal_card(error))

    async def _from_source(
        self,
        interaction: Interaction[Any],
        order: VideoOrder,
        source: Source,
        form: VideoRequestForm,
        job_id: str,
    ) -> Prepared:
        size = (order.width, order.height)
        png = await source.fitted(self._tools, interaction.user.id, form.fit, size)
        first = Input(role="first", data=png, size=size)
        price_mc = self.each_mc * order.segments
        made_by = ""
        if source.upload is None:
            made_by = (await self._tools.jobs.get(source.job_id)).engine_id
        return await self._prepared(interaction, order, price_mc, [first], png, job_id, made_by)

    async def _prepared(
        self,
        interaction: Interaction[Any],
        order: VideoOrder,
        price_mc: int,
        inputs: Sequence[Input],
        png: bytes,
        job_id: str,
        made_by: str,
    ) -> Prepared:
        """The job's inputs with a preview of the picture that it starts from."""
        small = await self._preview(png, made_by)
        outlook = await self._tools.videos.outlook(order, price_mc)
        ready_at = self._tools.now() + outlook.ready_in if outlook.ready_in else None
        size = (order.width, order.height)
        shown = Input(role="preview", data=small, size=size, mime="image/jpeg")
        author_id = interaction.user.id
        return Prepared(
            inputs=[*inputs, shown],
            make_card=lambda: video_waiting_card(author_id, order, job_id, price_mc, ready_at),
            files=[(PREVIEW, small)],
        )

    async def _preview(self, png: bytes, made_by: str) -> bytes:
        """A small JPEG, marked where an engine made the picture: an upload is its member's."""
        marks = self._tools.marks
        source_type = marks.source_type(made_by) if made_by else None
        small = await self._tools.pool.run(preview, png, source_type)
        return await marks.picture(small, "image/jpeg", made_by) if made_by else small

    async def _shorter(
        self,
        interaction: Interaction[Any],
        form: VideoRequestForm,
        source: Source,
        error: Exception,
    ) -> list[tuple[str, str]]:
        """A shorter film where that is what the credits are enough for: label and draft."""
        if not isinstance(error, TooDear) or form.segments == 1:
            return []
        room_mc = await self._tools.limits.room(asker_of(interaction))
        parts = min(room_mc // self.each_mc, form.segments - 1)
        if parts < 1:
            return []
        draft_id = await self.keep(interaction, replace(form, segments=parts), [source])
        seconds = round(self.engine.segment_s * parts)
        return [(f"{seconds} s · {money.price(self.each_mc * parts)}", draft_id)]


def _draft(form: VideoRequestForm, sources: Sequence[Source]) -> dict[str, Any]:
    return {
        "kind": VIDEO,
        "wish": form.to_json(),
        "sources": [one.to_json() for one in sources],
    }
