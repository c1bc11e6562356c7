"""Which models are in the device's memory: they come when they are asked for and leave in turn.

A model that somebody uses never leaves, and neither does one that the catalogue keeps loaded. Of
the others the least recently used one makes room. Who waits for room is served before those who
came later, so a busy model cannot keep another one out for ever.
"""

from __future__ import annotations

import gc
import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from inference.backends.cancellation import Stopped
from inference.backends.diffusers.models.checks import size_of
from inference.backends.diffusers.models.device import (
    allocated,
    choose_device,
    choose_dtype,
    model_budget,
)
from inference.backends.diffusers.models.loader import load
from inference.backends.failure import DrawingFailed
from inference.weights.adapters import room_elements, usable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

    from generation.request import Sampler
    from inference.backends.diffusers.model import Model
    from inference.weights.availability import Located
    from inference.weights.engines import EngineWeights

logger = logging.getLogger(__name__)

_LOOK_S = 0.2
"""How often who waits looks whether it is still wanted."""
_REMEMBERED_S = 30.0
"""For so long a model that could not be loaded is not tried again."""
_GB = 1e9


@dataclass(slots=True, eq=False)
class _Place:
    """The place of one model; `size` is what it takes, or will take, in bytes.

    `working` is what its work takes beside it: idle models leave for that, but without it the
    model is loaded all the same.
    """

    found: EngineWeights
    size: int
    keeps: bool
    working: int = 0
    model: Model | None = None
    is_loading: bool = False
    users: int = 0
    used_at: float = 0.0
    failure: DrawingFailed | None = None
    failed_at: float = 0.0

    @property
    def takes(self) -> int:
        """The bytes that it takes now."""
        return self.size if self.model is not None or self.is_loading else 0


@dataclass(slots=True, eq=False)
class _Wish:
    """Somebody who waits for a model."""

    place: _Place


class ModelStore:
    """Lends the models of the engines; any number of threads may ask."""

    def __init__(
        self,
        engines: Sequence[EngineWeights],
        device: torch.device | None = None,
        budget: int | None = None,
        load_model: Callable[[EngineWeights, torch.device], Model] = load,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.device = device or choose_device()
        self.budget = model_budget(self.device) if budget is None else budget
        self._load = load_model
        self._clock = clock
        self._places = {found.engine.id: self._place(found) for found in engines}
        self._changed = threading.Condition()
        self._wishes: list[_Wish] = []
        self._is_closed = False

    def _place(self, found: EngineWeights) -> _Place:
        assert found.weights is not None
        working = int(found.weights.working_gb * _GB)
        return _Place(found, self._size(found), found.weights.keep_loaded, working)

    def _size(self, found: EngineWeights) -> int:
        """About what an engine's model takes, with the room for its LoRAs."""
        assert found.located is not None
        return found.located.elements * self._itemsize(found) + self._lora_room(found)

    def _lora_room(self, found: EngineWeights) -> int:
        assert found.located is not None
        return room_elements(found.located.loras) * self._itemsize(found)

    def _itemsize(self, found: EngineWeights) -> int:
        assert found.weights is not None
        return choose_dtype(found.weights.dtype, self.device).itemsize

    def _is_outdated(self, place: _Place) -> bool:
        """Whether adapters have come for which a loaded model has no room, or no words."""
        located, model = place.found.located, place.model
        if located is None or model is None:
            return False
        has_other_words = usable(located.embeddings) != usable(model.embeddings)
        return has_other_words or self._lora_room(place.found) > model.lora_room

    def _retire(self, place: _Place) -> None:
        """Let a model leave that is outdated, once nobody uses it."""
        if place.users or not self._is_outdated(place):
            return
        place.model, place.size = None, self._size(place.found)
        logger.info("%s is loaded anew, for its adapters have changed.", place.found.engine.id)
        self._free()

    def default_sampler(self, engine_id: str) -> Sampler | None:
        """What the catalogue says of the engine."""
        return self._places[engine_id].found.engine.default_sampler

    def reads_emphasis(self, engine_id: str) -> bool:
        """Whether the engine takes emphasis inside a prompt."""
        return self._places[engine_id].found.engine.emphasis

    def located(self, engine_id: str) -> Located:
        """Where the engine's files are."""
        found = self._places[engine_id].found.located
        assert found is not None
        return found

    @property
    def loaded(self) -> tuple[str, ...]:
        """The engines whose models are in memory, the least recently used one first."""
        with self._changed:
            there = [place for place in self._places.values() if place.model is not None]
            return tuple(place.found.engine.id for place in sorted(there, key=_used_at))

    @property
    def waiting(self) -> tuple[str, ...]:
        """The engines whose models somebody waits for, in the order in which they came."""
        with self._changed:
            return tuple(wish.place.found.engine.id for wish in self._wishes)

    def memory(self) -> Mapping[str, int]:
        """Bytes: of the models, what these may take, and of a GPU all that is allocated."""
        with self._changed:
            models = sum(place.takes for place in self._places.values())
        return {"models": models, "budget": self.budget, **allocated(self.device)}

    def problem(self, engine_id: str) -> str:
        """Why the engine's model could not be loaded, for as long as it is not tried again."""
        with self._changed:
            place = self._places[engine_id]
            is_recent = self._clock() - place.failed_at < _REMEMBERED_S
            return str(place.failure) if place.failure is not None and is_recent else ""

    @contextmanager
    def lease(
        self, engine_id: str, is_stopped: Callable[[], bool] = lambda: False
    ) -> Generator[Model]:
        """The engine's model, which stays loaded until the block is left; may take a while.

        Raises:
            DrawingFailed: it cannot be loaded, or does not fit; says why.
            Stopped: is_stopped said so while it was waited for, or the store is closed.
        """
        place = self._places[engine_id]
        model = self._acquired(place, is_stopped)
        try:
            yield model
        finally:
            del model
            with self._changed:
                place.users -= 1
                place.used_at = self._clock()
                self._changed.notify_all()

    def warm_up(self) -> None:
        """Load what is to be kept loaded; what fails, or can never be loaded, is logged."""
        for place in self._places.values():
            if not place.keeps:
                try:
                    self._check(place)
                except DrawingFailed as error:
                    logger.warning("%s.", error)
            else:
                try:
                    with self.lease(place.found.engine.id):
                        pass
                except Stopped:
                    return
                except DrawingFailed as error:
                    logger.error("%s.", error)

    def close(self) -> None:
        """Give everything back; who waits is told that it is over."""
        with self._changed:
            self._is_closed = True
            for place in self._places.values():
                place.model = None
            self._changed.notify_all()
        self._free()

    def _acquired(self, place: _Place, is_stopped: Callable[[], bool]) -> Model:
        wish = _Wish(place)
        with self._changed:
            self._wishes.append(wish)
            try:
                while (model := self._ready(wish)) is None:
                    if is_stopped():
                        raise Stopped
                    self._changed.wait(_LOOK_S)
                place.users += 1
                place.used_at = self._clock()
                return model
            finally:
                self._wishes.remove(wish)
                self._changed.notify_all()

    def _ready(self, wish: _Wish) -> Model | None:
        """The wished model if it may be lent now, loaded where that can be done at once."""
        if not self._has_to_wait(wish):
            self._retire(wish.place)
            self._advance(wish)
        if self._is_closed:
            raise Stopped
        is_waiting = self._has_to_wait(wish) or self._is_outdated(wish.place)
        return None if is_waiting else wish.place.model

    def _has_to_wait(self, wish: _Wish) -> bool:
        """Whether one who came before waits for room that this one's model may have to give."""
        if wish.place.keeps:
            return False
        before = self._wishes[: self._wishes.index(wish)]
        places = (earlier.place for earlier in before)
        return any(
            place.model is None and not place.is_loading and place is not wish.place
            for place in places
        )

    def _advance(self, wish: _Wish) -> None:
        """Load the wished model if there is room; called with the lock held.

        Raises:
            DrawingFailed: it cannot be had.
        """
        place = wish.place
        if place.model is not None or place.is_loading or self._is_closed:
            return
        self._check(place)
        if not self._make_room(place):
            return
        place.is_loading = True
        self._changed.release()
        try:
            model, failure = self._tried(place)
        finally:
            self._changed.acquire()
            place.is_loading = False
        place.model, place.failure, place.failed_at = model, failure, self._clock()
        self._changed.notify_all()
        if model is not None:
            place.size = size_of(model) + model.lora_room
        if failure is not None:
            raise failure

    def _check(self, place: _Place) -> None:
        if place.failure is not None and self._clock() - place.failed_at < _REMEMBERED_S:
            raise place.failure
        kept = sum(other.takes for other in self._places.values() if other.keeps)
        kept -= place.takes if place.keeps else 0
        if place.size + kept > self.budget:
            beside = f" beside the {kept / _GB:.1f} GB that are kept loaded" if kept else ""
            raise DrawingFailed(
                f"{place.found.engine.id} needs {place.size / _GB:.1f} GB, and the device has"
                f" {self.budget / _GB:.1f} GB for models{beside}"
            )

    def _make_room(self, place: _Place) -> bool:
        """Let models leave that nobody uses until one fits; whether it does."""
        others = [other for other in self._places.values() if other is not place]
        idle = [
            other
            for other in sorted(others, key=_used_at)
            if other.model is not None and not other.users and not other.keeps
        ]
        while idle and self._with(place, others) + place.working > self.budget:
            leaving = idle.pop(0)
            leaving.model = None
            logger.info("%s leaves the device's memory.", leaving.found.engine.id)
            self._free()
        return self._with(place, others) <= self.budget

    def _with(self, place: _Place, others: Sequence[_Place]) -> int:
        """The bytes that the others' models take, and the one's."""
        return sum(other.takes for other in others) + place.size

    def _tried(self, place: _Place) -> tuple[Model | None, DrawingFailed | None]:
        """Load a model, without the lock."""
        began = time.monotonic()
        try:
            model = self._load(place.found, self.device)
        except DrawingFailed as error:
            return None, error
        except torch.OutOfMemoryError:
            self._free()
            engine_id = place.found.engine.id
            return None, DrawingFailed(f"the device has too little memory for {engine_id} now")
        logger.info("%s loaded in %.1f s.", place.found.engine.id, time.monotonic() - began)
        return model, None

    def _free(self) -> None:
        """Give memory that nobody refers to any more back to the device."""
        gc.collect()
        if self.device.type == "cuda":
            torch.cuda.empty_cache()


def _used_at(place: _Place) -> float:
    return place.used_at
