"""The gateway: Discord's WebSocket protocol, version 10, JSON."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from aiohttp import WSMsgType, web

from playground.access import is_secret
from playground.gateway.sessions import Session, Sessions
from playground.gateway.streams import Stream, stream_for
from playground.wire import Json, dumps
from playground.world import payloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from playground.reports import Report
    from playground.world.world import Guild, World

HEARTBEAT_S = 41.25
ACK_AFTER_S = 0.02
"""As over a real line: discord.py takes an answer that comes at once for one to the beat before,
and warns of a connection that is 41 seconds behind."""

CLOSE_WITHIN_S = 1.0
GUILDS, GUILD_MEMBERS, GUILD_PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
KNOWN_INTENTS = (1 << 26) - 1
PRIVILEGED_INTENTS = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
SENDS_PER_MINUTE = 120

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11

CLOSE_REASONS = {
    4000: "Unknown error.",
    4001: "Unknown opcode.",
    4002: "Error while decoding payload.",
    4003: "Not authenticated.",
    4004: "Authentication failed.",
    4005: "Already authenticated.",
    4007: "Invalid seq.",
    4008: "You are being rate limited.",
    4009: "Session timed out.",
    4010: "Invalid shard.",
    4012: "Invalid API version.",
    4013: "Invalid intent(s).",
    4014: "Disallowed intent(s).",
}


class _Closed(Exception):
    """The client broke the protocol; the connection ends with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(CLOSE_REASONS[code])
        self.code = code


class Gateway:
    """The WebSocket endpoint and what may be asked of it."""

    def __init__(
        self, world: World, sessions: Sessions, report: Report, token: str, *, privileged: bool
    ) -> None:
        self.world = world
        self.sessions = sessions
        self.report = report
        self.token = token
        self.privileged = privileged
        self.url = ""
        self._connections: set[Connection] = set()
        self._deserted = asyncio.Event()
        self._deserted.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One client's connection, from HELLO to its end."""
        socket = web.WebSocketResponse(max_msg_size=0, compress=False, timeout=CLOSE_WITHIN_S)
        await socket.prepare(request)
        connection = Connection(self, socket, stream_for(request.query.get("compress")))
        self._connections.add(connection)
        self._deserted.clear()
        try:
            await connection.run(request.query.get("v"), request.query.get("encoding", "json"))
        finally:
            self._connections.discard(connection)
            if not self._connections:
                self._deserted.set()
        return socket

    async def close(self) -> None:
        """Ask every client to come back later, as a restarting Discord does."""
        for connection in list(self._connections):
            connection.close(1001, "Going away")
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._deserted.wait()

    def reconnect(self) -> None:
        """Send op 7 to every client."""
        self._tell_all(RECONNECT, None)

    def invalidate(self, *, resumable: bool) -> None:
        """Send op 9 to every client; unless resumable, their sessions are gone."""
        for session in self.sessions.live():
            if not resumable:
                self.sessions.forget(session)
        self._tell_all(INVALID_SESSION, resumable)

    def close_all(self, code: int) -> None:
        """Close every connection with a code."""
        for connection in list(self._connections):
            connection.close(code, CLOSE_REASONS.get(code, "Closed on request"))

    def send_malformed(self) -> None:
        """Dispatch an interaction that lacks most of what Discord promises."""
        for session in self.sessions.live():
            session.dispatch("INTERACTION_CREATE", dumps({"id": "1", "type": 2, "data": {}}))

    def tell_of_guild(self, guild: Guild) -> None:
        """Say that the bot was invited to a guild."""
        said = payloads.guild_create(self.world, guild)
        self.sessions.broadcast("GUILD_CREATE", guild.id, GUILDS, lambda _: said)

    def tell_of_change(self, guild: Guild) -> None:
        """Say that a guild is no longer as it was announced."""
        said = payloads.guild(guild)
        self.sessions.broadcast("GUILD_UPDATE", guild.id, GUILDS, lambda _: said)

    def tell_of_leaving(self, guild: Guild) -> None:
        """Say that the bot was removed from a guild."""
        self.sessions.broadcast("GUILD_DELETE", guild.id, GUILDS, lambda _: {"id": guild.id})

    def _tell_all(self, op: int, data: object) -> None:
        for connection in list(self._connections):
            connection.send(dumps({"op": op, "d": data, "s": None, "t": None}))


class Connection:
    """One WebSocket: reads the client's messages and writes a session's in order."""

    def __init__(
        self, gateway: Gateway, socket: web.WebSocketResponse, stream: Stream | None
    ) -> None:
        self._gateway = gateway
        self._socket = socket
        self._stream = stream
        self._session: Session | None = None
        self._outbox: asyncio.Queue[str | tuple[int, str]] = asyncio.Queue()
        self._sends: list[float] = []
        self._is_closing = False
        self._handlers: dict[int, Callable[[Any], None]] = {
            HEARTBEAT: self._heartbeat,
            IDENTIFY: self._identify,
            RESUME: self._resume,
            REQUEST_MEMBERS: self._request_members,
            PRESENCE: self._ignore,
            VOICE: self._ignore,
        }

    def send(self, text: str) -> None:
        """Queue a message for the client."""
        self._outbox.put_nowait(text)

    def close(self, code: int, reason: str) -> None:
        """Close the connection after everything queued so far was sent."""
        self._is_closing = True
        self._outbox.put_nowait((code, reason))

    async def run(self, version: str | None, encoding: str) -> None:
        """Speak until either side ends the connection."""
        writer = asyncio.create_task(self._write())
        if version not in (None, "9", "10") or encoding != "json" or self._stream is None:
            self.close(4012, CLOSE_REASONS[4012])
        else:
            hello: Json = {"heartbeat_interval": int(HEARTBEAT_S * 1000), "_trace": []}
            self.send(dumps({"op": HELLO, "d": hello, "s": None, "t": None}))
        try:
            await self._read()
            if self._is_closing:
                await writer
        finally:
            writer.cancel()
            if self._session is not None:
                # Only a client that says goodbye itself gives its session up.
                ended = not self._is_closing and self._socket.close_code in (1000, 1001)
                self._gateway.sessions.detach(self._session, self, forget=ended)

    async def _write(self) -> None:
        stream = self._stream
        while True:
            item = await self._outbox.get()
            if isinstance(item, tuple):
                await self._socket.close(code=item[0], message=item[1].encode())
                return
            if stream is None or self._socket.closed:
                continue
            packed = stream.pack(item)
            try:
                if isinstance(packed, str):
                    await self._socket.send_str(packed)
                else:
                    await self._socket.send_bytes(packed)
            except ConnectionError:
                return

    async def _read(self) -> None:
        while True:
            try:
                message = await self._socket.receive(timeout=HEARTBEAT_S * 1.5)
            except TimeoutError:
                self._break_off(4009)
                await self._socket.close(code=4009, message=b"Session timed out.")
                return
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return
            try:
                self._take(message.data)
            except _Closed as error:
                self._break_off(error.code)

    def _break_off(self, code: int) -> None:
        self._gateway.report.problem("gateway", f"closed with {code} {CLOSE_REASONS[code]}")
        self.close(code, CLOSE_REASONS[code])

    def _take(self, data: str | bytes) -> None:
        try:
            message: Any = json.loads(data)
            op = message["op"]
        except (ValueError, KeyError, TypeError):
            raise _Closed(4002) from None
        self._count_send()
        handler = self._handlers.get(op)
        if handler is None:
            raise _Closed(4001)
        if self._session is None and op not in (HEARTBEAT, IDENTIFY, RESUME):
            raise _Closed(4003)
        try:
            handler(message.get("d"))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise _Closed(4002) from None

    def _count_send(self) -> None:
        now = self._gateway.world.clock.now()
        self._sends = [at for at in self._sends if at > now - 60.0]
        self._sends.append(now)
        if len(self._sends) > SENDS_PER_MINUTE:
            raise _Closed(4008)

    def _ignore(self, data: object) -> None:
        """Presence and voice updates change nothing here."""

    def _heartbeat(self, data: object) -> None:
        text = dumps({"op": HEARTBEAT_ACK, "d": None, "s": None, "t": None})
        asyncio.get_running_loop().call_later(ACK_AFTER_S, self.send, text)

    def _identify(self, data: Json) -> None:
        if self._session is not None:
            raise _Closed(4005)
        if not is_secret(str(data["token"]).removeprefix("Bot "), self._gateway.token):
            raise _Closed(4004)
        shard, count = data.get("shard") or (0, 1)
        if not 0 <= shard < count:
            raise _Closed(4010)
        intents: int = data["intents"]
        if intents & ~KNOWN_INTENTS:
            raise _Closed(4013)
        if intents & PRIVILEGED_INTENTS and not self._gateway.privileged:
            raise _Closed(4014)
        self._session = session = Session(shard, count, intents, self)
        self._gateway.sessions.add(session)
        self._greet(session)

    def _greet(self, session: Session) -> None:
        world = self._gateway.world
        guilds = [guild for guild in world.guilds.values() if session.covers(guild.id)]
        session.dispatch("READY", dumps(self._ready(session, guilds)))
        if session.intents & GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", dumps(payloads.guild_create(world, guild)))

    def _ready(self, session: Session, guilds: list[Guild]) -> Json:
        bot = self._gateway.world.bot
        return {
            "v": 10,
            "user": payloads.user(bot) | {"verified": True, "mfa_enabled": False, "email": None},
            "guilds": [{"id": guild.id, "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": self._gateway.url,
            "shard": [session.shard, session.shard_count],
            "application": {"id": bot.id, "flags": 0},
            "private_channels": [],
            "relationships": [],
            "user_settings": {},
            "_trace": [],
        }

    def _resume(self, data: Json) -> None:
        if self._session is not None:
            raise _Closed(4005)
        sessions = self._gateway.sessions
        session = sessions.find(str(data["session_id"]))
        if not is_secret(str(data["token"]).removeprefix("Bot "), self._gateway.token):
            if session is not None:
                sessions.forget(session)
            raise _Closed(4004)
        sequence: int = data["seq"] or 0
        if session is not None and sequence > session.sequence:
            raise _Closed(4007)
        missed = None if session is None else session.missed(sequence)
        if session is None or missed is None:
            self.send(dumps({"op": INVALID_SESSION, "d": False, "s": None, "t": None}))
            return
        sessions.attach(session, self)
        self._session = session
        for text in missed:
            self.send(text)
        session.dispatch("RESUMED", dumps({"_trace": []}))

    def _request_members(self, data: Json) -> None:
        session = cast("Session", self._session)
        for guild_id in _listed(data["guild_id"]):
            guild = self._gateway.world.guilds.get(guild_id)
            if guild is not None and session.covers(guild.id):
                self._send_members(session, guild, data)

    def _send_members(self, session: Session, guild: Guild, data: Json) -> None:
        limit: int = data.get("limit") or 0
        asked = data.get("user_ids")
        if asked is not None:
            ids = _listed(asked)
            found = [guild.members[key] for key in ids if key in guild.members][:100]
            missing = [key for key in ids if key not in guild.members]
        else:
            query = str(data["query"]).casefold()
            if not query and not session.intents & GUILD_MEMBERS:
                self._gateway.report.problem("gateway", "asked for all members without the intent")
                return
            matching = [m for m in guild.members.values() if _answers_to(m.user.name, query)]
            found, missing = matching[: min(limit or 1000, 1000)], []
        chunk: Json = {
            "guild_id": guild.id,
            "members": [payloads.member(someone) for someone in found],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": missing,
        }
        if data.get("nonce") is not None:
            chunk["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", dumps(chunk))


def _listed(value: Any) -> list[str]:
    """One id or several, as texts."""
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [str(key) for key in values]


def _answers_to(name: str, query: str) -> bool:
    return name.casefold().startswith(query)
