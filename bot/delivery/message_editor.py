"""Putting a card into Discord, whatever stands in the way.

Within the interaction's 15 minutes a card is edited with its token, whose rate limit is its own;
afterwards with the bot's. A card that was deleted is posted anew, with the job's id as the nonce,
so that a repeat after a lost answer does not post twice.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

import discord
from tenacity import (
    AsyncRetrying,
    before_sleep_log,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from bot.delivery.discord_errors import (
    CHANNEL_GONE,
    DEAD_TOKEN,
    PASSING,
    Gone,
    is_for_good,
    passes,
    translated,
)
from commands.ui.answers import ORIGINAL, bears, is_deleted
from commands.ui.cards import continued

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from datetime import datetime

    from bot.client import Atelier
    from commands.ui.cards import Card
    from storage.jobs.jobs import Job

    MakeCard = Callable[[], Card]
    MakeFiles = Callable[[], list[discord.File]]

log = logging.getLogger(__name__)

TOKEN_LIFE = timedelta(minutes=14)
"""How long an interaction's token is used: a minute less than Discord allows."""

PATIENCE_S = 120
"""Where Discord is away for longer, the job's end is shown again later."""

MENTION_PATIENCE_S = 30
"""The job's close waits for it."""

LONGEST_PAUSE_S = 20

NONCE_LIFE = timedelta(minutes=2)
"""For how long Discord surely remembers a nonce; it says "the past few minutes"."""

HISTORY = 200


@contextmanager
def _unless_deleted() -> Generator[None]:
    """A block that ends early where the message is not there any more.

    Raises:
        Gone: its channel is not there either.
    """
    try:
        yield
    except discord.NotFound as error:
        if error.code in CHANNEL_GONE:
            raise Gone from error
        if not is_deleted(error):
            raise


class MessageEditor:
    """Edits a job's card, or posts it anew; what passes is tried for `patience_s` seconds."""

    def __init__(
        self, client: Atelier, now: Callable[[], datetime], patience_s: float = PATIENCE_S
    ) -> None:
        self._client = client
        self._now = now
        self._patience_s = patience_s

    def at_once(self) -> MessageEditor:
        """The same without patience."""
        return MessageEditor(self._client, self._now, patience_s=0)

    async def show(self, job: Job, make_card: MakeCard, make_files: MakeFiles = list) -> int:
        """Bring the card up to date; the id of the message that shows it.

        Card and files are made anew for each attempt: a sent file is empty when sent again.

        Raises:
            Gone: the channel is gone, or the card and the permission to post.
            Unavailable
        """
        with translated():
            async for attempt in self._attempts():
                with attempt:
                    return await self._show_once(job, make_card, make_files)
        raise Gone

    async def update(
        self, job: Job, make_card: MakeCard, make_files: MakeFiles, patience_s: float = 0
    ) -> bool:
        """Edit the card if that works at once, or in so many seconds.

        False unless it did or there is no card any more.

        A later state makes up for what does not work.

        Its files are those given now: what it showed before is gone with the edit.

        Nothing is posted anew: Discord would then take the final card for a repeat of this one.
        """
        try:
            async for attempt in self._attempts(patience_s):
                with attempt:
                    await self._edit(job, make_card, make_files)
        except (discord.HTTPException, *PASSING) as error:
            log.info("the card of job %s was not updated: %s", job.id, type(error).__name__)
            return is_for_good(error)
        return True

    async def add(self, job: Job, make_card: MakeCard, make_files: MakeFiles) -> int:
        """Post a further message of a job and return its id.

        Raises:
            Gone, Unavailable
        """
        if job.is_private:
            raise Gone
        with translated():
            async for attempt in self._attempts():
                with attempt:
                    posted_id = await self._posted_before(job, continued(job.id))
                    return posted_id or await self._post(job, f"{job.id}-2", make_card, make_files)
        raise Gone

    async def delete(self, job: Job, message_id: int) -> None:
        """Delete a message of a job; one that is gone is no error, nor one that stays for now."""
        try:
            async for attempt in self._attempts():
                with attempt:
                    await self._channel(job).get_partial_message(message_id).delete()
        except (discord.HTTPException, *PASSING) as error:
            log.info("a card of job %s was not deleted: %s", job.id, type(error).__name__)

    async def mention(self, job: Job, card_id: int, text: str, kind: str = "m") -> None:
        """Answer a card with a short message that notifies the job's author, and nobody else.

        Raises:
            Gone
        """
        async for attempt in self._attempts(MENTION_PATIENCE_S):
            with attempt:
                if not await self._mentioned_before(job, card_id, text):
                    await self._post_mention(job, card_id, text, kind)

    def _attempts(self, patience_s: float = PATIENCE_S) -> AsyncRetrying:
        return AsyncRetrying(
            retry=retry_if_exception(passes),
            wait=wait_random_exponential(multiplier=0.5, max=LONGEST_PAUSE_S),
            stop=stop_after_delay(min(patience_s, self._patience_s)),
            before_sleep=before_sleep_log(log, logging.INFO),
            reraise=True,
        )

    async def _show_once(self, job: Job, make_card: MakeCard, make_files: MakeFiles) -> int:
        with _unless_deleted():
            if await self._edit(job, make_card, make_files):
                assert job.message_id
                return job.message_id
        if job.is_private:
            # Only the token reaches what its author alone sees, and nothing may be posted.
            raise Gone
        posted_id = await self._posted_before(job, job.id)
        if posted_id is not None:
            with _unless_deleted():
                await self._edit_as_bot(job, posted_id, make_card, make_files)
                return posted_id
        return await self._post_anew(job, make_card, make_files)

    async def _edit(self, job: Job, make_card: MakeCard, make_files: MakeFiles) -> bool:
        if not job.message_id:
            return False
        unknown: discord.NotFound | None = None
        try:
            if await self._edit_with_token(job, make_card, make_files):
                return True
        except discord.NotFound as error:
            if not is_deleted(error):
                raise
            # Deleted; or posted anew, and then it is none of the token's messages.
            unknown = error
        if job.is_private:
            return False
        try:
            await self._edit_as_bot(job, job.message_id, make_card, make_files)
        except discord.Forbidden as error:
            raise unknown or error from error
        return True

    async def _edit_as_bot(
        self, job: Job, message_id: int, make_card: MakeCard, make_files: MakeFiles
    ) -> None:
        # Discord applies its own default mentions to an edit without content unless told not to.
        await (
            self._channel(job)
            .get_partial_message(message_id)
            .edit(
                view=make_card(),
                attachments=make_files(),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        )

    async def _edit_with_token(self, job: Job, make_card: MakeCard, make_files: MakeFiles) -> bool:
        is_over = self._now() - job.token_given_at > TOKEN_LIFE
        if is_over or not job.interaction_token or not self._client.application_id:
            return False
        assert job.message_id
        webhook = discord.Webhook.partial(
            self._client.application_id, job.interaction_token, client=self._client
        )
        # The token of a later press knows the card by that name only.
        message_id = job.message_id if job.token_at is None else ORIGINAL
        try:
            await webhook.edit_message(
                message_id,
                view=make_card(),
                attachments=make_files(),
                allowed_mentions=discord.AllowedMentions.none(),
            )
        except discord.HTTPException as error:
            is_denied = error.code in DEAD_TOKEN or error.status == HTTPStatus.UNAUTHORIZED
            # Before its time is over a token may be good again, and nothing else reaches what
            # its author alone sees.
            if is_denied and not job.is_private:
                return False
            raise
        return True

    async def _post_anew(self, job: Job, make_card: MakeCard, make_files: MakeFiles) -> int:
        try:
            return await self._post(job, job.id, make_card, make_files)
        except discord.Forbidden as error:
            if job.message_id is None:
                raise
            # Its card was deleted, so nobody waits for it there.
            raise Gone from error

    async def _post(self, job: Job, nonce: str, make_card: MakeCard, make_files: MakeFiles) -> int:
        try:
            message = await self._channel(job).send(
                view=make_card(), files=make_files(), nonce=nonce
            )
        except discord.NotFound as error:
            if error.code in CHANNEL_GONE:
                raise Gone from error
            raise
        return message.id

    async def _post_mention(self, job: Job, card_id: int, text: str, kind: str) -> None:
        channel = self._channel(job)
        try:
            await channel.send(
                f"<@{job.member_id}> {text}",
                reference=channel.get_partial_message(card_id),
                nonce=f"{job.id}-{kind}",
                allowed_mentions=discord.AllowedMentions(
                    everyone=False,
                    roles=False,
                    users=[discord.Object(job.member_id)],
                    replied_user=False,
                ),
            )
        except (discord.NotFound, discord.Forbidden) as error:
            raise Gone from error

    async def _mentioned_before(self, job: Job, card_id: int, text: str) -> bool:
        """Whether an earlier try answered the card so, when the nonce is forgotten."""
        if self._now() - job.accepted_at < NONCE_LIFE:
            return False
        card = discord.Object(card_id)
        try:
            async for message in self._channel(job).history(limit=HISTORY, after=card):
                is_ours = self._client.user and message.author.id == self._client.user.id
                if not (is_ours and message.content.endswith(text)):
                    continue
                if message.reference and message.reference.message_id == card_id:
                    return True
        except (discord.Forbidden, discord.NotFound):
            return False
        return False

    async def _posted_before(self, job: Job, mark: str) -> int | None:
        """The job's message that an earlier try may have posted, when the nonce is forgotten."""
        if self._now() - job.accepted_at < NONCE_LIFE:
            return None
        try:
            # The newest first: a busy channel may hold more since then than are looked at.
            recent = self._channel(job).history(
                limit=HISTORY, after=job.accepted_at, oldest_first=False
            )
            async for message in recent:
                is_ours = self._client.user and message.author.id == self._client.user.id
                if is_ours and message.id != job.message_id and bears(message.components, mark):
                    return message.id
        except (discord.Forbidden, discord.NotFound):
            return None
        return None

    def _channel(self, job: Job) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
