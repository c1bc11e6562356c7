"""The whole studio for journeys: a playground, the real bot as a process, and an engine."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from bot.clock import now
from bot.shutdown import LATE
from playground.server import Playground
from storage.database import Database, sqlite_url
from storage.ledger.ledger import Ledger
from tests.driver.driver import Driver
from tests.journeys.program import BotProgram, launch

if TYPE_CHECKING:
    from pathlib import Path

    from tests.driver.driver import Outcome

WITHIN_S = 30.0
"""How long a journey waits for what comes, also with both cores busy."""

REMOVED = (
    "DISCORD_TOKEN",
    "STABILITY_HOST",
    "STABILITY_KEY",
    "STABILITY_TLS",
    "STABILITY_API",
    "ATELIER_INFERENCE_HOST",
    "ATELIER_INFERENCE_REST",
)


class Studio(BotProgram):
    """A bot on a playground of its own; the bot can be stopped, killed and started again.

    On PostgreSQL (ATELIER_DATABASE_URL) it has as many workers beside it as are asked for, which
    can be stopped, killed and started as the bot itself; each needs STABILITY_HOST.
    """

    opened: ClassVar[set[Studio]] = set()
    """All studios at work: their books are verified after every journey."""

    def __init__(
        self,
        folder: Path,
        playground: Playground | None = None,
        workers: int = 0,
        **settings: str,
    ) -> None:
        super().__init__(lambda: self.environment, ready="Atelier ready")
        self.folder = folder
        self._given = playground
        self._settings = settings
        self._stack = AsyncExitStack()
        self.workers = [
            BotProgram(lambda: self.environment, "--worker", ready="Atelier worker ready")
            for _ in range(workers)
        ]
        self.playground: Playground
        self.driver: Driver

    async def __aenter__(self) -> Studio:
        self.playground = self._given or await self._stack.enter_async_context(
            Playground(description=os.environ.get("DISCORD_OPENAPI"))
        )
        self.driver = await self._stack.enter_async_context(Driver(self.playground.url))
        try:
            await self.start()
            for worker in self.workers:
                await worker.start()
        except BaseException:
            await self.__aexit__()
            raise
        self.opened.add(self)
        return self

    async def __aexit__(self, *_: object) -> None:
        is_opened = self in self.opened
        self.opened.discard(self)
        for program in (*self.workers, self):
            await program.stop()
            late = [line for line in program.said if LATE in line]
            assert not late, late
        await self._stack.aclose()
        if is_opened:
            await self.verify_books()

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in REMOVED}
        return {
            **kept,
            "DISCORD_TOKEN": self.playground.token,
            "ATELIER_DISCORD_API": self.playground.api_base,
            "ATELIER_DISCORD_GATEWAY": self.playground.gateway_url,
            "ATELIER_STATE": str(self.folder / "state"),
            **self._settings,
        }

    async def imagine(self, prompt: str, **options: Any) -> Outcome:
        """Type /imagine as Mina."""
        who = {name: options.pop(name) for name in ("member", "channel") if name in options}
        return await self.driver.invoke("imagine", {"prompt": prompt, **options}, **who)

    async def result(self, outcome: Outcome, within: float = WITHIN_S) -> dict[str, Any]:
        """The card of an order once its pictures are there."""
        assert outcome.message, outcome
        return await self.message(outcome.message["id"], lambda one: bool(attachments(one)), within)

    async def message(
        self, message_id: str, predicate: Any = lambda _: True, within: float = WITHIN_S
    ) -> dict[str, Any]:
        """A message as soon as it fits."""
        return await self.driver.wait_for_message(
            lambda one: one["id"] == message_id and predicate(one), within=within
        )

    async def private_answer(self, outcome: Outcome, within: float = WITHIN_S) -> dict[str, Any]:
        """The private answer; on a busy machine a card comes first, and the answer follows it."""
        async with asyncio.timeout(within):
            while not outcome.ephemeral and not outcome.followups:
                await asyncio.sleep(0.05)
                outcome = await self.driver.interaction(outcome.id)
        if not outcome.ephemeral:
            message = outcome.followups[0]
        else:
            message = shown(await answered(self.driver, outcome, within))
        assert message["ephemeral"], message
        return message

    async def settled(self, member: str = "mina", within: float = WITHIN_S) -> str:
        """What /credits says once none of the member's jobs holds credits."""
        async with asyncio.timeout(within):
            while True:
                outcome = await self.driver.invoke("credits", member=member, locale="en-US")
                assert outcome.ephemeral, outcome
                text = text_of(shown(outcome))
                if "is held" not in text:
                    return text
                await asyncio.sleep(0.05)

    async def operator(self, *arguments: str) -> tuple[int, str]:
        """Run one of the operator's commands: its exit status and what it said."""
        process = await launch(arguments, self.environment, self.python, self.code)
        assert process.stdin
        assert process.stdout
        process.stdin.close()
        said = await process.stdout.read()
        return await process.wait(), said.decode()

    async def problems(self) -> list[dict[str, Any]]:
        """What Discord would not have taken; on a busy machine an answer may be sent again."""
        again = sum("an acknowledgement is sent again" in line for line in self.ever_said)
        found: list[dict[str, Any]] = []
        for problem in (await self.driver.report())["problems"]:
            if problem["kind"] == "double_acknowledgement" and again:
                again -= 1
            else:
                found.append(problem)
        return found

    async def verify_books(self) -> None:
        """Prove that the ledger is right, at whatever the bot is."""
        file = sqlite_url(self.folder / "state" / "atelier.sqlite")
        database = await Database.open(self._settings.get("ATELIER_DATABASE_URL") or file)
        try:
            assert await database.read(Ledger(now).verify) == []
        finally:
            await database.close()


def shown(outcome: Outcome) -> dict[str, Any]:
    """The message that answered an interaction."""
    assert outcome.message, outcome
    return outcome.message


async def answered(driver: Driver, outcome: Outcome, within: float = WITHIN_S) -> Outcome:
    """An outcome whose message is there, where an upload is looked at before and the bot lives."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while outcome.message and outcome.message.get("thinking"):
                await asyncio.sleep(0.05)
                outcome = await driver.interaction(outcome.id)
    return outcome


async def confirmed(driver: Driver, outcome: Outcome, **who: str) -> Outcome:
    """What comes of saying yes to a price, where one is asked for."""
    outcome = await answered(driver, outcome)
    if not outcome.ephemeral or not shown(outcome).get("components"):
        return outcome
    question = shown(outcome)
    label, button = next(iter(buttons(question).items()), ("", ""))
    if " · " not in label:
        return outcome
    return await driver.click(question["id"], button, **who)


async def delete(driver: Driver, card: dict[str, Any], **who: str) -> Outcome:
    """Press Delete on a result, and say yes to the private question; what comes of that."""
    asked = await driver.click(card["id"], buttons(card)["Delete"], **who)
    question = shown(asked)
    assert asked.ephemeral, asked
    assert "Credits are not returned" in text_of(question), text_of(question)
    return await driver.click(question["id"], button(question, "Delete"), **who)


def opened(outcome: Outcome) -> dict[str, Any]:
    """The form that answered an interaction."""
    assert outcome.modal, outcome
    return outcome.modal


def walk(components: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All components, nested ones too."""
    found: list[dict[str, Any]] = []
    for component in components:
        found.append(component)
        found += walk(component.get("components", []))
    return found


def text_of(message: dict[str, Any]) -> str:
    """All text of a card."""
    return "\n".join(one["content"] for one in walk(message["components"]) if one["type"] == 10)


def button(message: dict[str, Any], label: str) -> str:
    """The custom id of a button; its label may go on, for example with a price."""
    found = [one for name, one in buttons(message).items() if name.startswith(label)]
    assert len(found) == 1, (label, list(buttons(message)), text_of(message))
    return found[0]


def buttons(message: dict[str, Any]) -> dict[str, str]:
    """The buttons' custom ids by their labels."""
    return {
        one["label"]: one["custom_id"] for one in walk(message["components"]) if one["type"] == 2
    }


def attachments(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The pictures of a card."""
    return message.get("attachments", [])


def alt_texts(message: dict[str, Any]) -> list[str]:
    """The descriptions of a card's pictures."""
    galleries = [one for one in walk(message["components"]) if one["type"] == 12]
    return [item.get("description", "") for one in galleries for item in one["items"]]
