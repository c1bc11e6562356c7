"""REST: interaction callbacks and the webhooks that an interaction's token opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.wire import answer, nothing
from playground.world import payloads

if TYPE_CHECKING:
    from aiohttp import web

    from playground.cdn import Cdn
    from playground.rest.callbacks import Callbacks
    from playground.rest.routes import Call, Rest
    from playground.world.interactions import Interactions
    from playground.world.message_service import MessageService
    from playground.world.messages import Message
    from playground.world.world import World

_CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
_WEBHOOK = "/webhooks/{webhook_id}/{webhook_token}"
_ORIGINAL = _WEBHOOK + "/messages/@original"
_MESSAGE = _WEBHOOK + "/messages/{message_id}"


class InteractionRoutes:
    """The routes that an interaction's token opens; none of them takes the bot's token."""

    def __init__(
        self,
        world: World,
        cdn: Cdn,
        posting: MessageService,
        interactions: Interactions,
        callbacks: Callbacks,
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._posting = posting
        self._interactions = interactions
        self._callbacks = callbacks

    def register(self, rest: Rest) -> None:
        """Add the routes."""
        rest.add("POST", _CALLBACK, self._callback, needs_token=False)
        rest.add("POST", _WEBHOOK, self._followup, needs_token=False)
        for template in (_ORIGINAL, _MESSAGE):
            rest.add("GET", template, self._get, needs_token=False)
            rest.add("PATCH", template, self._edit, needs_token=False)
            rest.add("DELETE", template, self._delete, needs_token=False)

    def _callback(self, call: Call) -> web.Response:
        params = call.params
        found = self._interactions.for_callback(
            params["interaction_id"], params["interaction_token"]
        )
        response = self._callbacks.respond(found, call.body)
        wants_body = call.query.get("with_response", "").lower() in ("true", "1")
        return answer(response) if wants_body else nothing()

    def _followup(self, call: Call) -> web.Response:
        params = call.params
        found = self._interactions.for_webhook(params["webhook_id"], params["webhook_token"])
        message = self._callbacks.followup(found, call.body)
        # An interaction's webhook always answers with the message, whatever `wait` says.
        return answer(payloads.message(self._world, self._cdn, message))

    def _owned(self, call: Call) -> tuple[Message, str]:
        params = call.params
        found = self._interactions.for_webhook(params["webhook_id"], params["webhook_token"])
        message = self._callbacks.owned(found, params.get("message_id", "@original"))
        return message, found.channel.id

    def _get(self, call: Call) -> web.Response:
        message, _ = self._owned(call)
        return answer(payloads.message(self._world, self._cdn, message))

    def _edit(self, call: Call) -> web.Response:
        message, channel_id = self._owned(call)
        self._posting.edit(message, self._world.find_channel(channel_id), call.body)
        return answer(payloads.message(self._world, self._cdn, message))

    def _delete(self, call: Call) -> web.Response:
        message, channel_id = self._owned(call)
        self._posting.delete(message, self._world.find_channel(channel_id))
        return nothing()
