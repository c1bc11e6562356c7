"""Generic pictures on the engine's thread: turns, progress, cancellation, and what is refused."""

from __future__ import annotations

import gc
import logging
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

import pytest
import torch

from generation.errors import BadRequest
from generation.request import (
    Control,
    GuidancePreset,
    MaskedAreaInit,
    Sampler,
    StylePreset,
    WeightMethod,
)
from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.generic.stepped_call import SteppedCall
from inference.backends.diffusers.sampling.picture import StepDone
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.conditioning.models import drawing, mask_picture, png, request
from tests.inference.diffusers.sampling.engine import draw, ticket, wait

if TYPE_CHECKING:
    from collections.abc import Callable

    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    Opened = Callable[[str], Model]

CAT = request("a cat", cfg_scale=1.0, steps=4)
MANY = request("a cat", cfg_scale=1.0, steps=40)


def ignore(_: Any) -> None:
    """Wants to know the progress all the same."""


@pytest.mark.parametrize("name", ["flux_schnell", "sd3", "z_image", "klein", "qwen_image"])
def test_progress_with_previews(opened: Opened, loop: SamplingLoop, name: str) -> None:
    context = DrawContext(lambda: False, report=ignore, wants_previews=True)
    asked = request("a cat", cfg_scale=1.0, steps=8, width=96, height=64)
    handed = ticket(opened(name), asked, context)
    loop.submit(handed)
    steps: list[StepDone] = []
    while isinstance(event := handed.events.get(timeout=55), StepDone):
        steps.append(event)
    assert [(step.step, step.steps) for step in steps] == [(number, 8) for number in range(1, 9)]
    shown = {step.step: step.preview for step in steps if step.preview is not None}
    assert set(shown) == {2, 4, 6}
    assert {preview.shape for preview in shown.values()} == {(8, 12, 3)}


@pytest.mark.parametrize("name", ["flux_schnell", "sd3", "z_image", "klein", "qwen_image"])
def test_one_that_nobody_wants_leaves_within_a_step(
    opened: Opened, loop: SamplingLoop, name: str
) -> None:
    model, stopped, calls = opened(name), threading.Event(), list[int]()
    before = draw(loop, model, CAT)

    def look(*_: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            stopped.set()

    handle = model.unet.register_forward_pre_hook(look)
    leaving = ticket(model, MANY, DrawContext(stopped.is_set))
    loop.submit(leaving)
    with pytest.raises(Stopped):
        wait(leaving)
    handle.remove()
    assert len(calls) == 3
    assert (draw(loop, model, CAT) == before).all()


def test_one_whose_deadline_passes_leaves(opened: Opened, loop: SamplingLoop) -> None:
    handed = ticket(opened("sd3"), MANY, DrawContext(lambda: False, deadline=time.monotonic() - 1))
    loop.submit(handed)
    with pytest.raises(Stopped):
        wait(handed)


def test_others_have_their_turns_in_between(opened: Opened, loop: SamplingLoop) -> None:
    calls: list[str] = []
    models = {name: opened(name) for name in ("flux_schnell", "sd3")}
    handles = [
        model.unet.register_forward_pre_hook(lambda *_, name=name: calls.append(name))
        for name, model in models.items()
    ]
    handed = [ticket(model, MANY) for model in models.values() for _ in range(2)]
    for one in handed:
        loop.submit(one)
    pictures = [wait(one) for one in handed]
    for handle in handles:
        handle.remove()
    assert calls.count("sd3") == calls.count("flux_schnell") == 80
    first = calls[:60]
    assert 10 < first.count("sd3") < 50
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[2] == pictures[3]).all()


def test_an_engine_that_closes_ends_what_is_drawn(opened: Opened) -> None:
    from inference.backends.diffusers.sampling.loop import SamplingLoop

    loop, model, begun = SamplingLoop(), opened("sd3"), threading.Event()
    handle = model.unet.register_forward_pre_hook(lambda *_: begun.set())
    handed = ticket(model, MANY)
    loop.submit(handed)
    assert begun.wait(55)
    loop.close()
    handle.remove()
    with pytest.raises(Stopped):
        wait(handed)
    assert not [thread for thread in threading.enumerate() if thread.name == "drawing"]


def test_what_is_no_number_is_refused(opened: Opened, loop: SamplingLoop) -> None:
    model = opened("flux_schnell")
    handle = model.unet.register_forward_hook(lambda *given: (given[-1][0] * torch.nan,))
    with pytest.raises(DrawingFailed, match="came to numbers that are no picture"):
        draw(loop, model, CAT)
    handle.remove()
    handle = model.vae.decoder.register_forward_hook(lambda *given: given[-1] * torch.nan)
    with pytest.raises(DrawingFailed, match="came to numbers that are no picture"):
        draw(loop, model, CAT)
    handle.remove()


def test_a_black_picture_is_refused(opened: Opened, loop: SamplingLoop) -> None:
    model = opened("sd3")
    handle = model.vae.decoder.register_forward_hook(lambda *given: given[-1] * 0 - 2)
    with pytest.raises(DrawingFailed, match="nothing but black"):
        draw(loop, model, CAT)
    handle.remove()


def test_too_little_memory_is_told(opened: Opened, loop: SamplingLoop) -> None:
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError

    handle = opened("sd3").unet.register_forward_pre_hook(full)
    with pytest.raises(DrawingFailed, match="needs more memory than there is for 64×64"):
        draw(loop, opened("sd3"), CAT)
    handle.remove()


START = {"init_image": png(drawing()), "mask": png(mask_picture())}
REFUSED: list[tuple[str, dict[str, Any], str, str]] = [
    ("flux_schnell", {"cfg_scale": 7.0}, "cfg", "7 would not count: tiny was distilled"),
    ("flux_schnell", {"width": 72, "height": 88}, "size", "the nearest are 64×80 and 80×96"),
    ("sd3", {"width": 72, "height": 64}, "size", "the nearest are 64×64 and 80×64"),
    ("sd3", {"sampler": Sampler.DDIM}, "sampler", "cannot draw with ddim; it draws with k_euler"),
    ("sd3", {"style": StylePreset.ANIME}, "style", "knows no style presets"),
    ("sd3", {"guidance": GuidancePreset.FAST_BLUE}, "clip", "has no CLIP guidance"),
    ("sd3", {"controls": (Control("canny", b""),)}, "control", "takes no control pictures"),
    ("sd3", {"weight_method": WeightMethod.CROSS_ATTENTION}, "weight_method", "TEXT_ENCODER"),
    ("sd3", START | {"masked_area": MaskedAreaInit.ZERO}, "masked_area", "the picture itself"),
    ("sd3_narrow", START, "mask", "takes no mask"),
    ("sd3", {"noise_scale": 1.5}, "noise_scale", "takes no other noise"),
    ("sd3", {"init_image": png(drawing()), "strength": 0.1}, "strength", "is less than one"),
]


@pytest.mark.parametrize(("name", "more", "field", "told"), REFUSED)
def test_what_a_pipeline_does_not_do_is_refused(
    opened: Opened, loop: SamplingLoop, name: str, more: dict[str, Any], field: str, told: str
) -> None:
    with pytest.raises(BadRequest, match=told) as caught:
        draw(loop, opened(name), request("a cat", **{"cfg_scale": 1.0, "steps": 4} | more))
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["flux_schnell", "flux_dev", "klein", "z_image", "sd3"])
def test_nothing_is_pushed_away_without_guidance(
    opened: Opened, loop: SamplingLoop, name: str
) -> None:
    with pytest.raises(BadRequest, match="words of negative weight would not count"):
        draw(loop, opened(name), request("a cat", ("a dog", -1.0), cfg_scale=1.0))


@pytest.mark.parametrize("prompts", [("a cat", ("a dog", 0.5)), ("a cat", ("a dog", -0.5))])
@pytest.mark.parametrize("name", ["z_image", "qwen_image"])
def test_weights_are_refused_where_they_cannot_be_mixed(
    opened: Opened, loop: SamplingLoop, name: str, prompts: Any
) -> None:
    with pytest.raises(BadRequest, match="weighs no prompts"):
        draw(loop, opened(name), request(*prompts, cfg_scale=4.0))


@pytest.mark.parametrize("name", ["flux_schnell", "sd3", "z_image", "klein", "qwen_image"])
def test_what_would_be_left_out_of_a_prompt_is_refused(
    opened: Opened, loop: SamplingLoop, name: str
) -> None:
    limit = 256 if name == "sd3" else 512
    with pytest.raises(BadRequest, match=rf"tokens are more than the {limit} that tiny reads"):
        draw(loop, opened(name), request("q" * 600, cfg_scale=1.0))


def test_a_call_in_steps() -> None:
    said: list[str] = []

    def work() -> str:
        for word in ("one", "two"):
            said.append(word)
            call.pause()
        return "end"

    call = SteppedCall(work)
    assert not call.advance()
    assert said == ["one"]
    assert not call.advance()
    assert call.advance()
    assert call.result() == "end"
    call.close()


def test_a_call_that_is_closed_ends_at_its_pause() -> None:
    ended: list[bool] = []

    def work() -> None:
        try:
            call.pause()
        finally:
            ended.append(True)
            # What it does on its way out may pause as well.
            with pytest.raises(Stopped):
                call.pause()

    call = SteppedCall(work)
    call.advance()
    call.close()
    assert ended == [True]


@pytest.mark.parametrize("fails", [False, True])
def test_nothing_of_a_picture_that_ended_is_kept(
    opened: Opened, loop: SamplingLoop, caplog: pytest.LogCaptureFixture, fails: bool
) -> None:
    # pytest keeps the records of the log, with their tracebacks.
    caplog.set_level(logging.CRITICAL, "inference.backends.diffusers.sampling.loop")
    model, stopped, seen = opened("sd3"), threading.Event(), list[weakref.ref[Any]]()

    def look(_module: Any, _given: Any, told: dict[str, Any]) -> None:
        seen.append(weakref.ref(told["hidden_states"]))
        if len(seen) == 2:
            stopped.set()
            if fails:
                raise ZeroDivisionError

    handle = model.unet.register_forward_pre_hook(look, with_kwargs=True)
    handed = ticket(model, MANY, DrawContext((lambda: False) if fails else stopped.is_set))
    loop.submit(handed)
    with pytest.raises(DrawingFailed if fails else Stopped) as caught:
        wait(handed)
    handle.remove()
    # The next picture shows that the engine has left the last one behind.
    draw(loop, model, CAT)
    gc.collect()
    assert len(seen) == 2
    assert not [tensor for tensor in seen if tensor() is not None]
    # The error outlives what it came from.
    assert str(caught.value) == ("the picture failed (ZeroDivisionError)" if fails else "")
