"""What a member asks of a video, on its way to a job: a new one, or one made from another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.video.cards import PREVIEW, video_waiting_card
from commands.kinds.video.read import VIDEO, VideoRequestForm, video_order
from generation import credits as money
from generation.pricing import segment_price_mc
from jobs.errors import NoVideos
from jobs.orders.order import Input
from jobs.orders.video import VideoOrder
from media.fit import preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from commands.kinds.video.sources import Source
    from commands.services import MediaServices
    from generation.catalogue.catalogue import Engine
    from jobs.kinds.video.sources import Videos
    from jobs.records import JobRecords
    from jobs.rules.terms import Asker


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoServices:
    """What videos are read, priced and prepared with."""

    records: JobRecords
    videos: Videos
    media: MediaServices
    now: Callable[[], datetime]

    @property
    def engine(self) -> Engine:
        """What makes videos here.

        Raises:
            NoVideos
        """
        engine = self.videos.engine
        if engine is None:
            raise NoVideos
        return engine

    @property
    def each_mc(self) -> int:
        """What a segment costs, in millicredits.

        Raises:
            NoVideos
        """
        return segment_price_mc(self.engine)

    async def prepared(
        self, asker: Asker, order: VideoOrder, price_mc: int, job_id: str, start: Start
    ) -> Prepared:
        """The job's inputs with a preview of the picture that it starts from, and its card."""
        small = await self._preview(start)
        outlook = await self.videos.outlook(order, price_mc)
        ready_at = self.now() + outlook.ready_in if outlook.ready_in else None
        size = (order.width, order.height)
        shown = Input(role="preview", data=small, size=size, mime="image/jpeg")
        return Prepared(
            inputs=[*start.inputs, shown],
            make_card=lambda: video_waiting_card(
                asker.member_id, order, job_id, price_mc, ready_at
            ),
            files=[(PREVIEW, small)],
        )

    async def _preview(self, start: Start) -> bytes:
        """A small JPEG, marked where an engine made the picture: an upload is its member's."""
        marks, made_by = self.media.marks, start.made_by
        source_type = marks.source_type(made_by) if made_by else None
        small = await self.media.pool.run(preview, start.png, source_type)
        return await marks.picture(small, "image/jpeg", made_by) if made_by else small


@dataclass(frozen=True, slots=True)
class Start:
    """The inputs of a video and the picture that it starts from; the engine that made that."""

    inputs: Sequence[Input]
    png: bytes
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoJobRequest(JobRequest[VideoOrder]):
    """A video of a picture."""

    services: VideoServices
    form: VideoRequestForm
    source: Source

    cheaper_action = "shorter"

    @property
    def draft(self) -> dict[str, Any]:
        """The form and the picture."""
        return draft_of(self.form, [self.source])

    async def read(self) -> VideoOrder:
        """The video, where the picture can be taken."""
        engine = self.services.engine
        if self.source.upload is not None:
            self.services.media.uploads.check("image", self.source.upload)
        return video_order(self.form, engine, self.source)

    def price_mc(self, order: VideoOrder) -> int:
        """The price of all segments."""
        return self.services.each_mc * order.segments

    async def prepare(
        self, asker: Asker, order: VideoOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The picture in the size of the video, and the card with the expected wait."""
        services, source, size = self.services, self.source, (order.width, order.height)
        png = await source.fitted(services, asker.member_id, self.form.fit, size)
        made_by = ""
        if source.upload is None:
            made_by = (await services.records.get(source.job_id)).engine_id
        start = Start([Input(role="first", data=png, size=size)], png, made_by)
        return await services.prepared(asker, order, price_mc, job_id, start)

    async def cheaper(self, room_mc: int) -> Sequence[CheaperOffer]:
        """A shorter video."""
        each_mc = self.services.each_mc
        segments = min(room_mc // each_mc, self.form.segments - 1)
        if segments < 1:
            return []
        seconds = round(self.services.engine.segment_s * segments)
        shorter = draft_of(replace(self.form, segments=segments), [self.source])
        label = f"{seconds} s · {money.price(each_mc * segments)}"
        return [CheaperOffer(label=label, draft=shorter)]


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRemakeRequest(JobRequest[VideoOrder]):
    """A video that is made from the parts of another one, longer or with another camera move."""

    services: VideoServices
    order: VideoOrder
    parts: Sequence[Input]

    @property
    def draft(self) -> dict[str, Any]:
        """Nothing that can be typed again."""
        return {"kind": VIDEO}

    async def read(self) -> VideoOrder:
        """The order as it was put together."""
        return self.order

    def price_mc(self, order: VideoOrder) -> int:
        """The price of the new segments; a camera move has none."""
        return self.services.each_mc * order.segments if order.segments else 0

    async def prepare(
        self, asker: Asker, order: VideoOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The parts, with a preview of where they end."""
        last = max((one for one in self.parts if one.role == "last"), key=lambda one: one.position)
        kept = [one for one in self.parts if one.role != "preview"]
        start = Start(kept, last.data, order.engine_id)
        return await self.services.prepared(asker, order, price_mc, job_id, start)


def draft_of(form: VideoRequestForm, sources: Sequence[Source]) -> dict[str, Any]:
    """What is kept of a video that is asked for, with the pictures to choose from."""
    return {
        "kind": VIDEO,
        "wish": form.to_json(),
        "sources": [source.to_json() for source in sources],
    }
