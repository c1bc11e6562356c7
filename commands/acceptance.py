"""How one order becomes a job: checked, shown and submitted, or taken back.

Everything that can refuse is checked before the acknowledgement, so that a refusal is private.
When the checks take too long, for example because of a large upload, the card comes first.
"""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import discord

from commands.access.requester import asker_of, guild_of
from commands.errors import REFUSALS, AlreadyOrdered, NotConfirmed, OrderedBefore
from commands.kinds.kept_request import Quote
from commands.languages.audience import locale_of, shown_to
from commands.ui.answers import NOT_TAKEN, answer_with_job, is_stale
from commands.ui.cards import reading_card
from jobs.errors import TooLate
from jobs.submit import NewJob, Place
from storage.errors import DatabaseUnavailable, OutcomeUnknown
from storage.jobs.jobs import OPEN_STATES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from contextlib import AbstractContextManager

    from discord import Interaction

    from commands.kinds.job_request import JobRequest, Prepared
    from commands.services import JobServices, PendingOrders, RuleServices
    from jobs.orders.order import Order
    from jobs.rules.terms import Terms

T = TypeVar("T")

log = logging.getLogger(__name__)

CHECK_BUDGET_S = 1.5
"""How long the checks may take before the acknowledgement, of Discord's three seconds."""

REFUSAL_BUDGET_S = 1.0
"""How long a question about the price waits for a refusal before its author is told to wait."""


class Phase(Enum):
    """How far an order is; the last three are its ends."""

    CHECKING = "nothing is shown yet"
    READING = "a card says that the order is read, and the checks go on"
    SHOWN = "the checks are done, and the job's own card is shown"
    ACCEPTED = "it is a job"
    WITHDRAWN = "its author let it go before it was a job"
    STALE = "Discord takes no answer to the interaction any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedOrder:
    """An order that was read without a mistake, with the request that it comes from."""

    job_id: str
    request: JobRequest[Any]
    order: Order
    price_mc: int
    key: str

    @property
    def quote(self) -> Quote:
        """What its author is to pay, and for what."""
        return Quote(price_mc=self.price_mc, engine_id=self.order.engine_id)


class Acceptance:
    """Takes one order through its phases; `run` does it once.

    `terms` are what held for the member when it was checked.
    """

    def __init__(
        self,
        interaction: Interaction[Any],
        priced: PricedOrder,
        jobs: JobServices,
        rules: RuleServices,
        pending: PendingOrders,
    ) -> None:
        self.phase = Phase.CHECKING
        self.terms: Terms | None = None
        self._message_id: int | None = None
        self._asks = False
        self._interaction = interaction
        self._priced = priced
        self._jobs = jobs
        self._rules = rules
        self._pending = pending

    async def run(self) -> Phase:
        """Make a job of the order; the phase that it ends in.

        Raises:
            PromptError, GenerationError, JobError, CommandError: why it is not accepted.
        """
        checks = asyncio.create_task(_before_it_is_ordered(self._check()))
        noted = asyncio.create_task(_before_it_is_ordered(self._note_card()))
        await self._show(checks, noted)
        if self.phase is not Phase.STALE:
            await self._accept(checks, noted)
        return self.phase

    async def _show(self, checks: asyncio.Task[Prepared], noted: asyncio.Task[None]) -> None:
        """From CHECKING to READING or SHOWN, whichever the checks allow in time, or to STALE."""
        try:
            await asyncio.wait({checks, noted}, timeout=CHECK_BUDGET_S)
            if self._asks:
                # Nothing is shown to everybody before its author has agreed to the price.
                await checks
            # Without its note a card that is shown could be left for ever.
            await noted
            with self._shown():
                self.phase = await self._acknowledge(checks)
        except BaseException as error:
            checks.cancel()
            was_stale = isinstance(error, discord.HTTPException) and is_stale(error)
            if was_stale or isinstance(error, REFUSALS):
                # After anything else the card may be there, and is taken back later.
                await self._forget_card(noted)
            if not was_stale:
                raise
            self.phase = Phase.STALE
            log.info("interaction %s came too late or twice; no job was made", self._interaction.id)

    async def _accept(self, checks: asyncio.Task[Prepared], noted: asyncio.Task[None]) -> None:
        """From READING or SHOWN to ACCEPTED, WITHDRAWN or STALE; a refused order's card goes."""
        try:
            prepared = await checks
            if self._is_withdrawn:
                await self._forget_card(noted)
                self.phase = Phase.WITHDRAWN
                return
            if self.phase is Phase.READING:
                # Before the job exists: afterwards its own cards would be overwritten.
                with self._shown():
                    await _edit(self._interaction, prepared)
            if not await self._submit(prepared):
                await self._forget_card(noted)
                self.phase = Phase.STALE
                return
            self.phase = Phase.ACCEPTED
            if self._is_withdrawn:
                await self._cancel()
        except Exception:
            if await _delete_card(self._interaction):
                await self._forget_card(noted)
            raise

    @property
    def _is_withdrawn(self) -> bool:
        return self._pending.in_flight.is_withdrawn(self._priced.job_id)

    def _shown(self) -> AbstractContextManager[None]:
        """A block in which cards are in the language of those who see them."""
        return shown_to(self._interaction, is_private=self._priced.request.is_private)

    async def _check(self) -> Prepared:
        priced = self._priced
        # Each interaction is let in once, so its own key is new.
        if priced.request.key and (earlier := await self._jobs.records.by_key(priced.key)):
            raise AlreadyOrdered if earlier.state in OPEN_STATES else OrderedBefore
        asker = asker_of(self._interaction)
        usage = await self._rules.limits.check(asker, priced.order, priced.price_mc)
        self.terms = usage.terms
        preparing = asyncio.create_task(
            priced.request.prepare(usage.terms, priced.order, priced.price_mc, priced.job_id)
        )
        try:
            available_mc = usage.means.balance.available_mc
            asks_from_mc = usage.terms.member.asks_from_mc
            asks = priced.request.must_confirm(
                priced.order, priced.quote, available_mc, asks_from_mc
            )
            if asks:
                self._asks = self.phase is Phase.CHECKING
                await self._see_refusal(preparing)
                raise NotConfirmed(available_mc)
            return await preparing
        finally:
            preparing.cancel()

    async def _see_refusal(self, preparing: asyncio.Task[Prepared]) -> None:
        """Nobody is asked for the price of what is refused then, as a damaged upload is.

        Where that takes longer, its author sees that it is looked at.

        Raises:
            PromptError, GenerationError, JobError, CommandError: why it is refused.
        """
        done, _ = await asyncio.wait({preparing}, timeout=REFUSAL_BUDGET_S)
        response = self._interaction.response
        if not done and not response.is_done():
            await response.defer(ephemeral=True, thinking=True)
        await preparing

    async def _note_card(self) -> None:
        """Note, beside the checks, what to take back if this process dies before the job is."""
        interaction = self._interaction
        await self._pending.database.write(
            self._pending.unaccepted_cards.make,
            self._priced.job_id,
            guild_id=guild_of(interaction),
            channel_id=interaction.channel_id or 0,
            member_id=interaction.user.id,
            interaction_token=interaction.token,
            draft=self._priced.request.kept(),
        )

    async def _forget_card(self, noted: asyncio.Task[None]) -> None:
        """Drop the note: nobody has to repair a card that is gone."""
        await asyncio.wait({noted})
        if noted.cancelled() or noted.exception() is not None:
            return
        # The repair finds the note later, and no card.
        with suppress(DatabaseUnavailable):
            await self._pending.database.write(
                self._pending.unaccepted_cards.drop, self._priced.job_id
            )

    async def _acknowledge(self, checks: asyncio.Task[Prepared]) -> Phase:
        """Post the card, the job's own where the checks are done."""
        interaction, job_id = self._interaction, self._priced.job_id
        if checks.done():
            prepared = checks.result()
            self._message_id = await answer_with_job(
                interaction,
                prepared.make_card,
                lambda: _attached(prepared.files),
                is_private=self._priced.request.is_private,
            )
            return Phase.SHOWN
        title, author_id = self._priced.order.heading, interaction.user.id
        self._message_id = await answer_with_job(
            interaction,
            lambda: reading_card(author_id, title, job_id),
            is_private=self._priced.request.is_private,
        )
        return Phase.READING

    async def _submit(self, prepared: Prepared) -> bool:
        """Make a job of it; False where another process did of the same interaction.

        The card is that job's then, and stays.

        Raises:
            AlreadyOrdered: another interaction did, with a card of its own.
        """
        priced = self._priced
        new = NewJob(
            job_id=priced.job_id,
            order=prepared.order or priced.order,
            place=_place(self._interaction, self._message_id),
            asker=asker_of(self._interaction),
            key=priced.key,
            price_mc=priced.price_mc,
            inputs=prepared.inputs,
            parent_ids=priced.request.parent_ids,
            is_private=priced.request.is_private,
            locale=locale_of(self._interaction, is_private=priced.request.is_private),
        )
        job, is_new = await self._jobs.submission.submit(new)
        is_its_card = self._message_id is not None and job.message_id == self._message_id
        if is_new or is_its_card:
            return is_new
        raise AlreadyOrdered

    async def _cancel(self) -> None:
        """Cancel the job of an order that its author let go while it was submitted."""
        with suppress(TooLate):
            await self._jobs.cancellation.cancel(
                self._priced.job_id, self._interaction.user.id, is_moderator=False
            )


async def _before_it_is_ordered(work: Awaitable[T]) -> T:
    """What it gives; whatever of it was written, nothing is ordered.

    Raises:
        DatabaseUnavailable: also where it is not known what was written.
    """
    try:
        return await work
    except OutcomeUnknown as error:
        raise DatabaseUnavailable(str(error)) from error


async def _edit(interaction: Interaction[Any], prepared: Prepared) -> None:
    """Edit the card if that works; the job's next card makes up for it if not."""
    try:
        await interaction.edit_original_response(
            view=prepared.make_card(), attachments=_attached(prepared.files)
        )
    except NOT_TAKEN as error:
        log.info("a card was not updated: %s", type(error).__name__)


async def _delete_card(interaction: Interaction[Any]) -> bool:
    """Delete the card of what did not become a job; whether that worked."""
    try:
        await interaction.delete_original_response()
    except NOT_TAKEN as error:
        log.warning("a card could not be withdrawn: %s", type(error).__name__)
        return False
    return True


def _attached(files: Sequence[tuple[str, bytes]]) -> list[discord.File]:
    return [discord.File(io.BytesIO(data), filename=name) for name, data in files]


def _place(interaction: Interaction[Any], message_id: int | None) -> Place:
    return Place(
        guild_id=guild_of(interaction),
        channel_id=interaction.channel_id or 0,
        member_id=interaction.user.id,
        message_id=message_id,
        interaction_token=interaction.token,
        file_limit_bytes=interaction.filesize_limit,
    )
