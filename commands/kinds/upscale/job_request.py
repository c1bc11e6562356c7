"""What a member asks of a picture that is to be larger, on its way to a job."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.errors import DraftGone
from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.kept_request import KeptRequest, Quote
from commands.kinds.marks import mark_of
from commands.kinds.upscale.cards import (
    MAKE_ACTION,
    upscale_question_card,
    upscale_waiting_card,
)
from commands.kinds.upscale.offers import UpscaleOffer, enlarged, offers_for
from generation.pricing import upscale_price_mc
from generation.request import ImageRequest
from jobs.errors import TooLate
from jobs.orders.by_kind import order_of
from jobs.orders.order import GIVEN, Input
from jobs.orders.upscale import UpscaleOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.view import OfferedEngines
    from commands.ui.cards import Card
    from generation.catalogue.engine import Engine
    from jobs.forecast import Forecast
    from jobs.orders.order import Order
    from jobs.records import JobRecords
    from jobs.rules.terms import Terms
    from jobs.videos import Picture, Videos
    from storage.jobs.jobs import Job

UPSCALE = "upscale"
"""The kind of a draft of an upscale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleServices:
    """What upscales are read, priced and prepared with."""

    records: JobRecords
    videos: Videos
    engines: OfferedEngines
    forecast: Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleForm:
    """Which picture of which job an engine is to make larger."""

    job_id: str
    position: int
    engine_id: str

    def to_json(self) -> dict[str, Any]:
        """Plain data for a draft."""
        return {"kind": UPSCALE, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> UpscaleForm:
        """The form that `to_json` wrote.

        Raises:
            DraftGone: it is no upscale.
        """
        if data.get("kind") != UPSCALE:
            raise DraftGone
        return cls(**{key: value for key, value in data.items() if key != "kind"})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpscaleJobRequest(JobRequest[UpscaleOrder]):
    """An upscale."""

    services: UpscaleServices
    form: UpscaleForm

    cheaper_action = MAKE_ACTION

    @property
    def draft(self) -> dict[str, Any]:
        """The form."""
        return self.form.to_json()

    @property
    def least_mc(self) -> int:
        """The least that any engine takes for an upscale."""
        return min(upscale_price_mc(engine) for engine in self._engines)

    async def read(self) -> UpscaleOrder:
        """The upscale, where its picture is kept and the engine takes it."""
        engine = self.services.engines.upscalers.get(self.form.engine_id)
        job = await self.services.records.get(self.form.job_id)
        picture = await self.services.videos.picture(job, self.form.position)
        return upscale_order(job, picture, engine, self.services.engines)

    def price_mc(self, order: UpscaleOrder) -> int:
        """The price of the engine."""
        return upscale_price_mc(self.services.engines.upscalers.get(order.engine_id))

    async def prepare(
        self, terms: Terms, order: UpscaleOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The picture, and the card with the expected wait."""
        services, form = self.services, self.form
        if services.engines.is_unfiltered(terms.asker):
            order = replace(order, request=replace(order.request, unfiltered=True))
        job = await services.records.get(form.job_id)
        still = await services.videos.still(job, form.position)
        wait_estimate = await services.forecast.wait_estimate(terms, order.engine_id, price_mc)
        engine = services.engines.known.find(order.engine_id)
        return Prepared(
            inputs=[Input(role=GIVEN, data=still.data, size=still.size)],
            make_card=lambda: upscale_waiting_card(
                terms.asker.member_id,
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
        """The engines that cost less and take the picture."""
        job = await self.services.records.get(self.form.job_id)
        picture = await self.services.videos.picture(job, self.form.position)
        return [
            CheaperOffer(
                label=offer.label,
                draft=form_of(job, picture, offer).to_json(),
                quote=quote_of(offer),
            )
            for offer in offers_for(picture.size, self._engines)
            if offer.price_mc <= room_mc
        ]

    def question_card(
        self, order: UpscaleOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        """The question whether the larger picture is worth its price."""
        engine = self.services.engines.upscalers.get(order.engine_id)
        offer = UpscaleOffer(engine, price_mc, enlarged(order.size, engine))
        return upscale_question_card(order, offer, available_mc, draft_id)

    @property
    def _engines(self) -> Sequence[Engine]:
        return tuple(self.services.engines.upscalers)


def form_of(job: Job, picture: Picture, offer: UpscaleOffer) -> UpscaleForm:
    """The form of an offer for one picture of a job."""
    return UpscaleForm(job_id=job.id, position=picture.position, engine_id=offer.engine.id)


def quote_of(offer: UpscaleOffer) -> Quote:
    """What a press of the offer's button agrees to."""
    return Quote(price_mc=offer.price_mc, engine_id=offer.engine.id)


def draft_of(job: Job, picture: Picture, offer: UpscaleOffer) -> dict[str, Any]:
    """What is kept for the button of an offer."""
    kept = KeptRequest(parent_id=job.id, quote=quote_of(offer))
    return kept.beside(form_of(job, picture, offer).to_json())


def upscale_order(
    job: Job, picture: Picture, engine: Engine, engines: OfferedEngines
) -> UpscaleOrder:
    """The upscale of a picture of a job by that engine.

    Raises:
        TooLate: the job was forgotten, or it drew no such picture.
    """
    order = order_of(job)
    drawn = _request_at(order, picture.position)
    width, height = enlarged(picture.size, engine)
    request = ImageRequest(
        engine_id=engine.id,
        prompts=drawn.prompts,
        width=width,
        height=height,
        seed=min(picture.seed, engine.max_seed),
        steps=engine.default_steps if engine.takes_prompt else 0,
        cfg_scale=engine.default_cfg_scale if engine.takes_prompt else 0.0,
        strength=0.0,
    )
    return UpscaleOrder(
        title=order.title,
        request=request,
        size=picture.size,
        marked_as=mark_of(engine, job, engines),
    )


def _request_at(order: Order, position: int) -> ImageRequest:
    """The request that drew the picture of that position."""
    first = 0
    for request in order.requests:
        first += request.samples
        if position < first:
            return request
    raise TooLate
