"""Models come and leave within the budget, and give their memory back."""

from __future__ import annotations

import gc
import re
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import torch

from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.models.loader import load
from inference.backends.diffusers.models.residency import ModelStore
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.conditioning.models import request
from tests.inference.diffusers.models.catalogues import found

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inference.weights.engines import EngineWeights

CPU = torch.device("cpu")
IDS = ("a", "b", "c")


@pytest.fixture
def engines(tiny_folder: Callable[[str], Path]) -> list[EngineWeights]:
    return [found(tiny_folder("sd15"), engine_id) for engine_id in IDS]


def bytes_of(engine: EngineWeights) -> int:
    assert engine.located is not None
    return engine.located.elements * 4


def store(engines: list[EngineWeights], fitting: float = 2.5, **options: Any) -> ModelStore:
    return ModelStore(engines, CPU, int(bytes_of(engines[0]) * fitting), **options)


def test_the_least_recently_used_model_leaves(engines: list[EngineWeights]):
    models = store(engines)
    gone: dict[str, weakref.ref[Any]] = {}
    for engine_id in ("a", "b", "a", "c"):
        with models.lease(engine_id) as model:
            assert model.id == engine_id
            gone[engine_id] = weakref.ref(model.unet)
        del model
    assert models.loaded == ("a", "c")
    gc.collect()
    assert gone["b"]() is None
    assert gone["a"]() is not None
    models.close()
    gc.collect()
    assert gone["a"]() is gone["c"]() is None


def test_a_model_that_has_drawn_gives_its_memory_back(engines: list[EngineWeights]):
    models = store(engines, 1.5)
    backend = DiffusersBackend(models)
    with models.lease("a") as model:
        gone = weakref.ref(model.unet)
    del model
    for engine_id in ("a", "b"):
        asked = request("a cat", engine_id=engine_id, steps=2)
        assert backend.draw(asked, 1, DrawContext(lambda: False))
    gc.collect()
    assert gone() is None
    backend.close()


def test_what_is_kept_loaded_stays(
    engines: list[EngineWeights], tiny_folder: Callable[[str], Path]
):
    kept = found(tiny_folder("sd15"), "kept", keep_loaded=True)
    models = store([*engines, kept])
    backend = DiffusersBackend(models)
    backend.warm_up()
    assert models.loaded == ("kept",)
    for engine_id in IDS:
        with models.lease(engine_id):
            pass
    assert models.loaded == ("kept", "c")
    backend.close()


def test_a_model_in_use_never_leaves(engines: list[EngineWeights]):
    models = store(engines, fitting=1.5)
    with ThreadPoolExecutor(2) as threads:
        with models.lease("a"):
            first = threads.submit(_used, models, "b")
            _wait_until(lambda: len(models.waiting) == 1)
            # Whoever comes later does not keep the one who waits out.
            second = threads.submit(_used, models, "a")
            _wait_until(lambda: models.waiting == ("b", "a"))
            assert models.loaded == ("a",)
        assert first.result(30) == "b"
        assert second.result(30) == "a"
    assert models.loaded == ("a",)


def _wait_until(is_so: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_so():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


def _used(models: ModelStore, engine_id: str) -> str:
    with models.lease(engine_id) as model:
        return model.id


def test_a_model_that_does_not_fit_is_refused_and_the_others_are_not(
    tiny_folder: Callable[[str], Path], caplog: pytest.LogCaptureFixture
):
    small, large = found(tiny_folder("sd15"), "small"), found(tiny_folder("kandinsky"), "large")
    assert bytes_of(small) < bytes_of(large)
    models = ModelStore([large, small], CPU, bytes_of(large) - 1)
    models.warm_up()
    (told,) = caplog.messages
    assert re.match(r"large needs 0\.0 GB, and the device has 0\.0 GB for models", told)
    with pytest.raises(DrawingFailed, match=re.escape(told.removesuffix("."))):
        _used(models, "large")
    assert _used(models, "small") == "small"
    models.close()


def test_many_ask_at_once_and_it_is_loaded_once(engines: list[EngineWeights]):
    loads: list[str] = []

    def counted(engine: EngineWeights, device: torch.device) -> Any:
        loads.append(engine.engine.id)
        return load(engine, device)

    models = store(engines, load_model=counted)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: _used(models, "a"), range(8))) == {"a"}
    assert loads == ["a"]


def test_what_cannot_be_loaded_is_not_tried_at_once_again(engines: list[EngineWeights]):
    tries: list[float] = []
    now = [0.0]

    def failing(_engine: EngineWeights, _device: torch.device) -> Any:
        tries.append(now[0])
        raise DrawingFailed("it is broken")

    models = store(engines, load_model=failing, clock=lambda: now[0])
    for instant in (0.0, 1.0, 29.0, 31.0):
        now[0] = instant
        with pytest.raises(DrawingFailed, match="it is broken"):
            _used(models, "a")
    assert tries == [0.0, 31.0]
    assert models.loaded == ()


def test_too_little_memory_is_said(engines: list[EngineWeights]):
    def hungry(_engine: EngineWeights, _device: torch.device) -> Any:
        raise torch.OutOfMemoryError

    with pytest.raises(DrawingFailed, match="the device has too little memory for a now"):
        _used(store(engines, load_model=hungry), "a")


def test_closing_ends_the_waiting(engines: list[EngineWeights]):
    models = store(engines, fitting=1.5)
    asked = threading.Event()

    def waits() -> None:
        def is_stopped() -> bool:
            asked.set()
            return False

        with models.lease("b", is_stopped):
            pass

    with models.lease("a"), ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(waits)
        assert asked.wait(10)
        models.close()
        with pytest.raises(Stopped):
            waiting.result(10)


def test_idle_models_leave_for_what_a_film_takes_beside_its_model(
    tiny_folder: Callable[[str], Path], engines: list[EngineWeights]
):
    film = found(tiny_folder("sd15"), "film", working_gb=1.0)
    models = store([*engines, film], fitting=3.5)
    for engine_id in ("a", "b", "film"):
        _used(models, engine_id)
    # Alone it is loaded although there is less than it would like to have.
    assert models.loaded == ("film",)
    _used(models, "a")
    assert models.loaded == ("film", "a")
