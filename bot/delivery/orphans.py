"""Cards without a job: a process died after it had shown them and before the job was accepted."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, cast

import discord

from bot.delivery.message_editor import DEAD_TOKEN, HISTORY, PASSING, TOKEN_LIFE
from commands.kinds.registry import REDO_ACTIONS
from commands.ui.answers import bears
from commands.ui.cards import promise_card
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.client import Atelier
    from commands.ui.cards import Card
    from storage.jobs.drafts import Drafts
    from storage.jobs.unaccepted_cards import Promise, UnacceptedCards

log = logging.getLogger(__name__)

BROKEN_AFTER = timedelta(seconds=60)
"""No order takes longer from its card to its job."""

ORIGINAL = cast("int", "@original")
"""How Discord names the first answer to an interaction."""


class OrphanedCards:
    """Tells on such a card that nothing comes, and gives the text back."""

    def __init__(
        self,
        client: Atelier,
        unaccepted_cards: UnacceptedCards,
        drafts: Drafts,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._unaccepted_cards = unaccepted_cards
        self._drafts = drafts
        self._now = now

    async def mend(self) -> int:
        """Take back what was promised a while ago; how many cards that were."""
        mended = 0
        for promise in await self._unaccepted_cards.broken(self._now() - BROKEN_AFTER):
            try:
                mended += await self._take_back(promise)
            except PASSING as error:
                log.info("a card is taken back later: %s", type(error).__name__)
                continue
            await self._unaccepted_cards.drop(promise.job_id)
        return mended

    async def _take_back(self, promise: Promise) -> bool:
        account = Account(promise.guild_id, promise.member_id)
        redo_action = REDO_ACTIONS.get(promise.draft.get("kind", ""))
        has_text = bool(redo_action and promise.draft)
        draft_id = None
        if has_text:
            draft_id = await self._drafts.keep(account, promise.draft, promise.channel_id)
        card = promise_card(promise.member_id, draft_id, redo_action or "")
        try:
            if self._now() - promise.made_at < TOKEN_LIFE:
                return await self._edit_with_token(promise, card)
            return await self._edit_as_bot(promise, card)
        except discord.HTTPException as error:
            # Without a card there is nothing to take back: the process died before it was shown.
            log.info("the card of job %s was not found: %s", promise.job_id, error.code)
            return False

    async def _edit_with_token(self, promise: Promise, card: Card) -> bool:
        assert self._client.application_id
        webhook = discord.Webhook.partial(
            self._client.application_id, promise.interaction_token, client=self._client
        )
        try:
            await webhook.edit_message(
                ORIGINAL, view=card, allowed_mentions=discord.AllowedMentions.none()
            )
        except discord.HTTPException as error:
            if error.code not in DEAD_TOKEN:
                raise
            return await self._edit_as_bot(promise, card)
        return True

    async def _edit_as_bot(self, promise: Promise, card: Card) -> bool:
        channel = self._client.get_partial_messageable(
            promise.channel_id, guild_id=promise.guild_id
        )
        since = promise.made_at - BROKEN_AFTER
        async for message in channel.history(limit=HISTORY, after=since):
            is_ours = self._client.user and message.author.id == self._client.user.id
            if is_ours and bears(message.components, promise.job_id):
                await message.edit(view=card)
                return True
        return False
