"""A client of the drive API: how the tests act as members of the playground."""

from __future__ import annotations

import asyncio
import io
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from tests.driver.events import MESSAGE_EVENTS, DriveRefused, Ear, Event, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from playground.wire import Json
    from tests.driver.events import Field


class Driver:
    """Drives a playground; use it as an async context manager.

    Members and channels are given by id or by name ("Atelier 2/studio" in another guild, "@me"
    for the direct messages with the bot). `member` and `channel` are who acts and
    where, unless a call says otherwise.
    """

    def __init__(
        self, url: str, member: str = "mina", channel: str = "studio", token: str | None = None
    ) -> None:
        self._base = url.rstrip("/") + "/drive"
        self._member, self._channel = member, channel
        # As the page: what it sends may have any type, also one that a form of another site has.
        self._headers = {"Origin": url.rstrip("/")}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._ears: dict[str, Ear] = {}
        self._listeners: list[asyncio.Task[None]] = []
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Driver:
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector, headers=self._headers)
        await self.listen()
        return self

    async def __aexit__(self, *problem: object) -> None:
        for task in self._listeners:
            task.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)
        await self._session.close()

    async def state(self, member: str | None = None, guild: str | None = None) -> Json:
        """A guild (the first, or by id), its members and commands, as a member sees them."""
        query = {"member": member or self._member} | ({"guild": guild} if guild else {})
        return await self._ask("GET", "/state", query=query)

    async def change_member(
        self,
        member: str,
        *,
        guild: str | None = None,
        roles: Sequence[str] | None = None,
        joined_at: float | None = None,
        locale: str | None = None,
    ) -> Json:
        """Give a member other roles (names or ids), day of joining (Unix seconds) or language."""
        body: Json = {"member": member, "guild": guild, "joined_at": joined_at, "locale": locale}
        body["roles"] = None if roles is None else list(roles)
        return await self._ask("POST", "/members", body)

    async def invite(self, owner: str = "ada") -> str:
        """Invite the bot to one more guild of that owner's; its id."""
        return (await self._ask("POST", "/guilds", {"owner": owner}))["id"]

    async def leave(self, guild: str) -> None:
        """Remove the bot from a guild."""
        await self._ask("DELETE", "/guilds", query={"guild": guild})

    async def messages(self, channel: str | None = None, member: str | None = None) -> list[Json]:
        """The messages of a channel that a member sees, oldest first."""
        path = f"/channels/{quote(channel or self._channel, safe='')}/messages"
        return await self._ask("GET", path, query={"member": member or self._member})

    async def change_guild(
        self,
        premium_tier: int | None = None,
        *,
        guild: str | None = None,
        locale: str | None = None,
    ) -> Json:
        """Give a guild (the first, or by id) another boost tier or language.

        Tiers take files of 10, 10, 50 or 100 MiB.
        """
        changes = {"premium_tier": premium_tier, "locale": locale}
        given = {name: value for name, value in changes.items() if value is not None}
        return await self._ask("PATCH", "/guilds", {"guild": guild, **given})

    async def limit_uploads(self, size: int | None) -> None:
        """Set the largest file that every place takes, in bytes; None gives Discord's back."""
        await self._ask("PATCH", "/world", {"attachment_size_limit": size})

    async def upload(
        self,
        filename: str,
        data: bytes,
        content_type: str = "image/png",
        *,
        member: str | None = None,
        channel: str | None = None,
    ) -> Json:
        """Upload a file; its `id` is what attachment options, file fields and messages take."""
        url = f"{self._base}/upload"
        query = {"filename": filename} | self._who_and_where(member, channel)
        headers = {"Content-Type": content_type}
        body = io.BytesIO(data)
        async with self._session.post(url, params=query, data=body, headers=headers) as response:
            return await _read(response)

    async def post(
        self,
        content: str = "",
        files: Mapping[str, bytes] | None = None,
        *,
        alt: Mapping[str, str] | None = None,
        reply_to: str | None = None,
        member: str | None = None,
        channel: str | None = None,
    ) -> Json:
        """Write a message as a member; files and their alt texts by file name."""
        attachments: list[Json] = []
        for name, data in (files or {}).items():
            kind = "application/octet-stream"
            kept = await self.upload(name, data, kind, member=member, channel=channel)
            attachments.append({"id": kept["id"], "description": (alt or {}).get(name)})
        body: Json = {"content": content, "attachments": attachments, "reply_to": reply_to}
        return await self._ask("POST", "/post", body | self._who_and_where(member, channel))

    async def invoke(
        self,
        command: str,
        options: Json | None = None,
        *,
        member: str | None = None,
        channel: str | None = None,
        locale: str | None = None,
    ) -> Outcome:
        """Use a slash command ("credits gift" for a subcommand)."""
        body = {"command": command, "options": options or {}, "locale": locale}
        return await self._act("/invoke", body, member, channel)

    async def autocomplete(
        self,
        command: str,
        focused: str,
        options: Json | None = None,
        *,
        member: str | None = None,
        channel: str | None = None,
    ) -> list[Json]:
        """The choices that are offered while a member types the focused option."""
        body = {"command": command, "options": options or {}, "focused": focused}
        where = self._who_and_where(member, channel)
        answer: Json = await self._ask("POST", "/autocomplete", body | where)
        return answer["choices"]

    async def menu(
        self,
        command: str,
        *,
        message: str | None = None,
        target: str | None = None,
        member: str | None = None,
        channel: str | None = None,
    ) -> Outcome:
        """Use a context-menu command on a message or on a member (by id)."""
        body = {"command": command, "message": message, "target": target}
        return await self._act("/menu", body, member, channel)

    async def click(
        self, message: str, custom_id: str, *, member: str | None = None, channel: str | None = None
    ) -> Outcome:
        """Press a button of a message."""
        body = {"message": message, "custom_id": custom_id}
        return await self._act("/click", body, member, channel)

    async def select(
        self,
        message: str,
        custom_id: str,
        values: Sequence[str],
        *,
        member: str | None = None,
        channel: str | None = None,
    ) -> Outcome:
        """Choose values in a select of a message."""
        body = {"message": message, "custom_id": custom_id, "values": list(values)}
        return await self._act("/select", body, member, channel)

    async def submit(
        self, interaction: str, values: dict[str, Field], *, member: str | None = None
    ) -> Outcome:
        """Send off the form that an interaction opened; values by custom id."""
        body = {"interaction": interaction, "values": values, "member": member or self._member}
        return Outcome(**await self._ask("POST", "/submit", body))

    async def delete(
        self, message: str, *, member: str | None = None, channel: str | None = None
    ) -> None:
        """Delete a message as a member."""
        await self._ask(
            "POST", "/delete", {"message": message} | self._who_and_where(member, channel)
        )

    async def interaction(self, interaction: str) -> Outcome:
        """How an interaction stands now."""
        return Outcome(**await self._ask("GET", f"/interactions/{interaction}"))

    async def replay(self, interaction: str) -> None:
        """Deliver the same interaction to the bot once more."""
        await self._ask("POST", "/replay", {"interaction": interaction})

    async def fault(
        self,
        kind: str,
        *,
        method: str | None = None,
        route: str | None = None,
        times: int = 1,
        retry_after: float = 1.0,
        delay: float = 0.0,
        code: int = 0,
    ) -> str:
        """Let the next matching requests fail; see the drive API for the kinds. Seconds."""
        body = {"kind": kind, "method": method, "route": route, "times": times, "code": code}
        fault = await self._ask(
            "POST", "/faults", body | {"retry_after": retry_after, "delay": delay}
        )
        return fault["id"]

    async def clear_faults(self) -> None:
        """Call off the faults that have not struck yet."""
        await self._ask("DELETE", "/faults")

    async def gateway(
        self, action: str, *, code: int | None = None, resumable: bool = False
    ) -> None:
        """Ask for op 7 ("reconnect"), op 9, a close code or a malformed dispatch."""
        await self._ask(
            "POST", "/gateway", {"action": action, "code": code, "resumable": resumable}
        )

    async def advance(self, seconds: float) -> None:
        """Move the playground's clock forward."""
        await self._ask("POST", "/time", {"advance": seconds})

    async def top_up(self, credits_: int, *, member: str | None = None) -> None:
        """Run the operator's top-up command for a member."""
        await self._ask("POST", "/topup", {"member": member or self._member, "credits": credits_})

    async def report(self) -> Json:
        """Counts and problems since the playground started."""
        return await self._ask("GET", "/report")

    async def listen(self, member: str | None = None) -> Ear:
        """Begin to hear what a member hears."""
        who = member or self._member
        ear = self._ears.get(who)
        if ear is None:
            ear = self._ears[who] = Ear()
            self._listeners.append(asyncio.create_task(self._hear(who, ear)))
        async with asyncio.timeout(10):
            await ear.listening.wait()
        return ear

    async def wait_for(
        self,
        predicate: Callable[[Event], bool],
        *,
        member: str | None = None,
        within: float = 30.0,
        since: int = 0,
    ) -> Event:
        """The first event, heard already or yet to come, that fits; TimeoutError after seconds."""
        ear = await self.listen(member)
        position = since
        async with asyncio.timeout(within), ear.news:
            while True:
                for event in ear.events[position:]:
                    if predicate(event):
                        return event
                position = len(ear.events)
                await ear.news.wait()

    async def wait_for_message(
        self,
        predicate: Callable[[Json], bool],
        *,
        member: str | None = None,
        channel: str | None = None,
        within: float = 30.0,
    ) -> Json:
        """The first message of a channel that fits, as soon as it does; else TimeoutError."""
        ear = await self.listen(member)
        since = len(ear.events)
        for message in await self.messages(channel, member):
            if predicate(message):
                return message

        def fits(event: Event) -> bool:
            return event.type in MESSAGE_EVENTS and predicate(event.data["message"])

        event = await self.wait_for(fits, member=member, within=within, since=since)
        return event.data["message"]

    async def wait_for_bot(self, commands: int = 1, within: float = 20.0) -> Json:
        """The state as soon as a bot is connected and has so many commands registered."""
        await self.listen()
        async with asyncio.timeout(within):
            while True:
                since = len(self._ears[self._member].events)
                state = await self.state()
                if state["bot"]["connected"] and len(state["commands"]) >= commands:
                    return state
                await self.wait_for(_tells_of_the_bot, within=within, since=since)

    def _who_and_where(self, member: str | None, channel: str | None) -> Json:
        return {"member": member or self._member, "channel": channel or self._channel}

    async def _act(self, path: str, body: Json, member: str | None, channel: str | None) -> Outcome:
        return Outcome(**await self._ask("POST", path, body | self._who_and_where(member, channel)))

    async def _ask(
        self, method: str, path: str, body: Json | None = None, query: Json | None = None
    ) -> Any:
        url = URL(self._base + path, encoded=True)
        async with self._session.request(method, url, json=body, params=query) as response:
            return await _read(response)

    async def _hear(self, member: str, ear: Ear) -> None:
        timeout = aiohttp.ClientTimeout(total=None)
        url, query = f"{self._base}/events", {"member": member}
        async with self._session.get(url, params=query, timeout=timeout) as response:
            event = ""
            async for raw in response.content:
                line = raw.decode().rstrip("\n")
                if line.startswith(": listening"):
                    ear.listening.set()
                elif line.startswith("event: "):
                    event = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    await ear.hear(Event(event, json.loads(line.removeprefix("data: "))))


def _tells_of_the_bot(event: Event) -> bool:
    return event.type in ("bot", "commands_update")


async def _read(response: aiohttp.ClientResponse) -> Any:
    answer: Any = await response.json()
    if response.status >= 400:
        raise DriveRefused(response.status, answer["error"])
    return answer
