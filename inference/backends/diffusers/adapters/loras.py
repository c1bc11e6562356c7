"""The LoRAs of one model: which are on the device, and which work at the moment.

A LoRA's layers are added by hooks on the model's own, whose weights never change: without a LoRA
the model computes as if it had never had one, and a switch moves no weights.
"""

from __future__ import annotations

import logging
import time
import weakref
from collections import OrderedDict, defaultdict
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import conv2d, linear

from generation.errors import BadRequest
from inference.backends.diffusers.adapters.lora_file import AdapterProblem, read_lora
from inference.backends.failure import DrawingFailed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from torch import Tensor

    from generation.request import ImageRequest, Lora
    from inference.backends.diffusers.adapters.lora_file import LoadedLora
    from inference.backends.diffusers.model import Model
    from inference.weights.adapters import AdapterFile

logger = logging.getLogger(__name__)

LoraSet = tuple["Lora", ...]
"""The LoRAs of a picture that have an effect, by their names; the order does not matter."""


class NoRoomYet(Exception):
    """The LoRAs of pictures under way leave no room for another one now."""


def lora_set(request: ImageRequest) -> LoraSet:
    """The LoRAs of a request that have an effect, in the order of their names."""
    return tuple(sorted((lora for lora in request.loras if lora.weight), key=lambda one: one.name))


@dataclass(frozen=True, slots=True, eq=False)
class _Term:
    """What one LoRA adds to one layer, with its weight in the scale."""

    down: Tensor
    up: Tensor
    scale: float


class Loras:
    """Loads and switches the LoRAs of a model, which every call is handed."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[str, LoadedLora] = OrderedDict()
        self._problems: dict[str, str] = {}
        self._files: dict[str, AdapterFile] = {}
        self.changes = 0
        """How often a file was taken up anew; what came of texts before does not hold any more."""
        self._active: LoraSet = ()
        self._handles: list[Any] = []
        # The hooks are the model's; they must not work on when nobody could take them off.
        weakref.finalize(self, _remove, self._handles)

    @property
    def loaded(self) -> tuple[str, ...]:
        """The names of those on the device, the least recently used one first."""
        return tuple(self._loaded)

    @property
    def size(self) -> int:
        """The bytes that they take."""
        return sum(lora.size for lora in self._loaded.values())

    def take(self, model: Model, request: ImageRequest, in_use: Collection[str] = ()) -> LoraSet:
        """Have the LoRAs of a request on the device; those `in_use` stay there.

        Raises:
            BadRequest: one cannot be used; says why.
            NoRoomYet: those in use leave no room.
            DrawingFailed: there is no room for them, whatever leaves.
        """
        wanted = lora_set(request)
        names = {lora.name for lora in wanted}
        for lora in wanted:
            if lora.name not in in_use:
                self._forget_changed(model, lora.name)
            if lora.name not in self._loaded:
                self._loaded[lora.name] = self._load(model, lora.name, names, in_use)
            self._loaded.move_to_end(lora.name)
        return wanted

    def reading_text(self, wanted: LoraSet) -> LoraSet:
        """Those of a set that change what texts become; they were taken."""
        return tuple(lora for lora in wanted if self._loaded[lora.name].reads_text)

    def activate(self, model: Model, wanted: LoraSet) -> None:
        """Let those LoRAs work, which were taken, and no others."""
        if wanted == self._active:
            return
        self._deactivate()
        terms: dict[tuple[str, str], list[_Term]] = defaultdict(list)
        for lora in wanted:
            for layer in self._loaded[lora.name].layers:
                term = _Term(layer.down, layer.up, layer.scale * lora.weight)
                terms[layer.part, layer.path].append(term)
        for (part, path), added in terms.items():
            # Not by `components`, which looks at the pipeline's signature each time.
            module = getattr(model.pipeline, part).get_submodule(path)
            self._handles.append(module.register_forward_hook(partial(_add, added)))
        self._active = wanted

    def _deactivate(self) -> None:
        _remove(self._handles)
        self._active = ()

    def _forget_changed(self, model: Model, name: str) -> None:
        """Let go of a LoRA whose file is another one since."""
        known, file = self._files.get(name), model.loras.get(name)
        if known is None or known == file:
            return
        if any(lora.name == name for lora in self._active):
            self._deactivate()
        for memory in (self._loaded, self._problems, self._files):
            memory.pop(name, None)
        self.changes += 1

    def _load(
        self, model: Model, name: str, wanted: set[str], in_use: Collection[str]
    ) -> LoadedLora:
        file = model.loras.get(name)
        if file is None:
            raise BadRequest("lora", f"{model.id} has no LoRA {name[:60]}")
        self._files[name] = file
        if file.problem or name in self._problems:
            raise _unusable(model, name, file.problem or self._problems[name])
        try:
            self._make_room(model, file.elements * model.dtype.itemsize, wanted.union(in_use))
        except NoRoomYet:
            if wanted.issuperset(in_use):
                # The files have grown since the model was loaded with room for them.
                raise DrawingFailed(f"the LoRAs of {model.id} have changed; try again") from None
            raise
        began = time.monotonic()
        try:
            lora = read_lora(file.path, model)
        except AdapterProblem as problem:
            self._problems[name] = str(problem)
            raise _unusable(model, name, str(problem)) from problem
        logger.info("%s: LoRA %s loaded in %.2f s.", model.id, name, time.monotonic() - began)
        return lora

    def _make_room(self, model: Model, size: int, staying: Collection[str]) -> None:
        """Let the least recently used ones leave until one of that size fits beside the rest."""
        idle = [name for name in self._loaded if name not in staying]
        while self.size + size > model.lora_room and idle:
            leaving = idle.pop(0)
            if any(lora.name == leaving for lora in self._active):
                self._deactivate()
            del self._loaded[leaving]
        if self.size + size > model.lora_room:
            raise NoRoomYet


def _remove(handles: list[Any]) -> None:
    for handle in handles:
        handle.remove()
    handles.clear()


def _unusable(model: Model, name: str, problem: str) -> BadRequest:
    return BadRequest("lora", f"{name[:60]} cannot be used with {model.id}: {problem}")


def _add(terms: Iterable[_Term], module: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    """A layer's output with what LoRAs add to it."""
    given = inputs[0]
    for term in terms:
        output = torch.add(output, _product(module, term, given), alpha=term.scale)
    return output


def _product(module: Any, term: _Term, given: Tensor) -> Tensor:
    if isinstance(module, torch.nn.Conv2d):
        narrow = conv2d(given, term.down, None, module.stride, module.padding, module.dilation)
        return conv2d(narrow, term.up)
    return linear(linear(given, term.down), term.up)
