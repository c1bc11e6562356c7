"""A submission over a real database, for the tests of orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commands.acceptance import Acceptance, Phase, PricedOrder
from commands.in_flight import InFlightOrders
from commands.kinds.job_request import CheaperOffer, JobRequest, Prepared
from commands.kinds.kept_request import Quote
from commands.services import JobServices, PendingOrders, RuleServices
from commands.studio.member_preferences import MemberPreferences
from commands.submission import Submission
from commands.ui.cards import Card, note_card
from jobs.guilds import Guilds
from jobs.history import JobHistory
from jobs.orders.image import ImageOrder
from jobs.results.fingerprints import Fingerprints
from jobs.rules.disk import Space
from media.pool import MediaPool
from storage.jobs.complaints import Complaints
from storage.jobs.drafts import Drafts
from storage.ledger.accounts import Account
from tests.commands.interactions import MEMBER, an_interaction
from tests.jobs.harness import ENGINE_ID, PRICE_MC, an_order
from tests.jobs.office import Office

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from jobs.rules.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing(JobRequest[ImageOrder]):
    """A picture; `before` is waited for when it is prepared."""

    each_mc: int = PRICE_MC
    question: str = ""
    before: Callable[[str], Awaitable[None]] | None = None

    redo_action = "redo"

    @property
    def draft(self) -> dict[str, Any]:
        return {"prompt": "a fox"}

    @property
    def typed_text(self) -> str:
        return "a fox"

    async def read(self) -> ImageOrder:
        return an_order()

    def price_mc(self, order: ImageOrder) -> int:
        return self.each_mc * order.pictures

    async def prepare(
        self, terms: Terms, order: ImageOrder, price_mc: int, job_id: str
    ) -> Prepared:
        if self.before:
            await self.before(job_id)
        return Prepared(inputs=(), make_card=lambda: note_card("its own card", job_id))

    async def cheaper(self, room_mc: int) -> Sequence[CheaperOffer]:
        quote = Quote(price_mc=PRICE_MC, engine_id=ENGINE_ID)
        return [CheaperOffer(label=f"for {room_mc}", draft={"prompt": "a small fox"}, quote=quote)]

    def must_confirm(
        self, order: ImageOrder, quote: Quote, available_mc: int, asks_from_mc: int | None = None
    ) -> bool:
        if self.agreed is None and self.shown is None:
            return bool(self.question)
        return JobRequest.must_confirm(self, order, quote, available_mc, asks_from_mc)

    def question_card(
        self, order: ImageOrder, price_mc: int, available_mc: int, draft_id: str
    ) -> Card:
        return note_card(f"{self.question} {price_mc} of {available_mc}, draft {draft_id}")


class Counter:
    """A submission over a real database, whose jobs are drawn by a scripted engine."""

    def __init__(self, office: Office) -> None:
        workshop = office.workshop
        self.office = office
        database = workshop.database
        self.jobs = JobServices(
            database=database,
            records=office.records,
            submission=office.submission,
            cancellation=office.cancellation,
            redelivery=workshop.redelivery,
            forecast=office.forecast(),
            complaints=Complaints(workshop.clock),
            history=JobHistory(database, workshop.clock),
            fingerprints=Fingerprints(database, workshop.artifacts, MediaPool()),
        )
        guilds = Guilds(database, workshop.rules, workshop.clock, None)
        self.rules = RuleServices(
            database=database, store=workshop.rules, limits=workshop.limits, guilds=guilds
        )
        self.pending = PendingOrders(
            database=database,
            drafts=Drafts(workshop.clock),
            unaccepted_cards=workshop.unaccepted_cards,
            in_flight=InFlightOrders(),
        )
        space = Space([workshop.folder], floor_bytes=0)
        preferences = MemberPreferences(database, workshop.clock)
        self.submission = Submission(self.jobs, self.rules, self.pending, preferences, space)

    @property
    def guild_id(self) -> int:
        return self.office.workshop.guild_id

    def interaction(self, **values: Any) -> Any:
        return an_interaction(self.guild_id, **values)

    async def accept(self, interaction: Any, request: Drawing, job_id: str, key: str = "") -> Phase:
        """One acceptance, up to the phase in which it ends."""
        order = await request.read()
        priced = PricedOrder(
            job_id=job_id,
            request=request,
            order=order,
            price_mc=request.price_mc(order),
            key=key or f"{self.guild_id}:{job_id}",
        )
        author = Account(self.guild_id, MEMBER)
        with self.pending.in_flight.order(priced.key, job_id, author):
            one = Acceptance(interaction, priced, self.jobs, self.rules, self.pending)
            return await one.run()

    async def is_noted(self, job_id: str) -> bool:
        """Whether a card would be taken back if the process died now."""
        return (
            await self.pending.database.read(self.pending.unaccepted_cards.get, job_id) is not None
        )
