"""Turns of uploads: one for each member, few bytes in all, in order, and never for ever."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.upload_queue import ByteBudget, Reservation, UploadQueue, UploadsBusy

SHORT = 0.05


async def hold(queue: UploadQueue, member: int, size: int, until: asyncio.Event) -> None:
    async with queue.turn(member, size):
        await until.wait()


async def started(*tasks: asyncio.Task[None]) -> None:
    for _ in range(5):
        await asyncio.sleep(0)
    assert not any(task.done() for task in tasks)


async def test_a_member_has_one_turn_and_others_theirs() -> None:
    queue, done = UploadQueue(100, SHORT), asyncio.Event()
    holder = asyncio.create_task(hold(queue, 1, 10, done))
    await started(holder)
    with pytest.raises(UploadsBusy) as caught:
        await hold(queue, 1, 10, done)
    assert caught.value.is_own
    async with queue.turn(2, 10):
        assert queue.budget.free_bytes == 80
    done.set()
    await holder
    async with queue.turn(1, 100):
        assert queue.budget.free_bytes == 0
    assert queue.budget.free_bytes == 100


async def test_a_member_waits_for_the_own_upload() -> None:
    queue, done = UploadQueue(100, 10), asyncio.Event()
    holder = asyncio.create_task(hold(queue, 1, 10, done))
    second = asyncio.create_task(hold(queue, 1, 10, done))
    await started(holder, second)
    assert queue.budget.free_bytes == 90
    done.set()
    await asyncio.gather(holder, second)


async def test_bytes_are_given_in_order() -> None:
    """A large upload is not overtaken by small ones for ever."""
    queue, first_done, done = UploadQueue(100, 10), asyncio.Event(), asyncio.Event()
    first = asyncio.create_task(hold(queue, 1, 60, first_done))
    large = asyncio.create_task(hold(queue, 2, 90, done))
    small = asyncio.create_task(hold(queue, 3, 20, done))
    await started(first, large, small)
    assert queue.budget.free_bytes == 40
    first_done.set()
    await first
    await started(large, small)
    assert queue.budget.free_bytes == 10
    done.set()
    await asyncio.gather(large, small)
    assert queue.budget.free_bytes == 100


async def test_nobody_waits_for_ever() -> None:
    queue, done = UploadQueue(100, SHORT), asyncio.Event()
    holder = asyncio.create_task(hold(queue, 1, 90, done))
    await started(holder)
    for size in (20, 1000):
        with pytest.raises(UploadsBusy) as caught:
            await hold(queue, 2, size, done)
        assert not caught.value.is_own
    # Who gave up is in nobody's way.
    async with queue.turn(2, 10):
        assert queue.budget.free_bytes == 0
    done.set()
    await holder


async def test_what_is_larger_than_said_takes_more_or_is_refused() -> None:
    queue = UploadQueue(100, SHORT)
    async with queue.turn(1, 10) as reservation:
        reservation.grow_to(5)
        assert queue.budget.free_bytes == 90
        reservation.grow_to(100)
        assert queue.budget.free_bytes == 0
        with pytest.raises(UploadsBusy):
            reservation.grow_to(101)
    assert queue.budget.free_bytes == 100


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 120), st.sampled_from("wtcg"))))
async def test_no_byte_is_lost_or_given_twice(steps: list[tuple[int, int, str]]) -> None:
    """Whatever waits, is cancelled in any moment, or gives back."""
    budget = ByteBudget(100)
    held: list[Reservation] = []
    tasks: list[asyncio.Task[None]] = []

    async def take(size: int) -> None:
        await budget.take(size)
        held.append(Reservation(budget, size))

    for slots, size, step in steps:
        if step == "w":
            tasks.append(asyncio.create_task(take(size)))
        elif step == "t" and budget.take_now(size):
            held.append(Reservation(budget, size))
        elif step == "c" and tasks:
            tasks[size % len(tasks)].cancel()
        elif held:
            held.pop(size % len(held)).release()
        for _ in range(slots):
            await asyncio.sleep(0)
        assert 0 <= budget.free_bytes <= 100
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    for reservation in held:
        reservation.release()
    assert budget.free_bytes == 100
