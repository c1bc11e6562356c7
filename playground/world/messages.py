"""Messages and their attachments, kept so that every look-up is quick."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playground.wire import Json


class MessageFlag:
    """Discord's message flags that apps meet."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND = 0, 19, 20, 23
"""Message types."""


@dataclass(slots=True, eq=False)
class Attachment:
    """A file on the playground's CDN; width and height in pixels where it is a picture."""

    id: str
    channel_id: str
    filename: str
    content_type: str
    data: bytes
    width: int | None = None
    height: int | None = None
    description: str | None = None
    ephemeral: bool = False
    spoiler: bool = False


@dataclass(slots=True, eq=False)
class Message:
    """A message as Discord stores it; `visible_to` names the only reader of an ephemeral one."""

    id: str
    channel_id: str
    author_id: str
    created_at: float
    type: int = DEFAULT
    content: str = ""
    embeds: list[Json] = field(default_factory=list["Json"])
    components: list[Json] = field(default_factory=list["Json"])
    attachments: list[Attachment] = field(default_factory=list[Attachment])
    flags: int = 0
    edited_at: float | None = None
    signed_at: float = 0.0
    nonce: str | int | None = None
    mentions: list[str] = field(default_factory=list[str])
    mention_roles: list[str] = field(default_factory=list[str])
    mention_everyone: bool = False
    tts: bool = False
    reference: Json | None = None
    snapshots: list[Json] | None = None
    interaction_metadata: Json | None = None
    webhook_id: str | None = None
    visible_to: str | None = None

    def has(self, flag: int) -> bool:
        """Whether a flag is set."""
        return bool(self.flags & flag)


class _Ordered:
    """Messages of one kind in the order of their ids."""

    def __init__(self) -> None:
        self._by_id: dict[int, Message] = {}
        self._ids: list[int] = []

    def add(self, message: Message) -> None:
        number = int(message.id)
        self._by_id[number] = message
        if self._ids and self._ids[-1] > number:
            insort(self._ids, number)
        else:
            self._ids.append(number)

    def get(self, message_id: int) -> Message | None:
        return self._by_id.get(message_id)

    def remove(self, message_id: int) -> None:
        if self._by_id.pop(message_id, None) is not None:
            del self._ids[bisect_left(self._ids, message_id)]

    def drop_oldest(self, keep: int) -> list[Message]:
        # Dropping in blocks keeps the cost per message constant.
        if len(self._ids) <= keep + max(64, keep // 8):
            return []
        dropped, self._ids = self._ids[:-keep], self._ids[-keep:]
        return [self._by_id.pop(number) for number in dropped]

    def newest(self, limit: int, before: int | None, after: int | None) -> Iterator[Message]:
        """Newest first, at most `limit`; `after` starts from the oldest, as Discord does."""
        if after is not None:
            start = bisect_right(self._ids, after)
            chosen = self._ids[start : start + limit]
        else:
            end = len(self._ids) if before is None else bisect_left(self._ids, before)
            chosen = self._ids[max(0, end - limit) : end]
        return (self._by_id[number] for number in reversed(chosen))


class MessageLog:
    """The messages of one channel: those for everybody, and apart each member's ephemeral ones."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._public = _Ordered()
        self._whispers: dict[str, _Ordered] = {}

    def add(self, message: Message) -> list[Message]:
        """Store a message; the ones that had to make room for it are given back."""
        if message.visible_to is None:
            store = self._public
        else:
            store = self._whispers.setdefault(message.visible_to, _Ordered())
        store.add(message)
        return store.drop_oldest(self._keep)

    def remove(self, message: Message) -> None:
        """Forget a message."""
        store = self._store(message.visible_to)
        if store is not None:
            store.remove(int(message.id))

    def get(self, message_id: str, reader: str | None = None) -> Message | None:
        """A message by its id; ephemeral ones only for their reader."""
        if not message_id.isdecimal():
            return None
        number = int(message_id)
        found = self._public.get(number)
        whispers = self._store(reader) if reader is not None and found is None else None
        return found if whispers is None else whispers.get(number)

    def page(
        self, limit: int, before: int | None = None, after: int | None = None
    ) -> list[Message]:
        """Public messages, newest first."""
        return list(self._public.newest(limit, before, after))

    def seen_by(self, reader: str, limit: int) -> list[Message]:
        """The last messages that a member sees, oldest first, their ephemeral ones included."""
        found = list(self._public.newest(limit, None, None))
        whispers = self._whispers.get(reader)
        if whispers is not None:
            found.extend(whispers.newest(limit, None, None))
        return sorted(found, key=lambda message: int(message.id))[-limit:]

    def _store(self, reader: str | None) -> _Ordered | None:
        return self._public if reader is None else self._whispers.get(reader)
