"""What a member asks of a video, on its way to a job: a new one, or one made from another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.kept_request import Quote
from commands.kinds.video.cards import PRIMARY, video_question_card
from commands.kinds.video.read import (
    REMAKE,
    VIDEO,
    VideoRequestForm,
    notices_of,
    video_order,
    video_sizes,
)
from commands.kinds.video.services import Start
from commands.languages import say
from commands.ui.buttons import Press
from commands.ui.text import seconds
from generation import credits as money
from jobs.orders.by_kind import marked_as
from jobs.orders.order import PREVIEW_ROLE, Input
from jobs.orders.video import VideoOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.video.services import VideoServices
    from commands.kinds.video.sources import Source
    from commands.ui.cards import Card
    from jobs.rules.terms import Terms


EDIT_ACTION = "animate_edit"
"""What opens the form of a film again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJobRequest(JobRequest[VideoOrder]):
    """A video of a picture."""

    services: VideoServices
    form: VideoRequestForm
    source: Source

    cheaper_action = "shorter"
    redo_action = EDIT_ACTION

    @property
    def least_mc(self) -> int:
        """The price of one segment."""
        return self.services.each_mc(self.form.engine_id)

    @property
    def draft(self) -> dict[str, Any]:
        """The form and the picture."""
        return draft_of(self.form, [self.source])

    async def read(self) -> VideoOrder:
        """The video, where the picture can be taken."""
        engine = self.services.engine(self.form.engine_id)
        if self.source.upload is not None:
            self.services.media.uploads.check("image", self.source.upload)
        return video_order(self.form, engine, self.source)

    def price_mc(self, order: VideoOrder) -> int:
        """The price of all segments."""
        return self.services.each_mc(order.engine_id) * order.segments

    async def prepare(
        self, terms: Terms, order: VideoOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The picture in the size of the video, and the card with the expected wait."""
        services, source, size = self.services, self.source, (order.width, order.height)
        sizes = video_sizes(services.engine(order.engine_id))
        fitted = await source.fitted(services, terms.asker.member_id, self.form.fit, size, sizes)
        made_by = ""
        if source.upload is None:
            made_by = marked_as(await services.records.get(source.job_id))
            marks = services.media.marks
            if marks.is_trained(made_by) and not marks.is_trained(order.engine_id):
                order = replace(order, marked_as=made_by)
        else:
            expected, size = notices_of(self.form.fit, size), (fitted.width, fitted.height)
            kept = tuple(notice for notice in order.notices if notice not in expected)
            told = notices_of(self.form.fit, size) if fitted.is_changed else ()
            order = replace(order, width=size[0], height=size[1], notices=(*kept, *told))
        start = Start([Input(role="first", data=fitted.png, size=size)], fitted.png, made_by)
        return await services.prepared(
            terms, order, price_mc, job_id, start, is_private=self.is_private
        )

    async def cheaper(self, room_mc: int) -> Sequence[CheaperOffer]:
        """A shorter video."""
        each_mc = self.services.each_mc(self.form.engine_id)
        segments = min(room_mc // each_mc, self.form.segments - 1)
        if segments < 1:
            return []
        engine = self.services.engine(self.form.engine_id)
        length_s = round(engine.segment_s * segments)
        shorter = draft_of(replace(self.form, segments=segments), [self.source])
        label = f"{seconds(length_s)} · {money.price(each_mc * segments)}"
        quote = Quote(price_mc=each_mc * segments, engine_id=engine.id)
        return [CheaperOffer(label=label, draft=shorter, quote=quote)]

    def question_card(
        self, order: VideoOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        """The question whether the film is worth its price."""
        yes = Press(
            "animate_confirm",
            draft_id,
            say("Animate · {price}", price=money.price(price_mc)),
            PRIMARY,
        )
        edit = Press(EDIT_ACTION, draft_id, say("Edit"))
        return video_question_card(order, price_mc, available_mc, [yes, edit])


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRemakeRequest(JobRequest[VideoOrder]):
    """A video that is made from the parts of another one, longer or with another camera move."""

    services: VideoServices
    order: VideoOrder
    parts: Sequence[Input]

    @property
    def draft(self) -> dict[str, Any]:
        """The film that it is made from: nothing of it can be typed again."""
        return {"kind": REMAKE, "job": self.parent_id}

    async def read(self) -> VideoOrder:
        """The order as it was put together."""
        return self.order

    def price_mc(self, order: VideoOrder) -> int:
        """The price of the new segments; a camera move has none."""
        return self.services.each_mc(order.engine_id) * order.segments if order.segments else 0

    async def prepare(
        self, terms: Terms, order: VideoOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The parts, with a preview of where they end."""
        last = max(
            (part for part in self.parts if part.role == "last"), key=lambda part: part.position
        )
        kept = [part for part in self.parts if part.role != PREVIEW_ROLE]
        start = Start(kept, last.data, order.marked_as or order.engine_id)
        return await self.services.prepared(
            terms, order, price_mc, job_id, start, is_private=self.is_private
        )

    def question_card(
        self, order: VideoOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        """The question whether the new part is worth its price."""
        button = Press(
            "extend_confirm",
            draft_id,
            say("Extend · {price}", price=money.price(price_mc)),
            PRIMARY,
        )
        return video_question_card(order, price_mc, available_mc, [button])


def draft_of(form: VideoRequestForm, sources: Sequence[Source]) -> dict[str, Any]:
    """What is kept of a video that is asked for, with the pictures to choose from."""
    return {
        "kind": VIDEO,
        "wish": form.to_json(),
        "sources": [source.to_json() for source in sources],
    }
