"""The first response to an interaction, and everything its token allows afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from playground.rest.bodies import Body
from playground.rules.modals import check_modal, shown_modal
from playground.rules.replies import check_choices
from playground.wire import (
    Json,
    already_acknowledged,
    invalid,
    unknown_interaction,
    unknown_message,
)
from playground.world import payloads
from playground.world.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    NO_RESPONSE,
    Interaction,
    Interactions,
)
from playground.world.message_service import MessageService, Origin, check_open
from playground.world.messages import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    REPLY,
    Message,
    MessageFlag,
)

if TYPE_CHECKING:
    from playground.cdn import Cdn
    from playground.events import Events
    from playground.world.world import World

REPLY_NOW, DEFER_REPLY, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


class Callbacks:
    """Applies the bot's answers to interactions."""

    def __init__(
        self,
        world: World,
        cdn: Cdn,
        events: Events,
        posting: MessageService,
        interactions: Interactions,
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._events = events
        self._posting = posting
        self._interactions = interactions

    def respond(self, interaction: Interaction, body: Body) -> Json:
        """Take the first response; the answer is Discord's interaction callback response."""
        if interaction.state == "acknowledged":
            raise already_acknowledged()
        if interaction.state == "failed" or self._interactions.is_late(interaction):
            self._interactions.fail(interaction, NO_RESPONSE)
            raise unknown_interaction()
        sent = body.object()
        ack_type: Any = sent.get("type")
        if ack_type not in _allowed(interaction):
            allowed = ", ".join(map(str, _allowed(interaction)))
            raise invalid(("type",), "BASE_TYPE_CHOICES", f"Value must be one of ({allowed}).")
        data = Body(sent.get("data") or {}, body.files, ("data",))
        updated = self._apply(interaction, cast("int", ack_type), data)
        interaction.acknowledge(ack_type)
        if interaction.opener is not None:
            interaction.opener.modal_is_open = False
        return self._callback_response(interaction, updated)

    def original(self, interaction: Interaction) -> Message:
        """The message that `@original` means, or Discord's refusal."""
        message = interaction.original
        if message is None or not _is_there(message, interaction):
            raise unknown_message()
        return message

    def followup(self, interaction: Interaction, body: Body) -> Message:
        """Post a followup; the first one after a defer fills the waiting message instead."""
        original = interaction.original
        waiting = original is not None and original.has(MessageFlag.LOADING)
        if waiting and interaction.ack_type == DEFER_REPLY:
            message = self.original(interaction)
            self._posting.edit(message, interaction.channel, body)
            return message
        flags: int = body.object().get("flags") or 0
        whisper = interaction.user.id if flags & MessageFlag.EPHEMERAL else None
        origin = self._origin(interaction, whisper)
        origin.type, origin.reference = _reply_to(original)
        if original is not None:
            origin.interaction_metadata = interaction.metadata | {
                "original_response_message_id": original.id
            }
        message = self._posting.create(interaction.channel, self._world.bot, body, origin)
        interaction.followups.append(message)
        return message

    def owned(self, interaction: Interaction, message_id: str) -> Message:
        """A message that this interaction's token may read, edit and delete."""
        if message_id == "@original":
            return self.original(interaction)
        reader = interaction.user.id
        message = interaction.channel.messages.get(message_id, reader)
        if message is None:
            raise unknown_message()
        ours = message is interaction.original or message in interaction.followups
        webhook = message.webhook_id == self._world.bot.id and message.visible_to is None
        if not ours and not webhook:
            raise unknown_message()
        return message

    def _apply(self, interaction: Interaction, ack_type: int, body: Body) -> Message | None:
        match ack_type:
            case 4:
                return self._reply(interaction, body)
            case 5:
                return self._defer(interaction, body.object())
            case 6:
                interaction.original = interaction.source
            case 7:
                source = cast("Message", interaction.source)
                if not _is_there(source, interaction):
                    raise unknown_message()
                self._posting.edit(source, interaction.channel, body)
                interaction.original = source
                return source
            case 8:
                interaction.choices = _choices(interaction, body)
            case _:
                self._open_modal(interaction, body.object())
        return None

    def _reply(self, interaction: Interaction, body: Body) -> Message:
        flags: int = body.object().get("flags") or 0
        interaction.ephemeral = bool(flags & MessageFlag.EPHEMERAL)
        whisper = interaction.user.id if interaction.ephemeral else None
        origin = self._origin(interaction, whisper)
        origin.type, origin.reference = _response_type(interaction)
        message = self._posting.create(interaction.channel, self._world.bot, body, origin)
        interaction.original = message
        return message

    def _defer(self, interaction: Interaction, data: Json) -> Message:
        check_open(interaction.channel)
        flags: int = data.get("flags") or 0
        interaction.ephemeral = bool(flags & MessageFlag.EPHEMERAL)
        world, channel = self._world, interaction.channel
        message = Message(world.ids.next(), channel.id, world.bot.id, world.clock.now())
        message.type, message.reference = _response_type(interaction)
        message.flags = MessageFlag.LOADING
        message.interaction_metadata = interaction.metadata
        message.webhook_id = world.bot.id
        if interaction.ephemeral:
            message.flags |= MessageFlag.EPHEMERAL
            message.visible_to = interaction.user.id
        self._posting.add(message, channel)
        interaction.original = message
        return message

    def _open_modal(self, interaction: Interaction, data: Json) -> None:
        check_modal(data, ("data",))
        interaction.modal = shown_modal(data)
        interaction.modal_is_open = True
        opened = {"interaction": interaction.id, "modal": interaction.modal}
        self._events.publish("modal", lambda: opened, interaction.user.id)

    def _origin(self, interaction: Interaction, whisper: str | None) -> Origin:
        return Origin(
            interaction_metadata=interaction.metadata,
            webhook_id=self._world.bot.id,
            visible_to=whisper,
        )

    def _callback_response(self, interaction: Interaction, message: Message | None) -> Json:
        about: Json = {"id": interaction.id, "type": interaction.type}
        original = interaction.original
        if original is not None:
            about |= {
                "response_message_id": original.id,
                "response_message_loading": original.has(MessageFlag.LOADING),
                "response_message_ephemeral": original.visible_to is not None,
            }
        response: Json = {"interaction": about}
        if message is not None and interaction.ack_type in (REPLY_NOW, UPDATE):
            shown = payloads.message(self._world, self._cdn, message)
            response["resource"] = {"type": interaction.ack_type, "message": shown}
        return response


def _is_there(message: Message, interaction: Interaction) -> bool:
    return interaction.channel.messages.get(message.id, message.visible_to) is message


def _choices(interaction: Interaction, body: Body) -> list[Json]:
    return check_choices(interaction.payload["data"], body.object(), body.path)


def _allowed(interaction: Interaction) -> tuple[int, ...]:
    """The callback types that Discord takes for this kind of interaction."""
    if interaction.type == AUTOCOMPLETE:
        return (CHOICES,)
    if interaction.type == COMMAND:
        return (REPLY_NOW, DEFER_REPLY, MODAL)
    if interaction.type == COMPONENT:
        return (REPLY_NOW, DEFER_REPLY, DEFER_UPDATE, UPDATE, MODAL)
    if interaction.source is not None:
        return (REPLY_NOW, DEFER_REPLY, DEFER_UPDATE, UPDATE)
    return (REPLY_NOW, DEFER_REPLY)


def _response_type(interaction: Interaction) -> tuple[int, Json | None]:
    if interaction.type == COMMAND:
        is_menu = interaction.metadata.get("command_type") != 1
        return (CONTEXT_MENU_COMMAND if is_menu else CHAT_INPUT_COMMAND), None
    if interaction.type in (COMPONENT, MODAL_SUBMIT):
        return _reply_to(interaction.source)
    return DEFAULT, None


def _reply_to(message: Message | None) -> tuple[int, Json | None]:
    if message is None:
        return DEFAULT, None
    reference = {"type": 0, "channel_id": message.channel_id, "message_id": message.id}
    return REPLY, reference
