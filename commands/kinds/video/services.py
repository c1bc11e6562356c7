"""What videos are read, priced and prepared with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from commands.kinds.job_request import Prepared
from commands.kinds.video.cards import PREVIEW_FILE, video_waiting_card
from generation.errors import UnknownEngine
from generation.pricing import segment_price_mc
from jobs.errors import NoVideos
from jobs.orders.order import PREVIEW_ROLE, Input
from media.fit import preview

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from commands.kinds.view import OfferedEngines
    from commands.services import MediaServices
    from generation.catalogue.catalogue import Engine
    from jobs.orders.video import VideoOrder
    from jobs.records import JobRecords
    from jobs.rules.terms import Terms
    from jobs.videos import Videos


@dataclass(frozen=True, slots=True)
class Start:
    """The inputs of a video and the picture that it starts from; the engine that made that."""

    inputs: Sequence[Input]
    png: bytes
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoServices:
    """What videos are read, priced and prepared with."""

    records: JobRecords
    videos: Videos
    engines: OfferedEngines
    media: MediaServices
    now: Callable[[], datetime]

    def engine(self, engine_id: str = "") -> Engine:
        """What makes videos here; the usual one where none is named.

        Raises:
            UnknownEngine: there is none of that id now.
            NoVideos
        """
        usual, engine = self.videos.engine, self.videos.find_engine(engine_id)
        if usual is None:
            raise NoVideos
        if engine is None:
            raise UnknownEngine(engine_id, usual.id)
        return engine

    def each_mc(self, engine_id: str = "") -> int:
        """What a segment costs, in millicredits.

        Raises:
            NoVideos, UnknownEngine
        """
        return segment_price_mc(self.engine(engine_id))

    async def prepared(
        self,
        terms: Terms,
        order: VideoOrder,
        price_mc: int,
        job_id: str,
        start: Start,
        *,
        is_private: bool,
    ) -> Prepared:
        """The job's inputs with a preview of the picture that it starts from, and its card."""
        if self.engines.is_unfiltered(terms.asker):
            order = replace(order, unfiltered=True)
        small = await self._preview(start)
        wait_estimate = await self.videos.wait_estimate(order, price_mc)
        ready_at = self.now() + wait_estimate.ready_in if wait_estimate.ready_in else None
        size = (order.width, order.height)
        shown = Input(role=PREVIEW_ROLE, data=small, size=size, mime="image/jpeg")
        return Prepared(
            inputs=[*start.inputs, shown],
            make_card=lambda: video_waiting_card(
                terms.asker.member_id, order, job_id, price_mc, ready_at, is_private=is_private
            ),
            files=[(PREVIEW_FILE, small)],
            order=order,
        )

    async def _preview(self, start: Start) -> bytes:
        """A small JPEG, marked where an engine made the picture: an upload is its member's."""
        marks, made_by = self.media.marks, start.made_by
        source_type = marks.source_type(made_by) if made_by else None
        small = await self.media.pool.run(preview, start.png, source_type)
        return await marks.picture(small, "image/jpeg", made_by) if made_by else small
