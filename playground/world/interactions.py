"""Interactions: what a member did, how the bot answered it, and what its token still allows."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from playground.wire import (
    Json,
    dumps,
    expired_token,
    unknown_interaction,
    unknown_webhook,
)
from playground.world import payloads

if TYPE_CHECKING:
    from playground.cdn import Cdn
    from playground.events import Events
    from playground.gateway.sessions import Sessions
    from playground.reports import Report
    from playground.world.messages import Message
    from playground.world.uploads import Uploads
    from playground.world.world import Channel, User, World

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
KINDS = {COMMAND: "command", COMPONENT: "component", AUTOCOMPLETE: "autocomplete"}
ACKNOWLEDGE_WITHIN_S = 3.0
TOKEN_VALID_S = 900.0
NO_RESPONSE = "The application did not respond."


@dataclass(slots=True, eq=False)
class Interaction:
    """One interaction from its dispatch to its last followup."""

    id: str
    token: str
    type: int
    user: User
    channel: Channel
    created_at: float
    metadata: Json
    payload: Json = field(default_factory=dict[str, Any])
    source: Message | None = None
    opener: Interaction | None = None
    sent_at: float = field(default_factory=time.perf_counter)
    state: str = "pending"
    ack_type: int | None = None
    ack_ms: float | None = None
    ephemeral: bool = False
    original: Message | None = None
    modal: Json | None = None
    modal_is_open: bool = False
    choices: list[Json] | None = None
    followups: list[Message] = field(default_factory=list["Message"])
    error: str | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def kind(self) -> str:
        """The kind in the drive API's words."""
        return KINDS.get(self.type, "modal")

    def acknowledge(self, ack_type: int) -> None:
        """Note the one first response."""
        self.state, self.ack_type = "acknowledged", ack_type
        self.ack_ms = (time.perf_counter() - self.sent_at) * 1000
        self.answered.set()

    def fail(self, reason: str) -> None:
        """Note that no response came."""
        self.state, self.error = "failed", reason
        self.answered.set()


class Interactions:
    """Every recent interaction, and the way to create and deliver one."""

    def __init__(
        self,
        world: World,
        cdn: Cdn,
        sessions: Sessions,
        events: Events,
        report: Report,
        uploads: Uploads,
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._sessions = sessions
        self._events = events
        self._report = report
        self._uploads = uploads
        self._by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def create(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: Json,
        *,
        source: Message | None = None,
        opener: Interaction | None = None,
        locale: str | None = None,
    ) -> Interaction:
        """Make an interaction with Discord's payload; it is not delivered yet."""
        interaction = Interaction(
            id=self._world.ids.next(),
            token=secrets.token_urlsafe(64),
            type=kind,
            user=user,
            channel=channel,
            created_at=self._world.clock.now(),
            metadata={},
            source=source,
            opener=opener,
        )
        interaction.metadata = _metadata(interaction, data)
        interaction.payload = self._payload(interaction, data, locale or user.locale)
        self._by_id[interaction.id] = self._by_token[interaction.token] = interaction
        self._make_room()
        self._report.interactions += 1
        return interaction

    def deliver(self, interaction: Interaction) -> bool:
        """Dispatch it to the one session of its guild's shard; False when there is none."""
        session = self._sessions.recipient(interaction.channel.guild_id)
        if session is None:
            return False
        interaction.sent_at = time.perf_counter()
        session.dispatch("INTERACTION_CREATE", dumps(interaction.payload))
        return True

    async def settle(self, interaction: Interaction) -> None:
        """Wait for the first response; after 3 seconds the interaction has failed."""
        try:
            async with asyncio.timeout(ACKNOWLEDGE_WITHIN_S):
                await interaction.answered.wait()
        except TimeoutError:
            self.fail(interaction, NO_RESPONSE)

    def fail(self, interaction: Interaction, reason: str) -> None:
        """Mark an unanswered interaction as failed and tell the member."""
        if interaction.state != "pending":
            return
        interaction.fail(reason)
        self._events.publish(
            "interaction_failed",
            lambda: {"interaction": interaction.id, "reason": reason},
            interaction.user.id,
        )

    def find(self, interaction_id: str) -> Interaction | None:
        """The interaction with this id."""
        return self._by_id.get(interaction_id)

    def for_callback(self, interaction_id: str, token: str) -> Interaction:
        """The interaction that a callback answers, or Discord's refusal."""
        interaction = self._by_id.get(interaction_id)
        if interaction is None or not secrets.compare_digest(interaction.token, token):
            raise unknown_interaction()
        return interaction

    def is_late(self, interaction: Interaction) -> bool:
        """Whether the three seconds for the first response are over."""
        return self._world.clock.now() - interaction.created_at > ACKNOWLEDGE_WITHIN_S

    def for_webhook(self, application_id: str, token: str) -> Interaction:
        """The acknowledged interaction whose token still works, or Discord's refusal."""
        interaction = self._by_token.get(token)
        if interaction is None or application_id != self._world.bot.id:
            raise unknown_webhook()
        if self._world.clock.now() - interaction.created_at > TOKEN_VALID_S:
            raise expired_token()
        if interaction.state != "acknowledged":
            raise unknown_webhook()
        return interaction

    def channel_of(self, token: str | None) -> Channel | None:
        """Where the interaction with this token happened."""
        interaction = None if token is None else self._by_token.get(token)
        return None if interaction is None else interaction.channel

    def summary(self, interaction: Interaction) -> Json:
        """The interaction as the drive API gives it."""

        def shown(message: Message) -> Json:
            return payloads.message_for_page(self._world, self._cdn, message)

        original = interaction.original
        return {
            "id": interaction.id,
            "kind": interaction.kind,
            "state": interaction.state,
            "ack_type": interaction.ack_type,
            "ack_ms": interaction.ack_ms,
            "ephemeral": interaction.ephemeral,
            "message": None if original is None else shown(original),
            "modal": interaction.modal,
            "followups": [shown(message) for message in interaction.followups],
            "error": interaction.error,
        }

    def _make_room(self) -> None:
        while len(self._by_id) > self._world.keep:
            oldest = next(iter(self._by_id))
            del self._by_token[self._by_id.pop(oldest).token]

    def _payload(self, interaction: Interaction, data: Json, locale: str) -> Json:
        world, channel, user = self._world, interaction.channel, interaction.user
        granted = world.permissions_of(user, channel)
        payload: Json = {
            "id": interaction.id,
            "application_id": world.bot.id,
            "type": interaction.type,
            "token": interaction.token,
            "version": 1,
            "data": data,
            "channel_id": channel.id,
            "channel": payloads.channel(channel, granted),
            "app_permissions": str(world.permissions_of(world.bot, channel)),
            "locale": locale,
            "entitlements": [],
            "authorizing_integration_owners": _owners(channel),
            "attachment_size_limit": self._uploads.file_bytes(channel),
        }
        guild = world.guild_of(channel)
        if guild is None:
            payload |= {"user": payloads.user(user), "context": 1}
        else:
            payload |= {
                "guild_id": guild.id,
                "guild": {"id": guild.id, "locale": guild.locale, "features": []},
                "guild_locale": guild.locale,
                "member": payloads.member(guild.members[user.id], granted),
                "context": 0,
            }
        if interaction.source is not None:
            payload["message"] = payloads.message(world, self._cdn, interaction.source)
        return payload


def _owners(channel: Channel) -> Json:
    return {"0": channel.guild_id or "0"}


def _full_name(data: Json) -> str:
    """The name of a command with its group and subcommand."""
    names = [str(data["name"])]
    nested: list[Json] = data.get("options") or []
    while nested and nested[0]["type"] in (1, 2):
        names.append(nested[0]["name"])
        nested = nested[0].get("options") or []
    return " ".join(names)


def _metadata(interaction: Interaction, data: Json) -> Json:
    """What Discord writes on the messages that answer an interaction."""
    metadata: Json = {
        "id": interaction.id,
        "type": interaction.type,
        "user": payloads.user(interaction.user),
        "authorizing_integration_owners": _owners(interaction.channel),
    }
    if "name" in data:
        metadata["name"] = _full_name(data)
        metadata["command_type"] = data["type"]
    if data.get("target_id") is not None:
        key = "target_message_id" if data["type"] == 3 else "target_user_id"
        metadata[key] = data["target_id"]
    if interaction.type == COMPONENT and interaction.source is not None:
        metadata["interacted_message_id"] = interaction.source.id
    if interaction.opener is not None:
        metadata["triggering_interaction_metadata"] = interaction.opener.metadata
    return metadata
