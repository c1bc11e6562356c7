"""Kandinsky in the engine: one step at a time between the batches of others."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from generation.errors import BadRequest
from generation.request import GuidancePreset
from inference.backends.backend import DrawContext, Progress
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.conditioning.kandinsky import PRIOR_STEPS, draw
from tests.inference.diffusers.conditioning.models import finish, request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generation.request import ImageRequest
    from inference.backends.diffusers.model import Model
    from inference.backends.diffusers.models.residency import ModelStore


@pytest.fixture
def backend(store: ModelStore) -> Iterator[DiffusersBackend]:
    opened = DiffusersBackend(store)
    yield opened
    opened.close()


def ask(engine_id: str = "kandinsky", **more: Any) -> ImageRequest:
    return request("a cat", engine_id=engine_id, **more)


def wanted() -> DrawContext:
    return DrawContext(is_stopped=lambda: False)


def pixels(png: bytes) -> np.ndarray[Any, Any]:
    return np.asarray(Image.open(BytesIO(png)))


def test_the_picture_is_the_same_as_without_the_engine(
    backend: DiffusersBackend, kandinsky: Model
) -> None:
    expected = finish(draw(kandinsky, ask(seed=3), lambda done, steps: None))
    assert np.array_equal(pixels(backend.draw(ask(), 3, wanted())), expected)


def test_every_step_is_told(backend: DiffusersBackend) -> None:
    told: list[Progress] = []
    context = DrawContext(is_stopped=lambda: False, report=told.append)
    backend.draw(ask(), 3, context)
    steps = PRIOR_STEPS + 6
    assert told == [Progress(done, steps) for done in range(1, steps + 1)]


@pytest.mark.parametrize("last", [2, PRIOR_STEPS + 2])
def test_it_stops_within_a_step(backend: DiffusersBackend, last: int) -> None:
    told: list[int] = []
    before = backend.draw(ask(), 3, wanted())
    context = DrawContext(
        is_stopped=lambda: bool(told) and told[-1] >= last,
        report=lambda progress: told.append(progress.step),
    )
    with pytest.raises(Stopped):
        backend.draw(ask(), 3, context)
    assert told[-1] < PRIOR_STEPS + 6
    assert backend.draw(ask(), 3, wanted()) == before


def test_what_it_does_not_do_is_refused(backend: DiffusersBackend) -> None:
    with pytest.raises(BadRequest, match="no CLIP guidance"):
        backend.draw(ask(guidance=GuidancePreset.SIMPLE), 3, wanted())
    backend.draw(ask(), 3, wanted())


def test_others_are_drawn_in_between(backend: DiffusersBackend) -> None:
    alone = {name: backend.draw(ask(name), 3, wanted()) for name in ("sd", "kandinsky")}
    with ThreadPoolExecutor(4) as pool:
        asked = ["sd", "kandinsky"] * 2
        found = pool.map(lambda name: backend.draw(ask(name), 3, wanted()), asked)
        assert list(found) == [alone[name] for name in asked]


def test_a_long_job_does_not_hold_up_a_short_picture(backend: DiffusersBackend) -> None:
    told, has_begun = list[str](), Event()

    def job() -> None:
        context = DrawContext(is_stopped=lambda: False, client="one", report=note)
        backend.draw(ask(steps=60), 3, context)
        told.append("kandinsky")

    def note(progress: Progress) -> None:
        if progress.step == PRIOR_STEPS + 3:
            has_begun.set()

    with ThreadPoolExecutor(2) as pool:
        long = pool.submit(job)
        assert has_begun.wait(30)
        backend.draw(ask("sd"), 3, DrawContext(is_stopped=lambda: False, client="two"))
        told.append("sd")
        long.result()
    assert told == ["sd", "kandinsky"]
