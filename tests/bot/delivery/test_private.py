"""A private job is never posted, also when Discord's time for its card is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from generation.errors import TooSlow
from jobs.delivery import Result
from tests.journeys.studio import text_of

if TYPE_CHECKING:
    from tests.bot.delivery.cinema import Cinema


async def test_what_comes_too_late_is_had_from_the_history(cinema: Cinema):
    cinema.late = timedelta(minutes=20)
    before = await cinema.driver.messages()
    job, files = await cinema.drawn(2)
    private = replace(job, is_private=True)
    shown = await cinema.shows().result(private, Result(files=files, made=2))
    assert (shown.count, shown.message_id) == (2, None)
    assert await cinema.driver.messages() == before


async def test_a_failure_is_not_posted_either(cinema: Cinema):
    cinema.late = timedelta(minutes=20)
    job, _ = await cinema.drawn(1)
    shown = await cinema.shows().failed(replace(job, is_private=True), TooSlow())
    assert shown.count == 0
    assert "a card" in text_of(await cinema.card())


@pytest.mark.parametrize(("kind", "code"), [("401", 0), ("401", 50027), ("404", 10015)])
async def test_a_token_that_is_denied_before_its_end_is_used_again(
    cinema: Cinema, kind: str, code: int
):
    job, files = await cinema.drawn(1)
    job = replace(job, is_private=True, interaction_token="token")
    await cinema.driver.fault(kind, method="PATCH", route="/webhooks/", code=code)
    assert (await cinema.shown_without_patience(job, files)).is_result_due
    cinema.late = timedelta(minutes=20)
    assert not (await cinema.shown_without_patience(job, files)).is_due
