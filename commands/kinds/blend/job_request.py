"""What a member asks to blend, on its way to a job."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.kinds.blend.form import BlendForm, kept_jobs
from commands.kinds.blend.read import read_blend
from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.kept_request import Quote
from commands.kinds.marks import mark_of
from commands.kinds.pricing import pictures_price_mc
from commands.ui.cards import Card, confirm_card, waiting_card
from commands.ui.text import pictures
from generation import credits as money
from jobs.orders.blend import BLENDED, BlendOrder
from jobs.orders.by_kind import marked_as
from jobs.orders.order import Input

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.view import OfferedEngines
    from commands.services import JobServices
    from commands.uploads import Uploads
    from jobs.rules.terms import Terms
    from jobs.videos import Videos

PREFIX = "blend_"
"""How the actions of blends begin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendServices:
    """What blends are read, priced and prepared with."""

    jobs: JobServices
    engines: OfferedEngines
    uploads: Uploads
    videos: Videos


@dataclass(frozen=True, slots=True, kw_only=True)
class BlendJobRequest(JobRequest[BlendOrder]):
    """A blend."""

    services: BlendServices
    form: BlendForm

    cheaper_action = f"{PREFIX}cheaper"
    redo_action = f"{PREFIX}redo"

    @property
    def draft(self) -> dict[str, Any]:
        """The form."""
        return self.form.to_json()

    @property
    def parent_ids(self) -> Sequence[str]:
        """The blend whose pictures are used again, or the jobs whose results are blended."""
        if self.form.pictures_of:
            return [self.form.pictures_of]
        return kept_jobs(self.form.sources)

    @property
    def text(self) -> str:
        """The words."""
        return self.form.asked.prompt

    @property
    def typed_text(self) -> str:
        """The words with the options."""
        return self.form.whole_text

    async def read(self) -> BlendOrder:
        """The blend, where its pictures can be taken and are kept."""
        order = self._read()
        for source in self.form.sources:
            if source.upload:
                self.services.uploads.check(source.field, source.upload)
            elif source.kept and not self.form.pictures_of:
                job = await self.services.jobs.records.get(source.kept.job_id)
                await self.services.videos.picture(job, source.kept.position)
        self.check_private(order.pictures)
        return replace(order, marked_as=await self._mark(order))

    def price_mc(self, order: BlendOrder) -> int:
        """The price of all pictures."""
        return pictures_price_mc(order, self.services.engines.catalogue)

    async def prepare(
        self, terms: Terms, order: BlendOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The pictures in the size of the result, and the card with the expected wait."""
        if self.services.engines.is_unfiltered(terms.asker):
            requests = tuple(replace(request, unfiltered=True) for request in order.requests)
            order = replace(order, requests=requests)
        size, author_id = (order.first.width, order.first.height), terms.asker.member_id
        given = await self._pictures(author_id, size)
        forecast = self.services.jobs.forecast
        wait_estimate = await forecast.wait_estimate(terms, order.engine_id, price_mc)
        return Prepared(
            inputs=[
                Input(role=BLENDED, data=data, size=size, position=position)
                for position, data in enumerate(given)
            ],
            make_card=lambda: waiting_card(
                author_id, order, job_id, price_mc, wait_estimate, is_private=self.is_private
            ),
            order=order,
        )

    async def cheaper(self, room_mc: int) -> Sequence[CheaperOffer]:
        """As many pictures as there is room for, of a blend without permutations."""
        order = self._read()
        each_mc = order.charge_mc(self.price_mc(order), 1)
        count = min(room_mc // each_mc, order.pictures - 1)
        if count < 1 or len({request.prompts for request in order.requests}) > 1:
            return []
        fewer = replace(self.form, asked=replace(self.form.asked, count=count))
        quote = Quote(price_mc=each_mc * count, engine_id=order.engine_id)
        label = f"{pictures(count)} · {money.price(quote.price_mc)}"
        return [CheaperOffer(label=label, draft=fewer.to_json(), quote=quote)]

    def question_card(
        self, order: BlendOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        """The question whether the pictures are worth their price."""
        return confirm_card(order, price_mc, available_mc, draft_id, prefix=PREFIX)

    def _read(self) -> BlendOrder:
        engines = self.services.engines
        return read_blend(self.form, engines.catalogue, engines.default.id)

    async def _mark(self, order: BlendOrder) -> str:
        """The trained model that had a part in one of the pictures, where the engine is none."""
        records, engines = self.services.jobs.records, self.services.engines
        engine = engines.catalogue.get(order.engine_id)
        if engine.has_model:
            return ""
        if self.form.pictures_of:
            mark = marked_as(await records.get(self.form.pictures_of))
            return "" if mark == engine.id else mark
        for job_id in kept_jobs(self.form.sources):
            mark = mark_of(engine, await records.get(job_id), engines)
            if mark != engine.id:
                return mark
        return ""

    async def _pictures(self, member_id: int, size: tuple[int, int]) -> list[bytes]:
        """The pictures as PNG of that size."""
        records, uploads = self.services.jobs.records, self.services.uploads
        if self.form.pictures_of:
            given = await records.given(await records.get(self.form.pictures_of), BLENDED)
            return [await uploads.fit(member_id, "image", data, size) for data in given]
        found: list[bytes] = []
        for source in self.form.sources:
            if source.upload:
                found.append(await uploads.prepare(member_id, source.field, source.upload, size))
            elif source.kept:
                job = await records.get(source.kept.job_id)
                still = await self.services.videos.still(job, source.kept.position)
                found.append(await uploads.fit(member_id, source.field, still.data, size))
        return found
