"""Creating, editing and deleting messages, and dispatching that to the gateway and the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from playground.gateway import gateway
from playground.rules.messages import check_message
from playground.wire import Json, Refusal, archived_thread, invalid
from playground.world import payloads
from playground.world.components import Path, stored, texts
from playground.world.mentions import mentioned
from playground.world.messages import Attachment, Message, MessageFlag
from playground.world.permissions import Permission
from playground.world.world import DIRECT

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.cdn import Cdn
    from playground.events import Events
    from playground.gateway.sessions import Sessions
    from playground.reports import Report
    from playground.rest.bodies import Body
    from playground.world.world import Channel, User, World

_SETTABLE_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS
_V2 = MessageFlag.IS_COMPONENTS_V2
NONCE_REMEMBERED_S = 300.0


@dataclass(slots=True)
class Origin:
    """Where a message comes from, besides its author and channel."""

    type: int = 0
    reference: Json | None = None
    replied_to: str | None = None
    interaction_metadata: Json | None = None
    webhook_id: str | None = None
    visible_to: str | None = None
    snapshots: list[Json] | None = None


class MessageService:
    """The only writer of messages: creates, edits and deletes them."""

    def __init__(
        self, world: World, cdn: Cdn, sessions: Sessions, events: Events, report: Report
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._sessions = sessions
        self._events = events
        self._report = report
        self._nonces: dict[tuple[str, str, str], tuple[float, Message]] = {}

    def create(self, channel: Channel, author: User, body: Body, origin: Origin) -> Message:
        """Post what an app sent, after checking it against Discord's rules."""
        check_open(channel)
        data = body.object()
        if origin.snapshots is None:
            check_message(body, None)
        now = self._world.clock.now()
        message = Message(self._world.ids.next(), channel.id, author.id, now, origin.type)
        message.reference, message.snapshots = origin.reference, origin.snapshots
        message.interaction_metadata = origin.interaction_metadata
        message.webhook_id = origin.webhook_id
        message.visible_to = origin.visible_to
        message.flags = self._flags(data, 0)
        if origin.visible_to is not None:
            message.flags |= MessageFlag.EPHEMERAL
        message.tts = bool(data.get("tts"))
        message.nonce = data.get("nonce")
        self._fill(message, channel, body, origin.replied_to)
        self.add(message, channel)
        return message

    def add(self, message: Message, channel: Channel) -> None:
        """Put a finished message into its channel and announce it."""
        for dropped in channel.messages.add(message):
            self._cdn.forget(dropped.attachments)
        if message.author_id == self._world.bot.id:
            self._report.messages_posted += 1
        self._announce("MESSAGE_CREATE", "message_create", message, channel)

    def edit(self, message: Message, channel: Channel, body: Body) -> None:
        """Change a message as an app asked, after checking it against Discord's rules."""
        check_open(channel)
        check_message(body, message)
        was_loading = message.has(MessageFlag.LOADING)
        message.flags = self._flags(body.object(), message.flags) & ~MessageFlag.LOADING
        self._fill(message, channel, body, None)
        if not was_loading:
            message.edited_at = self._world.clock.now()
        self.changed(message, channel)

    def changed(self, message: Message, channel: Channel) -> None:
        """Announce a message that was changed in place."""
        self._announce("MESSAGE_UPDATE", "message_update", message, channel)

    def delete(self, message: Message, channel: Channel) -> None:
        """Take a message and its files away."""
        channel.messages.remove(message)
        self._cdn.forget(message.attachments)
        gone: Json = {"id": message.id, "channel_id": channel.id}
        only_for = message.visible_to or _recipient(channel)
        self._events.publish("message_delete", lambda: gone, only_for)
        if message.visible_to is None:
            event = gone if channel.guild_id is None else gone | {"guild_id": channel.guild_id}

            def told(intents: int) -> Json:
                return event

            self._dispatch("MESSAGE_DELETE", channel, told)

    def remembered(self, channel: Channel, author: User, data: Json) -> Message | None:
        """The message that was already posted under the same enforced nonce."""
        if not data.get("enforce_nonce") or data.get("nonce") is None:
            return None
        found = self._nonces.get((channel.id, author.id, str(data["nonce"])))
        if found is None or found[0] < self._world.clock.now() - NONCE_REMEMBERED_S:
            return None
        return found[1]

    def remember(self, message: Message) -> None:
        """Keep a message's nonce for the next few minutes."""
        if message.nonce is None:
            return
        now = self._world.clock.now()
        key = (message.channel_id, message.author_id, str(message.nonce))
        self._nonces.pop(key, None)
        self._nonces[key] = (now, message)
        # Insertion order is age: only the expired front has to go.
        while self._nonces[first := next(iter(self._nonces))][0] < now - NONCE_REMEMBERED_S:
            del self._nonces[first]

    def _flags(self, data: Json, before: int) -> int:
        asked = data.get("flags")
        if asked is None:
            return before
        kept = before & ~_SETTABLE_FLAGS
        return kept | (asked & (_SETTABLE_FLAGS | _V2))

    def _fill(self, message: Message, channel: Channel, body: Body, replied_to: str | None) -> None:
        data = body.object()
        attachments = self._attachments(message, channel, body)
        try:
            components, embeds = self._resolved(message, data, attachments)
        except Refusal:
            self._cdn.forget(a for a in attachments if a not in message.attachments)
            raise
        dropped = [a for a in message.attachments if a not in attachments]
        self._cdn.forget(dropped)
        message.attachments = attachments
        message.components, message.embeds = components, embeds
        message.signed_at = self._world.clock.now()
        if "content" in data:
            message.content = (data["content"] or "").strip()
        self._mention(message, channel, data, replied_to)

    def _resolved(
        self, message: Message, data: Json, attachments: list[Attachment]
    ) -> tuple[list[Json], list[Json]]:
        components, embeds = message.components, message.embeds
        if "components" in data:
            components = self._components(data["components"] or [], attachments)
        if "embeds" in data:
            embeds = self._embeds(data["embeds"] or [], attachments)
        return components, embeds

    def _mention(
        self, message: Message, channel: Channel, data: Json, replied_to: str | None
    ) -> None:
        author = self._world.users[message.author_id]

        def may_ping_everyone() -> bool:
            granted = self._world.permissions_of(author, channel)
            return bool(granted & Permission.MENTION_EVERYONE)

        found = mentioned(
            self._world,
            "\n".join((message.content, *texts(message.components))),
            data.get("allowed_mentions"),
            may_ping_everyone=may_ping_everyone,
            replied_to=replied_to,
        )
        message.mentions, message.mention_roles = found.users, found.roles
        message.mention_everyone = found.everyone

    def _attachments(self, message: Message, channel: Channel, body: Body) -> list[Attachment]:
        listed: list[Json] | None = body.object().get("attachments")
        notes = {str(item["id"]): item for item in listed or []}
        kept = message.attachments
        if listed is not None:
            kept = [a for a in message.attachments if a.id in notes]
        for attachment in kept:
            _describe(attachment, notes.get(attachment.id))
        fresh: list[Attachment] = []
        for number, file in sorted(body.files.items()):
            note = notes.get(str(number))
            name = (note or {}).get("filename") or file.filename
            attachment = self._cdn.store(channel.id, name, file.data, file.content_type)
            attachment.ephemeral = message.visible_to is not None
            _describe(attachment, note)
            fresh.append(attachment)
        return kept + fresh

    def _components(self, sent: list[Json], attachments: list[Attachment]) -> list[Json]:
        by_name = {attachment.filename: attachment for attachment in attachments}
        by_id = {attachment.id: attachment for attachment in attachments}

        def resolve(reference: Json, path: Path) -> tuple[Json, Attachment | None]:
            url = str(reference["url"])
            attachment = by_name.get(url.removeprefix("attachment://"))
            if attachment is None:
                attachment = by_id.get(_attachment_id(url))
            if attachment is not None:
                return self._cdn.media(attachment), attachment
            if url.startswith("attachment://"):
                code = "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND"
                raise invalid((*path, "url"), code, f"The attachment {url[13:]} was not found")
            return {"id": self._world.ids.next(), "url": url, "proxy_url": url}, None

        return stored(sent, resolve)

    def _embeds(self, sent: list[Json], attachments: list[Attachment]) -> list[Json]:
        by_name = {f"attachment://{a.filename}": a for a in attachments}
        embeds = [{"type": "rich", **embed} for embed in sent]
        for embed in embeds:
            for key in ("image", "thumbnail"):
                picture = cast("Json | None", embed.get(key))
                attachment = by_name.get(picture["url"]) if picture else None
                if attachment is not None:
                    embed[key] = self._cdn.media(attachment)
        return embeds

    def _announce(self, event: str, page_event: str, message: Message, channel: Channel) -> None:
        world, cdn = self._world, self._cdn

        def for_page() -> Json:
            return {"message": payloads.message_for_page(world, cdn, message)}

        def for_bot(intents: int) -> Json:
            content = bool(intents & gateway.MESSAGE_CONTENT)
            return payloads.message_event(world, cdn, message, channel, content)

        self._events.publish(page_event, for_page, message.visible_to or _recipient(channel))
        if message.visible_to is None:
            self._dispatch(event, channel, for_bot)

    def _dispatch(self, event: str, channel: Channel, data: Callable[[int], Json]) -> None:
        direct = channel.type == DIRECT
        intent = gateway.DIRECT_MESSAGES if direct else gateway.GUILD_MESSAGES
        self._sessions.broadcast(event, channel.guild_id, intent, data)


def check_open(channel: Channel) -> None:
    """Discord's refusal where a channel is as an archived thread."""
    if channel.is_locked:
        raise archived_thread()


def _describe(attachment: Attachment, note: Json | None) -> None:
    if note is None:
        return
    if "description" in note:
        attachment.description = note["description"]
    named_spoiler = attachment.filename.startswith("SPOILER_")
    attachment.spoiler = bool(note.get("is_spoiler", attachment.spoiler)) or named_spoiler


def _attachment_id(url: str) -> str:
    parts = url.split("?", 1)[0].rsplit("/", 2)
    return parts[-2] if len(parts) == 3 else ""


def _recipient(channel: Channel) -> str | None:
    return None if channel.recipient is None else channel.recipient.id
