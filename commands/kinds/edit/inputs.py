"""What an edit is given: the picture in its size, and the mask of the part that changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from commands.kinds.edit.layout import layout_of
from commands.kinds.edit.read import sides_of, with_layout
from commands.kinds.image.edits import TRANSPARENT, named_area
from generation.edits import EditAction
from jobs.errors import TooLate
from jobs.orders.order import GIVEN, MASK, Input

if TYPE_CHECKING:
    from commands.kinds.edit.form import EditForm
    from commands.kinds.image.job_request import ImageServices
    from generation.catalogue.engine import Engine
    from jobs.orders.edit import EditOrder

    Size = tuple[int, int]


class EditInputs:
    """Reads the pictures of a form for a member; `engine` edits them."""

    def __init__(
        self, services: ImageServices, form: EditForm, engine: Engine, member_id: int
    ) -> None:
        self._services = services
        self._form = form
        self._engine = engine
        self._member_id = member_id

    async def read(self, order: EditOrder) -> tuple[EditOrder, list[Input]]:
        """The order, as the picture turned out to lie, and its inputs.

        Raises:
            BadUpload, TooLate
        """
        if self._form.image is not None:
            order, given, mask, seen = await self._attached(order)
        else:
            given, seen = await self._kept(order)
            mask = b""
        size = order.size
        if order.action is EditAction.ERASE and not mask:
            mask = await self._mask(size, seen)
        if order.action is EditAction.OUTPAINT and order.uses_mask:
            sides = layout_of(self._engine, *_asked(self._form)).sides
            extended = await self._services.uploads.extend(given, sides)
            given, mask = extended.png, extended.mask
            size = (order.request.width, order.request.height)
        inputs = [Input(role=GIVEN, data=given, size=size)]
        if mask:
            inputs.append(Input(role=MASK, data=mask, size=size))
        return order, inputs

    async def _attached(self, order: EditOrder) -> tuple[EditOrder, bytes, bytes, Size]:
        """The order, the attached picture, the mask that it has in itself, and its size."""
        image, (width, height) = self._form.image, order.size
        if image is None:
            raise TooLate
        is_mask = order.action is EditAction.ERASE and self._form.area == TRANSPARENT
        sizes = [(width, height), (height, width)]
        start = await self._services.uploads.prepare_start(
            self._member_id, "image", image, sizes, is_mask=is_mask
        )
        if start.size != order.size:
            # Discord tells the size of a photo as it was stored, perhaps on its side.
            lying = replace(image, width=image.height, height=image.width)
            self._form = replace(self._form, image=lying)
            order = with_layout(order, layout_of(self._engine, *_asked(self._form)))
        return order, start.png, start.mask, start.seen

    async def _kept(self, order: EditOrder) -> tuple[bytes, Size]:
        """The picture of a result, in the order's size, and its own size."""
        kept, services = self._form.kept_image, self._services
        if kept is None:
            raise TooLate
        job = await services.jobs.records.get(kept.job_id)
        still = await services.videos.still(job, kept.position)
        fitted = await services.uploads.fit(self._member_id, "image", still.data, order.size)
        return fitted, still.size

    async def _mask(self, size: Size, seen: Size) -> bytes:
        form, uploads = self._form, self._services.uploads
        if area := named_area(form):
            return await uploads.mask_of(area, size)
        if form.mask is None:
            raise TooLate
        return await uploads.prepare_mask(self._member_id, "mask", form.mask, size, seen)


def _asked(form: EditForm) -> tuple[Size, tuple[int, int, int, int]]:
    return form.picture_size, sides_of(form)
