"""The poller, in a time of its own: it sleeps for nothing, and every second is counted."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from generation.errors import (
    Busy,
    Filtered,
    GarbledAnswer,
    GenerationError,
    ResultGone,
    TooSlow,
    Unauthorized,
    Unreachable,
)
from generation.video.client import VideoClient, VideoEndpoint
from generation.video.poll_queue import PollQueue
from generation.video.poller import GARBLED_POLLS, Poller
from tests.generation.video.scripted_rest import (
    ID,
    ScriptedRest,
    gives_video,
    mp4,
    refuses,
    replies_json,
    serving,
)
from tests.generation.video.videos import NotingPace

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

OLD = timedelta(hours=1)


class Time:
    """A clock that goes on by what is slept."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)


class Api:
    """Answers each poll with what is next: None, a film's text, or an error."""

    def __init__(self, time: Time, *answers: Any) -> None:
        self.time = time
        self.answers = list(answers)
        self.answer_s = 0.0
        self.asked: list[tuple[float, str]] = []
        self.called = asyncio.Event()

    async def __call__(self, result_id: str) -> str | None:
        self.asked.append((self.time.now, result_id))
        self.called.set()
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        await asyncio.sleep(0)
        self.time.now += self.answer_s
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def instants(self) -> list[float]:
        return [instant for instant, _ in self.asked]


@asynccontextmanager
async def polling(
    *answers: Any, time: Time | None = None, answer_s: float = 0, **more: Any
) -> AsyncGenerator[tuple[Poller[str], Api]]:
    time = time or Time()
    api = Api(time, *answers)
    api.answer_s = answer_s
    queue = PollQueue({"sd": 41})
    async with Poller(api, queue, clock=time, sleep=time.sleep, **more) as poller:
        yield poller, api


async def test_a_video_is_waited_for() -> None:
    async with polling(None, None, "film") as (poller, api):
        assert await poller.result("a", "sd") == "film"
    first, second, third = api.instants
    assert 15 < first < 41
    assert second - first >= 10
    assert third - second >= 10


async def test_many_videos_are_waited_for_at_once() -> None:
    async with polling("film") as (poller, api):
        videos = await asyncio.gather(*(poller.result(str(n), "sd", OLD) for n in range(100)))
    assert videos == ["film"] * 100
    assert len({result_id for _, result_id in api.asked}) == 100


async def test_every_poll_takes_a_turn_and_is_remembered_first() -> None:
    pace, kept = NotingPace(), list[float]()

    async def remember(result_id: str, wait: timedelta) -> None:
        assert result_id == "a"
        kept.append(wait.total_seconds())

    async with polling(None, "film", pace=pace, remember=remember) as (poller, api):
        await poller.result("a", "sd")
    assert pace.slots == len(api.asked) == len(kept) == 2
    # The second poll came when it was announced before the first, and not sooner.
    first, second = api.instants
    assert second - first == pytest.approx(kept[0], abs=1)
    assert min(kept) >= 10


async def test_the_ten_seconds_hold_over_a_restart() -> None:
    async with polling("film") as (poller, api):
        await poller.result("a", "sd", OLD, timedelta(seconds=9))
    assert api.instants == [pytest.approx(9)]


async def test_the_ten_seconds_hold_where_remembering_takes_long() -> None:
    kept: list[float] = []
    times = iter([3.0, 1.0, 0.0, 0.0])

    time = Time()

    async def remember(result_id: str, wait: timedelta) -> None:
        kept.append(time.now + wait.total_seconds())
        time.now += next(times)

    async with polling(None, "film", time=time, remember=remember) as (poller, api):
        await poller.result("a", "sd")
    first, second = api.instants
    assert second - first >= 10
    # After a crash it would not have been asked sooner either.
    assert kept[1] - first >= 10


async def test_a_memory_that_fails_for_a_moment_ends_nothing_and_asks_nothing() -> None:
    troubles = [OSError("the database is away"), OSError("still")]
    kept: list[str] = []

    async def remember(result_id: str, wait: timedelta) -> None:
        if troubles:
            raise troubles.pop()
        kept.append(result_id)

    async with polling("film", remember=remember) as (poller, api):
        assert await poller.result("a", "sd", OLD) == "film"
    assert len(api.asked) == len(kept) == 1


async def test_the_ten_seconds_count_from_a_slow_answer() -> None:
    """The question may have travelled as long as the answer took."""
    async with polling(None, "film", answer_s=5) as (poller, api):
        await poller.result("a", "sd")
    first, second = api.instants
    assert second - first >= 15


@pytest.mark.parametrize(
    "error", [ResultGone("not_found"), Filtered("film"), Unauthorized(), OSError("disk full")]
)
async def test_what_ends_a_video_ends_the_waiting(error: Exception) -> None:
    async with polling(error) as (poller, api):
        with pytest.raises(type(error)):
            await poller.result("a", "sd")
    assert len(api.asked) == 1


@pytest.mark.parametrize("error", [GarbledAnswer("cut"), TooSlow(), Unreachable(), Busy("full")])
async def test_what_may_pass_is_tried_again(error: GenerationError) -> None:
    async with polling(error, error, "film") as (poller, api):
        assert await poller.result("a", "sd") == "film"
    first, second, third = api.instants
    assert min(second - first, third - second) >= 10


async def test_what_stays_garbled_is_given_up() -> None:
    async with polling(GarbledAnswer("cut")) as (poller, api):
        with pytest.raises(GarbledAnswer):
            await poller.result("a", "sd")
    assert len(api.asked) == GARBLED_POLLS


async def test_a_time_out_stops_all_polls_for_its_time() -> None:
    """A storm: ten refusals in a row, each with 60 s."""
    storm = [Busy("slow down", timedelta(seconds=60))] * 10
    async with polling(*storm, "film") as (poller, api):
        await asyncio.gather(*(poller.result(str(n), "sd", OLD) for n in range(3)))
    instants = api.instants
    # Those that were under way together share one time-out.
    waits = [later - earlier for earlier, later in pairwise(instants)]
    assert all(wait == 0 or wait >= 60 for wait in waits[:9])
    assert sum(wait >= 60 for wait in waits) >= 3


async def test_an_api_that_is_away_is_left_alone_for_longer_and_longer() -> None:
    async with polling(*[Unreachable()] * 8, "film") as (poller, api):
        await poller.result("a", "sd", OLD)
    pauses = [b - a for a, b in pairwise(api.instants)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(30)


async def test_a_rate_limit_that_is_used_up_is_waited_for() -> None:
    class FullPace(NotingPace):
        async def wait(self) -> None:
            await super().wait()
            if self.slots <= 2:
                raise Busy("used up", timedelta(seconds=30))

    async with polling("film", pace=FullPace()) as (poller, api):
        await poller.result("a", "sd", OLD)
    assert api.instants == [pytest.approx(60)]


async def test_a_pace_that_fails_for_a_moment_ends_nothing() -> None:
    class FailingPace(NotingPace):
        async def wait(self) -> None:
            await super().wait()
            if self.slots <= 2:
                raise OSError("the database is away")

    async with polling("film", pace=FailingPace()) as (poller, api):
        assert await poller.result("a", "sd", OLD) == "film"
    assert api.instants == [pytest.approx(3)]


async def test_who_stops_waiting_ends_the_polls() -> None:
    async with polling(None) as (poller, api):
        waiting = asyncio.create_task(poller.result("a", "sd"))
        await api.called.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        asked = len(api.asked)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(api.asked) <= asked + 1


async def test_nobody_waits_twice_for_one_video() -> None:
    async with polling(None) as (poller, _):
        waiting = asyncio.create_task(poller.result("a", "sd"))
        await asyncio.sleep(0)
        with pytest.raises(ValueError, match="already"):
            await poller.result("a", "sd")
        waiting.cancel()


async def test_closing_tells_those_who_wait() -> None:
    async with polling(None) as (poller, _):
        waiting = asyncio.create_task(poller.result("a", "sd"))
        await asyncio.sleep(0)
    with pytest.raises(Unreachable):
        await waiting


async def test_with_the_client_against_a_storm(tmp_path: Path) -> None:
    """Over the wire: in progress, 429, half a film, 500, and then the film."""
    backend = ScriptedRest(
        replies_json(202, {"id": ID, "status": "in-progress"}),
        refuses(429, "rate_limit_exceeded", "slow down", retry_after="5"),
        gives_video(mp4()[:-7]),
        refuses(500, "internal_error"),
        gives_video(mp4()),
    )
    time, pace = Time(), NotingPace()
    async with AsyncExitStack() as stack:
        endpoint = VideoEndpoint(await stack.enter_async_context(serving(backend)))
        client = VideoClient(endpoint, pace=pace, clock=time)
        await stack.enter_async_context(client)

        def ask(result_id: str) -> Any:
            asked.append(time.now)
            return client.fetch(result_id, tmp_path / f"{result_id}.mp4")

        asked: list[float] = []
        queue = PollQueue({"svd": 41})
        async with Poller(ask, queue, pace=pace, clock=time, sleep=time.sleep) as poller:
            video = await poller.result(ID, "svd")
    assert video.path.read_bytes() == mp4()
    assert pace.pauses == [timedelta(seconds=60)]
    gaps = [b - a for a, b in pairwise(asked)]
    assert len(gaps) == 4
    assert min(gaps) >= 10
    assert gaps[1] >= 60
