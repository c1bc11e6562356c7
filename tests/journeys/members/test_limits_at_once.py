"""Caps are exact also when a member orders many things at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from tests.journeys.backend import Backend, serving_backend
from tests.journeys.studio import WITHIN_S, Studio, text_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.driver.driver import Outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDERS = 12


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def backend() -> AsyncGenerator[Backend]:
    async with serving_backend() as backend:
        yield backend


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def studio(
    tmp_path_factory: pytest.TempPathFactory, backend: Backend
) -> AsyncGenerator[Studio]:
    folder = tmp_path_factory.mktemp("studio")
    async with Studio(folder, STABILITY_HOST=f"127.0.0.1:{backend.port}") as opened:
        yield opened


async def refusal(studio: Studio, outcome: Outcome) -> str | None:
    """What a member was told privately, at once or after the card was withdrawn."""
    if outcome.ephemeral and outcome.message:
        return text_of(outcome.message)
    now = await studio.driver.interaction(outcome.id)
    return text_of(now.followups[0]) if now.followups else None


async def refusals(studio: Studio, outcomes: list[Outcome], count: int) -> list[str]:
    """The refusals, once there are so many."""
    async with asyncio.timeout(WITHIN_S):
        while True:
            found = [await refusal(studio, outcome) for outcome in outcomes]
            said = [one for one in found if one is not None]
            if len(said) >= count:
                return said
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("caps", "accepted", "says"),
    [
        ({"open_jobs": 3}, 3, "This server allows 3 at a time."),
        ({"per_day": "1"}, 4, "today you have used 0."),
    ],
)
async def test_caps_hold_for_orders_at_once(
    studio: Studio, backend: Backend, caps: dict[str, object], accepted: int, says: str
):
    guild = await studio.driver.invite()
    channels = (await studio.driver.state(guild=guild))["channels"]
    channel = next(one["id"] for one in channels if one["name"] == "studio")
    await studio.driver.invoke("limits caps", caps, member="rowan", channel=channel)
    released = backend.hold_back()
    orders = [studio.imagine(f"a fox {n}", channel=channel) for n in range(ORDERS)]
    outcomes = await asyncio.gather(*orders)
    said = await refusals(studio, outcomes, ORDERS - accepted)
    released.set()
    assert len(said) == ORDERS - accepted
    assert all(says in one for one in said), said
    # The cards of those that were refused late are withdrawn.
    shown = await studio.driver.messages(channel=channel)
    assert (
        len([one for one in shown if "a fox" in text_of(one) and not one.get("ephemeral")])
        == accepted
    )
