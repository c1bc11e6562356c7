"""Cards without a job: a process died after it had shown them and before the job was accepted."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import discord

from bot.delivery.discord_errors import DEAD_TOKEN, PASSING, is_for_good
from bot.delivery.message_editor import HISTORY, TOKEN_LIFE
from commands.kinds.registry import REDO_ACTIONS
from commands.languages import speaking
from commands.ui.answers import ORIGINAL, bears
from commands.ui.job_cards import interrupted_card
from storage.ledger.accounts import Account

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.client import Atelier
    from commands.ui.cards import Card
    from storage.database import Database
    from storage.jobs.drafts import Drafts
    from storage.jobs.unaccepted_cards import UnacceptedCard, UnacceptedCards

log = logging.getLogger(__name__)

ORPHANED_AFTER = timedelta(seconds=60)
"""No order takes longer from its card to its job."""

REPAIRED_FOR = timedelta(days=1)
"""How long a card is tried that Discord does not let be edited, as in a locked thread."""


class OrphanedCards:
    """Edits such a card: it says that the order was lost, and gives the text back."""

    def __init__(
        self,
        client: Atelier,
        database: Database,
        unaccepted_cards: UnacceptedCards,
        drafts: Drafts,
        now: Callable[[], datetime],
    ) -> None:
        self._client = client
        self._database = database
        self._unaccepted_cards = unaccepted_cards
        self._drafts = drafts
        self._now = now
        self._draft_ids: dict[str, str] = {}

    async def repair(self) -> int:
        """Edit the cards whose order was lost a while ago; how many were edited."""
        repaired = 0
        for unaccepted_card in await self._database.read(
            self._unaccepted_cards.orphaned, self._now() - ORPHANED_AFTER
        ):
            try:
                repaired += await self._repair_card(unaccepted_card)
            except (discord.HTTPException, *PASSING) as error:
                if self._may_be_taken_later(unaccepted_card, error):
                    log.info("an orphaned card is repaired later: %s", type(error).__name__)
                    continue
                # Without a card there is nothing to repair: the process died before it was shown.
                log.info("the card of job %s was not found", unaccepted_card.job_id)
            await self._database.write(self._unaccepted_cards.drop, unaccepted_card.job_id)
            self._draft_ids.pop(unaccepted_card.job_id, None)
        return repaired

    def _may_be_taken_later(self, unaccepted_card: UnacceptedCard, error: Exception) -> bool:
        """Whether the card may be there, and Discord let it be edited in a while."""
        is_recent = self._now() - unaccepted_card.made_at < REPAIRED_FOR
        return is_recent and not is_for_good(error)

    async def _repair_card(self, unaccepted_card: UnacceptedCard) -> bool:
        account = Account(unaccepted_card.guild_id, unaccepted_card.member_id)
        redo_action = REDO_ACTIONS.get(unaccepted_card.draft.get("kind", ""))
        has_text = bool(redo_action and unaccepted_card.draft)
        draft_id = self._draft_ids.get(unaccepted_card.job_id)
        if has_text and draft_id is None:
            draft_id = await self._database.write(
                self._drafts.keep, account, unaccepted_card.draft, unaccepted_card.channel_id
            )
            self._draft_ids[unaccepted_card.job_id] = draft_id
        with speaking(self._locale_of(unaccepted_card.guild_id)):
            card = interrupted_card(unaccepted_card.member_id, draft_id, redo_action or "")
        if self._now() - unaccepted_card.made_at < TOKEN_LIFE:
            return await self._edit_with_token(unaccepted_card, card)
        return await self._edit_as_bot(unaccepted_card, card)

    def _locale_of(self, guild_id: int) -> str:
        guild = self._client.get_guild(guild_id)
        return guild.preferred_locale.value if guild else ""

    async def _edit_with_token(self, unaccepted_card: UnacceptedCard, card: Card) -> bool:
        assert self._client.application_id
        webhook = discord.Webhook.partial(
            self._client.application_id, unaccepted_card.interaction_token, client=self._client
        )
        try:
            await webhook.edit_message(
                ORIGINAL, view=card, allowed_mentions=discord.AllowedMentions.none()
            )
        except discord.HTTPException as error:
            if error.code not in DEAD_TOKEN:
                raise
            return await self._edit_as_bot(unaccepted_card, card)
        return True

    async def _edit_as_bot(self, unaccepted_card: UnacceptedCard, card: Card) -> bool:
        channel = self._client.get_partial_messageable(
            unaccepted_card.channel_id, guild_id=unaccepted_card.guild_id
        )
        since = unaccepted_card.made_at - ORPHANED_AFTER
        async for message in channel.history(limit=HISTORY, after=since):
            is_ours = self._client.user and message.author.id == self._client.user.id
            if is_ours and bears(message.components, unaccepted_card.job_id):
                await message.edit(view=card, allowed_mentions=discord.AllowedMentions.none())
                return True
        return False
