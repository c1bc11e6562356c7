"""The drive API: JSON over HTTP through which the page and the tests act as members."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from playground.drive.bodies import body_of, object_in, posted_in, query_of, text_in
from playground.drive.options import DriveError
from playground.drive.world import WorldRoutes
from playground.rest import faults
from playground.rest.faults import Fault, Faults
from playground.wire import Json, answer
from playground.world import payloads

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from playground.cdn import Cdn
    from playground.drive.actions import Actions
    from playground.events import Events
    from playground.gateway.gateway import Gateway
    from playground.reports import Report
    from playground.world.interactions import Interaction, Interactions
    from playground.world.registry import Registry
    from playground.world.world import Channel, User, World

    Act = Callable[[web.Request], Awaitable[web.StreamResponse]]
    TopUp = Callable[[str, str, str], Awaitable[None]]

SHOWN_MESSAGES = 200
KEEPALIVE_S = 15.0


class Drive:
    """The routes under /drive."""

    def __init__(
        self,
        world: World,
        cdn: Cdn,
        registry: Registry,
        actions: Actions,
        interactions: Interactions,
        gateway: Gateway,
        events: Events,
        report: Report,
        waiting_faults: Faults,
        *,
        openapi: bool,
        top_up: TopUp | None,
    ) -> None:
        self._world = world
        self._cdn = cdn
        self._actions = actions
        self._interactions = interactions
        self._gateway = gateway
        self._events = events
        self._report = report
        self._faults = waiting_faults
        self._openapi = openapi
        self._top_up = top_up
        has_top_up = top_up is not None
        self._surroundings = WorldRoutes(world, registry, actions, gateway, top_up=has_top_up)

    def routes(self) -> list[web.RouteDef]:
        """The routes, each answering refusals with a sentence."""
        table: list[tuple[str, str, Act]] = [
            ("GET", "/state", self._surroundings.state),
            ("POST", "/members", self._surroundings.change_member),
            ("POST", "/guilds", self._surroundings.invite),
            ("PATCH", "/guilds", self._surroundings.change_guild),
            ("DELETE", "/guilds", self._surroundings.leave),
            ("PATCH", "/world", self._surroundings.change_world),
            ("GET", "/channels/{channel}/messages", self._messages),
            ("GET", "/events", self._stream),
            ("POST", "/upload", self._upload),
            ("POST", "/post", self._post),
            ("POST", "/invoke", self._invoke),
            ("POST", "/menu", self._menu),
            ("POST", "/autocomplete", self._autocomplete),
            ("POST", "/click", self._click),
            ("POST", "/select", self._select),
            ("POST", "/submit", self._submit),
            ("POST", "/delete", self._delete),
            ("GET", "/interactions/{interaction}", self._interaction),
            ("POST", "/replay", self._replay),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("POST", "/gateway", self._gateway_action),
            ("POST", "/time", self._time),
            ("POST", "/topup", self._run_top_up),
            ("GET", "/report", self._show_report),
        ]
        return [web.route(m, "/drive" + path, self._refusing(act)) for m, path, act in table]

    async def _messages(self, request: web.Request) -> web.Response:
        user = self._actions.member(query_of(request, "member"))
        channel = self._actions.channel(request.match_info["channel"], user)
        seen = channel.messages.seen_by(user.id, SHOWN_MESSAGES)
        return answer([payloads.message_for_page(self._world, self._cdn, m) for m in seen])

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        user = self._actions.member(query_of(request, "member"))
        response = web.StreamResponse()
        response.headers["Content-Type"] = "text/event-stream"
        response.headers["Cache-Control"] = "no-store"
        with self._events.listen(user.id) as queue, suppress(ConnectionResetError):
            await response.prepare(request)
            await response.write(b": listening\n\n")
            await self._pump(request, queue, response)
        return response

    async def _upload(self, request: web.Request) -> web.Response:
        data = await request.read()
        self._actions.check_size(len(data), self._place_of(request))
        stored = self._cdn.store(
            self._world.bot.id, query_of(request, "filename"), data, request.content_type
        )
        stored.ephemeral = True
        return answer(
            {
                "id": stored.id,
                "filename": stored.filename,
                "size": len(data),
                "content_type": stored.content_type,
                "width": stored.width,
                "height": stored.height,
                "url": self._cdn.url(stored),
            }
        )

    def _place_of(self, request: web.Request) -> Channel | None:
        """Where the file is meant for, when the query says so."""
        if "channel" not in request.query:
            return None
        user = self._actions.member(query_of(request, "member"))
        return self._actions.channel(request.query["channel"], user)

    async def _post(self, request: web.Request) -> web.Response:
        body, user, channel = await self._who_and_where(request)
        message = self._actions.post(user, channel, posted_in(body))
        return answer(payloads.message_for_page(self._world, self._cdn, message))

    async def _invoke(self, request: web.Request) -> web.Response:
        body, user, channel = await self._who_and_where(request)
        done = await self._actions.invoke(
            user, channel, text_in(body, "command"), object_in(body, "options"), body.get("locale")
        )
        return self._answer(done)

    async def _menu(self, request: web.Request) -> web.Response:
        body, user, channel = await self._who_and_where(request)
        command, message, target = text_in(body, "command"), body.get("message"), body.get("target")
        return self._answer(await self._actions.menu(user, channel, command, message, target))

    async def _autocomplete(self, request: web.Request) -> web.Response:
        body, user, channel = await self._who_and_where(request)
        choices = await self._actions.autocomplete(
            user,
            channel,
            text_in(body, "command"),
            object_in(body, "options"),
            text_in(body, "focused"),
        )
        return answer({"choices": choices})

    async def _click(self, request: web.Request) -> web.Response:
        body, user, channel = await self._who_and_where(request)
        message, custom_id = text_in(body, "message"), text_in(body, "custom_id")
        return self._answer(await self._actions.click(user, channel, message, custom_id))

    async def _select(self, request: web.Request) -> web.Response:
        body, user, channel = await self._who_and_where(request)
        message, custom_id = text_in(body, "message"), text_in(body, "custom_id")
        values = body.get("values")
        return self._answer(await self._actions.select(user, channel, message, custom_id, values))

    async def _submit(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        user = self._actions.member(text_in(body, "member"))
        opener, values = text_in(body, "interaction"), object_in(body, "values")
        return self._answer(await self._actions.submit(user, opener, values))

    async def _delete(self, request: web.Request) -> web.Response:
        body, user, channel = await self._who_and_where(request)
        self._actions.delete(user, channel, text_in(body, "message"))
        return answer({})

    async def _interaction(self, request: web.Request) -> web.Response:
        return self._answer(self._actions.interaction(request.match_info["interaction"]))

    async def _replay(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        self._actions.replay(text_in(body, "interaction"))
        return answer({})

    async def _add_fault(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        kind = text_in(body, "kind")
        if not faults.is_kind(kind):
            kinds = ", ".join(faults.KINDS)
            raise DriveError(f"A fault is one of {kinds}, or a status from 400 to 599.")
        fault = Fault(
            "",
            kind,
            body.get("method"),
            body.get("route"),
            int(body.get("times") or 1),
            float(body.get("retry_after") or 1.0),
            float(body.get("delay") or 0.0),
            int(body.get("code") or 0),
        )
        return answer({"id": self._faults.add(fault)})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return answer({})

    async def _gateway_action(self, request: web.Request) -> web.Response:
        body = await body_of(request)
        action = text_in(body, "action")
        match action:
            case "reconnect":
                self._gateway.reconnect()
            case "invalid_session":
                self._gateway.invalidate(resumable=bool(body.get("resumable")))
            case "close":
                self._gateway.close_all(int(body.get("code") or 4000))
            case "malformed":
                self._gateway.send_malformed()
            case _:
                raise DriveError(f"The gateway knows no action {action}.")
        return answer({})

    async def _time(self, request: web.Request) -> web.Response:
        seconds = (await body_of(request)).get("advance")
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
            raise DriveError("The clock can be advanced by a number of seconds.")
        self._world.clock.advance(seconds)
        return answer({"now": self._world.clock.iso()})

    async def _run_top_up(self, request: web.Request) -> web.Response:
        if self._top_up is None:
            raise DriveError("This playground was started without a top-up command.", 404)
        body = await body_of(request)
        user = self._actions.member(text_in(body, "member"))
        credits_ = body.get("credits")
        if not isinstance(credits_, int) or isinstance(credits_, bool):
            raise DriveError("credits must be a whole number.")
        await self._top_up(self._world.guild.id, user.id, str(credits_))
        return answer({})

    async def _show_report(self, request: web.Request) -> web.Response:
        return answer(self._report.payload(openapi=self._openapi))

    def _refusing(self, act: Act) -> Act:
        async def serve(request: web.Request) -> web.StreamResponse:
            try:
                response = await act(request)
            except DriveError as error:
                response = answer({"error": error.sentence}, error.status)
            if isinstance(response, web.Response) and isinstance(response.body, bytes):
                response.body = self._seen_from(request, response.body.decode()).encode()
            return response

        return serve

    async def _pump(
        self,
        request: web.Request,
        queue: asyncio.Queue[str | None],
        response: web.StreamResponse,
    ) -> None:
        while True:
            try:
                text = await asyncio.wait_for(queue.get(), KEEPALIVE_S)
            except TimeoutError:
                text = ": still here\n\n"
            if text is None:
                return
            await response.write(self._seen_from(request, text).encode())

    def _seen_from(self, request: web.Request, text: str) -> str:
        """Point the addresses of files at the name under which the page reached us."""
        ours, theirs = self._cdn.base_url, f"{request.scheme}://{request.host}"
        return text if ours == theirs else text.replace(ours, theirs)

    def _answer(self, interaction: Interaction) -> web.Response:
        return answer(self._interactions.summary(interaction))

    async def _who_and_where(self, request: web.Request) -> tuple[Json, User, Channel]:
        body = await body_of(request)
        user = self._actions.member(text_in(body, "member"))
        return body, user, self._actions.channel(text_in(body, "channel"), user)
