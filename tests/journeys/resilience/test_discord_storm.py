"""Storms: many interactions while Discord stumbles; each is answered, once."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.journeys.backend import Backend, serving_backend
from tests.journeys.studio import Studio, attachments, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

KINDS = ("429", "500", "502", "503", "drop", "drop_after", "drop_half")
EXPECTED = ("double_acknowledgement",)
"""How an acknowledgement whose answer was lost learns that it was taken."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("storm")
    async with Studio(folder, STABILITY_HOST=f"127.0.0.1:{backend.port}") as opened:
        yield opened
        assert not any("Traceback" in line for line in opened.said), "\n".join(opened.said)
        problems = (await opened.driver.report())["problems"]
        assert [one for one in problems if one["kind"] not in EXPECTED] == []


async def brew(studio: Studio, seed: int) -> None:
    """Faults for each phase, in an order of their own."""
    weather = random.Random(seed)
    for method, route, count in (
        ("POST", "/callback", 40),
        ("PATCH", "/webhooks/", 20),
        ("POST", "/webhooks/", 4),
        ("GET", "/webhooks/", 4),
        ("PATCH", "/channels/", 8),
    ):
        for _ in range(count):
            kind = weather.choice(KINDS)
            await studio.driver.fault(kind, method=method, route=route, retry_after=0.2)


def ask(studio: Studio, number: int, seed: int) -> Any:
    member = ("mina", "jun", "rowan")[number % 3]
    match number % 6:
        case 0 | 1:
            return studio.imagine(f"a kite in storm {seed} number {number}.", member=member)
        case 2:
            return studio.driver.invoke("credits", member=member)
        case 3:
            return studio.driver.invoke("help", member=member)
        case 4:
            return studio.imagine("a kite --ar nonsense", member=member)
        case _:
            return studio.driver.invoke("mod audit", member="rowan")


def said(outcome: Outcome) -> str:
    messages = [outcome.message, *outcome.followups]
    return "\n".join(text_of(one) for one in messages if one)


@pytest.mark.parametrize("seed", [1, 2])
async def test_every_interaction_of_a_storm_is_answered(
    studio: Studio, backend: Backend, seed: int
):
    backend.draw_at_once()
    await studio.driver.wait_for_bot()
    await brew(studio, seed)
    asking = [asyncio.create_task(ask(studio, number, seed)) for number in range(42)]
    # By now all of them were dispatched; none is lost with the connection.
    await asyncio.sleep(0.5)
    await studio.driver.gateway("reconnect")
    outcomes: list[Outcome] = await asyncio.gather(*asking)
    await studio.driver.clear_faults()
    assert [one.error for one in outcomes if one.state != "acknowledged"] == []
    ordered = [one for one in outcomes if not one.ephemeral]
    assert len(ordered) == 14
    for outcome in ordered:
        assert len(attachments(await studio.result(outcome, within=40))) == 1
    for member in ("mina", "jun", "rowan"):
        await studio.settled(member)
    for outcome in outcomes:
        now = await studio.driver.interaction(outcome.id)
        assert said(now), f"{now.kind} {now.id} was acknowledged and never answered"
    public = [one for one in await studio.driver.messages() if not one.get("ephemeral")]
    cards = [text_of(one) for one in public if f"kite in storm {seed}" in text_of(one)]
    assert len(cards) == len(ordered), "\n\n".join(sorted(cards))


async def test_a_new_session_leaves_no_interaction_half_answered(studio: Studio, backend: Backend):
    """What comes while the gateway has no session is lost at Discord; what came before is not."""
    released = backend.hold_back()
    outcome = await studio.imagine("a kite without a session")
    await studio.driver.fault("503", method="PATCH", times=2)
    await studio.driver.gateway("invalid_session")
    released.set()
    assert attachments(await studio.result(outcome))
