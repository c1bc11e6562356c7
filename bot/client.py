"""The Discord client: commands, buttons and forms, with every error answered."""

from __future__ import annotations

import errno
import logging
from typing import TYPE_CHECKING, Any, Self

import aiohttp
import discord
from discord import app_commands

from bot.interactions.acknowledgement import LONGEST_LIMIT_S, Acknowledgements
from bot.interactions.dedup import InteractionDedup
from bot.rest import RestClient
from commands.access.payload import check_payload
from commands.errors import REFUSALS, MessageDeleted
from commands.languages.audience import speak_to_member
from commands.languages.translator import CommandTranslator
from commands.ui.answers import NOT_TAKEN, answer_privately, is_deleted, is_stale
from commands.ui.buttons import Press
from commands.ui.cards import refusal_card
from commands.ui.modals import parse_submit
from jobs.errors import NoSpace, TooLate
from storage.errors import DatabaseDamaged, DatabaseFull, DatabaseUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from discord.state import ConnectionState

    from commands import Action, Discovered

log = logging.getLogger(__name__)

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says where a file has no room on its disk or in its owner's share."""


class Tree(app_commands.CommandTree["Atelier"]):
    """The commands, guild-only, with every error answered privately."""

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let each interaction in once, if a command can be called like that."""
        if not self.client.dedup.admits(interaction.id):
            return False
        speak_to_member(interaction)
        is_autocomplete = interaction.type is discord.InteractionType.autocomplete
        try:
            check_payload(self._known, interaction.data, is_autocomplete=is_autocomplete)
        except REFUSALS as error:
            if is_autocomplete:
                await interaction.response.autocomplete([])
            await answer_error(interaction, error)
            return False
        return True

    def _known(self, name: str, kind: discord.AppCommandType) -> Any:
        return self.get_command(name, type=kind)

    async def on_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer with a sentence; the unexpected goes to the log with a reference."""
        original = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        await answer_error(interaction, original)


class Atelier(discord.Client):
    """A client without privileged intents and without caches of members and messages.

    It is closed at the end of its `async with` block and not before: see `close`.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        # The library warns at every start that it lacks what only voice needs.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0.5,
        )
        self.tree = Tree(
            self,
            allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=False, private_channel=False
            ),
        )
        self._acknowledgements = Acknowledgements(lambda: self.application_id)
        self.dedup = InteractionDedup(now)
        self.command_ids: dict[str, int] = {}
        self._actions: Mapping[str, Action] = {}
        self._is_leaving = False

    def _get_state(self, **options: Any) -> ConnectionState[Self]:
        # The only place where the library lets its REST client be another one.
        self.http = RestClient(self.loop, max_ratelimit_timeout=LONGEST_LIMIT_S)
        return super()._get_state(**options)

    async def __aenter__(self) -> Self:
        """Open it: its answers are sent again over a bad line."""
        self._acknowledgements.install()
        return await super().__aenter__()

    async def setup_hook(self) -> None:
        """Before the commands are registered: their names and descriptions are translated."""
        await self.tree.set_translator(CommandTranslator())

    async def __aexit__(self, *exception: Any) -> None:
        """Close it, now that nothing uses it any more."""
        self._is_leaving = True
        await self.close()

    async def close(self) -> None:
        """Do nothing within the block.

        The library closes a client that the gateway turns away for good, and jobs and answers that
        are under way then would find no REST routes any more.
        """
        if self._is_leaving:
            await super().close()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Call the handlers of an event, but none on a client that is closed.

        Half a second after READY the library still dispatches an event, whatever came in between.
        """
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    def use(self, discovered: Discovered) -> None:
        """Take the commands and the actions of their buttons and forms."""
        for command in discovered.commands:
            self.tree.add_command(command, override=True)
        self._actions = discovered.actions
        self.add_dynamic_items(Press)

    async def act(self, interaction: discord.Interaction[Any], action: str, subject: str) -> None:
        """Do what a button or a form asks, once; an error is answered privately."""
        if not self.dedup.admits(interaction.id):
            return
        speak_to_member(interaction)
        try:
            if action not in self._actions:
                # A button of an older version.
                raise TooLate
            await self._actions[action](interaction, subject)
        except Exception as error:
            await answer_error(interaction, error)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Read the forms, which the library does not know of, and ids that are none of ours."""
        if interaction.type is discord.InteractionType.modal_submit:
            action, subject, _ = parse_submit(interaction)
            await self.act(interaction, action, subject)
        elif interaction.type is discord.InteractionType.component:
            data: Any = interaction.data
            if not Press.is_id(data.get("custom_id")):
                await self.act(interaction, "", "")


async def answer_error(interaction: discord.Interaction[Any], error: Exception) -> None:
    """A sentence for the member; an error of no class of ours also goes to the log."""
    if interaction.client.is_closed():
        log.info("interaction %s was left unanswered: the bot ends", interaction.id)
        return
    if isinstance(error, discord.HTTPException) and is_stale(error):
        log.info("interaction %s came too late or twice", interaction.id)
        return
    error = _as_ours(error)
    _log(interaction, error)
    if interaction.type is discord.InteractionType.autocomplete:
        return
    is_known = isinstance(error, REFUSALS)
    try:
        card = refusal_card(error, reference="" if is_known else str(interaction.id))
        await answer_privately(interaction, card)
    except NOT_TAKEN as answering:
        reason = type(answering).__name__
        log.warning("interaction %s could not be answered: %s", interaction.id, reason)


def _as_ours(error: Exception) -> Exception:
    """The error of ours that a foreign one stands for, where there is one."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return NoSpace()
    return MessageDeleted() if is_deleted(error) else error


def _log(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Log what the operator may have to look into; of the unexpected the traceback."""
    if isinstance(error, DatabaseFull | DatabaseDamaged):
        log.error("interaction %s met a database that cannot go on: %s", interaction.id, error)
    elif isinstance(error, DatabaseUnavailable):
        log.warning("interaction %s met no database: %s", interaction.id, error)
    elif isinstance(
        error, (discord.DiscordServerError, discord.RateLimited, aiohttp.ClientError, OSError)
    ):
        log.warning("interaction %s met a bad line: %s", interaction.id, type(error).__name__)
    elif isinstance(error, MessageDeleted):
        log.info("interaction %s met a message that was deleted meanwhile", interaction.id)
    elif not isinstance(error, REFUSALS):
        _leave_out_refusals(error)
        log.error("interaction %s failed", interaction.id, exc_info=error)


def _leave_out_refusals(error: BaseException) -> None:
    """Cut what the error came from where that is a refusal: those have the member's words."""
    origin = error.__cause__ or error.__context__
    while origin is not None:
        if isinstance(origin, REFUSALS):
            error.__cause__ = None
            return
        error, origin = origin, origin.__cause__ or origin.__context__
