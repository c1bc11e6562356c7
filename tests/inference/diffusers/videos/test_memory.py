"""A film that was stopped or failed leaves nothing on the device."""

from __future__ import annotations

import gc
import logging
import weakref
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
import torch

from inference.backends.backend import DrawContext
from inference.backends.cancellation import Stopped
from inference.backends.diffusers.backend import DiffusersBackend
from inference.backends.diffusers.videos import svd
from inference.backends.failure import DrawingFailed
from tests.inference.diffusers.videos.films import WANTED, open_store, order, write_catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from inference.backends.diffusers.models.residency import ModelStore

KINDS = ("svd", "wan")


@pytest.fixture(scope="module")
def store(
    tiny_folder: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> ModelStore:
    return open_store(write_catalogue(tmp_path_factory.mktemp("films"), tiny_folder))


@pytest.fixture(scope="module")
def backend(store: ModelStore) -> Iterator[DiffusersBackend]:
    opened = DiffusersBackend(store)
    yield opened
    opened.close()


class Watch:
    """Remembers weakly every tensor that a network is called with; the second call may fail."""

    def __init__(self, network: Any, fault: type[Exception] | None = None) -> None:
        self.seen: list[weakref.ref[torch.Tensor]] = []
        self.calls = 0
        self.has_begun = Event()
        self._fault = fault
        self.handle = network.register_forward_pre_hook(self._look, with_kwargs=True)

    def _look(self, _network: Any, given: tuple[Any, ...], told: dict[str, Any]) -> None:
        tensors = [one for one in (*given, *told.values()) if isinstance(one, torch.Tensor)]
        self.seen += [weakref.ref(tensor) for tensor in tensors]
        self.calls += 1
        if self.calls == 2:
            self.has_begun.set()
            if self._fault is not None:
                raise self._fault

    @property
    def left(self) -> list[torch.Tensor]:
        """Those that are still there."""
        gc.collect()
        return [tensor for one in self.seen if (tensor := one()) is not None]


@pytest.mark.parametrize("engine_id", KINDS)
@pytest.mark.parametrize("fault", [None, ZeroDivisionError, torch.OutOfMemoryError])
def test_nothing_of_a_film_that_ended_is_kept(
    backend: DiffusersBackend,
    store: ModelStore,
    caplog: pytest.LogCaptureFixture,
    engine_id: str,
    fault: type[Exception] | None,
) -> None:
    # pytest keeps the records of the log, with their tracebacks.
    caplog.set_level(logging.CRITICAL, "inference.backends.diffusers.sampling.loop")
    with store.lease(engine_id) as model:
        watch = Watch(model.unet, fault)
        context = WANTED if fault else DrawContext(watch.has_begun.is_set)
        with pytest.raises(DrawingFailed if fault else Stopped) as caught:
            backend.shoot(order(engine_id), context)
        watch.handle.remove()
        backend.shoot(order(engine_id), WANTED)
    assert watch.calls == 2
    assert watch.seen
    assert not watch.left
    # The error outlives what it came from.
    assert isinstance(caught.value, (DrawingFailed, Stopped))


def test_what_was_too_large_to_decode_is_gone_before_less_is_tried(
    backend: DiffusersBackend, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    with store.lease("svd") as model:
        watch = Watch(model.vae.decoder)
        decode = model.vae.decode

        def short(latents: torch.Tensor, **told: Any) -> Any:
            if len(latents) > 1:
                decode(latents, **told)
                raise torch.OutOfMemoryError
            return decode(latents, **told)

        monkeypatch.setattr(model.vae, "decode", short)
        monkeypatch.setattr(svd, "free_cached", lambda _device: left.append(len(watch.left)))
        backend.shoot(order("svd"), WANTED)
        watch.handle.remove()
    assert left == [0]
