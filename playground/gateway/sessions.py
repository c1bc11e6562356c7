"""Gateway sessions: what was dispatched to whom, kept so that a resume misses nothing."""

from __future__ import annotations

import secrets
from collections import deque
from typing import TYPE_CHECKING, Protocol

from playground.wire import dumps
from playground.world.snowflakes import shard_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playground.world.snowflakes import Clock

RESUMABLE_FOR_S = 180.0
KEPT_EVENTS = 2000


class Outlet(Protocol):
    """Where a session's messages go while somebody is connected."""

    def send(self, text: str) -> None: ...

    def close(self, code: int, reason: str) -> None: ...


class Session:
    """One identified client: its shard, its intents and the numbered events it was sent."""

    def __init__(self, shard: int, shard_count: int, intents: int, outlet: Outlet) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.shard_count = shard_count
        self.intents = intents
        self.outlet: Outlet | None = outlet
        self.left_at = 0.0
        self.sequence = 0
        self._events: deque[tuple[int, str]] = deque(maxlen=KEPT_EVENTS)

    def covers(self, guild_id: str | None) -> bool:
        """Whether a guild's events come here; direct messages go to shard 0."""
        wanted = 0 if guild_id is None else shard_of(guild_id, self.shard_count)
        return wanted == self.shard

    def dispatch(self, event: str, data: str) -> None:
        """Number an event (its data as JSON text), keep it, and send it if anybody listens."""
        self.sequence += 1
        text = f'{{"t":"{event}","s":{self.sequence},"op":0,"d":{data}}}'
        self._events.append((self.sequence, text))
        if self.outlet is not None:
            self.outlet.send(text)

    def missed(self, sequence: int) -> list[str] | None:
        """The events after a sequence number; None when some are no longer kept."""
        if self._events and self._events[0][0] > sequence + 1:
            return None
        return [text for number, text in self._events if number > sequence]


class Sessions:
    """All sessions, and the choice of the one that an interaction goes to."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self.on_change: Callable[[bool], None] | None = None

    @property
    def connected(self) -> bool:
        """Whether any client is connected and identified."""
        return any(session.outlet is not None for session in self._sessions.values())

    def add(self, session: Session) -> None:
        """Register a freshly identified session."""
        before = self.connected
        self._sessions[session.id] = session
        self._tell(before)

    def find(self, session_id: str) -> Session | None:
        """A session that can still be resumed."""
        self._forget_stale()
        return self._sessions.get(session_id)

    def attach(self, session: Session, outlet: Outlet) -> None:
        """Give a session to a new connection; an old one that still hangs on it is closed."""
        before = self.connected
        if session.outlet is not None:
            session.outlet.close(4000, "Session resumed elsewhere")
        session.outlet = outlet
        self._tell(before)

    def detach(self, session: Session, outlet: Outlet, *, forget: bool) -> None:
        """Note that a connection ended; `forget` ends the session with it."""
        before = self.connected
        if session.outlet is outlet:
            session.outlet = None
            session.left_at = self._clock.now()
            if forget:
                self._sessions.pop(session.id, None)
        self._tell(before)

    def forget(self, session: Session) -> None:
        """End a session, so that it cannot be resumed."""
        before = self.connected
        self._sessions.pop(session.id, None)
        self._tell(before)

    def live(self) -> list[Session]:
        """The sessions that somebody is connected to."""
        return [session for session in self._sessions.values() if session.outlet is not None]

    def recipient(self, guild_id: str | None) -> Session | None:
        """The one session that gets a guild's interactions: the newest, connected ones first."""
        self._forget_stale()
        covering = [s for s in self._sessions.values() if s.covers(guild_id)]
        connected = [session for session in covering if session.outlet is not None]
        chosen = connected or covering
        return chosen[-1] if chosen else None

    def broadcast(
        self, event: str, guild_id: str | None, intent: int, data: Callable[[int], object]
    ) -> None:
        """Dispatch an event to every session of the shard that asked for its intent."""
        for session in self._interested(guild_id, intent):
            session.dispatch(event, dumps(data(session.intents)))

    def _interested(self, guild_id: str | None, intent: int) -> Iterator[Session]:
        for session in self._sessions.values():
            if session.intents & intent and session.covers(guild_id):
                yield session

    def _forget_stale(self) -> None:
        oldest = self._clock.now() - RESUMABLE_FOR_S
        stale = [s for s in self._sessions.values() if s.outlet is None and s.left_at < oldest]
        for session in stale:
            del self._sessions[session.id]

    def _tell(self, before: bool) -> None:
        now = self.connected
        if now != before and self.on_change is not None:
            self.on_change(now)
