"""How what a member asks for becomes a job, or a private answer that says why not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord

from commands.acceptance import Acceptance, Phase, PricedOrder
from commands.access.places import with_places
from commands.access.requester import account_of, asker_of
from commands.access.sharing import check_shared
from commands.errors import REFUSALS, CannotPost, NotConfirmed
from commands.kinds.kept_request import Quote
from commands.languages import marked, note_in
from commands.languages.audience import locale_of
from commands.moderation.budget_warning import tell_of_budget
from commands.ui.answers import answer_privately
from commands.ui.cards import MAX_TYPED, refusal_card
from commands.ui.remedies import can_be_edited
from generation import credits as money
from jobs.errors import JobError, TooDear, TooLate
from jobs.submit import new_job_id
from storage.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from discord import Interaction

    from commands.kinds.job_request import JobRequest
    from commands.services import JobServices, PendingOrders, RuleServices
    from commands.studio.member_preferences import MemberPreferences
    from jobs.orders.order import Order
    from jobs.rules.disk import Space


class Submission:
    """Makes jobs of requests, each with its card; the same for every kind."""

    def __init__(
        self,
        jobs: JobServices,
        rules: RuleServices,
        pending: PendingOrders,
        preferences: MemberPreferences,
        space: Space,
    ) -> None:
        self._jobs = jobs
        self._rules = rules
        self._pending = pending
        self._preferences = preferences
        self._space = space

    async def submit(self, interaction: Interaction[Any], request: JobRequest[Any]) -> None:
        """Make a job of a request, ask back what it asks first, or answer privately why not."""
        order, price_mc = None, 0
        try:
            self._check_place(interaction)
            request = await self._for_whom(interaction, request)
            if request.is_private:
                note_in(locale_of(interaction, is_private=True))
            order = await request.read()
            price_mc, asker = request.price_mc(order), asker_of(interaction)
            if request.later_mc:
                await self._rules.limits.check(asker, order, price_mc + request.later_mc)
            await self._accept_or_ask(interaction, request, order, price_mc)
        except REFUSALS as error:
            told = await self._with_places(interaction, order, price_mc, error) if order else error
            await self.refuse(interaction, request, told)

    async def check(self, interaction: Interaction[Any], order: Order, price_mc: int) -> None:
        """Whether an order would be accepted now.

        Raises:
            JobError, CommandError: why not.
        """
        self._check_place(interaction)
        try:
            await self._rules.limits.check(asker_of(interaction), order, price_mc)
        except JobError as error:
            raise await self._with_places(interaction, order, price_mc, error) from None

    async def _with_places(
        self, interaction: Interaction[Any], order: Order, price_mc: int, error: Exception
    ) -> Exception:
        return await with_places(interaction, self._rules.limits, order, price_mc, error)

    async def keep(self, interaction: Interaction[Any], draft: dict[str, Any]) -> str:
        """Keep what a member asked for; the draft's id."""
        return await self._pending.database.write(
            self._pending.drafts.keep, account_of(interaction), draft, interaction.channel_id
        )

    def _check_place(self, interaction: Interaction[Any]) -> None:
        """What no job goes without: the bot's permissions in the channel, and room on the disk."""
        check_permissions(interaction)
        self._space.check()

    async def _for_whom(
        self, interaction: Interaction[Any], request: JobRequest[Any]
    ) -> JobRequest[Any]:
        """The request, private where what it follows from is, or by what its author said last.

        Drafts outlive what was allowed when they were kept.

        Raises:
            NotShared: the author of what it follows from lets nobody else use it.
        """
        for parent_id in request.parent_ids:
            try:
                parent = await self._jobs.records.get(parent_id)
            except TooLate:
                continue
            await check_shared(self._rules, interaction, parent)
            if parent.is_private:
                request = replace(request, wants_private=True)
        wanted = request.wants_private
        if wanted is None:
            wanted = (await self._preferences.chosen(interaction)).values.is_private
        return replace(request, is_private=bool(wanted))

    async def _accept_or_ask(
        self, interaction: Interaction[Any], request: JobRequest[Any], order: Order, price_mc: int
    ) -> None:
        """Accept, or ask for the price first where the member has not agreed to it."""
        try:
            await self._accept(interaction, request, order, price_mc)
        except NotConfirmed as error:
            quote = Quote(price_mc=price_mc, engine_id=order.engine_id)
            draft_id = await self.keep(interaction, request.kept(quote))
            card = request.question_card(order, price_mc, error.available_mc, draft_id)
            await answer_privately(interaction, card)

    async def _accept(
        self, interaction: Interaction[Any], request: JobRequest[Any], order: Order, price_mc: int
    ) -> None:
        """Accept; the second of two quick clicks is refused before it shows a card."""
        priced = PricedOrder(
            job_id=new_job_id(),
            request=request,
            order=order,
            price_mc=price_mc,
            key=request.key or f"i{interaction.id}",
        )
        account, in_flight = account_of(interaction), self._pending.in_flight
        with in_flight.order(priced.key, priced.job_id, account):
            acceptance = Acceptance(interaction, priced, self._jobs, self._rules, self._pending)
            if await acceptance.run() is Phase.ACCEPTED and acceptance.terms:
                await tell_of_budget(interaction, self._rules, acceptance.terms)

    async def refuse(
        self, interaction: Interaction[Any], request: JobRequest[Any], error: Exception
    ) -> None:
        """Say why it is no job, with a way back to the text and what would be cheap enough."""
        if not isinstance(error, DatabaseUnavailable):
            with suppress(DatabaseUnavailable):
                await self._refuse_with_ways_on(interaction, request, error)
                return
        # Neither a draft nor an offer can be kept now.
        card = refusal_card(error, request.text, typed=request.typed_text)
        await answer_privately(interaction, card)

    async def _refuse_with_ways_on(
        self, interaction: Interaction[Any], request: JobRequest[Any], error: Exception
    ) -> None:
        redo, can_afford = request.redo_action if request.can_redo else None, False
        offers: list[tuple[str, str]] = []
        if isinstance(error, TooDear):
            # What follows is paid for as well: a cheaper start alone is refused again.
            room_mc = await self._rules.limits.room(asker_of(interaction)) - request.later_mc
            can_afford = room_mc >= request.least_mc
            for offer in await request.cheaper(money.told_mc(room_mc)) if room_mc >= 0 else ():
                kept = request.kept(offer.quote, offer.draft)
                offers.append((offer.label, await self.keep(interaction, kept)))
        # What a button asked for was not typed now: it is still behind the button.
        typed = "" if request.key else request.typed_text
        can_help = can_be_edited(error, can_afford=can_afford) or len(typed) > MAX_TYPED
        is_kept = bool(redo) and can_help
        draft_id = await self.keep(interaction, request.kept()) if is_kept else None
        card = refusal_card(
            error,
            request.text,
            draft_id,
            offers=offers,
            offer_action=request.cheaper_action,
            redo_action=redo or "",
            typed="" if is_kept else typed,
            without_action=request.without_action,
        )
        await answer_privately(interaction, card)


def check_permissions(interaction: Interaction[Any]) -> None:
    """The bot's own permissions in that channel, before any credit moves.

    Raises:
        CannotPost
    """
    have = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    wanted = {
        marked("View Channel"): have.view_channel,
        marked("Send Messages in Threads") if in_thread else marked("Send Messages"): (
            have.send_messages_in_threads if in_thread else have.send_messages
        ),
        marked("Attach Files"): have.attach_files,
    }
    missing = tuple(name for name, is_granted in wanted.items() if not is_granted)
    if missing:
        raise CannotPost(missing)
