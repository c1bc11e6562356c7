"""The engine's thread: joins, leaves, cancellation, faults and crowds."""

from __future__ import annotations

import gc
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from generation.errors import BadRequest
from generation.request import Sampler
from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.sampling import loop as engine_loop
from inference.backends.diffusers.sampling.composition import Composition
from inference.backends.diffusers.sampling.decoder import decode
from inference.backends.diffusers.sampling.loop import SamplingLoop
from inference.backends.diffusers.sampling.picture import Picture, StepDone
from inference.backends.diffusers.sampling.preparation import prepare
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.conditioning.models import drawing, png, request
from tests.inference.diffusers.sampling.engine import draw, ticket, wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from inference.backends.diffusers.model import Model

CAT = request("a cat", sampler=Sampler.DDIM)


class Watch:
    """Sees every call of a UNet, and may raise in it."""

    def __init__(self, unet: Any) -> None:
        self.rows: list[int] = []
        self.faults: list[Exception] = []
        self.before: Callable[[int], None] = lambda call: None
        self.handle = unet.register_forward_pre_hook(self._look)

    def _look(self, _module: Any, given: tuple[Any, ...]) -> None:
        self.rows.append(len(given[0]))
        self.before(len(self.rows))
        if self.faults:
            raise self.faults.pop(0)


@pytest.fixture
def watch(sd: Model) -> Iterator[Watch]:
    watching = Watch(sd.unet)
    yield watching
    watching.handle.remove()


def test_requests_share_calls(sd: Model, loop: SamplingLoop, watch: Watch) -> None:
    handed = [ticket(sd, replace(CAT, seed=seed, steps=3 + seed)) for seed in range(6)]
    for one in handed:
        loop.submit(one)
    for one in handed:
        wait(one)
    assert len(set(watch.rows)) == 1
    # Apart, they would have taken 33 calls.
    assert len(watch.rows) <= 14


def test_more_than_have_room_fill_their_calls_to_the_end(
    sd: Model, loop: SamplingLoop, watch: Watch
) -> None:
    handed = [ticket(sd, replace(CAT, seed=seed, steps=12)) for seed in range(10)]
    for one in handed:
        loop.submit(one)
    for one in handed:
        wait(one)
    # 10 · 12 / 8, and one or two that began before all had come; in turn they would be 24.
    assert len(watch.rows) <= 17


def test_those_that_come_while_others_are_prepared_share_the_first_call(
    sd: Model, loop: SamplingLoop, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = [ticket(sd, replace(CAT, seed=seed)) for seed in range(8)]
    rest = iter(handed[1:])

    def prepared(*given: Any) -> Picture:
        if (follower := next(rest, None)) is not None:
            loop.submit(follower)
        return prepare(*given)

    monkeypatch.setattr(engine_loop, "prepare", prepared)
    monkeypatch.setattr(engine_loop, "_PREPARE_S", 60.0)
    loop.submit(handed[0])
    for one in handed:
        wait(one)
    assert len(watch.rows) == CAT.steps


def test_one_that_nobody_wants_leaves_within_a_step(
    sd: Model, loop: SamplingLoop, watch: Watch
) -> None:
    stopped = threading.Event()
    watch.before = lambda call: stopped.set() if call == 3 else None
    leaving = ticket(sd, replace(CAT, steps=50), DrawContext(stopped.is_set))
    loop.submit(leaving)
    with pytest.raises(Stopped):
        wait(leaving)
    assert len(watch.rows) == 3
    assert draw(loop, sd, CAT).shape == (64, 64, 3)


def test_one_whose_deadline_has_passed_leaves(sd: Model, loop: SamplingLoop) -> None:
    late = ticket(sd, CAT, DrawContext(lambda: False, deadline=time.monotonic() - 1))
    loop.submit(late)
    with pytest.raises(Stopped):
        wait(late)


def test_a_fault_ends_its_batch_and_nothing_else(
    sd: Model, loop: SamplingLoop, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    watch.faults = [ZeroDivisionError()]
    with pytest.raises(DrawingFailed, match=r"the picture failed \(ZeroDivisionError\)"):
        draw(loop, sd, CAT)
    assert "ZeroDivisionError" in caplog.text
    assert "a cat" not in caplog.text
    assert draw(loop, sd, CAT).any()


def test_too_little_memory_halves_the_rows_once(
    sd: Model, loop: SamplingLoop, watch: Watch
) -> None:
    expected = draw(loop, sd, CAT)
    full = watch.rows[-1]
    watch.faults = [torch.OutOfMemoryError()]
    found = draw(loop, sd, CAT)
    assert watch.rows[-1] == full // 2
    assert np.abs(found.astype(int) - expected.astype(int)).max() <= 1


def test_too_little_memory_for_half_is_told(sd: Model, loop: SamplingLoop, watch: Watch) -> None:
    watch.faults = [torch.OutOfMemoryError(), torch.OutOfMemoryError()]
    with pytest.raises(DrawingFailed, match="tiny needs more memory than there is for 64×64"):
        draw(loop, sd, CAT)
    assert draw(loop, sd, CAT).any()


def test_no_number_is_no_picture_and_does_not_spread(sd: Model, loop: SamplingLoop) -> None:
    bad = ticket(sd, replace(CAT, cfg_scale=float("nan")))
    good = ticket(sd, CAT)
    expected = draw(loop, sd, CAT)
    loop.submit(bad)
    loop.submit(good)
    assert np.array_equal(wait(good), expected)
    with pytest.raises(DrawingFailed, match="numbers that are no picture"):
        wait(bad)


def test_what_the_model_cannot_do_is_refused(
    sd: Model, loop: SamplingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(BadRequest, match="k_lms needs the package scipy"):
        draw(loop, sd, replace(CAT, sampler=Sampler.K_LMS))


def test_a_finished_picture_does_not_wait_for_all_those_of_a_busy_client(
    sd: Model, loop: SamplingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Any] = []

    def noted(model: Model, x: Any) -> Any:
        decoded.append(x)
        return decode(model, x)

    monkeypatch.setattr(engine_loop, "decode", noted)
    # What starts at the end of its course is decoded at once.
    kept = replace(CAT, init_image=png(drawing()), strength=0.0)
    busy = [ticket(sd, kept, DrawContext(lambda: False, client="busy")) for _ in range(12)]
    other = ticket(sd, replace(CAT, steps=1), DrawContext(lambda: False, client="other"))
    monkeypatch.setattr(engine_loop, "_PREPARE_S", 60.0)
    for one in [*busy, ticket(sd, CAT, DrawContext(lambda: False, client="busy")), other]:
        loop.submit(one)
    wait(other)
    assert len(decoded) < 8


def test_steps_are_told_to_who_asks(sd: Model, loop: SamplingLoop) -> None:
    for sampler, steps in ((Sampler.DDIM, 8), (Sampler.K_HEUN, 5)):
        watched = DrawContext(lambda: False, report=lambda _: None, wants_previews=True)
        handed = ticket(sd, replace(CAT, sampler=sampler, steps=steps), watched)
        loop.submit(handed)
        told: list[StepDone] = []
        while isinstance(event := handed.events.get(timeout=55), StepDone):
            told.append(event)
        assert [event.step for event in told] == list(range(1, steps + 1))
        assert {event.steps for event in told} == {steps}
        previews = [event.preview for event in told if event.preview is not None]
        assert len(previews) == 3
        assert {preview.shape for preview in previews} == {(8, 8, 3)}


def test_nothing_is_told_to_who_does_not_ask(sd: Model, loop: SamplingLoop) -> None:
    handed = ticket(sd, CAT)
    loop.submit(handed)
    wait(handed)
    assert handed.events.empty()


def test_two_hundred_at_once(sd: Model, loop: SamplingLoop) -> None:
    asked = replace(CAT, steps=1)
    handed = [
        ticket(sd, replace(asked, seed=n % 5), DrawContext(lambda: False, client=n, call=n))
        for n in range(200)
    ]
    for one in handed:
        loop.submit(one)
    pixels = [wait(one) for one in handed]
    for n in range(5):
        assert all(np.array_equal(found, pixels[n]) for found in pixels[n::5])


def test_nothing_is_left_of_a_crowd(sd: Model, loop: SamplingLoop) -> None:
    gone = threading.Event()
    stays, leaves = DrawContext(lambda: False), DrawContext(gone.is_set)
    handed = [
        ticket(sd, replace(CAT, seed=n, steps=2 if n % 2 else 100), stays if n % 2 else leaves)
        for n in range(40)
    ]
    for one in handed:
        loop.submit(one)
    wait(handed[1])
    gone.set()
    for n, one in enumerate(handed):
        if n % 2 == 0:
            with pytest.raises(Stopped):
                wait(one)
        elif n > 1:
            wait(one)
    # The next picture is drawn when the engine has let go of the others.
    draw(loop, sd, CAT)
    gc.collect()
    # By their type: some objects of torch complain where they are asked for their class.
    held = [found for found in gc.get_objects() if type(found) in (Picture, Composition)]
    assert len(held) <= 2


def test_closing_stops_everything(sd: Model) -> None:
    loop = SamplingLoop()
    handed = [ticket(sd, replace(CAT, steps=100, seed=seed)) for seed in range(20)]
    for one in handed:
        loop.submit(one)
    loop.close()
    for one in [*handed, late := ticket(sd, CAT)]:
        if one is late:
            loop.submit(late)
        with pytest.raises(Stopped):
            wait(one)
