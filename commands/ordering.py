"""How an order becomes a job: checked, acknowledged, submitted.

Everything that can refuse is checked before the acknowledgement, so that a refusal is private.
When the checks take too long, for example because of a large upload, the card comes first.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from commands.asker import asker_of
from commands.budget_news import tell_of_budget
from commands.errors import AlreadyOrdered, CannotPost, CommandError
from commands.offers import TooDear, cheaper, order_price_mc
from commands.reading import Ask, Upload, read
from commands.ui import cards
from commands.ui.answers import answer_privately, answer_publicly, is_stale
from generation.errors import GenerationError
from jobs.errors import JobError, NotYours, TooLate
from jobs.jobs import Place, new_job_id
from jobs.order import ImageOrder, Input
from prompts import PromptError
from storage.ledger import Account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from discord import Interaction

    from commands.tools import Tools
    from jobs.estimate import Outlook

log = logging.getLogger(__name__)

CHECK_BUDGET_S = 1.5
"""How long the checks may take before the acknowledgement, of Discord's three seconds."""

CONFIRM_ABOVE = 4
"""Permutations with more pictures than this are confirmed with their price."""

Refusal = (PromptError, GenerationError, JobError, CommandError)
"""What is answered with a sentence of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An order that passed every check."""

    ask: Ask
    order: ImageOrder
    price_mc: int
    key: str
    parent_id: str | None


class Ordering:
    """Places orders for pictures."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._keys_in_use: set[str] = set()
        self._authors: dict[str, int] = {}
        self._withdrawn: set[str] = set()

    async def place(
        self,
        interaction: Interaction[Any],
        ask: Ask,
        *,
        key: str | None = None,
        parent_id: str | None = None,
        is_confirmed: bool = False,
    ) -> None:
        """Turn what a member asked for into a job, or answer privately why not."""
        try:
            plan = await self._plan(interaction, ask, key or _own_key(interaction), parent_id)
            if not is_confirmed and _needs_confirmation(plan):
                await self._ask_back(interaction, plan)
            else:
                await self._accept_once(interaction, plan)
        except Refusal as error:
            draft_id = await self.keep(interaction, ask)
            offers = await self._offers(interaction, ask, error)
            card = cards.refusal_card(error, ask.prompt, draft_id, offers=offers)
            await answer_privately(interaction, card)

    def withdraw(self, job_id: str, actor_id: int, *, is_moderator: bool) -> None:
        """Let an order go whose card is shown, but which is no job yet.

        Raises:
            NotYours
        """
        if job_id not in self._authors:
            # A process broke off there, and this card is all that is left.
            return
        if actor_id != self._authors[job_id] and not is_moderator:
            raise NotYours
        self._withdrawn.add(job_id)

    async def keep(self, interaction: Interaction[Any], ask: Ask) -> str:
        """Keep what the member typed and return the draft's id."""
        return await self._tools.drafts.keep(account_of(interaction), ask.to_json())

    async def _plan(
        self, interaction: Interaction[Any], ask: Ask, key: str, parent_id: str | None
    ) -> Plan:
        _check_permissions(interaction)
        self._tools.space.check()
        order = read(
            ask,
            self._tools.catalogue,
            self._tools.default_engine_id,
            uploads_of=await self._source(ask),
        )
        for field, upload in _attached(ask):
            self._tools.uploads.check(field, upload)
        total = order_price_mc(order, self._tools.catalogue)
        return Plan(ask=ask, order=order, price_mc=total, key=key, parent_id=parent_id)

    async def _source(self, ask: Ask) -> ImageOrder | None:
        """The job whose uploads are used again."""
        if not ask.uploads_of or ask.image is not None:
            return None
        return ImageOrder.from_json((await self._tools.jobs.get(ask.uploads_of)).spec)

    async def _offers(
        self, interaction: Interaction[Any], ask: Ask, error: Exception
    ) -> list[tuple[str, str]]:
        """Cheaper variants of what was refused for its price: the label and the draft of each."""
        if not isinstance(error, TooDear):
            return []
        offers = cheaper(
            ask,
            self._tools.catalogue,
            self._tools.default_engine_id,
            uploads_of=await self._source(ask),
            room_mc=await self._tools.limits.room(asker_of(interaction)),
        )
        return [(one.label, await self.keep(interaction, one.ask)) for one in offers]

    async def _ask_back(self, interaction: Interaction[Any], plan: Plan) -> None:
        asker = asker_of(interaction)
        await self._tools.limits.check(asker, plan.order, plan.price_mc)
        balance = (await self._tools.limits.means(asker)).balance
        draft_id = await self.keep(interaction, plan.ask)
        card = cards.confirm_card(plan.order, plan.price_mc, balance.available_mc, draft_id)
        await answer_privately(interaction, card)

    async def _accept_once(self, interaction: Interaction[Any], plan: Plan) -> None:
        """Accept; the second of two quick clicks is refused before it shows a card."""
        if plan.key in self._keys_in_use:
            raise AlreadyOrdered
        self._keys_in_use.add(plan.key)
        job_id = new_job_id()
        self._authors[job_id] = interaction.user.id
        try:
            await self._accept(interaction, plan, job_id)
        finally:
            self._keys_in_use.discard(plan.key)
            del self._authors[job_id]
            self._withdrawn.discard(job_id)

    async def _accept(self, interaction: Interaction[Any], plan: Plan, job_id: str) -> None:
        checks = asyncio.create_task(self._check(interaction, plan))
        promise = asyncio.create_task(self._promise(interaction, plan, job_id))
        try:
            await asyncio.wait({checks, promise}, timeout=CHECK_BUDGET_S)
            has_card = checks.done()
            message_id = await self._acknowledge(interaction, plan, job_id, checks)
        except BaseException as error:
            checks.cancel()
            was_stale = isinstance(error, discord.HTTPException) and is_stale(error)
            if was_stale or isinstance(error, Refusal):
                # After anything else the card may be there, and is taken back later.
                await self._take_back(promise, job_id)
            if not was_stale:
                raise
            log.info("interaction %s came too late or twice; no job was made", interaction.id)
            return
        try:
            outlook, inputs = await checks
            if job_id in self._withdrawn:
                await self._take_back(promise, job_id)
                return
            if not has_card:
                # Before the job exists: afterwards its own cards would be overwritten.
                await _edit(interaction, self._waiting_card(interaction, plan, job_id, outlook))
            await self._submit(interaction, plan, job_id, message_id, inputs)
            if job_id in self._withdrawn:
                with suppress(TooLate):
                    await self._tools.jobs.cancel(job_id, interaction.user.id, is_moderator=False)
        except Exception:
            if await _withdraw(interaction):
                await self._take_back(promise, job_id)
            raise
        await tell_of_budget(interaction, self._tools)

    async def _promise(self, interaction: Interaction[Any], plan: Plan, job_id: str) -> None:
        """Note, beside the checks, what to take back if this process dies before the job is."""
        await self._tools.promises.make(
            job_id,
            guild_id=interaction.guild_id or 0,
            channel_id=interaction.channel_id or 0,
            member_id=interaction.user.id,
            interaction_token=interaction.token,
            draft=plan.ask.to_json(),
        )

    async def _take_back(self, promise: asyncio.Task[None], job_id: str) -> None:
        """Nobody has to mend a card that is gone."""
        await asyncio.wait({promise})
        if not promise.cancelled() and promise.exception() is None:
            await self._tools.promises.drop(job_id)

    async def _submit(
        self,
        interaction: Interaction[Any],
        plan: Plan,
        job_id: str,
        message_id: int | None,
        inputs: Sequence[Input],
    ) -> None:
        _job, is_new = await self._tools.jobs.submit(
            job_id,
            plan.order,
            _place(interaction, message_id),
            asker_of(interaction),
            key=plan.key,
            price_mc=plan.price_mc,
            inputs=inputs,
            parent_id=plan.parent_id,
        )
        if not is_new:
            raise AlreadyOrdered

    async def _acknowledge(
        self,
        interaction: Interaction[Any],
        plan: Plan,
        job_id: str,
        checks: asyncio.Task[tuple[Outlook, list[Input]]],
    ) -> int | None:
        """Post the card, the job's own where the checks are done; its message id."""
        outlook = checks.result()[0] if checks.done() else None

        def card() -> cards.Card:
            if outlook is None:
                return cards.reading_card(interaction.user.id, plan.order.title, job_id)
            return self._waiting_card(interaction, plan, job_id, outlook)

        return await answer_publicly(interaction, card, job_id)

    def _waiting_card(
        self, interaction: Interaction[Any], plan: Plan, job_id: str, outlook: Outlook
    ) -> cards.Card:
        return cards.waiting_card(interaction.user.id, plan.order, job_id, plan.price_mc, outlook)

    async def _check(
        self, interaction: Interaction[Any], plan: Plan
    ) -> tuple[Outlook, list[Input]]:
        # Each interaction is let in once, so its own key is new.
        if plan.key != _own_key(interaction) and await self._tools.jobs.is_taken(plan.key):
            raise AlreadyOrdered
        await self._tools.limits.check(asker_of(interaction), plan.order, plan.price_mc)
        inputs = await self._inputs(plan)
        outlook = await self._tools.jobs.outlook(
            asker_of(interaction), plan.order.first.engine_id, plan.price_mc
        )
        return outlook, inputs

    async def _inputs(self, plan: Plan) -> list[Input]:
        found: dict[str, bytes] = {}
        size = (plan.order.first.width, plan.order.first.height)
        if plan.ask.uploads_of:
            kept = await self._tools.jobs.uploads(await self._tools.jobs.get(plan.ask.uploads_of))
            for role, data in kept.items():
                # An edit may have changed the size.
                found[role] = await self._tools.uploads.fit(role, data, size)
        for field, upload in _attached(plan.ask):
            role = "init" if field == "image" else "mask"
            found[role] = await self._tools.uploads.prepare(field, upload, size)
        return [Input(role=role, data=data, size=size) for role, data in found.items()]


async def _edit(interaction: Interaction[Any], card: cards.Card) -> None:
    """Edit the card if that works; the job's next card makes up for it if not."""
    try:
        await interaction.edit_original_response(view=card)
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.info("a card was not updated: %s", type(error).__name__)


async def _withdraw(interaction: Interaction[Any]) -> bool:
    """Delete the card of what did not become a job; whether that worked."""
    try:
        await interaction.delete_original_response()
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        log.warning("a card could not be withdrawn: %s", type(error).__name__)
        return False
    return True


def account_of(interaction: Interaction[Any]) -> Account:
    """Whose credits an interaction spends."""
    return Account(interaction.guild_id or 0, interaction.user.id)


def _own_key(interaction: Interaction[Any]) -> str:
    return f"i{interaction.id}"


def _needs_confirmation(plan: Plan) -> bool:
    has_permutations = len({request.prompts for request in plan.order.requests}) > 1
    return has_permutations and plan.order.pictures > CONFIRM_ABOVE


def _attached(ask: Ask) -> Sequence[tuple[str, Upload]]:
    return [(name, one) for name, one in (("image", ask.image), ("mask", ask.mask)) if one]


def _place(interaction: Interaction[Any], message_id: int | None) -> Place:
    return Place(
        guild_id=interaction.guild_id or 0,
        channel_id=interaction.channel_id or 0,
        member_id=interaction.user.id,
        message_id=message_id,
        interaction_token=interaction.token,
    )


def _check_permissions(interaction: Interaction[Any]) -> None:
    """The bot's own permissions in that channel, before any credit moves."""
    have = interaction.app_permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    wanted = {
        "View Channel": have.view_channel,
        "Send Messages in Threads" if in_thread else "Send Messages": (
            have.send_messages_in_threads if in_thread else have.send_messages
        ),
        "Attach Files": have.attach_files,
    }
    missing = tuple(name for name, is_granted in wanted.items() if not is_granted)
    if missing:
        raise CannotPost(missing)
