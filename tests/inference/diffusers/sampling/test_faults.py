"""What fails for one picture, or beside the work, leaves the others alone and nobody waiting."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import diffusers
import numpy as np
import pytest
import torch

from generation.request import Sampler
from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.sampling import loop as engine_loop
from inference.backends.diffusers.sampling import optimisation
from inference.backends.diffusers.sampling.jobs import Job
from inference.backends.diffusers.sampling.memory import is_out_of_memory
from inference.backends.diffusers.sampling.optimisation import Compiler
from inference.backends.diffusers.sampling.picture import StepDone
from inference.backends.diffusers.sampling.previews import ColourMap
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.sampling.engine import draw, ticket, wait

if TYPE_CHECKING:
    from collections.abc import Generator

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

CAT = request("a cat", sampler=Sampler.DDIM)


def failing(*_: Any, **__: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("part", ["step", "scale_model_input"])
def test_a_scheduler_that_fails_ends_its_own_picture_alone(
    sd: Model, loop: SamplingLoop, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    expected = draw(loop, sd, CAT)
    monkeypatch.setattr(diffusers.LMSDiscreteScheduler, part, failing)
    good, bad = ticket(sd, CAT), ticket(sd, replace(CAT, sampler=Sampler.K_LMS))
    loop.submit(good)
    loop.submit(bad)
    assert np.array_equal(wait(good), expected)
    with pytest.raises(DrawingFailed, match=r"the picture failed \(ZeroDivisionError\)"):
        wait(bad)


@pytest.mark.parametrize("part", ["__init__", "paint"])
def test_a_preview_that_cannot_be_painted_is_left_out(
    sd: Model, loop: SamplingLoop, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    expected = draw(loop, sd, CAT)
    monkeypatch.setattr(ColourMap, part, failing)
    watched = DrawContext(lambda: False, report=lambda _: None, wants_previews=True)
    shown, beside = ticket(sd, CAT, watched), ticket(sd, CAT)
    loop.submit(shown)
    loop.submit(beside)
    told: list[StepDone] = []
    while isinstance(event := shown.events.get(timeout=55), StepDone):
        told.append(event)
    assert [done.step for done in told] == list(range(1, CAT.steps + 1))
    assert all(done.preview is None for done in told)
    assert np.array_equal(wait(beside), expected)


def test_a_job_that_cannot_be_left_does_not_end_the_thread(
    sd: Model, loop: SamplingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = threading.Event()

    def stubborn() -> Generator[None, None, Any]:
        try:
            while True:
                yield
        finally:
            left.set()
            raise ZeroDivisionError

    gone = threading.Event()
    stuck = ticket(sd, CAT, DrawContext(gone.is_set))
    admit = engine_loop.SamplingLoop._admit  # pyright: ignore[reportPrivateUsage]

    def admitted(self: Any, one: Any) -> None:
        if one is not stuck:
            admit(self, one)
            return
        job = Job(one, 1.0, stubborn())
        job.advance()
        self._jobs.append(job)
        gone.set()

    monkeypatch.setattr(engine_loop.SamplingLoop, "_admit", admitted)
    loop.submit(stuck)
    with pytest.raises(Stopped):
        wait(stuck)
    assert left.wait(10)
    assert draw(loop, sd, CAT).any()


def test_a_fault_of_the_engine_itself_answers_everybody(
    sd: Model, loop: SamplingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(engine_loop, "free_cached", failing)
        patched.setattr(engine_loop, "decode", failing)
        handed = [ticket(sd, replace(CAT, seed=seed)) for seed in range(3)]
        for one in handed:
            loop.submit(one)
        for one in handed:
            with pytest.raises(DrawingFailed):
                wait(one)
    assert draw(loop, sd, CAT).any()


def test_where_nothing_can_be_compiled_pictures_are_drawn_all_the_same(
    sd: Model, loop: SamplingLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(optimisation.torch, "compile", failing)
    wished = replace(sd, optimise=("compile",))
    assert np.array_equal(draw(loop, wished, CAT), draw(loop, sd, CAT))
    assert Compiler().unet(wished, ()) is sd.unet


@pytest.mark.parametrize(
    ("error", "is_one"),
    [
        (torch.OutOfMemoryError(), True),
        (MemoryError(), True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate`"), True),
        (RuntimeError("CUDA error: out of memory"), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (ValueError("CUDA error: out of memory"), False),
    ],
)
def test_which_errors_mean_too_little_memory(error: Exception, is_one: bool) -> None:
    assert is_out_of_memory(error) is is_one


def test_a_deadline_shorter_than_a_step(sd: Model, loop: SamplingLoop) -> None:
    handle = sd.unet.register_forward_pre_hook(lambda *_: time.sleep(0.2))
    try:
        soon = DrawContext(lambda: False, deadline=time.monotonic() + 0.05)
        late = ticket(sd, replace(CAT, steps=50), soon)
        began = time.monotonic()
        loop.submit(late)
        with pytest.raises(Stopped):
            wait(late)
        assert time.monotonic() - began < 3
    finally:
        handle.remove()


def test_two_hundred_clients_of_any_size_that_leave_at_any_time(
    sd: Model, sdxl: Model, loop: SamplingLoop
) -> None:
    dice = random.Random(11)
    sizes = [(64, 64), (72, 104), (128, 64)]
    handed: list[tuple[Any, threading.Event]] = []
    for number in range(200):
        gone = threading.Event()
        width, height = dice.choice(sizes)
        asked = replace(
            CAT,
            seed=number % 3,
            width=width,
            height=height,
            steps=dice.randint(1, 3),
            sampler=dice.choice(list(Sampler)),
            cfg_scale=dice.choice([1.0, 7.0]),
        )
        context = DrawContext(gone.is_set, client=number % 20, call=number)
        handed.append((ticket(dice.choice([sd, sd, sd, sdxl]), asked, context), gone))
    leaving = {number for number in range(200) if dice.random() < 0.75}

    def leave() -> None:
        for number in leaving:
            time.sleep(dice.random() * 0.01)
            handed[number][1].set()

    away = threading.Thread(target=leave)
    away.start()
    for one, _ in handed:
        loop.submit(one)
    for number, (one, _) in enumerate(handed):
        try:
            assert wait(one).shape == (one.request.height, one.request.width, 3)
        except Stopped:
            assert number in leaving
    away.join()
    assert draw(loop, sd, CAT).any()
