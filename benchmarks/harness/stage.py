"""Where the bots are measured: a playground as a process, one bot at a time, and its audience."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from asyncio.subprocess import PIPE
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import aiohttp

from benchmarks.harness.load import Order, Played
from benchmarks.harness.process import BenchmarkError, Program

if TYPE_CHECKING:
    from collections.abc import Sequence

MEMBERS = ["mina", "jun", "rowan"]
CREDITS = 100_000
REMOVED = (
    *("DISCORD_TOKEN", "DISCORD_OPENAPI", "STABILITY_HOST", "STABILITY_KEY", "STABILITY_TLS"),
    *("ATELIER_DATABASE_URL", "ATELIER_ARTIFACTS", "ATELIER_ENGINES", "ATELIER_DEFAULT_ENGINE"),
    *("PLAYGROUND_TOKEN", "PLAYGROUND_BOT_TOKEN"),
)
PROMPT = "a red lighthouse::1.5 fog::-0.5 --seed {n}"
SMALL = "64x64"


class Stage:
    """A playground without a bot, with so many `guests` besides its own people."""

    def __init__(self, guests: int = 0) -> None:
        self._guests = guests
        self._token = secrets.token_urlsafe(32)
        self._stack = AsyncExitStack()
        self._folder: Path
        self._first = 1
        self._script: Path | None = None
        self.session: aiohttp.ClientSession
        self.playground: Program

    async def __aenter__(self) -> Self:
        self._folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="atelier-bench-")))
        guests = ("--guests", str(self._guests))
        command = (sys.executable, "-m", "playground", "--no-bot", "--port", "0", *guests)
        environment = _clean_environment() | {"PLAYGROUND_BOT_TOKEN": self._token}
        playground = Program(command, environment, r"Playground ready: (\S+)")
        self.playground = await self._stack.enter_async_context(playground)
        session = aiohttp.ClientSession(self.playground.told)
        self.session = await self._stack.enter_async_context(session)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def atelier(self, state: str = "state", module: str = "bot", **settings: str) -> Program:
        """Atelier on a state folder of that name, by default with its embedded engine.

        `module` may be one that runs the bot.
        """
        command = (sys.executable, "-m", module, "--env-file", "", "--until-stdin-closes")
        return Program(command, self._environment(state) | settings, "Atelier ready")

    def bare(self) -> Program:
        """The baseline, which posts what `rehearse` saw."""
        assert self._script
        command = (sys.executable, "-m", "benchmarks.harness.bare_bot", str(self._script))
        return Program(command, self._environment("bare"), "Bare bot ready")

    async def rehearse(self, size: str = SMALL, **settings: str) -> None:
        """Open the members' accounts and see how much Atelier posts."""
        await self.grant()
        async with self.atelier(**settings):
            played = await self.play("imagine", self.picture(size), count=4, until_picture=True)
            card = await self._drive(f"drive/interactions/{played.interactions[0]}")
            answer = await self._invoke("credits")
        picture = self.delivered(size)
        async with self.session.get(card["message"]["attachments"][0]["url"]) as file:
            picture.write_bytes(await file.read())
        self._script = self._folder / f"{size}.json"
        script = {
            "credits_bytes": _length(answer["message"]),
            "card_bytes": _length(card["message"]),
            "picture": str(picture),
        }
        self._script.write_text(json.dumps(script))

    def delivered(self, size: str = SMALL) -> Path:
        """The picture that `rehearse` saw."""
        return self._folder / f"{size}.png"

    def picture(self, size: str = SMALL) -> dict[str, str]:
        """The options of an /imagine of that size."""
        return {"prompt": PROMPT, "size": size}

    async def play(
        self,
        command: str,
        options: dict[str, str] | None = None,
        *,
        count: int,
        rate: float = 0.0,
        at_once: int = 1,
        until_picture: bool = False,
        members: Sequence[str] = MEMBERS,
    ) -> Played:
        """Let a process of its own put the bot under load.

        Raises:
            BenchmarkError: an interaction failed, so the figures would be worth nothing.
        """
        order = Order(
            url=self.playground.told,
            command=command,
            options={**(options or {})},
            members=[*members],
            count=count,
            rate=rate,
            at_once=at_once,
            first=self._first,
            until_picture=until_picture,
        )
        self._first += count
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "benchmarks.harness.load"), stdin=PIPE, stdout=PIPE
        )
        said, _ = await process.communicate(json.dumps(asdict(order)).encode())
        if process.returncode:
            raise BenchmarkError("the load generator broke off")
        played = Played.from_json(said.decode())
        if played.failures:
            raise BenchmarkError(f"{len(played.failures)} of {count} failed: {played.failures[0]}")
        return played

    async def grant(self, folder: str = "state") -> None:
        """Give the playground's own members more credits than they can spend."""
        state = await self._drive("drive/state?member=mina")
        for member in state["members"]:
            if member["name"].lower() in MEMBERS:
                arguments = ["--guild", state["guild"]["id"], "--member", member["id"]]
                amount = ("--amount", str(CREDITS))
                await self._operator(folder, "credits", "grant", *arguments, *amount)

    async def _operator(self, folder: str, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "--env-file", "", *arguments),
            stdout=PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment(folder),
        )
        said, _ = await process.communicate()
        if process.returncode:
            raise BenchmarkError(said.decode())

    async def never_ask(self) -> None:
        """Let the bot that runs spend the members' credits without a question."""
        for member in MEMBERS:
            await self._invoke("settings", {"ask_from": "never"}, member)

    async def _invoke(
        self, command: str, options: dict[str, str] | None = None, member: str = MEMBERS[0]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "command": command,
            "options": options or {},
            "member": member,
            "channel": "studio",
        }
        async with self.session.post("drive/invoke", json=body) as answer:
            return await answer.json()

    async def _drive(self, path: str) -> dict[str, Any]:
        async with self.session.get(path) as answer:
            return await answer.json()

    def _environment(self, state: str) -> dict[str, str]:
        url = self.playground.told
        return {
            **_clean_environment(),
            "DISCORD_TOKEN": self._token,
            "ATELIER_DISCORD_API": f"{url}api/v10",
            "ATELIER_DISCORD_GATEWAY": url.replace("http", "ws", 1),
            "ATELIER_STATE": str(self._folder / state),
        }


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in REMOVED}


def _length(message: dict[str, Any]) -> int:
    return len(json.dumps(message["components"]))
