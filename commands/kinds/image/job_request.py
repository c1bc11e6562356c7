"""What a member asks to draw, on its way to a job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.kinds.image.cuts import is_asked_about
from commands.kinds.image.edits import TRANSPARENT, named_area
from commands.kinds.image.kept_picture import with_mark
from commands.kinds.image.offers import cheaper
from commands.kinds.image.read import ImageRequestForm, read, whole_text
from commands.kinds.image.shapes import equal_sizes, has_free_shape, reshaped, start_shape
from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.pricing import pictures_price_mc
from commands.ui.cards import Card, confirm_card, waiting_card
from generation.stability.start_sizes import engine_for
from jobs.orders.image import ImageOrder
from jobs.orders.order import Input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.image.kept_picture import KeptPicture
    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices
    from commands.upload import Upload
    from commands.uploads import Uploads
    from jobs.rules.terms import Terms
    from jobs.videos import Still, Videos
    from media.verify import FittedUpload


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageServices:
    """What pictures are read, priced and prepared with."""

    jobs: JobServices
    engines: OfferedEngines
    uploads: Uploads
    videos: Videos


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageJobRequest(JobRequest[ImageOrder]):
    """Pictures."""

    services: ImageServices
    form: ImageRequestForm

    redo_action = "redo"
    without_action = "without"

    @property
    def draft(self) -> dict[str, Any]:
        """The form."""
        return self.form.to_json()

    @property
    def text(self) -> str:
        """The prompt."""
        return self.form.prompt

    @property
    def typed_text(self) -> str:
        """The prompt with the options."""
        return whole_text(self.form)

    async def read(self) -> ImageOrder:
        """The pictures to draw, where what is attached can be taken."""
        engines, source = self.services.engines, await self._source()
        order = read(self.form, engines.catalogue, engines.default.id, uploads_of=source)
        for field, upload in self._attached:
            self.services.uploads.check(field, upload)
        self.check_private(order.pictures)
        return await self._marked(order, source)

    def price_mc(self, order: ImageOrder) -> int:
        """The price of all pictures."""
        return pictures_price_mc(order, self.services.engines.catalogue)

    async def prepare(
        self, terms: Terms, order: ImageOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The uploads in the size of the pictures, and the card with the expected wait."""
        if self.services.engines.is_unfiltered(terms.asker):
            requests = tuple(replace(request, unfiltered=True) for request in order.requests)
            order = replace(order, requests=requests)
        order, inputs = await self._inputs(terms.asker.member_id, order)
        forecast = self.services.jobs.forecast
        wait_estimate = await forecast.wait_estimate(terms, order.engine_id, price_mc)
        return Prepared(
            inputs=inputs,
            make_card=lambda: waiting_card(
                terms.asker.member_id,
                order,
                job_id,
                price_mc,
                wait_estimate,
                is_private=self.is_private,
            ),
            order=order,
        )

    async def cheaper(self, room_mc: int) -> Sequence[CheaperOffer]:
        """Fewer pictures, smaller ones, or ones of fewer steps."""
        engines = self.services.engines
        offers = cheaper(
            self.form,
            engines.catalogue,
            engines.default.id,
            uploads_of=await self._source(),
            room_mc=room_mc,
        )
        return [
            CheaperOffer(label=offer.label, draft=offer.form.to_json(), quote=offer.quote)
            for offer in offers
        ]

    def asks_about(self, order: ImageOrder) -> bool:
        """Whether much of the picture to start from is cut off."""
        size = (order.first.width, order.first.height)
        return is_asked_about(start_shape(self.form, None), size)

    def question_card(
        self, order: ImageOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        """The question whether the pictures are worth their price."""
        return confirm_card(order, price_mc, available_mc, draft_id)

    @property
    def _attached(self) -> Sequence[tuple[str, Upload]]:
        fields = (
            ("image", self.form.image),
            ("mask", self.form.mask),
            ("control", self.form.control),
        )
        return [(name, upload) for name, upload in fields if upload]

    async def _source(self) -> ImageOrder | None:
        """The order of the job whose uploads are used again."""
        if not self.form.uploads_of or self.form.image is not None:
            return None
        job = await self.services.jobs.records.get(self.form.uploads_of)
        return ImageOrder.from_json(job.spec)

    async def _marked(self, order: ImageOrder, source: ImageOrder | None) -> ImageOrder:
        """The order with the mark of a trained model that had a part in what it starts from.

        Raises:
            TooLate: the picture of a result that it starts from is not there any more.
        """
        drew = None
        if wanted := self.form.kept_image:
            drew = await self.services.jobs.records.get(wanted.job_id)
            await self.services.videos.picture(drew, wanted.position)
        return with_mark(order, self.services.engines, drew=drew, uploads_of=source)

    async def _kept_image(self, wanted: KeptPicture) -> Still:
        job = await self.services.jobs.records.get(wanted.job_id)
        return await self.services.videos.still(job, wanted.position)

    async def _inputs(self, member_id: int, order: ImageOrder) -> tuple[ImageOrder, list[Input]]:
        """The pictures that are given, and the order in the size that the first of them decides."""
        records, uploads = self.services.jobs.records, self.services.uploads
        found: dict[str, bytes] = {}
        seen: tuple[int, int] | None = None
        if self.form.image:
            start = await self._start(member_id, self.form.image, order)
            found["init"], seen = start.png, start.seen
            if start.mask:
                found["mask"] = start.mask
            engine = self.services.engines.catalogue.get(order.engine_id)
            engine = engine_for(engine, has_image=True, has_mask=order.uses_mask)
            is_free = has_free_shape(self.form)
            order = reshaped(order, start.size, seen, engine, is_free=is_free)
        size = (order.first.width, order.first.height)
        if self.form.kept_image:
            kept_image = await self._kept_image(self.form.kept_image)
            seen = kept_image.size
            found["init"] = await uploads.fit(member_id, "image", kept_image.data, size)
        if area := named_area(self.form):
            found["mask"] = await uploads.mask_of(area, size)
        if self.form.uploads_of:
            kept = await records.uploads(await records.get(self.form.uploads_of))
            for role, data in kept.items():
                if role not in found:
                    # An edit may have changed the size.
                    found[role] = await uploads.fit(member_id, role, data, size)
        if self.form.mask:
            found["mask"] = await uploads.prepare_mask(
                member_id, "mask", self.form.mask, size, seen or size
            )
        if self.form.control:
            found["control"] = await uploads.prepare(member_id, "control", self.form.control, size)
        return order, [Input(role=role, data=data, size=size) for role, data in found.items()]

    async def _start(self, member_id: int, image: Upload, order: ImageOrder) -> FittedUpload:
        """The attached picture, with the mask that it has in itself where that is the area."""
        return await self.services.uploads.prepare_start(
            member_id,
            "image",
            image,
            self._sizes(order),
            is_mask=self.form.area == TRANSPARENT,
        )

    def _sizes(self, order: ImageOrder) -> Sequence[tuple[int, int]]:
        """What the picture to start from may become: other shapes where nobody named one."""
        size = (order.first.width, order.first.height)
        if not has_free_shape(self.form):
            return [size]
        engine = self.services.engines.catalogue.get(order.engine_id)
        others = equal_sizes(order, engine, self.price_mc)
        # Discord tells the size of a photo as it was stored, perhaps on its side.
        sized = engine_for(engine, has_image=order.uses_init, has_mask=order.uses_mask)
        return [size, *others] if sized is engine else [size, (size[1], size[0]), *others]
