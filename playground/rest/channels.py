"""REST: channels and the messages in them, by the bot's own token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.wire import (
    Json,
    answer,
    invalid,
    missing_access,
    missing_permissions,
    not_the_author,
    nothing,
    unknown_message,
)
from playground.world import payloads
from playground.world.message_service import MessageService, Origin
from playground.world.messages import DEFAULT, REPLY, Message
from playground.world.permissions import Permission

if TYPE_CHECKING:
    from aiohttp import web

    from playground.cdn import Cdn
    from playground.rest.routes import Call, Rest
    from playground.world.world import Channel, World

_MESSAGES = "/channels/{channel_id}/messages"
_MESSAGE = _MESSAGES + "/{message_id}"
FORWARD = 1


class Channels:
    """The routes about channels and messages."""

    def __init__(self, world: World, cdn: Cdn, posting: MessageService) -> None:
        self._world = world
        self._cdn = cdn
        self._posting = posting

    def register(self, rest: Rest) -> None:
        """Add the routes."""
        rest.add("GET", "/channels/{channel_id}", self._channel)
        rest.add("POST", "/channels/{channel_id}/typing", self._typing)
        rest.add("GET", _MESSAGES, self._list)
        rest.add("POST", _MESSAGES, self._create)
        rest.add("GET", _MESSAGE, self._get)
        rest.add("PATCH", _MESSAGE, self._edit)
        rest.add("DELETE", _MESSAGE, self._delete)

    def _visible(self, call: Call, needed: int = Permission.VIEW_CHANNEL) -> Channel:
        channel = self._world.find_channel(call.params["channel_id"])
        granted = self._world.permissions_of(self._world.bot, channel)
        if not granted & Permission.VIEW_CHANNEL:
            raise missing_access()
        if needed & ~granted:
            raise missing_permissions()
        return channel

    def _message(self, call: Call, channel: Channel) -> Message:
        message = channel.messages.get(call.params["message_id"])
        if message is None:
            raise unknown_message()
        return message

    def _shown(self, message: Message) -> web.Response:
        return answer(payloads.message(self._world, self._cdn, message))

    def _channel(self, call: Call) -> web.Response:
        return answer(payloads.channel(self._visible(call)))

    def _typing(self, call: Call) -> web.Response:
        self._visible(call, Permission.SEND_MESSAGES)
        return nothing()

    def _list(self, call: Call) -> web.Response:
        channel = self._visible(call)
        granted = self._world.permissions_of(self._world.bot, channel)
        if not granted & Permission.READ_MESSAGE_HISTORY:
            return answer([])
        limit = _number(call, "limit") or 50
        if not 1 <= limit <= 100:
            raise invalid(("limit",), "NUMBER_TYPE_MAX", "int value should be between 1 and 100.")
        around = _number(call, "around")
        if around is not None:
            half = limit // 2
            older = channel.messages.page(half, before=around)
            newer = channel.messages.page(limit - half, after=around - 1)
            found = newer + older
        else:
            found = channel.messages.page(limit, _number(call, "before"), _number(call, "after"))
        return answer([payloads.message(self._world, self._cdn, message) for message in found])

    def _get(self, call: Call) -> web.Response:
        channel = self._visible(call, Permission.READ_MESSAGE_HISTORY)
        return self._shown(self._message(call, channel))

    def _create(self, call: Call) -> web.Response:
        channel = self._visible(call, Permission.SEND_MESSAGES)
        if call.body.files:
            self._visible(call, Permission.ATTACH_FILES)
        bot, data = self._world.bot, call.json()
        again = self._posting.remembered(channel, bot, data)
        if again is not None:
            return self._shown(again)
        reference = data.get("message_reference")
        if reference is not None:
            self._visible(call, Permission.READ_MESSAGE_HISTORY)
        origin = self._referring(channel, reference)
        message = self._posting.create(channel, bot, call.body, origin)
        self._posting.remember(message)
        return self._shown(message)

    def _referring(self, channel: Channel, reference: Json | None) -> Origin:
        """A reply or a forward; the message it refers to has to be there."""
        if reference is None:
            return Origin()
        place = self._world.find_channel(str(reference.get("channel_id") or channel.id))
        target = place.messages.get(str(reference.get("message_id")))
        if target is None:
            if reference.get("fail_if_not_exists") is False:
                return Origin()
            path = ("message_reference", "message_id")
            raise invalid(path, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
        pointer: Json = {"type": 0, "channel_id": place.id, "message_id": target.id}
        if place.guild_id is not None:
            pointer["guild_id"] = place.guild_id
        if reference.get("type") == FORWARD:
            snapshot = payloads.snapshot(self._world, self._cdn, target)
            return Origin(DEFAULT, pointer | {"type": FORWARD}, snapshots=[snapshot])
        return Origin(REPLY, pointer, replied_to=target.author_id)

    def _edit(self, call: Call) -> web.Response:
        channel = self._visible(call)
        message = self._message(call, channel)
        if message.author_id != self._world.bot.id:
            raise not_the_author()
        self._posting.edit(message, channel, call.body)
        return self._shown(message)

    def _delete(self, call: Call) -> web.Response:
        channel = self._visible(call)
        message = self._message(call, channel)
        if message.author_id != self._world.bot.id:
            self._visible(call, Permission.MANAGE_MESSAGES)
        self._posting.delete(message, channel)
        return nothing()


def _number(call: Call, name: str) -> int | None:
    text = call.query.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise invalid((name,), "NUMBER_TYPE_COERCE", f'Value "{text}" is not a number.')
    return int(text)
