"""What Discord does not take now: made smaller, or due again, and lost only where it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.delivery.file_limits import DEFAULT_FILE_LIMIT
from generation.errors import TooSlow
from jobs.delivery import CARD_IS_DUE, NOTHING_SHOWN
from tests.generation.video.host import clip
from tests.journeys.studio import attachments, text_of

if TYPE_CHECKING:
    from storage.jobs.artifacts import Artifact
    from storage.jobs.jobs import Job

from tests.bot.delivery.cinema import Cinema

EDIT: dict[str, Any] = {"method": "PATCH", "route": "/channels/"}
POST: dict[str, Any] = {"method": "POST", "route": "/channels/"}
OFTEN = 100
ARCHIVED, MISSING_ACCESS, UNKNOWN_CHANNEL, UNKNOWN_MESSAGE = 50083, 50001, 10003, 10008
INVALID_FORM = 50035


@pytest.fixture
async def drawn(cinema: Cinema) -> tuple[Job, list[Artifact]]:
    return await cinema.drawn(2)


LATER = [
    ("400", ARCHIVED),
    ("400", 0),
    ("400", INVALID_FORM),
    ("405", 0),
    ("403", MISSING_ACCESS),
    ("404", 0),
    ("429", 0),
    ("503", 0),
    ("drop", 0),
]


@pytest.mark.parametrize(("kind", "code"), LATER)
async def test_what_may_be_taken_later_is_due_again(
    cinema: Cinema, drawn: tuple[Job, list[Artifact]], kind: str, code: int
):
    await cinema.driver.fault(kind, times=OFTEN, code=code, retry_after=0.01, **EDIT)
    shown = await cinema.shown_without_patience(*drawn)
    assert (shown.count, shown.is_result_due) == (0, True)
    await cinema.driver.clear_faults()
    shown = await cinema.shown_without_patience(*drawn)
    assert (shown.count, shown.is_due) == (2, False)
    assert len(attachments(await cinema.card())) == 2


@pytest.mark.parametrize(("kind", "code"), LATER)
async def test_so_is_a_card_without_a_result(cinema: Cinema, kind: str, code: int):
    shows = cinema.shows(has_patience=False)
    await cinema.driver.fault(kind, times=OFTEN, code=code, retry_after=0.01, **EDIT)
    assert await shows.failed(cinema.job, TooSlow("away")) == CARD_IS_DUE
    assert await shows.cancelled(cinema.job) == CARD_IS_DUE
    await cinema.driver.clear_faults()
    assert await shows.cancelled(cinema.job) == NOTHING_SHOWN
    assert not (await shows.failed(cinema.job, TooSlow("away"))).is_due


async def test_where_the_channel_is_gone_nothing_is_due(
    cinema: Cinema, drawn: tuple[Job, list[Artifact]]
):
    await cinema.driver.fault("404", times=OFTEN, code=UNKNOWN_CHANNEL, **EDIT)
    assert await cinema.shown_without_patience(*drawn) == NOTHING_SHOWN
    shows = cinema.shows(has_patience=False)
    assert await shows.failed(cinema.job, TooSlow("away")) == NOTHING_SHOWN
    assert await shows.cancelled(cinema.job) == NOTHING_SHOWN


async def test_where_the_card_and_the_way_are_gone_nothing_is_due(
    cinema: Cinema, drawn: tuple[Job, list[Artifact]]
):
    await cinema.driver.fault("404", times=OFTEN, code=UNKNOWN_MESSAGE, **EDIT)
    await cinema.driver.fault("403", times=OFTEN, code=MISSING_ACCESS, **POST)
    assert await cinema.shown_without_patience(*drawn) == NOTHING_SHOWN


async def test_what_was_shown_before_stays_shown(cinema: Cinema, drawn: tuple[Job, list[Artifact]]):
    job, files = drawn
    await cinema.driver.fault("503", times=OFTEN, **EDIT)
    shown = await cinema.shown_without_patience(replace(job, shown_count=1), files)
    assert (shown.count, shown.is_result_due) == (1, True)


async def test_the_card_says_that_the_result_comes_later(
    cinema: Cinema, drawn: tuple[Job, list[Artifact]]
):
    """Discord takes words, but no files."""
    await cinema.driver.fault("413", times=4, **EDIT)
    assert (await cinema.shown_without_patience(*drawn)).is_result_due
    card = await cinema.card()
    assert "Discord doesn't take it at the moment" in text_of(card)
    assert attachments(card) == []


async def test_what_discord_refuses_for_good_is_told(
    cinema: Cinema, drawn: tuple[Job, list[Artifact]]
):
    await cinema.driver.fault("400", code=INVALID_FORM, **EDIT)
    shown = await cinema.shown_without_patience(*drawn)
    assert (shown.count, shown.is_due) == (0, False)
    assert "Discord didn't take the result" in text_of(await cinema.card())


@pytest.mark.parametrize("code", [0, 40005])
@pytest.mark.parametrize("times", [1, 3])
async def test_too_large_pictures_are_tried_again(
    cinema: Cinema, drawn: tuple[Job, list[Artifact]], code: int, times: int
):
    await cinema.driver.fault("413", times=times, code=code, **EDIT)
    shown = await cinema.shown_without_patience(*drawn)
    assert (shown.count, shown.is_due) == (2, False)


async def test_a_picture_that_is_too_large_is_sent_smaller(cinema: Cinema):
    job, (file,) = await cinema.drawn(1)
    large = await cinema.noisy(job)
    await cinema.driver.fault("413", times=3, **EDIT)
    assert (await cinema.shown_without_patience(job, [replace(file, object_key=large)])).count == 1
    (shown,) = attachments(await cinema.card())
    assert shown["filename"].endswith(".jpg")
    assert shown["size"] <= 2 << 20


async def test_further_pictures_that_are_too_large_are_tried_again(cinema: Cinema):
    await cinema.driver.fault("413", **POST)
    _, shown = await cinema.pictures(12)
    assert shown == 12


async def test_further_pictures_that_come_later_are_due_with_the_first(cinema: Cinema):
    job, files = await cinema.drawn(12)
    await cinema.driver.fault("503", times=OFTEN, **POST)
    shown = await cinema.shown_without_patience(job, files)
    assert (shown.count, shown.is_result_due) == (10, True)
    await cinema.driver.clear_faults()
    shown = await cinema.shown_without_patience(job, files)
    assert (shown.count, shown.is_due) == (12, False)
    assert len(await cinema.driver.messages()) == 2


@pytest.mark.parametrize("times", [1, 2, 4])
async def test_a_film_is_tried_again_too(cinema: Cinema, times: int):
    await cinema.driver.fault("413", times=times, **EDIT)
    assert await cinema.video(clip(), limit=2 * DEFAULT_FILE_LIMIT)
    assert await cinema.bytes_of(await cinema.card()) == clip()


async def test_a_new_token_is_used_once_more(cinema: Cinema, drawn: tuple[Job, list[Artifact]]):
    """A press on the card of a job from long ago."""
    cinema.late = timedelta(hours=2)
    job, files = drawn
    job = replace(job, interaction_token="from the press", token_at=cinema.now())
    await cinema.shown_without_patience(job, files)
    asked = (await cinema.driver.report())["requests"]
    assert any("{webhook_token}" in route for route in asked)
