"""The course of one picture from noise to latents: which evaluation is next, and what follows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch

from inference.backends.diffusers.samplers.coefficients import (
    LEAST_ALPHA,
    TABLED,
    Column,
    Table,
    build_table,
)
from inference.backends.diffusers.samplers.recipes import check_steps, open_scheduler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray
    from torch import Generator, Tensor

    from generation.request import Sampler

_CACHED_TABLES = 256


class Course(Protocol):
    """Where a picture stands in its schedule."""

    @property
    def steps(self) -> int:
        """How many steps are run; fewer than asked for where it starts from a picture."""
        ...

    @property
    def steps_done(self) -> int:
        """How many of them are complete."""
        ...

    @property
    def evaluations_left(self) -> int:
        """How often the UNet is still to be asked."""
        ...

    @property
    def row(self) -> NDArray[np.float32]:
        """The figures of the next evaluation, by `Column`."""
        ...

    def begin(self, noise: Tensor, latents: Tensor | None) -> Tensor:
        """What the first evaluation looks at."""
        ...


class TableCourse:
    """By a table: the batch does the arithmetic for all pictures at once."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._index = 0

    @property
    def steps(self) -> int:
        """See `Course`."""
        return -(-len(self._table.rows) // self._table.order)

    @property
    def steps_done(self) -> int:
        """See `Course`."""
        return self._index // self._table.order if self.evaluations_left else self.steps

    @property
    def evaluations_left(self) -> int:
        """See `Course`."""
        return len(self._table.rows) - self._index

    @property
    def row(self) -> NDArray[np.float32]:
        """See `Course`."""
        return self._table.rows[self._index]

    def begin(self, noise: Tensor, latents: Tensor | None) -> Tensor:
        """See `Course`."""
        if latents is None:
            return noise * self._table.noise_scale
        return latents * self._table.latents_scale + noise * self._table.latents_noise

    def pass_on(self) -> None:
        """The evaluation is done."""
        self._index += 1


class SchedulerCourse:
    """By a scheduler object of diffusers, which steps this one picture."""

    def __init__(self, scheduler: Any, first_step: int) -> None:
        """The scheduler's timesteps are set."""
        self._scheduler = scheduler
        self._order: int = scheduler.order
        begin = first_step * self._order
        self._times = scheduler.timesteps[begin:]
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(begin)
        self._index = 0

    @property
    def steps(self) -> int:
        """See `Course`."""
        return -(-len(self._times) // self._order)

    @property
    def steps_done(self) -> int:
        """See `Course`."""
        return self._index // self._order if self.evaluations_left else self.steps

    @property
    def evaluations_left(self) -> int:
        """See `Course`."""
        return len(self._times) - self._index

    @property
    def row(self) -> NDArray[np.float32]:
        """See `Course`; the columns that lead to the next x are empty."""
        row = np.zeros(len(Column), dtype=np.float32)
        time = self._times[self._index]
        row[Column.TIME] = float(time)
        one = torch.ones(1, dtype=torch.float32)
        row[Column.C_IN] = c_in = float(self._scheduler.scale_model_input(one, time))
        if hasattr(self._scheduler, "sigmas"):
            self._write_exploding(row, max(c_in**-2 - 1.0, 0.0) ** 0.5)
        else:
            self._write_preserving(row, float(self._scheduler.alphas_cumprod[int(time)]) ** 0.5)
        return row

    def _write_exploding(self, row: NDArray[np.float32], sigma: float) -> None:
        row[Column.SIGMA] = sigma
        match self._scheduler.config.prediction_type:
            case "epsilon":
                row[Column.X_TO_D], row[Column.E_TO_D] = 1.0, -sigma
            case "v_prediction":
                square = sigma**2 + 1.0
                row[Column.X_TO_D], row[Column.E_TO_D] = 1.0 / square, -sigma * square**-0.5
            case _:
                row[Column.E_TO_D] = 1.0

    def _write_preserving(self, row: NDArray[np.float32], alpha: float) -> None:
        noise, divisor = (1.0 - alpha**2) ** 0.5, max(alpha, LEAST_ALPHA)
        row[Column.SIGMA] = noise / divisor
        match self._scheduler.config.prediction_type:
            case "epsilon":
                row[Column.X_TO_D], row[Column.E_TO_D] = 1.0 / divisor, -noise / divisor
            case "v_prediction":
                row[Column.X_TO_D], row[Column.E_TO_D] = alpha, -noise
            case _:
                row[Column.E_TO_D] = 1.0

    def begin(self, noise: Tensor, latents: Tensor | None) -> Tensor:
        """See `Course`."""
        if hasattr(self._scheduler, "noise_sampler"):
            self._open_noise(noise)
        if latents is None:
            return noise * float(self._scheduler.init_noise_sigma)
        if not self.evaluations_left:
            return latents
        return self._scheduler.add_noise(latents[None], noise[None], self._times[:1])[0]

    def _open_noise(self, noise: Tensor) -> None:
        """Give the SDE solver the noise that it would open itself.

        Its own is as wide as torch's default type, which changes while a model is loaded.
        """
        # Imported here: without torchsde it cannot be, and this sampler is refused.
        from diffusers.schedulers.scheduling_dpmsolver_sde import BrownianTreeNoiseSampler

        levels = self._scheduler.sigmas[self._scheduler.sigmas > 0]
        self._scheduler.noise_sampler = BrownianTreeNoiseSampler(
            noise[None], levels.min(), levels.max(), self._scheduler.noise_sampler_seed
        )

    def advance(self, x: Tensor, output: Tensor, generator: Generator) -> Tensor:
        """The next x from the UNet's output for this one."""
        time = self._times[self._index]
        known = {"generator": generator} if self._takes_generator else {}
        after = self._scheduler.step(output[None], time, x[None], return_dict=False, **known)[0][0]
        self._index += 1
        return after

    @property
    def _takes_generator(self) -> bool:
        # LMS and the SDE solver have none: one is deterministic, the other has its noise sampler.
        return type(self._scheduler).__name__ == "DDPMScheduler"

    def noised(self, latents: Tensor, noise: Tensor) -> Tensor:
        """Latents of an init image at the level of the next evaluation."""
        if not self.evaluations_left:
            return latents
        time = self._times[self._index : self._index + 1]
        return self._scheduler.add_noise(latents[None], noise[None], time)[0]


class Courses:
    """Opens courses for one model; tables are kept, for most requests ask for the same."""

    def __init__(self, own_config: Mapping[str, Any]) -> None:
        """`own_config` is the config of the scheduler that the model came with."""
        self._own_config = own_config
        self._tables = lru_cache(_CACHED_TABLES)(self._build)

    def open(self, sampler: Sampler, steps: int, strength: float, seed: int) -> Course:
        """The course of a picture that runs the last `strength` of that many steps.

        Raises:
            BadRequest: the sampler, or so many steps, cannot be had for this model.
        """
        check_steps(steps, self._own_config)
        first_step = steps - min(int(steps * strength), steps)
        if sampler in TABLED:
            return TableCourse(self._tables(sampler, steps, first_step))
        scheduler = open_scheduler(sampler, self._own_config, seed)
        scheduler.set_timesteps(steps)
        return SchedulerCourse(scheduler, first_step)

    def _build(self, sampler: Sampler, steps: int, first_step: int) -> Table:
        scheduler = open_scheduler(sampler, self._own_config, 0)
        scheduler.set_timesteps(steps)
        return build_table(sampler, scheduler, first_step)
