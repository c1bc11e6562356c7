"""The contract of what a kind hands over to have a job made: from what was asked to the card."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from commands.kinds.kept_request import KeptRequest
from commands.languages import say
from commands.ui.cards import MAX_GALLERY
from generation.errors import BadRequest
from generation.pricing import MIN_PICTURE_MC
from jobs.orders.order import Order
from jobs.rules.confirmation import must_confirm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from commands.kinds.kept_request import Quote
    from commands.ui.cards import Card
    from jobs.orders.order import Input
    from jobs.rules.terms import Terms

OrderT = TypeVar("OrderT", bound=Order)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a job is given, how it looks while it waits, and the files that its card shows.

    `order` stands for the one that was read, where its inputs turned out to be of another shape;
    it costs the same.
    """

    inputs: Sequence[Input]
    make_card: Callable[[], Card]
    files: Sequence[tuple[str, bytes]] = ()
    order: Order | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheaperOffer:
    """A cheaper variant of what was refused for its price: its button, its draft and its price."""

    label: str
    draft: dict[str, Any]
    quote: Quote


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequest(ABC, Generic[OrderT]):
    """What a member asks for, and all of it that depends on the kind.

    A second request of the same `key` makes no second job; without one, each request makes its
    own. `parent_id` is the job that it follows from. `later_mc` is what the member will pay for
    what follows from it: who has not enough for both is refused now. `agreed` is the price that the
    member has seen and pressed a button for; another one, or another engine, is asked about anew.
    `shown` is the price that stood on a button which asks by the member's mark; a higher one, or
    another engine, is asked about in any case.
    `wants_private` is what the member said of who sees it, None for their default; what then
    `is_private`, or follows from what is, is shown to them alone.

    `cheaper_action` takes a cheaper variant's draft, `redo_action` opens the draft of a refused
    request; None where there is no text to change. `without_action` takes the draft of one that was
    refused for its unknown options alone, and leaves them out.
    """

    key: str = ""
    parent_id: str | None = None
    later_mc: int = 0
    agreed: Quote | None = None
    shown: Quote | None = None
    wants_private: bool | None = None
    is_private: bool = False

    cheaper_action: ClassVar[str] = "cheaper"
    redo_action: ClassVar[str | None] = None
    without_action: ClassVar[str] = ""

    @property
    @abstractmethod
    def draft(self) -> dict[str, Any]:
        """What is kept of it while it is no job: after a refusal, or if the bot dies before."""

    @property
    def parent_ids(self) -> Sequence[str]:
        """All jobs that it follows from."""
        return [self.parent_id] if self.parent_id else []

    @property
    def text(self) -> str:
        """The typed text that a refusal points into."""
        return ""

    @property
    def can_redo(self) -> bool:
        """Whether there is a text to change, where `redo_action` is given."""
        return True

    @property
    def typed_text(self) -> str:
        """All that was typed, as a refusal gives it back where no form can."""
        return self.text

    @property
    def least_mc(self) -> int:
        """The least that something of its kind costs, in millicredits."""
        return MIN_PICTURE_MC

    @abstractmethod
    async def read(self) -> OrderT:
        """The validated order.

        Raises:
            PromptError, GenerationError, JobError, CommandError
        """

    @abstractmethod
    def price_mc(self, order: OrderT) -> int:
        """What the order costs, in millicredits."""

    @abstractmethod
    async def prepare(self, terms: Terms, order: OrderT, price_mc: int, job_id: str) -> Prepared:
        """The inputs and the card of a job that the rules allow; it may take a while.

        Raises:
            PromptError, GenerationError, JobError, CommandError
        """

    async def cheaper(self, room_mc: int) -> Sequence[CheaperOffer]:
        """Variants that cost at most `room_mc`."""
        del room_mc
        return ()

    def check_private(self, pictures: int) -> None:
        """Whether so many pictures fit on the one card of a private result.

        Raises:
            BadRequest
        """
        if self.is_private and pictures > MAX_GALLERY:
            reason = say(
                "a private result has at most {limit} pictures, not {count}",
                limit=MAX_GALLERY,
                count=pictures,
            )
            raise BadRequest("count", reason)

    def asks_about(self, order: OrderT) -> bool:
        """Whether the order is confirmed however low its price is."""
        del order
        return False

    def must_confirm(
        self, order: OrderT, quote: Quote, available_mc: int, asks_from_mc: int | None = None
    ) -> bool:
        """Whether the member, who may have set a mark, is asked before credits are spent."""
        if self.agreed is not None:
            return not self.agreed.covers(quote)
        if self.shown is not None and not self.shown.covers(quote):
            return True
        return self.asks_about(order) or must_confirm(quote.price_mc, available_mc, asks_from_mc)

    def kept(
        self, quote: Quote | None = None, draft: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """What is kept of it or of another draft in its place; `quote` is what is asked for it."""
        beside = KeptRequest(
            key=self.key, parent_id=self.parent_id, later_mc=self.later_mc, quote=quote
        )
        return beside.beside(self.draft if draft is None else draft)

    @abstractmethod
    def question_card(self, order: OrderT, price_mc: int, available_mc: int, draft_id: str) -> Card:
        """The question that is asked first; its button names the price and takes the draft."""
