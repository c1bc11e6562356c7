"""What a member asks to be done to a picture, on its way to a job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.kinds.edit.cards import (
    MAKE_ACTION,
    REDO_ACTION,
    edit_question_card,
    edit_waiting_card,
)
from commands.kinds.edit.inputs import EditInputs
from commands.kinds.edit.read import read
from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.kept_request import Quote
from commands.kinds.marks import mark_of
from commands.ui.facts import drawn_by
from generation import credits as money
from generation.pricing import price_mc
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of
from jobs.orders.edit import EditOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.edit.form import EditForm
    from commands.kinds.image.job_request import ImageServices
    from commands.ui.cards import Card
    from generation.catalogue.engine import Engine
    from jobs.rules.terms import Terms
    from storage.jobs.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class EditJobRequest(JobRequest[EditOrder]):
    """An edit."""

    services: ImageServices
    form: EditForm

    cheaper_action = MAKE_ACTION
    redo_action = REDO_ACTION

    @property
    def draft(self) -> dict[str, Any]:
        """The form."""
        return self.form.to_json()

    @property
    def can_redo(self) -> bool:
        """Whether it is told something in words."""
        return self.form.has_texts

    @property
    def text(self) -> str:
        """The words."""
        return self.form.words

    @property
    def typed_text(self) -> str:
        """All that was typed."""
        return "\n".join(text for text in (self.form.search, self.form.words) if text)

    async def read(self) -> EditOrder:
        """The edit, where its picture can be taken and an engine does it."""
        form, services = self.form, self.services
        for field, upload in (("image", form.image), ("mask", form.mask)):
            if upload is not None:
                services.uploads.check(field, upload)
        if form.kept_image is None:
            return read(form, services.engines, "", "")
        job = await self._job()
        pictures = await services.videos.pictures(job)
        position = form.kept_image.position
        if all(picture.position != position for picture in pictures):
            raise TooLate
        source = order_of(job)
        words = next((one.text for one in source.requests[0].prompts if one.weight > 0), "")
        order = read(form, services.engines, source.title, words)
        engine = self._engine(order)
        return replace(order, marked_as=mark_of(engine, job, services.engines))

    def price_mc(self, order: EditOrder) -> int:
        """The price of the engine for it."""
        return price_mc(order.request, self._engine(order), has_mask=order.uses_mask)

    async def prepare(self, terms: Terms, order: EditOrder, price_mc: int, job_id: str) -> Prepared:
        """The picture with its mask, and the card with the expected wait."""
        engine, member_id = self._engine(order), terms.asker.member_id
        inputs = EditInputs(self.services, self.form, engine, member_id)
        order, given = await inputs.read(order)
        wait_estimate = await self.services.jobs.forecast.wait_estimate(
            terms, order.engine_id, price_mc
        )
        return Prepared(
            inputs=given,
            make_card=lambda: edit_waiting_card(
                member_id,
                order,
                engine,
                job_id,
                price_mc,
                wait_estimate,
                is_private=self.is_private,
            ),
            order=order,
        )

    async def cheaper(self, room_mc: int) -> Sequence[CheaperOffer]:
        """The engines that do it for less."""
        offers: list[CheaperOffer] = []
        wanted = await self.read()
        for engine in self.services.engines.editors_for(self.form.action):
            if engine.id == wanted.engine_id:
                continue
            request = replace(self, form=replace(self.form, engine=engine.id))
            order = await request.read()
            cost_mc = request.price_mc(order)
            if cost_mc <= room_mc:
                label = f"{drawn_by(engine, engine.id)} · {money.price(cost_mc)}"
                quote = Quote(price_mc=cost_mc, engine_id=engine.id)
                offers.append(CheaperOffer(label=label, draft=request.draft, quote=quote))
        return offers

    def question_card(
        self, order: EditOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        """The question whether the edit is worth its price."""
        return edit_question_card(order, price_mc, available_mc, draft_id, can_redo=self.can_redo)

    def _engine(self, order: EditOrder) -> Engine:
        return self.services.engines.find_editor(order.engine_id)

    async def _job(self) -> Job:
        kept = self.form.kept_image
        if kept is None:
            raise TooLate
        return await self.services.jobs.records.get(kept.job_id)
