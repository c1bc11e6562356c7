"""How a planned order becomes a job: checked by the rules, acknowledged, submitted.

Everything that can refuse is checked before the acknowledgement, so that a refusal is private.
When the checks take too long, for example because of a large upload, the card comes first.
"""

from __future__ import annotations

import asyncio
import io
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import discord

from commands.access.requester import account_of, asker_of, guild_of
from commands.errors import AlreadyOrdered, CannotPost, CommandError
from commands.moderation.budget_warning import tell_of_budget
from commands.ui import cards
from commands.ui.answers import answer_publicly, is_stale
from generation.errors import GenerationError
from jobs.errors import JobError, TooLate
from jobs.submit import NewJob, Place, new_job_id
from prompts import PromptError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from discord import Interaction

    from commands.tools import Tools
    from jobs.orders.order import Input, Order

log = logging.getLogger(__name__)

CHECK_BUDGET_S = 1.5
"""How long the checks may take before the acknowledgement, of Discord's three seconds."""

REFUSALS = (PromptError, GenerationError, JobError, CommandError)
"""What is answered with a sentence of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What a job is given, how it looks while it waits, and the files that its card shows."""

    inputs: Sequence[Input]
    make_card: Callable[[], cards.Card]
    files: Sequence[tuple[str, bytes]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An order that was read without a mistake.

    `prepare` is given the job's id once the rules allow the order; it may take a while. `draft` is
    what a member gets back if the bot dies before the order is a job.
    """

    order: Order
    price_mc: int
    key: str
    draft: dict[str, Any]
    prepare: Callable[[str], Awaitable[Prepared]]
    parent_id: str | None = None


class Submission:
    """Makes jobs of plans, each with its card."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def accept(self, interaction: Interaction[Any], plan: Plan) -> None:
        """Accept; the second of two quick clicks is refused before it shows a card.

        Raises:
            GenerationError, JobError, CommandError: why it is not accepted.
        """
        job_id = new_job_id()
        with self._tools.in_flight.order(plan.key, job_id, account_of(interaction)):
            await self._accept(interaction, plan, job_id)

    async def _accept(self, interaction: Interaction[Any], plan: Plan, job_id: str) -> None:
        checks = asyncio.create_task(self._check(interaction, plan, job_id))
        promise = asyncio.create_task(self._promise(interaction, plan, job_id))
        try:
            await asyncio.wait({checks, promise}, timeout=CHECK_BUDGET_S)
            has_card = checks.done()
            message_id = await self._acknowledge(interaction, plan, job_id, checks)
        except BaseException as error:
            checks.cancel()
            was_stale = isinstance(error, discord.HTTPException) and is_stale(error)
            if was_stale or isinstance(error, REFUSALS):
                # After anything else the card may be there, and is taken back later.
                await self._take_back(promise, job_id)
            if not was_stale:
                raise
            log.info("interaction %s came too late or twice; no job was made", interaction.id)
            return
        try:
            prepared = await checks
            if self._tools.in_flight.is_withdrawn(job_id):
                await self._take_back(promise, job_id)
                return
            if not has_card:
                # Before the job exists: afterwards its own cards would be overwritten.
                await _edit(interaction, prepared)
            await self._submit(interaction, plan, job_id, message_id, prepared.inputs)
            if self._tools.in_flight.is_withdrawn(job_id):
                with suppress(TooLate):
                    await self._tools.cancellation.cancel(
                        job_id, interaction.user.id, is_moderator=False
                    )
        except Exception:
            if await _withdraw(interaction):
                await self._take_back(promise, job_id)
            raise
        await tell_of_budget(interaction, self._tools)

    async def _promise(self, interaction: Interaction[Any], plan: Plan, job_id: str) -> None:
        """Note, beside the checks, what to take back if this process dies before the job is."""
        await self._tools.unaccepted_cards.make(
            job_id,
            guild_id=guild_of(interaction),
            channel_id=interaction.channel_id or 0,
            member_id=interaction.user.id,
            interaction_token=interaction.token,
            draft=plan.draft,
        )

    async def _take_back(self, promise: asyncio.Task[None], job_id: str) -> None:
        """Nobody has to mend a card that is gone."""
        await asyncio.wait({promise})
        if not promise.cancelled() and promise.exception() is None:
            await self._tools.unaccepted_cards.drop(job_id)

    async def _submit(
        self,
        interaction: Interaction[Any],
        plan: Plan,
        job_id: str,
        message_id: int | None,
        inputs: Sequence[Input],
    ) -> None:
        new = NewJob(
            job_id=job_id,
            order=plan.order,
            place=_place(interaction, message_id),
            asker=asker_of(interaction),
            key=plan.key,
            price_mc=plan.price_mc,
            inputs=inputs,
            parent_id=plan.parent_id,
        )
        _job, is_new = await self._tools.submission.submit(new)
        if not is_new:
            raise AlreadyOrdered

    async def _acknowledge(
        self,
        interaction: Interaction[Any],
        plan: Plan,
        job_id: str,
        checks: asyncio.Task[Prepared],
    ) -> int | None:
        """Post the card, the job's own where the checks are done; its message id."""
        prepared = checks.result() if checks.done() else None
        if prepared is None:
            title, author_id = plan.order.title, interaction.user.id
            return await answer_publicly(
                interaction, lambda: cards.reading_card(author_id, title, job_id), job_id
            )
        return await answer_publicly(
            interaction, prepared.make_card, job_id, lambda: _attached(prepared.files)
        )

    async def _check(self, interaction: Interaction[Any], plan: Plan, job_id: str) -> Prepared:
        # Each interaction is let in once, so its own key is new.
        if plan.key != own_key(interaction) and await self._tools.jobs.is_taken(plan.key):
            raise AlreadyOrdered
        await self._tools.limits.check(asker_of(interaction), plan.order, plan.price_mc)
        return await plan.prepare(job_id)


async def _edit(interaction: Interaction[Any], prepared: Prepared) -> None:
    """Edit the card if that works; the job's next card makes up for it if not."""
    try:
        await interaction.edit_original_response(
            view=prepared.make_card(), attachments=_attached(prepared.files)
        )
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


def own_key(interaction: Interaction[Any]) -> str:
    """The key of what is ordered by this interaction itself."""
    return f"i{interaction.id}"


def check_permissions(interaction: Interaction[Any]) -> None:
    """The bot's own permissions in that channel, before any credit moves.

    Raises:
        CannotPost
    """
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
