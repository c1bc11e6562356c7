"""A start that is sent again: one film, whenever and however often it comes."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.inference.video.videos import ALPHA, BETA, DAY, form, open_house, scenery_png

if TYPE_CHECKING:
    from pathlib import Path

    from tests.inference.video.videos import House

PICTURE = scenery_png()
OTHER = scenery_png(1024, 576)


async def start(
    house: House,
    request_id: str = "job 7, segment 1",
    key: str = "sk-one",
    path: str = BETA,
    image: bytes = PICTURE,
    **fields: object,
) -> tuple[str, str]:
    """The film's id, and what the journal says."""
    headers = {"atelier-request-id": request_id, "Authorization": f"Bearer {key}"}
    body = form(image, **fields)
    async with house.client.post(path, data=body, headers=headers) as response:
        assert response.status == 200, await response.text()
        return (await response.json())["id"], response.headers["atelier-journal"]


def videos_in(folder: Path) -> int:
    return len(list(folder.iterdir()))


async def test_a_repeat_is_given_the_video_that_was_started(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        # Without a seed one is drawn: the repeat must not draw another.
        video_id, journal = await start(house)
        assert journal == "miss"
        assert [await start(house), await start(house, path=ALPHA)] == [(video_id, "hit")] * 2
        assert videos_in(tmp_path) == 1
        order = json.loads((tmp_path / video_id / "order.json").read_text())
        assert len(order["journal_key"]) == 64
        house.let_go()


async def test_whatever_differs_is_another_video(tmp_path: Path):
    async with open_house(tmp_path, max_calls=20) as house:
        house.hold_up()
        starts = [
            await start(house),
            await start(house, request_id="job 7, segment 2"),
            await start(house, key="sk-two"),
            await start(house, image=OTHER),
            await start(house, seed=0),
            await start(house, seed=1),
            await start(house, cfg_scale=2),
            await start(house, motion_bucket_id=2),
            # The same digits, divided otherwise.
            await start(house, cfg_scale=2, seed=11),
            await start(house, cfg_scale=2.1, seed=1),
        ]
        assert {journal for _, journal in starts} == {"miss"}
        assert len({video_id for video_id, _ in starts}) == len(starts)
        house.let_go()


async def test_without_an_id_every_start_is_a_video(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        first, second = [await start(house, request_id="") for _ in range(2)]
        assert first[0] != second[0]
        assert {first[1], second[1]} == {"miss"}
        house.let_go()


async def test_repeats_at_the_same_time_give_one_video(tmp_path: Path):
    async with open_house(tmp_path, max_calls=20) as house:
        house.hold_up()
        starts = await asyncio.gather(*(start(house) for _ in range(10)))
        assert len({video_id for video_id, _ in starts}) == 1
        assert sorted(journal for _, journal in starts) == [*["hit"] * 9, "miss"]
        assert videos_in(tmp_path) == 1
        house.let_go()


async def test_a_repeat_is_known_after_a_restart_and_when_it_is_finished(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        video_id, _ = await start(house)
    async with open_house(tmp_path) as house:
        assert await start(house) == (video_id, "hit")
        await house.finished(video_id, "sk-one")
        assert await start(house) == (video_id, "hit")
    async with open_house(tmp_path) as house:
        assert await start(house) == (video_id, "hit")


async def test_a_repeat_is_answered_when_the_queue_is_full(tmp_path: Path):
    async with open_house(tmp_path, max_calls=2) as house:
        house.hold_up()
        video_id, _ = await start(house)
        assert await start(house) == (video_id, "hit")
        headers = {"atelier-request-id": "another"}
        async with house.client.post(BETA, data=form(PICTURE), headers=headers) as response:
            assert response.status == 429
        assert videos_in(tmp_path) == 1
        house.let_go()


async def test_what_expired_is_made_anew(tmp_path: Path):
    times = [datetime(2026, 5, 4, tzinfo=UTC)]
    async with open_house(tmp_path, now=lambda: times[-1]) as house:
        video_id, _ = await start(house)
        await house.finished(video_id, "sk-one")
        times.append(times[-1] + DAY)
        again, journal = await start(house)
        assert journal == "miss"
        assert again != video_id
        house.store.sweep()
        assert await start(house) == (again, "hit")


async def test_what_failed_is_made_anew(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        failed, _ = await start(house)
        house.store.fail(failed, "MemoryError")
        again, journal = await start(house)
        assert journal == "miss"
        assert again != failed
        assert await start(house) == (again, "hit")
    # Whichever of the two folders is read first.
    async with open_house(tmp_path) as house:
        assert await start(house) == (again, "hit")
        house.store.discard(failed)
        assert await start(house) == (again, "hit")


async def test_videos_of_an_earlier_version_are_made_without_a_journal(tmp_path: Path):
    async with open_house(tmp_path) as house:
        house.hold_up()
        video_id, _ = await start(house, request_id="", seed=5)
    path = tmp_path / video_id / "order.json"
    order = json.loads(path.read_text())
    del order["journal_key"]
    path.write_text(json.dumps(order))
    async with open_house(tmp_path) as house:
        assert (await house.finished(video_id, "sk-one"))["seed"] == "5"


@pytest.mark.parametrize("request_id", ["a" * 65, "é", "a\tb"])
async def test_an_id_that_is_none_is_refused(tmp_path: Path, request_id: str):
    async with open_house(tmp_path) as house:
        headers = {"atelier-request-id": request_id}
        async with house.client.post(BETA, data=form(PICTURE), headers=headers) as response:
            told = await response.json()
    assert (response.status, told["name"]) == (400, "bad_request")
    assert told["errors"][0].startswith("atelier-request-id: ")
