"""What a member asks of a morph, on its way to a job: its price is shown first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.kept_request import Quote
from commands.kinds.morph.cards import morph_quote_card, morph_waiting_card
from commands.kinds.morph.read import MorphRequestForm, at_fault, read_morph
from commands.kinds.pricing import pictures_price_mc
from commands.languages import say
from generation import credits as money
from jobs.orders.morph import MIN_FRAMES, MorphOrder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from commands.kinds.view import OfferedEngines
    from commands.ui.cards import Card
    from jobs.forecast import Forecast
    from jobs.rules.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class MorphJobRequest(JobRequest[MorphOrder]):
    """A morph."""

    engines: OfferedEngines
    forecast: Forecast
    form: MorphRequestForm

    cheaper_action = "morph_draw"
    redo_action = "morph_redo"

    @property
    def draft(self) -> dict[str, Any]:
        """The form."""
        return self.form.to_json()

    @property
    def text(self) -> str:
        """The prompt with the mistake."""
        return at_fault(self.form)

    @property
    def typed_text(self) -> str:
        """All prompts, a line each."""
        return self.form.whole_text

    def asks_about(self, order: MorphOrder) -> bool:
        """Always: it draws many pictures."""
        del order
        return True

    async def read(self) -> MorphOrder:
        """The morph between the prompts."""
        return self._read()

    def price_mc(self, order: MorphOrder) -> int:
        """The price of all frames."""
        return pictures_price_mc(order, self.engines.catalogue)

    async def prepare(
        self, terms: Terms, order: MorphOrder, price_mc: int, job_id: str
    ) -> Prepared:
        """The card with the expected wait; a morph has no inputs."""
        if self.engines.is_unfiltered(terms.asker):
            order = replace(order, settings=replace(order.settings, unfiltered=True))
        engine = self.engines.catalogue.get(order.engine_id)
        wait_estimate = await self.forecast.wait_estimate(terms, order.engine_id, price_mc)
        return Prepared(
            inputs=(),
            make_card=lambda: morph_waiting_card(
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
        """As many frames as there is room for."""
        order = self._read()
        each_mc = order.charge_mc(self.price_mc(order), 1)
        count = room_mc // each_mc
        if not MIN_FRAMES <= count < order.frames:
            return []
        fewer = replace(self.form, frames=str(count))
        label = say("{count} frames · {price}", count=count, price=money.price(each_mc * count))
        quote = Quote(price_mc=each_mc * count, engine_id=order.engine_id)
        return [CheaperOffer(label=label, draft=fewer.to_json(), quote=quote)]

    def question_card(
        self, order: MorphOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        """What the morph will be and what it costs."""
        engine = self.engines.catalogue.get(order.engine_id)
        return morph_quote_card(order, engine, price_mc, available_mc, draft_id)

    def _read(self) -> MorphOrder:
        return read_morph(self.form, self.engines.catalogue, self.engines.default.id)
