"""How long a phase of the training lasts, its learning rate and its log."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator


WARM_UP = 50
FINAL_RATE = 0.05


@dataclass(frozen=True, slots=True)
class Budget:
    """A phase ends after that many steps or minutes; with the steps alone it is reproducible."""

    steps: int
    minutes: float = math.inf

    def run(self, name: str, optimiser: Any, rate: float) -> Iterator[Step]:
        """The steps of the phase, each with the learning rate of a half cosine."""
        start, losses = time.monotonic(), Losses(name)
        for number in range(self.steps):
            minutes = (time.monotonic() - start) / 60
            done = max(number / self.steps, minutes / self.minutes)
            if done >= 1:
                return
            cosine = FINAL_RATE + (1 - FINAL_RATE) * (1 + math.cos(math.pi * done)) / 2
            for group in optimiser.param_groups:
                group["lr"] = rate * min(1.0, (number + 1) / WARM_UP) * cosine
            yield Step(number, optimiser, losses)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a phase."""

    number: int
    optimiser: Any
    losses: Losses

    def descend(self, loss: Any, parameters: list[Any]) -> None:
        """Change the parameters against the gradient of the loss, clipped to length 1."""
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimiser.step()
        self.losses.add(self.number, float(loss.detach()))


@dataclass(slots=True)
class Losses:
    """Says the mean loss of every fifty steps."""

    name: str
    start: float = field(default_factory=time.monotonic)
    seen: list[float] = field(default_factory=list[float])

    def add(self, step: int, loss: float) -> None:
        """Take in the loss of a step."""
        self.seen.append(loss)
        if step % 50 == 49:
            seconds = time.monotonic() - self.start
            mean = sum(self.seen) / len(self.seen)
            print(f"{self.name} {step + 1} steps {seconds:.0f} s loss {mean:.5f}", flush=True)
            self.seen.clear()


class Average:
    """The exponential moving average of a module's parameters, which is what is kept."""

    def __init__(self, module: Any, decay: float = 0.998) -> None:
        self._module = module
        self._decay = decay
        self._steps = 0
        self._kept = [parameter.detach().clone() for parameter in module.parameters()]

    def follow(self) -> None:
        """Move towards the module's present parameters."""
        self._steps += 1
        decay = min(self._decay, self._steps / (self._steps + 10))
        with torch.no_grad():
            for kept, parameter in zip(self._kept, self._module.parameters(), strict=True):
                kept.lerp_(parameter, 1 - decay)

    def exchange(self) -> None:
        """Put the average into the module and keep what was there; twice changes nothing."""
        with torch.no_grad():
            for kept, parameter in zip(self._kept, self._module.parameters(), strict=True):
                present = parameter.detach().clone()
                parameter.copy_(kept)
                kept.copy_(present)
